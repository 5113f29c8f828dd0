"""The numbers of today and the charts: counted in each office's own zone, against usual days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.component.store.makers import an_effect, an_interaction

from switchboard.config.settings import Settings
from switchboard.console.dashboard import activity, numbers, overview, owed
from switchboard.console.dashboard.connections import Vault
from switchboard.console.dashboard.counting import Remembered
from switchboard.console.dashboard.days import Span, Zones
from switchboard.console.dashboard.numbers import Numbers, Today
from switchboard.console.dashboard.observed import observe
from switchboard.store import ledger, runs
from switchboard.store import tables as t
from switchboard.store.database import Database
from switchboard.store.runs import Run

NEW_YORK, LONDON, HONOLULU = "America/New_York", "Europe/London", "Pacific/Honolulu"
ZONES = Zones(NEW_YORK, {"philadelphia": NEW_YORK, "london": LONDON, "hawaii": HONOLULU})
HOUR, DAY = 3600.0, 86_400.0


def at(text: str, zone: str = NEW_YORK) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


NOW = at("2026-11-06 12:00")  # A Friday; summer time ended on Sunday.


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with_store = Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    yield with_store
    with_store.close()


def calls(db: Database, *moments: float, **more: Any) -> None:
    def add(conn: sa.Connection) -> None:
        known = int(conn.scalar(sa.select(sa.func.count()).select_from(t.interaction)) or 0)
        values = {"fate": "done", "outcome": "accepted", "due_at": None} | more
        rows = [an_interaction(known + n, started_at=m, **values) for n, m in enumerate(moments)]
        ledger.upsert(conn, rows)

    db.run_sync(add)


def tickets(db: Database, *moments: float, **more: Any) -> None:
    values = {"workflow": "w", "priority": "High", "verification": "verified", "extends": False}
    values |= {"state": "raised"} | more
    rows = [{"reference": f"T{m}{more}", "wanted_at": m, **values} for m in moments]
    db.run_sync(lambda conn: conn.execute(sa.insert(t.ticket), rows))


def today(db: Database, now: float = NOW, zones: Zones = ZONES) -> Numbers:
    return db.run_sync(lambda c: numbers.of_today(c, zones, NEW_YORK, now, Remembered()))


def test_an_empty_store_counts_nothing_and_knows_no_usual_day(db: Database) -> None:
    nothing = Today(0, ())
    assert today(db) == Numbers(nothing, nothing, nothing, nothing)
    chart = db.run_sync(lambda c: numbers.calls_chart(c, ZONES, "days", NOW, Remembered()))
    assert chart.series == ()


def test_todays_calls_are_compared_with_the_same_weekday_until_this_time(db: Database) -> None:
    """Yesterday, and the afternoon of a Friday before, do not count; nor does a chat."""
    calls(db, at("2026-10-01 09:00"))  # The store's first day.
    calls(db, *(at(f"2026-11-06 {h}:00") for h in ("09", "10", "11")))
    calls(db, at("2026-11-05 09:00"), at("2026-10-30 12:30"))
    calls(db, at("2026-10-30 11:59"), at("2026-10-30 00:00"))
    calls(db, at("2026-10-23 10:00"))
    calls(db, at("2026-11-06 10:00"), kind="chat", outcome="ticket")
    assert today(db).calls == Today(3, (2, 1, 0, 0))


def test_each_office_counts_its_own_day(db: Database) -> None:
    """At noon in New York it is seven in Honolulu: five hours less of today are counted there."""
    four_in_new_york = at("2026-11-06 04:00")
    for office in ZONES.offices:
        calls(db, four_in_new_york, office=office)
    calls(db, four_in_new_york, office=None)
    assert today(db).calls.value == 3  # In Honolulu it was still Thursday.
    calls(db, at("2026-11-06 00:30", HONOLULU), office="hawaii")
    assert today(db).calls.value == 4


def test_the_first_day_of_the_store_is_no_usual_day(db: Database) -> None:
    """It may have begun in the afternoon; a comparison with half a day would be none."""
    calls(db, at("2026-10-30 11:00"), NOW - HOUR)
    assert today(db).calls.before == ()
    calls(db, at("2026-10-29 11:00"))
    assert today(db).calls.before == (1,)


def test_leads_and_missed_calls_are_told_apart(db: Database) -> None:
    calls(db, NOW - HOUR, reason="none")
    calls(db, NOW - HOUR, reason="none", fate="waiting", due_at=NOW)
    calls(db, NOW - HOUR, reason="lead", outcome="missed")
    calls(db, NOW - HOUR, reason="contact", outcome="voicemail")
    found = today(db)
    assert (found.calls.value, found.leads.value, found.missed.value) == (4, 1, 2)


def test_tickets_count_where_the_chats_office_is(db: Database) -> None:
    tickets(db, at("2026-10-01 09:00"), NOW - HOUR, at("2026-10-30 08:00"))
    tickets(db, NOW - HOUR, extends=True)  # Added to one that was open: no ticket of its own.
    assert today(db).tickets == Today(1, (1, 0, 0, 0))


def test_the_chart_of_two_weeks_says_what_became_of_each_days_calls(db: Database) -> None:
    calls(db, at("2026-11-01 00:30"), at("2026-11-01 23:30"))  # A day of 25 hours.
    calls(db, at("2026-11-01 12:00"), outcome="voicemail")
    calls(db, NOW - HOUR, outcome="missed")
    calls(db, NOW - HOUR, outcome="noise")
    calls(db, NOW - HOUR, outcome="missed", fate="skipped", reason="outbound")
    chart = db.run_sync(lambda c: numbers.calls_chart(c, ZONES, "days", NOW, Remembered()))
    shown = {each.name: dict(zip(chart.labels, each.values, strict=True)) for each in chart.series}
    assert {name: values["1 Nov"] for name, values in shown.items()} == {
        "Answered": 2, "Missed with voicemail": 1, "Missed without voicemail": 0,
        "Placed by us": 0, "Other": 0,
    }  # fmt: skip
    assert [shown[name]["6 Nov"] for name in shown] == [0, 0, 1, 1, 1]
    assert chart.long_labels[-1] == "Friday, 6 Nov"
    assert chart.description == (
        "Calls, 14 days: answered 2, missed with voicemail 1, missed without voicemail 1, "
        "placed by us 1, other 1."
    )


def test_the_chart_of_today_shows_office_hours_and_whatever_lies_outside(db: Database) -> None:
    calls(db, at("2026-11-06 05:15"), at("2026-11-06 05:45"), office="philadelphia")
    calls(db, at("2026-11-06 05:30", LONDON), office="london")
    chart = db.run_sync(lambda c: numbers.calls_chart(c, ZONES, "today", NOW, Remembered()))
    assert (chart.labels[0], chart.labels[-1]) == ("05", "17")
    assert chart.series[0].values[0] == 3  # Everybody's own five o'clock.


def test_the_chart_of_weeks_has_all_calls_of_each(db: Database) -> None:
    calls(db, at("2026-11-02 00:00"), NOW - HOUR, at("2026-11-01 23:59"))
    chart = db.run_sync(lambda c: numbers.calls_chart(c, ZONES, "weeks", NOW, Remembered()))
    assert chart.series[0].values[-2:] == (1, 2)
    assert chart.labels[-1] == "2 Nov"


def test_days_that_are_over_are_asked_for_once_in_some_minutes(db: Database) -> None:
    calls(db, at("2026-11-03 10:00"), NOW - HOUR)
    kept = Remembered()
    seen = partial(numbers.calls_chart, zones=ZONES, wanted="days", kept=kept)
    db.run_sync(lambda c: seen(c, now=NOW))
    calls(db, at("2026-11-03 11:00"), NOW - HOUR)
    chart = db.run_sync(lambda c: seen(c, now=NOW + 60))
    assert (chart.series[0].values[-4], chart.series[0].values[-1]) == (1, 2)
    chart = db.run_sync(lambda c: seen(c, now=NOW + 600))
    assert chart.series[0].values[-4] == 2


def test_tickets_are_shown_by_what_became_of_them(db: Database) -> None:
    tickets(db, NOW - HOUR)
    tickets(db, NOW - HOUR, state="wanted")
    tickets(db, NOW - HOUR, state="parked")
    tickets(db, NOW - DAY, state="refused")
    chart = db.run_sync(lambda c: numbers.tickets_chart(c, NEW_YORK, "days", NOW, Remembered()))
    assert [(each.name, sum(each.values)) for each in chart.series] == [
        ("In Zoho Desk", 1), ("On the way", 1), ("Not created", 2),
    ]  # fmt: skip


def test_what_is_owed_says_what_ringcentral_deletes_soon(db: Database) -> None:
    def piece(number: int, expires: float, state: str = "owed") -> dict[str, Any]:
        row: dict[str, Any] = {"key": f"m{number}", "interaction_id": "call:1:1", "person": "p"}
        row |= {"kind": "recording", "media_id": "1", "state": state, "expires_at": expires}
        times = dict.fromkeys(("call_started_at", "call_ended_at", "first_seen", "updated_at"), NOW)
        return row | times

    rows = [piece(1, NOW + 2 * DAY), piece(2, NOW + 60 * DAY), piece(3, NOW + DAY, "done")]
    rows.append(piece(4, NOW - 5 * DAY))  # Deleted long ago: no alarm helps any more.
    back = {"person": "p", "opened_at": NOW, "first_seen": NOW, "updated_at": NOW}

    def fill(conn: sa.Connection) -> None:
        conn.execute(sa.insert(t.media), rows)
        for number, state, due in ((1, "open", NOW - 1), (2, "owed", NOW + 9), (3, "closed", NOW)):
            row = {"interaction_id": f"c{number}", "state": state, "task_due_at": due}
            conn.execute(sa.insert(t.callback).values(**back, **row))

    db.run_sync(fill)
    found = db.run_sync(lambda c: owed.owed(c, NOW, 7.0))
    assert (found.files, found.expiring, found.first_deleted_at) == (3, 1, NOW + 2 * DAY)
    assert (found.call_backs, found.overdue) == (2, 1)


def test_a_refusal_counts_until_a_newer_token_was_given(db: Database) -> None:
    """Credentials that were corrected are other credentials: the old refusal says nothing."""
    said = '{"refused": {"code": "%s", "message": "No.", "until": %s}}'

    def token(name: str, document: str, expires: float = 0.0) -> None:
        row = {"connection": name, "document": document, "expires_at": expires}
        db.run_sync(lambda conn: conn.execute(sa.insert(t.token).values(**row)))

    token("ringcentral:old", said % ("RC-401", NOW))
    token("zoho:one", said % ("ZOHO-401", NOW))
    token("zoho:two", '{"scopes": ["Desk.tickets.ALL"]}', NOW + 900)
    found = db.run_sync(lambda c: observe(c, NOW, 60.0)).refusals
    assert set(found) == {"ringcentral", "zoho_crm", "zoho_salesiq"}
    assert found["ringcentral"].at == NOW - 60
    token("ringcentral:new", '{"scopes": ["ReadCallLog"]}', NOW + 900)
    assert "ringcentral" not in db.run_sync(lambda c: observe(c, NOW, 60.0)).refusals


def test_the_timeline_mixes_runs_calls_and_what_people_did(db: Database) -> None:
    def fill(conn: sa.Connection) -> None:
        runs.start(conn, Run(id="r1", kind="calls", started_at=NOW - 900, office="london"))
        summary = '{"offices": [{"seen": 3, "leads_created": 1}]}'
        runs.finish(conn, "r1", outcome="done", summary=summary, finished_at=NOW - 800)
        for number, kind in ((1, "lead"), (1, "note"), (2, "note")):
            row = an_effect(
                number, key=f"{number}{kind}", kind=kind, state="settled", request_hash="h",
                intended_at=NOW - 100 * number, finished_at=NOW - 100 * number,
            )  # fmt: skip
            conn.execute(sa.insert(t.effect).values(**{
                name: getattr(row, name) for name in t.effect.c.keys()  # noqa: SIM118
            }))  # fmt: skip

    db.run_sync(fill)
    found = db.run_sync(lambda c: activity.latest(c, {"london": "<b>London</b>"}))
    assert [each.title for each in found] == [
        "Call of +1 215-555-0001", "Call of +1 215-555-0002", "Run of <b>London</b> finished",
    ]  # fmt: skip
    assert sorted(found[0].said.lower().split(", ")) == ["new lead", "note"]
    assert found[0].href == "/calls/call%3A700%3A1"
    assert found[2].said == "3 calls, 1 new lead"


_BIG = ("interaction", "effect", "media", "callback", "mail", "audit", "ticket", "delivery", "run")
_SCANNED = re.compile(rf"^SCAN ({'|'.join(_BIG)})(?! USING)\b")


def test_no_question_reads_a_large_table_from_end_to_end(db: Database) -> None:
    """With 100,000 calls the page costs what today costs; all is found by an index.

    What is parked is left out: `attention` asks for it, with its own measures.
    """
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, given))

    def everything(conn: sa.Connection) -> None:
        sa.event.listen(conn, "before_cursor_execute", note)
        settings, kept = Settings(), Remembered()
        facts = overview.Facts(settings, ZONES, NEW_YORK, {}, frozenset(), None, Vault(), [])
        for wanted in ("today", "days", "weeks"):
            numbers.of_today(conn, facts.zones, NEW_YORK, NOW, kept)
            numbers.calls_chart(conn, facts.zones, wanted, NOW, kept)
            numbers.tickets_chart(conn, NEW_YORK, wanted, NOW, kept)
        observe(conn, NOW, 60.0)
        owed.owed(conn, NOW, settings.media.alarm_days)
        activity.latest(conn, {})
        sa.event.remove(conn, "before_cursor_execute", note)
        assert len(asked) > 50
        for statement, given in asked:
            plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            lines = [row[3] for row in plan]
            newest = "LIMIT" in statement and not any("TEMP B-TREE" in line for line in lines)
            read_whole = [] if newest else [line for line in lines if _SCANNED.match(line)]
            assert read_whole == [], statement

    db.run_sync(everything)


def test_days_that_are_over_are_counted_again_after_a_run(db: Database) -> None:
    """The first run fills days of before: who looks a second later must see them."""
    memory, yesterday = Remembered(), Span(NOW - 2 * DAY, NOW - DAY)

    def counted() -> int:
        def look(conn: sa.Connection) -> int:
            memory.begin(conn)
            return sum(each.number for each in memory.calls(conn, yesterday, NOW))

        return db.run_sync(look)

    assert counted() == 0
    db.run_sync(lambda c: runs.start(c, Run(id="r1", kind="calls", started_at=NOW - 60)))
    calls(db, NOW - 1.5 * DAY)
    assert counted() == 1
    calls(db, NOW - 1.6 * DAY)
    assert counted() == 2
    end = partial(runs.finish, run_id="r1", outcome="done", summary="{}", finished_at=NOW - 1)
    db.run_sync(end)
    calls(db, NOW - 1.7 * DAY)
    assert counted() == 3
    calls(db, NOW - 1.8 * DAY)
    assert counted() == 3  # No run, so nobody counts again.
