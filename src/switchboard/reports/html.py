"""Render a report as one file without scripts or outside resources, and as the body of a mail.

Autoescape is on: what callers call themselves is text, whatever it looks like. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from switchboard.reports import wording
from switchboard.reports.charts import Chart
from switchboard.reports.models import ReportData
from switchboard.store.call_kinds import MISSED, PLACED_BY_US

HIGH_SHARE = 0.9  # From here on a budget is nearly used up.
WAIT_REASONS = 3


@dataclass(frozen=True, slots=True)
class Tile:
    """One large number."""

    label: str
    value: int
    note: str = ""
    bad: bool = False


def page(data: ReportData, charts: Sequence[Chart], drawings: Mapping[str, str]) -> str:
    """Return the report; *drawings* holds each chart's <svg> by its id."""
    waiting = [line for line in data.calls if line.fate == "waiting"]
    said = list(dict.fromkeys(line.why for line in waiting if line.why))
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            data=data,
            title=title(data),
            tiles=tiles(data),
            charts=charts,
            drawings=drawings,
            waiting=data.total("waiting"),
            reasons_to_wait=said[:WAIT_REASONS],
            reasons=skip_reasons(data),
            side=any(
                data.total(name)
                for name in ("callbacks_opened", "callbacks_closed", "media_attached")
            )
            or data.callbacks_open > 0,
        )
    )


def title(data: ReportData) -> str:
    """Return what a browser's tab and the list of reports show."""
    return f"{wording.headline(data).rstrip('.')} - {wording.moment(data.started_at)}"


def tiles(data: ReportData) -> tuple[Tile, ...]:
    """Return the numbers a manager looks at first."""
    voicemails, placed = data.number("voicemail"), data.number(*PLACED_BY_US)
    notes = [f"{voicemails:,} with voicemail"] if voicemails else []
    notes += [] if data.outside_only else ["not from outside alone"]
    of_ours = f"{placed:,} placed by us, {data.number('unreached'):,} not reached" if placed else ""
    parked = data.total("parked")
    return (
        Tile("Calls", data.total("seen"), of_ours),
        Tile("Answered", data.number("answered")),
        Tile("Missed", data.number(*MISSED), ", ".join(notes)),
        Tile("New leads", data.total("leads_created")),
        Tile("Known callers", data.total("known")),
        Tile("Need a person", parked, bad=parked > 0),
    )


def skip_reasons(data: ReportData) -> list[tuple[str, int]]:
    """Return why calls were skipped, the most frequent reason first."""
    found: Counter[str] = Counter()
    for part in data.offices:
        found.update(part.skip_reasons)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def mail_page(data: ReportData, charts: Sequence[Chart], *, note: str, full: bool) -> str:
    """Return a mail's HTML with its styles in the elements; charts are `cid:<id>`.

    Not *full*: the problems alone, for who asked for nothing else.
    """
    source = (
        _templates()
        .get_template("mail.html.j2")
        .render(
            data=data,
            subject=wording.subject(data),
            tiles=tiles(data),
            charts=charts if full else (),
            problems=data.problems if full else data.fresh_problems,
            full=full,
            note=note,
        )
    )
    return _inliner().inline(source)


@cache
def _templates() -> Environment:
    env = Environment(
        loader=PackageLoader("switchboard.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"words": wording, "meter": _meter}
    env.filters |= {"code": _code, "capitalize": _capital}
    return env


@cache
def _inliner() -> css_inline.CSSInliner:
    # The at-rules (dark theme, phones) cannot be inlined and stay in the head for who reads them.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _meter(share: float | None) -> Markup:
    """Return a bar for a share of a budget, which its number stands beside."""
    if share is None:
        return Markup("")
    width = f"{min(share, 1.0) * 100:.1f}"
    look = "meter high" if share >= HIGH_SHARE else "meter"
    return Markup(
        '<span class="{}" role="img" aria-label="{} used"><i style="width:{}%"></i></span>'
    ).format(look, wording.percent(share), width)


def _code(text: str) -> Markup:
    """Return text whose `commands` look like commands."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just here.


def _capital(text: str) -> str:
    """Make the first letter large and leave the others, unlike str.capitalize."""
    return text[:1].upper() + text[1:]
