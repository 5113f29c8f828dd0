"""Fill the templates: escaped throughout, an unknown name is an error, not a hole."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jinja2
from fastapi.responses import HTMLResponse
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from switchboard import __version__
from switchboard.console import navigation

if TYPE_CHECKING:
    from switchboard.console.visit import Visit

HERE = Path(__file__).parent
STATIC = HERE / "static"
VERSION = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file())
).hexdigest()[:10]
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@cache
def environment(*more: jinja2.BaseLoader) -> jinja2.Environment:
    """Return the templates, compiled once a process; *more* of them may stand beside ours."""
    loaders = [*more, jinja2.FileSystemLoader(HERE / "templates")]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(moment=moment, ago=ago, machine_time=machine_time, code=code)
    made.globals.update(static_version=VERSION, product_version=__version__)
    return made


def render(visit: Visit, template: str, status: int, context: dict[str, Any]) -> HTMLResponse:
    """Return a page with all that the frame needs."""
    from switchboard.console.guard import token  # noqa: PLC0415 - the guard asks who visits.

    templates: jinja2.Environment = visit.request.app.state.templates
    path = visit.request.url.path.removeprefix(visit.root)
    shown = navigation.entries_for(visit.holder) if visit.holder and visit.signed_in else []
    frame = {
        "attention": 0,
        "account": visit.holder if visit.signed_in else None,
        "badge": visit.service.badge,
        "company": visit.service.company(),
        "csrf": token(visit.form_secret),
        "entries": shown,
        "here": navigation.current(path, shown),
        "notice": None,
        "now": visit.now(),
        "root": visit.root,
        "zone": visit.service.zone(),
    }
    text = templates.get_template(template).render({**frame, **context})
    return HTMLResponse(text, status)


@pass_context
def moment(context: Context, at: float | None) -> str:
    """Tell a time in the console's zone, named."""
    if at is None:
        return "never"
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(context["zone"]))
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def machine_time(at: float) -> str:
    """Tell a time to a machine, such as the one that reads the page aloud."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def code(text: str) -> Markup:
    """Return text whose `commands` look like commands; everything else of it stays text."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just here.


@pass_context
def ago(context: Context, at: float | None) -> str:
    """Tell how long something is past."""
    if at is None:
        return "never"
    seconds = max(0, int(context["now"] - at))
    if seconds < _MINUTE:
        return "just now"
    for size, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"
