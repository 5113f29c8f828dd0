"""Chats and tickets are found on both backends as people look for them, a page at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.sealers import a_sealer

from switchboard.store import approvals, chat_search, conversations, ticket_search, tickets
from switchboard.store.approvals import Approval
from switchboard.store.chat_search import ChatFilter
from switchboard.store.conversations import Message, StoredConversation
from switchboard.store.database import Database
from switchboard.store.keyset import Mark
from switchboard.store.ticket_search import TicketFilter
from switchboard.store.tickets import Ticket

SEALER = a_sealer()


def a_chat(name: str, at: float, **changes: Any) -> StoredConversation:
    values: dict[str, Any] = {"id": f"chat:acme:{name}", "opened_at": 1.0, "updated_at": at}
    return StoredConversation(**values | changes)


def fill(conn: sa.Connection) -> None:
    rows = (
        a_chat("ada", 5, visitor={"email": "Ada@Example.com", "phone": "+12125550147"}),
        a_chat("bob", 4, verified=True, workflow="password_reset", stage="handed_over"),
        a_chat("cyd", 3, closed_at=3.0, stage="closed"),
        a_chat("50%_off", 2),
    )
    for row in rows:
        conversations.save(conn, SEALER, row)
    said = [
        Message(direction="system", at=1.0, text="Opened"),
        Message(direction="visitor", at=2.0, text="My printer"),
        Message(direction="bot", at=3.0, text="Which one?"),
        Message(direction="system", at=4.0, text=""),
    ]
    conversations.append(conn, SEALER, "chat:acme:ada", said)
    ticket = Ticket(
        reference="R-1", workflow="password_reset", priority="High", wanted_at=1.0,
        conversation_id="chat:acme:cyd", request={"email": "cyd@example.com"},
    )  # fmt: skip
    tickets.create(conn, SEALER, ticket, email="cyd@example.com")
    tickets.update(conn, "R-1", number="1007", desk_id="77", state="raised", status_type="Open")
    asked = Approval(
        token_hash="t", conversation_id="chat:acme:bob", reference="R-2", created_at=1.0,
        expires_at=9e9,
    )  # fmt: skip
    approvals.create(conn, SEALER, asked)


def names(conn: sa.Connection, **wanted: Any) -> list[str]:
    found, _ = chat_search.page(conn, SEALER, ChatFilter(**wanted))
    assert len(found) == chat_search.count(conn, SEALER, ChatFilter(**wanted))
    return [row.id.removeprefix("chat:acme:") for row in found]


async def test_chats_are_found_on_each_backend(db: Database) -> None:
    await db.run(fill)
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["ada", "bob", "cyd", "50%_off"]),
        ({"stage": "open"}, ["ada", "bob", "50%_off"]),
        ({"stage": "closed"}, ["cyd"]),
        ({"stage": "operator"}, ["bob"]),
        ({"stage": "waiting"}, ["bob"]),
        ({"verified": True}, ["bob"]),
        ({"workflow": "password_reset"}, ["bob"]),
        ({"since": 3.5}, ["ada", "bob"]),
        ({"text": " ADA@example.com "}, ["ada"]),
        ({"text": "(212) 555-0147", "phone": "+12125550147"}, ["ada"]),
        ({"text": "#1007"}, ["cyd"]),
        ({"text": "50%_off"}, ["50%_off"]),
        ({"text": "%"}, []),
    ]
    for wanted, ids in expected:
        assert await db.run(partial(names, **wanted)) == ids, wanted


async def test_first_and_last_words_are_those_of_people_and_bot(db: Database) -> None:
    """What the system notes is nobody's word."""
    await db.run(fill)
    ids = ["chat:acme:ada", "chat:acme:bob"]
    first = await db.run(lambda conn: chat_search.first_words(conn, SEALER, ids))
    last = await db.run(lambda conn: chat_search.last_words(conn, SEALER, ids))
    assert {name: one.text for name, one in first.items()} == {ids[0]: "My printer"}
    assert {name: one.text for name, one in last.items()} == {ids[0]: "Which one?"}


async def test_tickets_are_found_on_each_backend(db: Database) -> None:
    await db.run(fill)

    def look(conn: sa.Connection, **wanted: Any) -> list[str]:
        found, _ = ticket_search.page(conn, SEALER, TicketFilter(**wanted))
        return [row.reference for row in found]

    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"state": "raised"}, ["R-1"]),
        ({"status_type": "Open"}, ["R-1"]),
        ({"text": "Cyd@example.com"}, ["R-1"]),
        ({"state": "stopped"}, []),
        ({"since": 2.0}, []),
        ({"text": "cyd"}, []),
    ]
    for wanted, references in expected:
        assert await db.run(partial(look, **wanted)) == references, wanted


async def test_pages_hold_all_rows_once_also_of_one_moment(db: Database) -> None:
    """Forwards and back again, whatever the moment of a row."""

    def work(conn: sa.Connection) -> None:
        for at in range(7):
            conversations.save(conn, SEALER, a_chat(f"{at}", 1000.1 + at // 3))

    await db.run(work)

    def page(conn: sa.Connection, **where: Any) -> Any:
        return chat_search.page(conn, SEALER, ChatFilter(), limit=3, **where)[1]

    first = await db.run(page)
    second = await db.run(partial(page, before=Mark.read(str(first.older))))
    third = await db.run(partial(page, before=second.older))
    keys = [*first.keys, *second.keys, *third.keys]
    assert keys == [f"chat:acme:{at}" for at in reversed(range(7))]
    assert (first.newer, third.older) == (None, None)
    assert (await db.run(partial(page, after=third.newer))).keys == second.keys
    assert (await db.run(partial(page, after=second.newer))).keys == first.keys


@pytest.mark.parametrize("text", ["", "1", "x~y", "nan~y", "inf~y", "1e999~y"])
def test_what_is_no_mark_is_none(text: str) -> None:
    assert Mark.read(text) is None


def test_a_mark_survives_its_way_through_a_link() -> None:
    mark = Mark(1772463600.123456, "chat:a~b:c")
    assert Mark.read(str(mark)) == mark
