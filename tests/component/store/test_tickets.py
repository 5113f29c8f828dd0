"""Tickets in the store: one row for each wish, found again by whoever needs it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW, an_effect
from tests.component.store.sealers import Ring, a_key, a_sealer

from switchboard.errors import OperatorError
from switchboard.people.mentions import mentions_of
from switchboard.store import (
    conversations,
    forgetting,
    journal,
    leases,
    personal,
    resealing,
    tickets,
)
from switchboard.store.conversations import StoredConversation
from switchboard.store.database import Database
from switchboard.store.personal import Person
from switchboard.store.sealing import Sealer
from switchboard.store.tables import lease, ticket
from switchboard.store.tickets import Ticket

EMAIL = "ada@example.com"
SEALER = a_sealer()


def a_ticket(number: int = 1, **changes: Any) -> Ticket:
    values: dict[str, Any] = {
        "reference": f"R-{number}",
        "workflow": "password_reset",
        "priority": "High",
        "wanted_at": NOW + number,
        "work_at": NOW + number,
        "conversation_id": f"chat:acme:{number}",
        "request": {"draft": {"summary": "ledgers vanish at noon"}, "email": EMAIL},
    }
    return Ticket(**values | changes)


async def wanted(db: Database, *rows: Ticket, email: str | None = EMAIL) -> None:
    for row in rows:
        assert await db.run(partial(tickets.create, sealer=SEALER, row=row, email=email))


async def names(db: Database, look: Any, **how: Any) -> list[str]:
    found = await db.run(partial(look, sealer=SEALER, **how))
    return [row.reference for row in found]


async def test_a_wish_is_one_row_however_often_it_is_said(db: Database) -> None:
    row = a_ticket()
    await wanted(db, row)
    again = a_ticket(request={"draft": "another"})
    assert not await db.run(partial(tickets.create, sealer=SEALER, row=again))
    assert await db.run(lambda c: tickets.load(c, SEALER, "R-1")) == row
    assert await db.run(lambda c: tickets.load(c, SEALER, "R-2")) is None


async def test_a_ticket_is_found_by_reference_id_and_number_the_one_that_made_it_first(
    db: Database,
) -> None:
    await wanted(db, a_ticket(1), a_ticket(2), a_ticket(3))
    for number, extends in ((1, False), (2, True)):
        await db.run(
            partial(tickets.update, reference=f"R-{number}", desk_id="900", number="101",
                    extends=extends, state="raised")
        )  # fmt: skip
    for name in ("R-1", "900", "101"):
        found = await db.run(partial(tickets.find, sealer=SEALER, name=name))
        assert found is not None
        assert found.reference == "R-1"
    assert await names(db, tickets.newest) == ["R-3", "R-2", "R-1"]
    assert await names(db, tickets.newest, states=["raised"], since=NOW + 2) == ["R-2"]
    assert await names(db, tickets.of_conversation, conversation_id="chat:acme:2") == ["R-2"]
    with pytest.raises(ValueError, match="sealed"):
        await db.run(lambda c: tickets.update(c, "R-1", sealed="x"))


async def test_the_same_person_is_known_by_chat_address_or_contact(db: Database) -> None:
    """Raised tickets of the same workflow may be extended; those on their way are waited for."""
    await wanted(db, a_ticket(1), a_ticket(2), a_ticket(3, workflow="printer_issues"), a_ticket(4))
    await wanted(db, a_ticket(5, conversation_id="chat:acme:9"), email=None)
    for number in (1, 3, 5):
        desk: dict[str, Any] = {
            "desk_id": f"90{number}",
            "state": "raised",
            "raised_at": NOW + number,
        }
        await db.run(partial(tickets.update, reference=f"R-{number}", contact_id="7", **desk))
    mine = a_ticket(2)
    assert await names(db, tickets.alike, row=mine, email=f" {EMAIL.upper()} ") == ["R-1"]
    assert await names(db, tickets.alike, row=mine, email=None) == []
    assert await names(db, tickets.alike, row=mine, email=None, contact_id="7") == ["R-5", "R-1"]
    others = await db.run(partial(tickets.wanted_alike, sealer=SEALER, row=mine, email=EMAIL))
    assert others == ["R-4"]
    contact = partial(tickets.contact_of, sealer=SEALER, email=EMAIL)
    assert await db.run(partial(contact, since=NOW)) == "7"
    assert await db.run(partial(contact, since=NOW + 4)) is None


async def test_what_is_due_is_found_the_longest_due_first(db: Database) -> None:
    await wanted(db, a_ticket(1), a_ticket(2), a_ticket(3, work_at=None))
    assert await db.run(lambda c: tickets.due_work(c, NOW)) == []
    assert await db.run(lambda c: tickets.due_work(c, NOW + 9)) == ["R-1", "R-2"]
    of_chat = partial(tickets.due_work, at=NOW + 9, conversation_id="chat:acme:2")
    assert await db.run(of_chat) == ["R-2"]
    await db.run(lambda c: tickets.work_by(c, "R-3", NOW + 1.5))
    await db.run(lambda c: tickets.work_by(c, "R-2", NOW + 5))  # Planned for sooner already.
    assert await db.run(lambda c: tickets.due_work(c, NOW + 2)) == ["R-1", "R-3", "R-2"]
    assert await db.run(lambda c: tickets.is_due(c, "R-3", NOW + 2))
    assert not await db.run(lambda c: tickets.is_due(c, "R-3", NOW))
    await db.run(lambda c: tickets.update(c, "R-1", desk_id="900", look_at=NOW + 3))
    assert await names(db, tickets.due_looks, at=NOW + 2) == []
    assert await names(db, tickets.due_looks, at=NOW + 3) == ["R-1"]
    assert await db.run(lambda c: tickets.is_newest_of_chat(c, a_ticket(1)))
    await wanted(db, a_ticket(4, conversation_id="chat:acme:1"))
    assert not await db.run(lambda c: tickets.is_newest_of_chat(c, a_ticket(1)))


async def test_nobody_reads_a_wish_without_the_vault_and_a_new_key_loses_none(db: Database) -> None:
    """Sealed at rest; resealed, it opens with the new key alone, and is found by its address."""
    old, new = a_key(), a_key()
    before = a_sealer(old)
    await db.run(partial(tickets.create, sealer=before, row=a_ticket(), email=EMAIL))
    await db.run(lambda c: tickets.put_feedback(c, before, "R-1", score=5, text="nice", at=NOW))
    effect = an_effect(key="ticket:R-1:desk_comment:x", interaction_id="chat:acme:1")
    content = before.seal(f"effect {effect.key}", {"text": "ledgers"})
    request = f'{{"reference": "R-1", "sealed": "{content}"}}'
    await db.run(lambda c: journal.intend(c, [an_effect(key=effect.key, request=request)]))
    stored = await db.run(lambda c: str(c.execute(sa.select(ticket)).one()))
    assert "ledgers" not in stored
    assert EMAIL not in stored
    with pytest.raises(OperatorError, match="DATA-001"):
        await db.run(lambda c: tickets.load(c, a_sealer(), "R-1"))
    both = Ring((new, old))
    after: str | None = ""
    while after is not None:
        after = await db.run(partial(resealing.reseal, sealer=Sealer(both, both), after=after))
    fresh = a_sealer(new)
    row = await db.run(lambda c: tickets.load(c, fresh, "R-1"))
    assert row is not None
    assert (row.request, row.feedback) == (a_ticket().request, "nice")
    mine = await db.run(lambda c: tickets.of_person(c, fresh, EMAIL, []))
    assert mine == ["R-1"]
    kept = (await db.run(lambda c: journal.by_keys(c, [effect.key])))[effect.key]
    assert fresh.unseal(f"effect {effect.key}", kept.request.split('"')[7]) == {"text": "ledgers"}


async def test_old_tickets_are_emptied_once_nothing_is_owed_for_them(db: Database) -> None:
    """Neither what still has to be sent or followed, nor what belongs to a chat that is kept."""
    await wanted(db, *(a_ticket(number) for number in range(1, 6)))
    for number in (1, 2, 3):
        await db.run(partial(tickets.update, reference=f"R-{number}", state="raised"))
    await db.run(lambda c: tickets.update(c, "R-2", look_at=NOW + 50))
    kept = StoredConversation(id="chat:acme:3", opened_at=NOW, updated_at=NOW + 90, state="x")
    await db.run(lambda c: conversations.save(c, SEALER, kept))
    await db.run(lambda c: tickets.update(c, "R-5", state="refused"))
    assert await db.run(lambda c: tickets.forget_texts(c, NOW + 60)) == 2
    rows = await db.run(partial(tickets.newest, sealer=SEALER))
    assert {row.reference for row in rows if row.request is None} == {"R-1", "R-5"}


async def test_forgetting_takes_a_programs_ticket_that_is_about_to_be_sent(db: Database) -> None:
    """Whoever has it in hand is waited for; after that nothing of it is sent any more."""
    row = a_ticket(conversation_id=None)
    await wanted(db, row)
    key = "ticket:R-1:desk_ticket"
    effect = an_effect(key=key, interaction_id=row.person, person=row.person, kind="desk_ticket")
    await db.run(lambda c: journal.intend(c, [effect]))
    await db.run(lambda c: leases.acquire(c, [row.person], "w1", NOW + 30, NOW))
    person, mentions = Person(email=EMAIL), mentions_of(None, EMAIL)

    def forget(conn: sa.Connection) -> dict[str, int]:
        return forgetting.forget(conn, SEALER, person, mentions, b"k" * 32, NOW + 5)

    with pytest.raises(OperatorError, match="DATA-005"):
        await db.run(forget)
    await db.run(lambda c: leases.release(c, [row.person], "w1"))
    assert (await db.run(lambda c: personal.export(c, SEALER, person)))["tickets"]
    done = await db.run(forget)
    assert (done["tickets"], done["effects"]) == (1, 1)
    left = await db.run(lambda c: tickets.load(c, SEALER, "R-1"))
    assert left is not None
    assert (left.request, left.state, left.work_at) == (None, "refused", None)
    again = (await db.run(lambda c: journal.by_keys(c, [key])))[key]
    assert (again.state, again.request) == ("superseded", "{}")
    assert await db.run(lambda c: c.execute(sa.select(lease)).all()) == []
