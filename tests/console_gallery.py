"""A page with everything pages are made of, hostile words in each: only tests show it."""

from __future__ import annotations

import jinja2
from fastapi import APIRouter, Response

from switchboard.console.visit import Viewer

HOSTILE = "<img src=x onerror=alert(1)>" + "W" * 60
router = APIRouter()

_PAGE = """
{% extends "page.html" %}
{% import "components.html" as ui with context %}
{% block title %}Gallery{% endblock %}
{% block content %}
{% call ui.head("Gallery", "Everything at once. " ~ hostile) %}
  {{ ui.link_button("Retry failed", "/gallery", symbol="retry") }}
  {{ ui.button("Run now", "primary", "play") }}{% endcall %}
{% call ui.banner("warn") %}<b>Zoho Desk</b> has to be signed in again. {{ hostile }}{% endcall %}
<div class="tiles">
  {{ ui.tile("Calls today", "1,284", "+6 % against a usual Friday", "ok", href="/gallery") }}
  {{ ui.tile("Tickets", "96") }}
  {{ ui.tile("Needs attention", "7", "3 can be retried", "fail") }}
  {{ ui.tile("Delay", "41 s", hostile, "warn") }}
</div>
<div class="columns">
{% call ui.card("States", hostile, id="states", action=ui.chip("Connected", "ok")) %}
  <p>{% for word, kind in [("Synced", "ok"), ("Expires soon", "warn"), ("Failed", "fail"),
    ("Running", "run"), ("Skipped", "")] %}{{ ui.chip(word, kind) }} {% endfor %}</p>
  {{ ui.gauge("Zoho CRM", 18250, 25000) }}{{ ui.gauge("Zoho Desk", 4810, 5000) }}
  {{ ui.gauge("RingCentral", 122, 600) }}
  {{ ui.facts([("Owner", "Ana"), ("Name", hostile)]) }}
  {{ ui.copyable(hostile, "A link") }}
{% endcall %}
{% call ui.card("A form", id="form") %}
  {{ ui.error_summary({"hours": "Enter a whole number from 1 to 720"}) }}
  {% call ui.form("/gallery/save", enhance="#form") %}
    {{ ui.field("hours", "Hours back", "x", error="Enter a whole number from 1 to 720") }}
    {{ ui.field("note", "Note", hostile, hint="Only for you.", required=false) }}
    {{ ui.select("office", "Office", [("ny", "New York"), ("ldn", hostile)], "ny") }}
    {{ ui.choices("kind", "Calls", [("all", "All", "missed and answered"), ("m", "Missed", "")],
                  "all") }}
    {{ ui.switch("dry", "Dry run", true, "Writes nothing.") }}
    <div class="buttons">{{ ui.button("Save", "primary") }}{{ ui.button("Remove", "danger") }}</div>
  {% endcall %}
{% endcall %}
</div>
{% call ui.card("Calls", flush=true, id="calls") %}
  {% call ui.table("Calls of today", ["Caller", "Result", ("Length", "number")]) %}
    {% for name in ["Maya Lind", hostile] %}
    <tr><td><a class="cover" href="{{ root }}/gallery">{{ name }}</a></td>
      <td>{{ ui.chip("Synced", "ok") }}</td><td class="number">1:04</td></tr>{% endfor %}
  {% endcall %}
{% endcall %}
{% call ui.card("Nothing", id="nothing") %}
  {% call ui.empty("phone", "No calls yet", hostile) %}
    {{ ui.link_button("Begin", "/gallery") }}{% endcall %}
  {{ ui.confirm("sure", "Delete", "Delete it?", hostile, "/gallery/save", "Delete it") }}
{% endcall %}
{% endblock %}
"""
TEMPLATES = jinja2.DictLoader({"gallery.html": _PAGE})


@router.get("/gallery")
async def gallery(visit: Viewer) -> Response:
    return await visit.page("gallery.html", hostile=HOSTILE)


@router.post("/gallery/save")
async def save(visit: Viewer) -> Response:
    return await visit.go("/gallery", "Saved.")
