"""Insights: what calls, chats and owners came to, for a time, an office or a workflow."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Response

from switchboard.console import charts
from switchboard.console.calls.exporting import csv_text
from switchboard.console.chats.known import workflows_of
from switchboard.console.insights import calls as telephone
from switchboard.console.insights import chats, owners, reading
from switchboard.console.insights.asking import SPANS, Asked, asked
from switchboard.console.insights.words import (
    ENOUGH,
    NOT_ENOUGH,
    Figure,
    Sheet,
    cases,
    effort,
    minutes,
    number,
    percent,
    share,
)
from switchboard.console.visit import Viewer, Visit
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store import call_counts, unsure_messages

router = APIRouter()
PAGES = (
    ("Overview", "/insights"),
    ("Chats", "/insights/chats"),
    ("Calls", "/insights/calls"),
    ("Owners", "/insights/owners"),
)


@router.get("/insights")
async def overview(visit: Viewer) -> Response:
    wanted, workflows = await _asked(visit)
    configuration = visit.service.configuration()

    def work(conn: sa.Connection) -> reading.Telephone:
        return reading.read_telephone(conn, wanted, configuration, visit.now())

    phone = await visit.read(work)
    days = await visit.read(lambda conn: reading.read_days(conn, wanted))
    figures = await visit.read(lambda conn: reading.read_figures(conn, wanted, workflows))
    ends = await visit.read(lambda conn: reading.read_chat_days(conn, wanted))
    shown = {figure.label: figure for figure in chats.tiles(figures)}
    first = ("Chats", "Completion", "Automated", "Time saved")
    return await _page(
        visit,
        "insights.html",
        wanted,
        phone=phone,
        calls=_call_tiles(phone, wanted),
        chats=[shown[name] for name in first],
        calls_chart=await charts.drawn(telephone.per_day_chart(wanted.stretch, days)),
        chats_chart=await charts.drawn(chats.per_day_chart(wanted.stretch, ends)),
    )


@router.get("/insights/chats")
async def of_chats(visit: Viewer) -> Response:
    wanted, workflows = await _asked(visit, office=False)
    found = await visit.read(lambda conn: reading.read_chats(conn, wanted, workflows))
    titles = {each.id: each.title for each in workflows.values()}
    unsure = await visit.read(unsure_messages.number_waiting)
    return await _page(
        visit,
        "insights_chats.html",
        wanted,
        found=found,
        unsure=unsure,
        titles=titles,
        workflows=[("", "All workflows"), *sorted(titles.items(), key=lambda each: each[1])],
        tiles=chats.tiles(found.figures, wanted.workflow),
        used=chats.used(found.figures),
        success=chats.success(found.figures),
        funnel_chart=await charts.drawn(chats.funnel_chart(found.funnels, wanted.workflow, titles)),
        hours_chart=await charts.drawn(chats.hours_chart(found.hours)),
    )


@router.get("/insights/calls")
async def of_calls(visit: Viewer) -> Response:
    wanted, _ = await _asked(visit)
    configuration = visit.service.configuration()

    def work(conn: sa.Connection) -> reading.Telephone:
        return reading.read_telephone(conn, wanted, configuration, visit.now())

    phone = await visit.read(work)
    hours = await visit.read(lambda conn: reading.read_hours(conn, wanted, configuration))
    zones = {each.timezone for each in configuration.offices}
    return await _page(
        visit,
        "insights_calls.html",
        wanted,
        phone=phone,
        tiles=_call_tiles(phone, wanted),
        heat=telephone.heat(hours),
        weekdays=telephone.WEEKDAYS,
        worst=telephone.worst_hour(hours),
        several_zones=len(zones) > 1 and not wanted.office,
        waiting=telephone.waiting_lines(
            phone.waiting, configuration.offices, wanted.stretch.zone, visit.now()
        ),
        callbacks_on=configuration.settings.callbacks.enabled,
        due_minutes=minutes(configuration.settings.callbacks.due_minutes),
        returned_chart=await charts.drawn(telephone.returned_chart(phone.returned)),
    )


@router.get("/insights/owners")
async def of_owners(visit: Viewer) -> Response:
    wanted, _ = await _asked(visit)
    configuration = visit.service.configuration()
    counted = await visit.read(lambda conn: call_counts.lead_owners(conn, reading.span_of(wanted)))
    found = owners.distribution(counted, configuration, wanted.office)
    return await _page(
        visit,
        "insights_owners.html",
        wanted,
        found=found,
        departments=owners.has_departments(configuration),
        owners_chart=await charts.drawn(owners.owners_chart(found)),
    )


# --- tables to take along -------------------------------------------------------------------------


@router.get("/insights/tables/{name}.csv")
async def table(visit: Viewer, name: str) -> Response:
    """One table of these pages as CSV, of the same time, office and workflow."""
    make = _SHEETS.get(name)
    if make is None:
        raise HTTPException(404)
    wanted, workflows = await _asked(visit)
    return csv_response(await make(visit, wanted, workflows))


def csv_response(sheet: Sheet) -> Response:
    """Answer with a table; its mark tells spreadsheets that it is UTF-8."""
    disposition = f'attachment; filename="{sheet.name}.csv"'
    return Response(
        "\ufeff" + csv_text([sheet.columns, *sheet.rows]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


async def _workflows(visit: Visit, wanted: Asked, workflows: dict[str, Workflow]) -> Sheet:
    found = await visit.read(lambda conn: reading.read_figures(conn, wanted, workflows))
    return chats.workflows_sheet(chats.used(found))


async def _funnels(visit: Visit, wanted: Asked, workflows: dict[str, Workflow]) -> Sheet:
    found = await visit.read(lambda conn: reading.read_chats(conn, wanted, workflows))
    return chats.funnels_sheet(found.funnels)


async def _chat_hours(visit: Visit, wanted: Asked, workflows: dict[str, Workflow]) -> Sheet:
    found = await visit.read(lambda conn: reading.read_chats(conn, wanted, workflows))
    return chats.hours_sheet(found.hours)


async def _deliveries(visit: Visit, wanted: Asked, workflows: dict[str, Workflow]) -> Sheet:
    found = await visit.read(lambda conn: reading.read_figures(conn, wanted, workflows))
    return chats.success_sheet(chats.success(found))


async def _chats_per_day(visit: Visit, wanted: Asked, _: dict[str, Workflow]) -> Sheet:
    found = await visit.read(lambda conn: reading.read_chat_days(conn, wanted))
    return chats.chats_per_day_sheet(found)


async def _calls_per_day(visit: Visit, wanted: Asked, _: dict[str, Workflow]) -> Sheet:
    return telephone.per_day_sheet(await visit.read(lambda c: reading.read_days(c, wanted)))


async def _missed_calls(visit: Visit, wanted: Asked, _: dict[str, Workflow]) -> Sheet:
    configuration, now = visit.service.configuration(), visit.now()
    found = await visit.read(lambda c: reading.read_telephone(c, wanted, configuration, now))
    return telephone.returned_sheet(found.returned)


async def _answered_by_hour(visit: Visit, wanted: Asked, _: dict[str, Workflow]) -> Sheet:
    configuration = visit.service.configuration()
    found = await visit.read(lambda c: reading.read_hours(c, wanted, configuration))
    return telephone.heat_sheet(found)


async def _owners(visit: Visit, wanted: Asked, _: dict[str, Workflow]) -> Sheet:
    span, configuration = reading.span_of(wanted), visit.service.configuration()
    counted = await visit.read(lambda conn: call_counts.lead_owners(conn, span))
    return owners.owners_sheet(owners.distribution(counted, configuration, wanted.office))


_SHEETS: dict[str, Callable[[Visit, Asked, dict[str, Workflow]], Coroutine[Any, Any, Sheet]]] = {
    "workflows": _workflows,
    "funnels": _funnels,
    "chat_hours": _chat_hours,
    "deliveries": _deliveries,
    "chats_per_day": _chats_per_day,
    "calls_per_day": _calls_per_day,
    "missed_calls": _missed_calls,
    "answered_by_hour": _answered_by_hour,
    "owners": _owners,
}


# --- what the pages share -------------------------------------------------------------------------


async def _asked(visit: Visit, *, office: bool = True) -> tuple[Asked, dict[str, Workflow]]:
    workflows = dict(await workflows_of(visit.service))
    wanted = asked(
        visit.request.query_params,
        now=visit.now(),
        zone=visit.service.zone(),
        offices=visit.service.configuration().offices if office else (),
        workflows={each.id: each.title for each in workflows.values()},
    )
    return wanted, workflows


def _call_tiles(phone: reading.Telephone, wanted: Asked) -> list[Figure]:
    sums, back = phone.totals, phone.together
    first, last = wanted.dates
    listed = wanted.address("/calls", without=("days", "since", "until", "workflow"))
    period = f"{'&' if '?' in listed else '?'}from={first}&to={last}"
    missed = f"{listed}{period}&outcome=missed"
    return [
        Figure("Calls", number(sums.calls), "from outside", href=f"{listed}{period}"),
        Figure(
            "Answered",
            share(sums.answered, sums.heard),
            f"{sums.answered:,} of {sums.heard:,} answered or missed",
        ),
        Figure(
            "Missed",
            number(sums.not_answered),
            f"{sums.voicemail:,} of them left a voicemail",
            href=missed,
        ),
        Figure(
            "Time to reach them",
            minutes(back.median_minutes),
            f"half of {cases(back.reached, 'missed caller')} reached were faster"
            if back.reached >= ENOUGH
            else f"{cases(back.reached, 'missed caller')} reached so far",
        ),
    ]


async def _page(visit: Visit, template: str, wanted: Asked, **context: Any) -> Response:
    offices = [(each.id, each.name) for each in visit.service.configuration().offices]
    return await visit.page(
        template,
        asked=wanted,
        spans=SPANS,
        offices=[("", "All offices"), *offices],
        tabs=[(title, wanted.address(path), path) for title, path in PAGES],
        percent=percent,
        minutes=minutes,
        effort=effort,
        number=number,
        not_enough=NOT_ENOUGH,
        **context,
    )
