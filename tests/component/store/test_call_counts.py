"""Calls are counted as a person would count them, on the office's own clock."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.component.store.makers import an_effect, an_interaction

from switchboard.store import call_counts, chat_facts, chat_times, journal, ledger
from switchboard.store.call_counts import CallTotals, MissedCall, Slot, Span
from switchboard.store.database import Database
from switchboard.store.local_time import Shift, shifts
from switchboard.store.tables import callback, effect, media

NEW_YORK = ZoneInfo("America/New_York")
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5 hours 45 minutes ahead of UTC.


def at(text: str, zone: ZoneInfo = NEW_YORK) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def span(first: str, last: str, office: str | None = None) -> Span:
    return Span(at(first), at(last), office)


async def calls(db: Database, *rows: ledger.Interaction) -> None:
    await db.run(lambda conn: ledger.upsert(conn, rows))


async def test_only_calls_from_outside_in_the_time_are_counted(db: Database) -> None:
    """Calls we placed, calls between colleagues and chats are no customer's calls."""
    day = at("2026-11-20T10:00")
    await calls(
        db,
        an_interaction(1, started_at=day, outcome="accepted", fate="done", reason="none"),
        an_interaction(2, started_at=day, outcome="accepted", fate="done", reason="none"),
        an_interaction(3, started_at=day, outcome="missed", fate="skipped", reason="outbound"),
        an_interaction(4, started_at=day, outcome="accepted", fate="skipped", reason="internal"),
        an_interaction(5, started_at=day, kind="chat", outcome="ticket", fate="done"),
        an_interaction(6, started_at=at("2026-11-21T00:00"), outcome="missed"),
        an_interaction(7, started_at=day, outcome="missed", office=None, reason="unattributed"),
    )
    wanted = span("2026-11-20", "2026-11-21")
    found = await db.run(lambda conn: call_counts.totals(conn, wanted))
    assert found == CallTotals(answered=2, missed=1, new=2, waiting=1)
    here = span("2026-11-20", "2026-11-21", "philadelphia")
    assert (await db.run(lambda conn: call_counts.totals(conn, here))).calls == 2
    never = span("2027-11-20", "2027-11-21")
    assert await db.run(lambda conn: call_counts.totals(conn, never)) == CallTotals()


async def test_a_call_has_one_outcome_and_one_fate(db: Database) -> None:
    kinds = [
        ("accepted", "done", "none"), ("answered_elsewhere", "done", "lead"),
        ("voicemail", "done", "contact"), ("missed", "parked", "refused"),
        ("blocked", "skipped", "blocked_by_ringcentral"), ("unsettled", "waiting", "in_progress"),
    ]  # fmt: skip
    rows = [
        an_interaction(n, started_at=at("2026-11-20"), outcome=outcome, fate=fate, reason=reason)
        for n, (outcome, fate, reason) in enumerate(kinds)
    ]
    await calls(db, *rows)
    found = await db.run(lambda conn: call_counts.totals(conn, span("2026-11-20", "2026-11-21")))
    assert found == CallTotals(
        answered=2, voicemail=1, missed=1, other=2, new=1, known=2, parked=1, waiting=1
    )
    assert (found.calls, found.heard) == (6, 4)


async def test_the_hour_is_that_of_the_clock_on_the_wall_also_after_it_was_put_back(
    db: Database,
) -> None:
    """On 1 November 2026 New York has 1:30 twice; 9:30 the day before and after is 9:30."""
    twice = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    await calls(
        db,
        an_interaction(1, started_at=at("2026-10-30T09:30"), outcome="accepted"),
        an_interaction(2, started_at=at("2026-11-06T09:30"), outcome="missed"),
        an_interaction(3, started_at=twice.timestamp(), outcome="voicemail"),
        an_interaction(4, started_at=twice.replace(fold=1).timestamp(), outcome="missed"),
        an_interaction(5, started_at=at("2026-11-01T23:59:59.9"), outcome="noise"),
    )
    wanted = span("2026-10-26", "2026-11-09")
    hours = await db.run(lambda conn: call_counts.by_hour_of_week(conn, wanted, "America/New_York"))
    assert hours == {(4, 9): Slot(1, 1), (6, 1): Slot(0, 2)}
    days = await db.run(lambda conn: call_counts.by_day(conn, wanted, "America/New_York"))
    first = (datetime(2026, 10, 30) - datetime(1970, 1, 1)).days  # noqa: DTZ001 - days are counted.
    assert days == {first: Slot(1, 0), first + 2: Slot(0, 2), first + 7: Slot(0, 1)}


async def test_a_clock_that_is_not_whole_hours_ahead_is_read_right(db: Database) -> None:
    """In Kathmandu 23:50 and 00:10 are two days, 20 minutes apart."""
    await calls(
        db,
        an_interaction(1, started_at=at("2026-11-20T23:50", KATHMANDU), outcome="accepted"),
        an_interaction(2, started_at=at("2026-11-21T00:10", KATHMANDU), outcome="accepted"),
    )
    wanted = span("2026-11-19", "2026-11-23")
    hours = await db.run(lambda conn: call_counts.by_hour_of_week(conn, wanted, "Asia/Kathmandu"))
    assert hours == {(4, 23): Slot(1, 0), (5, 0): Slot(1, 0)}


