"""A company of two offices in two zones with calls, chats and hostile names, counted by hand."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from tests.component.store.makers import an_effect, an_interaction
from tests.config_files import OFFICES, OWNERS, two_offices

from switchboard.config.load import Configuration, load
from switchboard.store import chat_facts, journal, ledger
from switchboard.store.tables import callback, effect, ticket, unsure_message

HOSTILE = '<script>alert(1)</script>"Office'
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZoneInfo("America/New_York")).timestamp()  # A Friday.
HOUR, DAY = 3600.0, 86_400.0


def configuration(root: Path) -> Configuration:
    """Philadelphia on New York's clock, Pittsburgh (of a hostile name) on Denver's."""
    offices = copy.deepcopy(OFFICES)
    offices["offices"]["pittsburgh"] |= {"name": HOSTILE, "timezone": "America/Denver"}
    owners = copy.deepcopy(OWNERS)
    owners["lead_owners"][0]["name"] = "=cmd|' /C calc'!A0"
    documents = {
        "sorted/data/offices.json": offices,
        "sorted/philadelphia/lead_owners.json": owners,
    }
    return load(two_offices(root, documents))


def fill(conn: sa.Connection) -> None:
    """Philadelphia: 6 answered, 2 missed at 17:00; Pittsburgh: 1 answered at 15:00 of Denver."""
    for number in range(6):
        _call(conn, number, NOW - HOUR, "accepted", fate="done", reason="none")
    _call(conn, 6, NOW - HOUR, "missed", fate="done", reason="lead")
    _call(conn, 7, NOW - HOUR, "voicemail", fate="parked", reason="refused")
    _call(conn, 8, NOW - HOUR, "accepted", office="pittsburgh", fate="done", reason="contact")
    _call(conn, 9, NOW - 10 * DAY, "accepted", fate="done", reason="none")  # Another week.
    _call(conn, 10, NOW - HOUR, "missed", fate="skipped", reason="outbound")
    for number in range(6):
        key = f"call:700:{number}:lead"
        owner = "5678901234" if number < 4 else "6789012345"
        request = f'{{"Owner": {{"id": "{owner}"}}}}'
        journal.intend(conn, [an_effect(number, key=key, kind="lead", request=request)])
    conn.execute(sa.update(effect).values(state="settled"))
    _callback(conn, 6, NOW - HOUR, due=NOW - 60)
    _callback(conn, 7, NOW - HOUR, due=NOW + 60)
    unsure = {"conversation_id": "chat:1:1", "at": NOW, "outcome": "ask", "sealed": "s"}
    states = [
        {**unsure, "number": 1, "state": "open"},
        {**unsure, "number": 2, "state": "dismissed"},
    ]
    conn.execute(sa.insert(unsure_message), states)
    for chat in range(6):
        _chat(conn, f"chat:1:{chat}", ends="ticket_created" if chat < 5 else "escalated")


def _call(conn: sa.Connection, number: int, at: float, outcome: str, **more: Any) -> None:
    row = an_interaction(number, started_at=at, outcome=outcome, due_at=None, **more)
    ledger.upsert(conn, [row])


def _callback(conn: sa.Connection, number: int, at: float, *, due: float) -> None:
    row = {
        "interaction_id": f"call:700:{number}", "office": "philadelphia",
        "person": f"+1215555{number:04d}", "opened_at": at, "state": "open", "task_due_at": due,
        "first_seen": at, "updated_at": at,
    }  # fmt: skip
    conn.execute(sa.insert(callback).values(row))


def _chat(conn: sa.Connection, chat: str, *, ends: str) -> None:
    workflow, at = "password_reset", NOW - 2 * HOUR
    chat_facts.add(conn, chat, at, "opened")
    chat_facts.add(conn, chat, at + 1, "started", workflow)
    chat_facts.add(conn, chat, at + 2, ends, workflow)
    if ends != "ticket_created":
        return
    row = {
        "reference": f"T{chat[-1]}", "conversation_id": chat, "workflow": workflow,
        "priority": "Medium", "verification": "verified", "state": "raised", "extends": False,
        "handling_minutes": 30, "wanted_at": at, "raised_at": at + 2, "resolution_minutes": 90,
        "first_response_minutes": 15, "satisfaction": 5, "closed_at": at + 5400,
    }  # fmt: skip
    conn.execute(sa.insert(ticket).values(row))
