"""What is counted of chats is what happened, within the stretch that is looked at."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.measuring import measure
from switchboard.store import journal
from switchboard.store.database import Database
from switchboard.store.journal import Effect
from switchboard.store.tables import chat_fact, effect, mail, ticket

DAY = 86_400.0
NOON = 1_795_262_400.0  # 2026-11-21 12:00 UTC
LIBRARY = load_library()


def fact(chat: str, number: int, what: str, workflow: str = "", at: float = NOON) -> dict[str, Any]:
    return {
        "conversation_id": chat,
        "number": number,
        "at": at,
        "what": what,
        "workflow": workflow,
    }


def a_ticket(reference: str, chat: str | None, **values: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "conversation_id": chat,
        "workflow": "password_reset",
        "priority": "Medium",
        "verification": "verified",
        "state": "raised",
        "extends": False,
        "handling_minutes": 20,
        "wanted_at": NOON,
        "raised_at": NOON,
        **values,
    }


async def test_figures_come_from_facts_tickets_writes_and_mails(db: Database) -> None:
    """An escalated chat's ticket saves nothing; what happened before the stretch is left out."""

    def fill(conn: sa.Connection) -> None:
        facts = [
            fact("chat:1:a", 1, "opened"),
            fact("chat:1:a", 2, "started", "password_reset"),
            fact("chat:1:a", 3, "started", "password_reset"),
            fact("chat:1:b", 1, "opened"),
            fact("chat:1:b", 2, "started", "password_reset"),
            fact("chat:1:b", 3, "escalated", "password_reset"),
            fact("chat:1:c", 1, "opened"),
            fact("chat:1:c", 2, "started", "printer_issues"),
            fact("chat:1:c", 3, "solved", "printer_issues"),
            fact("chat:1:old", 1, "opened", at=NOON - 40 * DAY),
        ]
        conn.execute(sa.insert(chat_fact), facts)
        for row in (
            a_ticket("r1", "chat:1:a", resolution_minutes=90, closed_at=NOON, satisfaction=4),
            a_ticket("r2", "chat:1:b"),
            a_ticket("r3", None, workflow="test", handling_minutes=None),
            a_ticket("r4", "chat:1:a", state="parked", raised_at=None),
        ):
            conn.execute(sa.insert(ticket).values(row))
        for number, (kind, state) in enumerate(
            [("desk_ticket", "settled"), ("desk_ticket", "parked"), ("desk_contact", "settled")]
        ):
            key = f"k{number}"
            one = Effect(
                key=key, interaction_id="x", person="x", kind=kind, request="{}", intended_at=NOON
            )
            journal.intend(conn, [one])
            conn.execute(sa.update(effect).where(effect.c.key == key).values(state=state))
        base = {"recipient": "a@example.com", "subject": "s", "created_at": NOON}
        conn.execute(sa.insert(mail).values(key="m1", kind="code", state="sent", **base))
        conn.execute(sa.insert(mail).values(key="m2", kind="report", state="refused", **base))

    await db.run(fill)
    found = await db.run(
        lambda conn: measure(
            conn, LIBRARY.workflows, since=NOON - DAY, until=NOON + DAY, zone="America/New_York"
        )
    )
    document = found.document()
    assert document["conversations"]["opened"] == 3
    assert document["conversations"]["escalated"] == 1
    assert document["tickets"]["created"] == 3
    assert document["tickets"]["parked"] == 1
    assert document["tickets"]["per_day"] == [{"day": "2026-11-21", "tickets": 3}]
    printer = LIBRARY.workflows["printer_issues"].handling_minutes
    assert document["saved"]["minutes"] == 20 + printer
    assert document["saved"]["requests"] == 2
    assert document["success"]["ticket_creation"] == {
        "done": 1,
        "failed": 1,
        "waiting": 0,
        "rate": 0.5,
    }
    assert document["success"]["notification_delivery"]["done"] == 1
    assert document["success"]["notification_delivery"]["failed"] == 0
    assert document["rates"]["escalation"] == round(1 / 3, 4)
    password = next(w for w in document["workflows"] if w["workflow"] == "password_reset")
    assert (password["started"], password["tickets"]) == (2, 2)


async def test_days_are_those_of_the_office(db: Database) -> None:
    """A ticket raised at 02:00 UTC belongs to the day before in New York."""
    two_in_the_morning = NOON - 10 * 3600
    await db.run(
        lambda conn: conn.execute(
            sa.insert(ticket).values(a_ticket("r", None, raised_at=two_in_the_morning))
        )
    )
    days = {}
    for zone in ("UTC", "America/New_York"):
        found = await db.run(
            lambda conn, zone=zone: measure(  # type: ignore[misc]
                conn, {}, since=NOON - DAY, until=NOON, zone=zone
            )
        )
        days[zone] = found.per_day[0][0]
    assert days == {"UTC": "2026-11-21", "America/New_York": "2026-11-20"}
