"""Two stretches of time side by side: a week, a month, or dates of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from switchboard.console import charts
from switchboard.console.chats.known import workflows_of
from switchboard.console.insights import comparing
from switchboard.console.insights.comparing import Side
from switchboard.console.insights.periods import CHOICES, NAMES, Days, Stretch, What, compared
from switchboard.console.routes.insights import csv_response
from switchboard.console.visit import Viewer, Visit
from switchboard.flows.chat_to_ticket.workflow import Workflow

router = APIRouter()
_DATES = ("since", "until", "since2", "until2")


@router.get("/reports/compare")
async def compare(visit: Viewer) -> Response:
    wanted = _Wanted(visit)
    context: dict[str, Any] = {}
    if not isinstance(wanted.found, str):
        newer, older = await _sides(visit, wanted, *wanted.found)
        chart = comparing.chart(newer.calls, older.calls, wanted.names)
        context = {
            "groups": _grouped(comparing.rows(newer, older)),
            "chart": await charts.drawn(chart),
            "nothing_before": not older.calls.calls,
            "newer": wanted.found[0],
            "older": wanted.found[1],
        }
    offices = [(each.id, each.name) for each in visit.service.configuration().offices]
    return await visit.page(
        "compare.html",
        wanted=wanted,
        choices=CHOICES,
        offices=[("", "All offices"), *offices],
        problem=wanted.found if isinstance(wanted.found, str) else "",
        **context,
    )


def _grouped(rows: list[comparing.Row]) -> list[tuple[str, list[comparing.Row]]]:
    titles = dict.fromkeys(row.group for row in rows)
    return [(title, [row for row in rows if row.group == title]) for title in titles]


@router.get("/reports/compare.csv")
async def as_csv(visit: Viewer) -> Response:
    wanted = _Wanted(visit)
    if isinstance(wanted.found, str):
        return await visit.go(wanted.address("/reports/compare"), wanted.found, kind="fail")
    newer, older = await _sides(visit, wanted, *wanted.found)
    return csv_response(comparing.sheet(comparing.rows(newer, older)))


class _Wanted:
    """What the filters say."""

    def __init__(self, visit: Visit) -> None:
        query: Mapping[str, str] = visit.request.query_params
        offices = visit.service.configuration().offices
        chosen = next((each for each in offices if each.id == query.get("office")), None)
        what = query.get("what", "week")
        self.what: What = what if what in get_args(What) else "week"  # type: ignore[assignment]
        self.office = chosen.id if chosen else ""
        self.zone = chosen.timezone if chosen else visit.service.zone()
        self.dates = {name: query.get(name, "")[:10] for name in _DATES}
        if not any(self.dates.values()):  # What stands in the fields before somebody fills them.
            shown = compared("week" if self.what == "own" else self.what, visit.now(), self.zone)
            self.dates = _dates(shown)
        own = (
            Days(self.dates["since"], self.dates["until"]),
            Days(self.dates["since2"], self.dates["until2"]),
        )
        self.names = NAMES[self.what]
        self.found = compared(self.what, visit.now(), self.zone, own)

    def address(self, path: str) -> str:
        kept = {"what": "" if self.what == "week" else self.what, "office": self.office}
        if self.what == "own":
            kept |= self.dates
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{path}?{query}" if query else path


def _dates(shown: tuple[Stretch, Stretch] | str) -> dict[str, str]:
    if isinstance(shown, str):
        return dict.fromkeys(_DATES, "")
    days = [day for each in shown for day in (each.days[0], each.days[-1])]
    return dict(zip(_DATES, (day.isoformat() for day in days), strict=True))


async def _sides(
    visit: Visit, wanted: _Wanted, newer: Stretch, older: Stretch
) -> tuple[Side, Side]:
    workflows: dict[str, Workflow] = {}
    if visit.service.configuration().chats and not wanted.office:
        workflows = dict(await workflows_of(visit.service))
    return (
        await _side(visit, wanted.office, newer, workflows),
        await _side(visit, wanted.office, older, workflows),
    )


async def _side(
    visit: Visit, office: str, stretch: Stretch, workflows: dict[str, Workflow]
) -> Side:
    configuration, now = visit.service.configuration(), visit.now()
    due_minutes = configuration.settings.callbacks.due_minutes
    sums, back, media, broken = await visit.read(
        lambda conn: comparing.read_calls(
            conn, stretch, office, configuration.offices, due_minutes=due_minutes, now=now
        )
    )
    figures = None
    if workflows:  # Chats belong to no office.
        figures = await visit.read(lambda c: comparing.read_chats(c, stretch, workflows))
    return Side(sums, back, media, figures, broken)
