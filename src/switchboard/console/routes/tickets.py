"""Tickets: on their way to Zoho Desk and there, each with its story."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from fastapi import APIRouter, Response

from switchboard.console.attention.notes import notes
from switchboard.console.chats import known, words
from switchboard.console.chats.conversation import in_words
from switchboard.console.chats.listing import list_tickets
from switchboard.console.chats.story import TicketView, story_of
from switchboard.console.visit import Operator, Viewer, Visit
from switchboard.errors import RejectedError, SwitchboardError
from switchboard.flows.chat_to_ticket.following import look_again
from switchboard.flows.chat_to_ticket.records import TicketRecord, read_ticket
from switchboard.flows.chat_to_ticket.taking_up import (
    TakenUp,
    mail_waits,
    take_up_ticket,
    ticket_waits,
)
from switchboard.store import audit, tickets
from switchboard.store.audit import Entry
from switchboard.store.keyset import Mark
from switchboard.store.ticket_search import StateFilter, TicketFilter

router = APIRouter()
STATES: tuple[tuple[StateFilter, str], ...] = (
    ("", "Any"),
    ("stopped", "Needs a person"),
    ("wanted", "On its way"),
    ("raised", "In Zoho Desk"),
    ("refused", "Refused"),
    ("parked", "Parked"),
)
STATUS_TYPES = (("", "Any"), ("Open", "Open"), ("On Hold", "On hold"), ("Closed", "Closed"))
_TRAIL_ROWS = 100


@router.get("/tickets")
async def list_page(  # noqa: PLR0917 - one for each filter of the address.
    visit: Viewer,
    q: str = "",
    state: str = "",
    status: str = "",
    workflow: str = "",
    priority: str = "",
    period: str = "",
    before: str = "",
    after: str = "",
) -> Response:
    workflows = await known.workflows_of(visit.service)
    chosen = {"q": q, "state": state, "status": status, "workflow": workflow,
              "priority": priority, "period": period}  # fmt: skip
    wanted = TicketFilter(
        state=next((value for value, _ in STATES if value == state), ""),
        status_type=status,
        workflow=workflow,
        priority=priority,
        since=known.begin_of(period, visit.now(), visit.service.zone()),
        text=q,
    )
    found = await visit.read(
        partial(
            list_tickets, sealer=visit.service.sealer(), wanted=wanted, workflows=workflows,
            before=Mark.read(before), after=Mark.read(after),
        )
    )  # fmt: skip
    return await visit.page(
        "tickets.html",
        chosen=chosen,
        counted=words.counted(found.total, "ticket"),
        filtered=any(chosen.values()),
        found=found,
        newer=known.page_path("/tickets", chosen, after=found.where.newer),
        older=known.page_path("/tickets", chosen, before=found.where.older),
        periods=known.PERIODS,
        priorities=[("", "Any"), *((each, each) for each in words.PRIORITIES)],
        states=STATES,
        status_types=STATUS_TYPES,
        topics=[("", "Any"), *known.topics(workflows)],
    )


@router.get("/tickets/{reference:path}")
async def ticket(visit: Viewer, reference: str) -> Response:
    view = await _view(visit, reference)
    aside = await visit.read(partial(notes, names=[view.reference]))
    return await visit.page("ticket.html", ticket=view, aside=aside)


@router.post("/tickets/{reference:path}/retry")
async def retry(visit: Operator, reference: str) -> Response:
    tools = await visit.service.chats()

    def work(conn: sa.Connection) -> TakenUp:
        row = tickets.load(conn, tools.sealer, reference)
        return take_up_ticket(conn, tools, row, actor=visit.actor) if row else TakenUp()

    done = await visit.run(work)
    for lane in done.lanes:
        visit.service.wake(lane)
    path = known.ticket_path(reference)
    if not done:
        return await visit.go(path, "Nothing of it waits for a retry.", kind="fail")
    return await visit.go(path, f"Taken up again: {', '.join(in_words(done))}.")


@router.post("/tickets/{reference:path}/look")
async def look(visit: Operator, reference: str) -> Response:
    """Read the ticket from Zoho Desk now."""
    path = known.ticket_path(reference)
    tools = await visit.service.chats()
    try:
        await look_again(tools, reference)
    except SwitchboardError as error:
        return await visit.go(path, f"{error.code}: {error.message}", kind="fail")
    row = await visit.read(lambda conn: tickets.load(conn, tools.sealer, reference))
    status = row.status if row and row.status else "not known"
    return await visit.go(path, f"Read again from Zoho Desk. Its status: {status}.")


async def _view(visit: Visit, reference: str) -> TicketView:
    sealer = visit.service.sealer()

    def read(conn: sa.Connection) -> tuple[TicketRecord, list[Entry]] | None:
        row = tickets.find(conn, sealer, reference)
        if row is None:
            return None
        trail = audit.entries(conn, since=row.wanted_at, subject=row.reference, limit=_TRAIL_ROWS)
        return read_ticket(conn, sealer, row), trail

    found = await visit.read(read)
    if found is None:
        raise RejectedError("CON-404", "There is no such ticket.")
    record, trail = found
    waits = ticket_waits(record.row, record.effects) or any(map(mail_waits, record.mails))
    workflows = await known.workflows_of(visit.service)
    return story_of(record, workflows, trail, waits=waits, now=visit.now())
