"""The first page, and the connections with what a check of them found."""

from __future__ import annotations

from fastapi import APIRouter, Response

from switchboard.config.load import Configuration
from switchboard.console import charts
from switchboard.console.attention.fixes import fix_of
from switchboard.console.dashboard import days, examining, first_steps, numbers, owed, problems
from switchboard.console.dashboard.days import Range
from switchboard.console.dashboard.overview import Dashboard, overview
from switchboard.console.dashboard.verdict import verdict
from switchboard.console.visit import Operator, Viewer, Visit

router = APIRouter()
RANGES: dict[Range, str] = {"today": "Today", "days": "14 days", "weeks": "12 weeks"}
USUAL: Range = "days"


@router.get("/dashboard")
async def dashboard(visit: Viewer, range: str = USUAL) -> Response:  # noqa: A002 - as the address says it.
    wanted: Range = next((each for each in RANGES if each == range), USUAL)
    seen = await overview(visit.service, _memory(visit), wanted)
    stored, zone = seen.stored, seen.zones.own
    visit.badge.told(seen.waiting, visit.now())
    here = days.local(visit.now(), zone)
    rehearse = _dry_run(seen.configuration)
    steps = first_steps.steps(stored.begun, seen.configuration, seen.connections, dry_run=rehearse)
    return await visit.page(
        "dashboard.html",
        seen=seen,
        shown=seen.problems[: problems.MOST],
        steps=[each for each in steps if visit.account.may(each.role)],
        verdict=None if steps else verdict(seen.problems, seen.connections, stored.owed),
        more=problems.summary(seen.problems),
        today=f"{here:%A}, {here.day} {here:%B %Y}",
        clock=f"{here:%H:%M %Z}",
        compared={
            name: numbers.against(getattr(stored.numbers, name), f"{here:%A}")
            for name in ("calls", "missed", "leads", "tickets")
        },
        charts_shown=[await charts.drawn(stored.calls), await charts.drawn(stored.tickets)],
        ranges=[(words, _address(name), name == wanted) for name, words in RANGES.items()],
        owed=owed.lines(stored.owed),
        dry_run=rehearse,
    )


@router.get("/dashboard/connections")
async def connections(visit: Viewer) -> Response:
    memory = _memory(visit)
    seen = await overview(visit.service, memory, USUAL)
    examiner = memory.examiner
    return await visit.page(
        "dashboard_connections.html",
        seen=seen,
        examiner=examiner,
        groups=examining.by_group(examiner.checks),
        limit=examiner.limit,
        fix_of=fix_of,
    )


@router.post("/dashboard/connections/check")
async def check(visit: Operator) -> Response:
    """Ask everybody now; the page shows what they answered as soon as it is known."""
    service = visit.service
    root = service.configuration().root
    _memory(visit).examiner.begin(root, visit.account.name, service.clock)
    return await visit.go("/dashboard/connections")


def _memory(visit: Visit) -> Dashboard:
    found: Dashboard = visit.request.app.state.dashboard
    return found


def _dry_run(configuration: Configuration | None) -> str:
    if configuration is None:
        return "/processing"
    return f"/processing?dry_run=1&hours={configuration.processing.default_hours_back:g}"


def _address(name: Range) -> str:
    return "/dashboard" if name == USUAL else f"/dashboard?range={name}"
