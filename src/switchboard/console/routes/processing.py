"""Start runs, watch them live, stop them, and see what became of earlier ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from switchboard.console.processing import asking, reading, words
from switchboard.console.processing.asking import Asked
from switchboard.console.processing.live import LiveRuns, clock
from switchboard.console.processing.reading import Story
from switchboard.console.visit import Operator, Viewer, Visit
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.people.phone import international
from switchboard.reports import wording
from switchboard.running import Runner
from switchboard.store import console_sessions, run_lines, runs
from switchboard.store.runs import Wanted

router = APIRouter()
_SLICE = 1000
_EVENTS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


@router.get("/processing")
async def processing(visit: Viewer) -> Response:
    query = visit.request.query_params
    configuration = visit.service.configuration()
    form = asking.fresh(configuration.processing)
    if "hours" in query:  # "Again" of an earlier run.
        form = asking.asked(
            {"email": "1", "media": "1", **query}, configuration.offices, configuration.processing
        )
    return await _overview(visit, form)


@router.post("/processing/start")
async def start(visit: Operator) -> Response:
    configuration = visit.service.configuration()
    sent = {name: str(value) for name, value in (await visit.request.form()).items()}
    form = asking.asked(sent, configuration.offices, configuration.processing)
    if form.errors:
        return await _overview(visit, form, 422)
    try:
        return await _begin(visit, form.options, debug=form.debug)
    except SwitchboardError as error:
        return await _overview(visit, form, 422, problem=error)


@router.get("/processing/runs/{run_id}")
async def run(visit: Viewer, run_id: str) -> Response:
    query = visit.request.query_params
    action, page = query.get("action", ""), _page(query.get("page", ""))
    offices = visit.service.configuration().offices
    look = partial(reading.story, run_id=run_id, offices=offices, action=action, page=page)
    found = await visit.read(look)
    if found is None:
        raise _unknown()
    zone = visit.service.zone()
    newer = older = ""
    if found.plan is not None:
        count = found.plan.counts.get(action, 0) if action else found.plan.total
        path = f"/processing/runs/{run_id}"
        newer, older = reading.pages_of(path, {"action": action}, page, count)
    return await visit.page(
        "run.html",
        story=found,
        shown=found.shown,
        action=action,
        newer=newer,
        older=older,
        again=reading.asked_again(found.shown),
        names={each.id: each.name for each in offices},
        **_of_the_plan(visit, found, action),
        clock=partial(clock, zone=zone),
        operator=visit.account.may("operator"),
    )


@router.post("/processing/runs/{run_id}/stop")
async def stop(visit: Operator, run_id: str) -> Response:
    """Ask the run to stop, in whatever process it works."""
    asked = await _runner(visit).stop(run_id, visit.actor)
    said = "The run is being stopped." if asked else "The run had ended already."
    return await visit.go(f"/processing/runs/{run_id}", said)


@router.post("/processing/runs/{run_id}/apply")
async def apply(visit: Operator, run_id: str) -> Response:
    """Do what a dry run planned: a real run over at least the same calls."""
    configuration = visit.service.configuration()
    look = partial(reading.story, run_id=run_id, offices=configuration.offices, action="", page=1)
    found = await visit.read(look)
    if found is None or found.plan is None:
        raise _unknown()
    shown = found.shown
    planned, age = float(shown.options["hours_back"]), visit.now() - shown.watched.run.started_at
    hours, _ = asking.hours_to_apply(planned, age, configuration.processing.max_hours_back)
    chosen = tuple(shown.options["offices"])
    everything = {each.id for each in configuration.offices} <= set(chosen)
    options = RunOptions(
        () if everything else chosen,
        frozenset(shown.options["types"]),
        hours,
        email=bool(shown.options.get("email", True)),
        media=bool(shown.options.get("media", True)),
        applies=run_id,
    )
    return await _begin(visit, options)


@router.get("/processing/runs/{run_id}/events")
async def events(visit: Viewer, run_id: str, after: int = 0) -> Response:
    """Send what the run says, from where this page is, until it is over."""
    if await visit.read(partial(runs.get, run_id=run_id)) is None:
        raise _unknown()
    live: LiveRuns = visit.request.app.state.live_runs
    held = visit.request.headers.get("last-event-id", "")
    begin = int(held) if held.isascii() and held.isdigit() and len(held) < 10 else max(after, 0)  # noqa: PLR2004
    stream = live.follow(run_id, begin, partial(_still_signed_in, visit))
    return StreamingResponse(stream, media_type="text/event-stream", headers=_EVENTS)


@router.get("/processing/runs/{run_id}/log")
async def log(visit: Viewer, run_id: str) -> Response:
    """Return everything the run said, as a file."""
    if await visit.read(partial(runs.get, run_id=run_id)) is None:
        raise _unknown()
    name = "".join(c for c in run_id if c.isalnum() or c == "-")
    return StreamingResponse(
        _text(visit, run_id),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="run-{name}.log"'},
    )


async def _text(visit: Visit, run_id: str) -> AsyncIterator[str]:
    number, zone = 0, visit.service.zone()
    while True:
        look = partial(run_lines.after, run_id=run_id, number=number, limit=_SLICE)
        lines = await visit.read(look)
        if not lines:
            return
        number = lines[-1].number
        yield "".join(f"{clock(x.at, zone)}  {x.level:<5}  {x.text}\n" for x in lines)


async def _still_signed_in(visit: Visit) -> bool:
    look = partial(console_sessions.load, session_id=visit.cookies.session or "", now=visit.now())
    try:
        found = await visit.read(look)
    except SwitchboardError:  # The store is away: that is no reason to send anybody out.
        return True
    return found is not None and found[0].stage == "in"


async def _begin(visit: Visit, options: RunOptions, *, debug: bool = False) -> Response:
    run_id = await _runner(visit).start(options, visit.actor, debug=debug)
    return await visit.go(f"/processing/runs/{run_id}")


async def _overview(
    visit: Visit, form: Asked, status: int = 200, problem: SwitchboardError | None = None
) -> Response:
    query = visit.request.query_params
    configuration = visit.service.configuration()
    wanted = Wanted(query.get("in", ""), query.get("outcome", ""), query.get("by", ""))
    page = _page(query.get("page", ""))
    look = partial(reading.listed, offices=configuration.offices, wanted=wanted, page=page)
    found = await visit.read(look)
    asked = {"in": wanted.office, "outcome": wanted.outcome, "by": wanted.actor}
    newer, older = reading.pages_of("/processing", asked, page, found.count)
    context: dict[str, Any] = {
        "found": found,
        "form": form,
        "wanted": wanted,
        "filtered": any(asked.values()),
        "newer": newer,
        "older": older,
        "offices": configuration.offices,
        "processing": configuration.processing,
        "operator": visit.account.may("operator"),
        "runner": visit.service.runner is not None,
        "problem": problem,
        "all_offices": [(each.id, each.name) for each in configuration.offices],
        "outcomes": words.OUTCOMES,
        "starters": words.starters(found.actors),
    }
    return await visit.page("processing.html", status, **context)


def _of_the_plan(visit: Visit, found: Story, action: str) -> dict[str, Any]:
    """Return what a plan's part of the page needs."""
    if found.plan is None:
        return {}
    configuration, shown = visit.service.configuration(), found.shown
    zones = {each.id: each.timezone for each in configuration.offices}
    age = visit.now() - shown.watched.run.started_at
    most = configuration.processing.max_hours_back
    hours, cut = asking.hours_to_apply(float(shown.options["hours_back"]), age, most)
    return {
        "plan_tabs": words.plan_tabs(shown.id, found.plan.counts, action),
        "actions": words.ACTIONS,
        "outcome_word": wording.outcome,
        "international": international,
        "local": partial(words.local_time, zones=zones, otherwise=visit.service.zone()),
        "apply_words": words.apply_words(hours, cut=cut),
        "can_start": visit.service.runner is not None,
    }


def _runner(visit: Visit) -> Runner:
    if visit.service.runner is None:
        raise OperatorError("CFG-001", "Runs cannot be started from this console.")
    return visit.service.runner


def _page(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004


def _unknown() -> OperatorError:
    return OperatorError("CON-404", "There is no such run; it may have been removed.")