async def test_offices_can_be_counted_apart_and_calls_of_none_with_them(db: Database) -> None:
    day = at("2026-11-20T10:00")
    await calls(
        db,
        an_interaction(1, started_at=day, outcome="accepted"),
        an_interaction(2, started_at=day, outcome="accepted", office="denver"),
        an_interaction(3, started_at=day, outcome="accepted", office=None),
    )
    wanted = span("2026-11-20", "2026-11-21")

    def calls_of(conn: sa.Connection, *offices: str | None) -> int:
        found = call_counts.by_day(conn, wanted, "America/New_York", offices)
        return call_counts.merged(found).calls

    assert await db.run(lambda conn: calls_of(conn, "denver")) == 1
    assert await db.run(lambda conn: calls_of(conn, "denver", None)) == 2
    assert await db.run(calls_of) == 3


def test_a_year_of_new_york_has_two_changes_and_each_is_found_to_the_second() -> None:
    found = shifts("America/New_York", at("2026-01-01"), at("2027-01-01"))
    assert found == [
        Shift(at("2026-01-01"), -18000),
        Shift(at("2026-03-08T03:00"), -14400),
        Shift(datetime(2026, 11, 1, 1, tzinfo=NEW_YORK, fold=1).timestamp(), -18000),
    ]
    assert shifts("UTC", 0.5, 86_400.0) == [Shift(0.5, 0)]


def a_callback(number: int, opened_at: float, state: str, **more: object) -> dict[str, object]:
    return {
        "interaction_id": f"call:700:{number}", "office": "philadelphia",
        "person": f"+1215555{number:04d}", "opened_at": opened_at, "state": state,
        "task_due_at": None, "closed_by": None, "joins": None, "first_seen": opened_at,
        "updated_at": opened_at, "finished_at": None, **more,
    }  # fmt: skip


async def test_a_missed_caller_is_reached_when_the_call_that_reached_them_began(
    db: Database,
) -> None:
    """Not when we heard of it; a task completed by hand counts from when that was seen."""
    day = at("2026-11-20T10:00")
    await calls(db, an_interaction(9, started_at=day + 600, outcome="accepted"))
    rows = [
        a_callback(1, day, "closed", closed_by="call:700:9", task_due_at=day + 900),
        a_callback(2, day + 1, "closed", finished_at=day + 7200, task_due_at=day + 900),
        a_callback(3, day + 2, "open", task_due_at=day + 900),
        a_callback(4, day + 3, "needless"),
        a_callback(5, day + 4, "needless", joins="call:700:3"),
    ]
    await db.run(lambda conn: conn.execute(sa.insert(callback), rows) and None)
    wanted = span("2026-11-20", "2026-11-21")
    found = await db.run(lambda conn: call_counts.missed_calls(conn, wanted))
    told = [(each.reached_at, each.lost) for each in found]
    assert told == [
        (day + 600, False), (day + 7200, False), (None, False), (None, True), (None, False),
    ]  # fmt: skip
    assert found[0] == MissedCall(
        "call:700:1", "+12155550001", "philadelphia", day, day + 900, day + 600, False
    )


async def test_leads_are_counted_for_the_owner_they_were_written_with(db: Database) -> None:
    """One that failed is nobody's; one whose text was forgotten still is a lead."""
    day = at("2026-11-20T10:00")
    requests = ['{"Owner": {"id": "7"}}', '{"Owner": {"id": "7"}}', '{"Last_Name": "X"}', ""]
    for number, request in enumerate(requests, 1):
        row = an_interaction(number, started_at=day, outcome="accepted", fate="done")
        await calls(db, row)
        key = f"{row.id}:lead"
        lead = an_effect(number, key=key, kind="lead", request=request)
        await db.run(partial(journal.intend, effects=[lead]))
    settled = sa.update(effect).where(effect.c.key != "call:700:2:lead").values(state="settled")
    await db.run(lambda conn: conn.execute(settled) and None)
    wanted = span("2026-11-20", "2026-11-21")
    found = await db.run(lambda conn: call_counts.lead_owners(conn, wanted))
    assert found == {("philadelphia", "7"): 1, ("philadelphia", ""): 2}


async def test_recordings_are_counted_by_when_their_call_was(db: Database) -> None:
    day = at("2026-11-20T10:00")
    row = {
        "key": "a", "interaction_id": "call:700:1", "office": "philadelphia", "person": "p",
        "kind": "voicemail", "media_id": "1", "call_started_at": day, "call_ended_at": day,
        "state": "gone", "first_seen": day, "updated_at": day,
    }  # fmt: skip
    late = {**row, "key": "b", "call_started_at": day + 86_400}
    await db.run(lambda conn: conn.execute(sa.insert(media), [row, late]) and None)
    wanted = span("2026-11-20", "2026-11-21")
    found = await db.run(lambda conn: call_counts.media_states(conn, wanted))
    assert found == {("voicemail", "gone"): 1}


@pytest.mark.parametrize(("workflow", "hours"), [("", {9: 2}), ("password_reset", {10: 1})])
async def test_chats_come_when_they_begin_and_requests_when_those_are_begun(
    db: Database, workflow: str, hours: dict[int, int]
) -> None:
    def fill(conn: sa.Connection) -> None:
        chat_facts.add(conn, "a", at("2026-11-20T09:59"), "opened")
        chat_facts.add(conn, "a", at("2026-11-20T10:00"), "started", "password_reset")
        chat_facts.add(conn, "a", at("2026-11-20T10:09"), "ticket_created", "password_reset")
        chat_facts.add(conn, "a", at("2026-11-20T10:10"), "ticket_created", "password_reset")
        chat_facts.add(conn, "b", at("2026-11-20T09:01"), "opened")

    await db.run(fill)
    ends = at("2026-11-20"), at("2026-11-21"), "America/New_York"
    assert await db.run(lambda conn: chat_times.by_hour(conn, *ends, workflow=workflow)) == hours
    days = await db.run(lambda conn: chat_times.by_day(conn, *ends, ["ticket_created"]))
    assert list(days.values()) == [1]  # Chats, however often.
