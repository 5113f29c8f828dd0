"""A mark belongs to one stop of one thing: it goes with it, and hides nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa
from tests.component.console.attention.trouble import CHAT, everything
from tests.component.store.makers import NOW
from tests.component.store.sealers import a_sealer

from switchboard.flows.call_to_lead import by_hand
from switchboard.flows.call_to_lead.retry import reopen
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.store import (
    callbacks,
    ledger,
    media,
    outbox,
    owed_replies,
    set_aside,
    stops,
    tickets,
)
from switchboard.store import tables as t
from switchboard.store.database import Database
from switchboard.store.stops import Kind

CALL, PIECE, MAIL = "call:700:1", "call:700:1:media:recording:1", "run1:report:m1@example.com"
STOPPED: tuple[tuple[Kind, str, str], ...] = (
    ("call", CALL, "ZOHO-422"),
    ("call", "call:700:2", stops.UNCODED),
    ("recording", PIECE, "MEDIA-413"),
    ("voicemail", "call:700:2:media:voicemail:2", stops.LOST_CAUSE),
    ("call-back", "call:700:8", "ZOHO-403"),
    ("mail", MAIL, "SMTP-550"),
    ("ticket", "SB-REFUSED", "DESK-422"),
    ("update", "ticket:SB-FINE:desk_comment:2", "DESK-403"),
    ("reply", CHAT, stops.LATE_REPLY),
)


def put(conn: sa.Connection, kind: Kind, name: str, cause: str) -> list[str]:
    return set_aside.put(conn, kind, [name], cause, NOW, "console:ben", "Done by hand.")


def put_all(conn: sa.Connection) -> None:
    everything(conn, a_sealer(), NOW)
    for each in STOPPED:
        assert put(conn, *each) == [each[1]], each


def marked(conn: sa.Connection) -> set[str]:
    return set(conn.scalars(sa.select(t.set_aside.c.id)))


def test_the_pieces_of_a_ticket_are_those_that_are_written() -> None:
    """The store names them without knowing the flow: both have to mean the same."""
    assert stops.PIECES == (keys.COMMENT, keys.FILE, keys.LINK)


async def test_what_stopped_is_set_aside_on_both_databases_once(db: Database) -> None:
    await db.run(put_all)
    assert await db.run(lambda c: put(c, "call", CALL, "ZOHO-422")) == [], "it is already"
    assert await db.run(set_aside.tidy) == 0
    (mark,) = await db.run(lambda c: set_aside.about(c, ["SB-FINE"]))
    assert (mark.kind, mark.actor, mark.reason) == ("update", "console:ben", "Done by hand.")
    of_call = await db.run(lambda c: set_aside.about(c, [CALL]))
    assert {each.id for each in of_call} == {CALL, PIECE}


NOT_LIKE_THAT: tuple[tuple[Kind, str, str], ...] = (
    ("call", CALL, "ZOHO-403"),  # Stopped by something else than was seen.
    ("call", "call:700:3", "late-call"),  # Waits, and goes on by itself.
    ("recording", "call:700:5:media:recording:5", stops.UNCODED),  # Done.
    ("mail", "run2:report:m2@example.com", "SMTP-001"),  # Still tried.
    ("ticket", "SB-GONE", "DESK-422"),  # Forgotten.
    ("voicemail", PIECE, "MEDIA-413"),
)


async def test_what_has_not_stopped_like_that_is_not_set_aside(db: Database) -> None:
    await db.run(lambda c: everything(c, a_sealer(), NOW))
    for each in NOT_LIKE_THAT:
        assert await db.run(partial(put, kind=each[0], name=each[1], cause=each[2])) == [], each
    assert await db.run(marked) == set()


async def test_what_is_worked_again_loses_its_mark_at_once(db: Database) -> None:
    """Whoever tries it again, by whatever door, wants to hear of it if it stops once more."""
    await db.run(put_all)

    def work_again(conn: sa.Connection) -> None:
        reopen(conn, [CALL])
        by_hand.skip(conn, "call:700:2", reason="A test call.", actor="cli:x", who="x")
        media.retry(conn, [PIECE])
        callbacks.retry(conn, ["call:700:8"])
        outbox.reopen(conn, [MAIL])

    await db.run(work_again)
    assert await db.run(marked) == {
        "call:700:2:media:voicemail:2", "SB-REFUSED", "ticket:SB-FINE:desk_comment:2", CHAT,
    }  # fmt: skip


async def test_a_thing_that_stops_anew_is_no_longer_set_aside(db: Database) -> None:
    """A run may take a call up by itself; when it stops again, somebody has to look again."""
    await db.run(put_all)
    aside = sa.select(set_aside.is_set(stops.CALL)).where(t.interaction.c.id == CALL)
    assert await db.run(lambda c: c.scalar(aside))
    again = partial(ledger.set_fate, interaction_id=CALL, fate="parked", reason="", why="Again.")
    await db.run(lambda c: again(c, error_code="ZOHO-422", finished_at=NOW + 60))
    assert not await db.run(lambda c: c.scalar(aside))
    assert await db.run(set_aside.tidy) == 1
    assert CALL not in await db.run(marked)
    assert await db.run(lambda c: put(c, "call", CALL, "ZOHO-422")) == [CALL]


async def test_marks_go_with_what_was_asked_for(db: Database) -> None:
    """Retention empties tickets; cleaning up leaves no mark of nothing behind."""
    await db.run(put_all)
    await db.run(lambda c: tickets.empty(c, ["SB-REFUSED"]))
    await db.run(lambda c: c.execute(sa.delete(t.owed_reply)))
    assert await db.run(set_aside.tidy) == 2
    assert not {"SB-REFUSED", CHAT} & await db.run(marked)


def reopen_call(conn: sa.Connection) -> None:
    reopen(conn, [CALL])


def answer(conn: sa.Connection) -> None:
    owed_replies.settle(conn, CHAT)


@pytest.mark.parametrize(
    ("thing", "work"),
    [
        (("call", CALL, "ZOHO-422"), reopen_call),
        (("reply", CHAT, stops.LATE_REPLY), answer),
    ],
)
@pytest.mark.parametrize("lane_first", [True, False])
async def test_setting_aside_while_it_is_worked_on_leaves_no_mark(
    db: Database, database_url: str, thing: tuple[Kind, str, str],
    work: Callable[[sa.Connection], None], *, lane_first: bool,
) -> None:  # fmt: skip
    """Two processes: one works on it, the other sets it aside before that is committed."""
    await db.run(lambda c: everything(c, a_sealer(), NOW))

    def aside(conn: sa.Connection) -> None:
        put(conn, *thing)

    await overlapped(db, database_url, *((work, aside) if lane_first else (aside, work)))
    assert await db.run(marked) == set()


async def overlapped(
    db: Database, url: str, first: Callable[[sa.Connection], None],
    second: Callable[[sa.Connection], None],
) -> None:  # fmt: skip
    """Have *second* begin in another process's place while *first* is not committed yet."""
    other = Database.open(url)
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def begin_both(conn: sa.Connection) -> Future[None]:
        first(conn)
        begun = pool.submit(other.run_sync, second)
        deadline = time.monotonic() + 60
        while db.dialect == "postgresql" and not conn.scalar(waiting):
            assert time.monotonic() < deadline, "the other never had to wait"
            conn.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
            time.sleep(0.01)
        return begun

    with ThreadPoolExecutor(1) as pool:
        try:
            begun = await db.run(begin_both)
            await asyncio.wrap_future(begun)
        finally:
            other.close()
