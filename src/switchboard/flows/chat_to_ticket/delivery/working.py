"""Work off what is owed for tickets: raise them, then everything that belongs on them.

Opens nothing itself and starts no other loop: whoever calls, calls again when something is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError, RejectedError, SwitchboardError, TransientError
from switchboard.flows.chat_to_ticket.delivery import keys, settling
from switchboard.flows.chat_to_ticket.delivery.attending import intend_additions
from switchboard.flows.chat_to_ticket.delivery.carrying import Later, Stopped, carry_out, scale
from switchboard.flows.chat_to_ticket.delivery.files import carry_file
from switchboard.flows.chat_to_ticket.delivery.leasing import Hold, held
from switchboard.flows.chat_to_ticket.delivery.matter import Matter, read_matter
from switchboard.flows.chat_to_ticket.delivery.pieces import CommentWrite, LinkWrite
from switchboard.flows.chat_to_ticket.delivery.raising import raise_ticket
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import journal, tickets
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.tickets import Ticket
from switchboard.vendors.zoho_desk.client import ZohoDeskClient

log = structlog.get_logger(__name__)

BATCH = 100
AT_ONCE = 4  # People worked on side by side; Desk takes at least five calls at once (§10).
RETRY_SECONDS, RETRY_MOST_SECONDS = 5.0, 300.0
LINK_TRIES = 5
NOT_SET_UP = "DESK-401: Zoho Desk is not set up here; tickets wait until it is."


async def work_tickets(
    tools: ChatTools, *, conversation_id: str | None = None, reference: str | None = None
) -> str | None:
    """Send everything due, or what is due of that chat or ticket; return what stopped it early.

    A vendor's trouble postpones the one ticket; what a person has to mend first ends the round.
    """
    desk = tools.desk
    if desk is None:
        return NOT_SET_UP if await _due(tools, conversation_id, reference) else None
    stops: list[str] = []
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(rows: Sequence[Ticket]) -> None:
        async with gate:
            for row in rows:
                if stops:
                    return
                stop = await _work_one(tools, desk, row.reference, row.person)
                stops.extend([stop] if stop else [])

    by_person: dict[str, list[Ticket]] = {}
    for row in await _due(tools, conversation_id, reference):
        by_person.setdefault(row.person, []).append(row)
    await asyncio.gather(*(one(rows) for rows in by_person.values()))
    return stops[0] if stops else None


async def _due(
    tools: ChatTools, conversation_id: str | None, reference: str | None
) -> list[Ticket]:
    def find(conn: sa.Connection) -> list[Ticket]:
        at = store_now(conn)
        names = tickets.due_work(conn, at, conversation_id=conversation_id, limit=BATCH)
        if reference is not None:
            names = [each for each in [reference] if tickets.is_due(conn, each, at)]
        rows = [tickets.load(conn, tools.sealer, name) for name in names]
        return [row for row in rows if row is not None]

    return await tools.db.run(find)


async def _work_one(
    tools: ChatTools, desk: ZohoDeskClient, reference: str, person: str
) -> str | None:
    async with held(tools, person) as hold:
        if hold is None:
            return None  # Another worker is at it.
        matter = await _read(tools, desk, hold, reference)
        if matter is None:
            return None
        raised = matter.row.state == "raised"
        try:
            if matter.row.state == "wanted":
                await raise_ticket(matter)
                tools.wake("replies")
                tools.wake("mails")
                matter = await _read(tools, desk, hold, reference) or matter
                raised = matter.row.state == "raised"
            again = await _attend(matter) if raised else None
        except Later as later:
            await _put_off(matter, later.at, later.code, later.why, tries=matter.row.tries)
        except Stopped as stopped:
            effect = stopped.effect
            await _stop(matter, effect, effect.error_code or "DESK-422", effect.error or "")
        except RejectedError as error:
            await _stop(matter, None, error.code, error.message)
        except (TransientError, OperatorError) as error:
            await _postpone(matter, error)
            return str(error) if isinstance(error, OperatorError) else None
        else:
            await tools.db.run(lambda conn: _finish(conn, matter, again))
    return None


async def _read(
    tools: ChatTools, desk: ZohoDeskClient, hold: Hold, reference: str
) -> Matter | None:
    """Read a ticket under its lease: another worker may have finished it in between."""

    def read(conn: sa.Connection) -> Matter | None:
        if not tickets.is_due(conn, reference, store_now(conn)):
            return None
        return read_matter(conn, tools, desk, hold, reference)

    return await tools.db.run(read)


async def _attend(matter: Matter) -> float | None:
    """Send what belongs on the raised ticket; return when to look at the chat again."""
    tools = matter.tools
    while True:
        owed = await tools.db.run(lambda conn: _owed(conn, matter.row))
        for effect in owed:
            await _piece(matter, effect)
        if owed:
            continue

        def add(conn: sa.Connection) -> tuple[float | None, float]:
            at = store_now(conn)
            row = tickets.load(conn, tools.sealer, matter.row.reference) or matter.row
            fresh = Matter(tools, matter.desk, matter.hold, row, matter.wanted)
            return intend_additions(conn, fresh, at), at

        again, now = await tools.db.run(add)
        if again is None or again > now:
            return again


def _finish(conn: sa.Connection, matter: Matter, again: float | None) -> None:
    """Say when to come back; at once, if something was added while we finished."""
    at = store_now(conn) if _owed(conn, matter.row) else again
    tickets.update(conn, matter.row.reference, work_at=at, tries=0, error_code=None, why="")


def _owed(conn: sa.Connection, row: Ticket) -> list[Effect]:
    """Return what is to be sent for a ticket, in the order it was wanted."""
    mine = f"ticket:{row.reference}:"
    found = [
        each
        for each in journal.of_interactions(conn, [row.person]).get(row.person, [])
        if each.key.startswith(mine)
        and each.kind in {keys.COMMENT, keys.FILE, keys.LINK}
        and each.state in {"intended", "sending"}
    ]
    return sorted(found, key=lambda each: (each.sequence, each.intended_at, each.key))


async def _piece(matter: Matter, effect: Effect) -> None:
    """Send one piece; one that is refused stays out, and the others go on."""
    try:
        if effect.kind == keys.FILE:
            await carry_file(matter, effect)
        elif effect.kind == keys.LINK:
            await _link(matter, effect)
        else:
            await carry_out(matter.tools, matter.hold, CommentWrite(matter, effect.key))
    except Stopped as stopped:
        log.warning(
            "ticket_piece_refused",
            reference=matter.row.reference,
            effect=effect.kind,
            code=stopped.effect.error_code,
        )


async def _link(matter: Matter, effect: Effect) -> None:
    """Leave the note in SalesIQ; whatever happens there, the ticket is none the worse for it."""
    try:
        await carry_out(matter.tools, matter.hold, LinkWrite(matter, effect.key))
    except (TransientError, OperatorError) as error:
        if error.code == "DB-005":
            raise
        failure: SwitchboardError = error
        if effect.attempts + 1 < LINK_TRIES and isinstance(error, TransientError):
            raise
        await matter.tools.db.run(
            lambda conn: journal.park(conn, effect.key, failure.code, failure.message)
        )


async def _put_off(matter: Matter, at: float, code: str, why: str, *, tries: int) -> None:
    await matter.tools.db.run(
        lambda conn: tickets.update(
            conn,
            matter.row.reference,
            work_at=at,
            tries=tries,
            error_code=code or None,
            why=why,
        )
    )


async def _postpone(matter: Matter, error: SwitchboardError) -> None:
    """Try again by ourselves, more and more slowly, or when the vendor says."""
    tries = matter.row.tries + 1
    pause = min(RETRY_SECONDS * 2.0 ** min(tries - 1, 10), RETRY_MOST_SECONDS)
    pause = max(pause * scale(matter.tools), 0.05)
    if error.retry_after is not None:
        pause = error.retry_after or 0.05
    log.warning("ticket_postponed", reference=matter.row.reference, code=error.code)
    now = await matter.tools.db.now()
    await _put_off(matter, now + pause, error.code, error.message, tries=tries)


async def _stop(matter: Matter, effect: Effect | None, code: str, why: str) -> None:
    if matter.row.state == "raised":
        await _put_off(matter, await matter.tools.db.now() + RETRY_MOST_SECONDS, code, why, tries=0)
        return
    await matter.tools.db.run(
        lambda conn: settling.stopped(conn, matter, effect, code=code, why=why)
    )
