"""The timetable: runs that start by themselves."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from switchboard.config.places import SCHEDULE
from switchboard.console.configuration import schedule
from switchboard.console.configuration.choosing import zones
from switchboard.console.configuration.forms import Errors, as_seen, entered, opened, propose
from switchboard.console.configuration.schedule import RunForm
from switchboard.console.configuration.timing import (
    MINUTES,
    WEEKDAYS,
    cron_of,
    gap_warning,
    next_times,
)
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError
from switchboard.jobs.timetable_text import moment

router = APIRouter(prefix="/configuration/schedule")
HOME = "/configuration/schedule"


@router.get("")
async def listed(visit: Viewer) -> Response:
    document, configuration = await opened(visit, SCHEDULE), visit.service.configuration()
    zone = schedule.zone_of(document.value, configuration)
    return await visit.page(
        "configuration/schedule.html",
        rows=schedule.rows(document.value, configuration, visit.now()),
        run_zone=zone,
        when=partial(moment, now=visit.now(), zone=zone),
        chosen=document.value.get("timezone") or "",
        zones=zones(visit.now(), zone),
        seen=document.digest,
    )


@router.post("/zone")
async def change_zone(visit: Administrator) -> Response:
    sent = await entered(visit)
    document = await as_seen(visit, SCHEDULE, sent.get("seen", ""))
    made = schedule.with_zone(document.value, sent.get("zone", ""))
    return await propose(visit, [(document, made)], title="Time zone of the schedule", back=HOME)


@router.get("/run")
async def run(visit: Viewer, name: Annotated[str, Query()] = "") -> Response:
    document = await opened(visit, SCHEDULE)
    form = schedule.form_of(document.value, name) if name else RunForm()
    if form is None:
        raise RejectedError("CON-404", "There is no such run in the schedule.")
    return await _form(visit, form, name, document.digest)


@router.post("/run")
async def change(visit: Administrator) -> Response:
    sent, everything = await entered(visit), await visit.request.form()
    former, seen = sent.get("former", ""), sent.get("seen", "")
    form = schedule.form_from(sent, tuple(map(str, everything.getlist("offices"))))
    document = await as_seen(visit, SCHEDULE, seen)

    async def again(errors: Errors) -> Response:
        return await _form(visit, form, former, seen, errors)

    errors = schedule.mistakes(form, document.value, former)
    if errors or sent.get("action") == "look":
        return await again(errors)
    made = schedule.with_run(document.value, form, former)
    return await propose(
        visit,
        [(document, made)],
        title=f"Run {form.name}",
        back=HOME,
        field_of=lambda finding: schedule.field_of(finding, form.name, made),
        again=again,
    )


@router.post("/remove")
async def remove(visit: Administrator) -> Response:
    sent = await entered(visit)
    name, document = sent.get("name", ""), await as_seen(visit, SCHEDULE, sent.get("seen", ""))
    made = schedule.without_run(document.value, name)
    return await propose(visit, [(document, made)], title=f"Remove the run {name}", back=HOME)


async def _form(
    visit: Visit, form: RunForm, former: str, seen: str, errors: Errors | None = None
) -> Response:
    configuration, document = visit.service.configuration(), await opened(visit, SCHEDULE)
    zone, (cron, wrong) = schedule.zone_of(document.value, configuration), cron_of(form.timing)
    processing = configuration.processing
    unusable = "hours_back" in (errors or {})
    back = float(form.hours_back or processing.default_hours_back) if not unusable else 0.0
    return await visit.page(
        "configuration/run.html",
        422 if errors else 200,
        form=form,
        former=former,
        seen=seen,
        errors=errors or {},
        offices=[(each.id, each.name) for each in configuration.offices],
        types=list(schedule.TYPES.items()),
        minutes=[(str(each), f"{each} minutes") for each in MINUTES],
        weekdays=[(str(index), each) for index, each in enumerate(WEEKDAYS)],
        following=next_times(cron, zone, visit.now()) if not wrong else [],
        warning="" if wrong or unusable else gap_warning(cron, zone, visit.now(), back),
        run_zone=zone,
        when=partial(moment, now=visit.now(), zone=zone),
        processing=processing,
    )
