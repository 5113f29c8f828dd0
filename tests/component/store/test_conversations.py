"""A chat is remembered whole, changed by one at a time, and readable only with the vault."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW, an_effect, an_interaction
from tests.component.store.sealers import a_key, a_sealer

from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.retry import reopen
from switchboard.store import conversations, journal, ledger, report_facts, resealing
from switchboard.store.conversations import (
    Account,
    Message,
    StaleConversationError,
    StoredConversation,
)
from switchboard.store.database import Database
from switchboard.store.tables import conversation, effect, message, metadata

VISITOR = {
    "id": "v-77",
    "name": "Ada Lovelace",
    "email": "Ada@Example.com",
    "phone": "+12155550177",
}
PRIVATE = ("Lovelace", "ada@example.com", "2155550177", "my server is on fire", "Reboot it")


def a_chat(number: int = 1, **changes: Any) -> StoredConversation:
    values: dict[str, Any] = {
        "id": conversations.conversation_id("acme", str(number)),
        "opened_at": NOW + number,
        "updated_at": NOW + number,
        "state": json.dumps({"heard": "my server is on fire"}),
        "visitor": VISITOR,
        "expires_at": NOW + 1000,
    }
    return StoredConversation(**values | changes)


SAID = [
    Message(direction="visitor", at=NOW, text="my server is on fire", delivery="d1"),
    Message(direction="bot", at=NOW + 1, text="Reboot it?", options=("Reboot it", "No")),
]


async def everything(db: Database) -> str:
    """Return all text of all tables."""

    def read(conn: sa.Connection) -> str:
        rows = (row for table in metadata.sorted_tables for row in conn.execute(sa.select(table)))
        return " ".join(str(tuple(row)) for row in rows)

    return await db.run(read)


async def test_a_conversation_comes_back_as_it_was_saved(db: Database) -> None:
    sealer = a_sealer()
    chat = a_chat(channel="Website", workflow="password_reset", verified=True, tickets=("9", "10"))
    stored = await db.run(lambda c: conversations.save(c, sealer, chat))
    assert stored == replace(chat, version=1)
    assert await db.run(lambda c: conversations.load(c, sealer, chat.id)) == stored
    assert await db.run(lambda c: conversations.load(c, sealer, "chat:acme:404")) is None


async def test_of_two_who_loaded_the_same_version_one_is_refused(db: Database) -> None:
    """No message is lost because two processes worked on one chat."""
    sealer = a_sealer()
    first = await db.run(lambda c: conversations.save(c, sealer, a_chat()))
    second = await db.run(lambda c: conversations.save(c, sealer, replace(first, stage="open")))
    assert second.version == 2
    for stale in (first, a_chat()):
        with pytest.raises(StaleConversationError, match="DB-008"):
            await db.run(partial(conversations.save, sealer=sealer, row=stale))
    assert await db.run(lambda c: conversations.load(c, sealer, first.id)) == second


async def test_a_transcript_keeps_its_order(db: Database) -> None:
    sealer, chat = a_sealer(), a_chat()
    await db.run(lambda c: conversations.append(c, sealer, chat.id, SAID))
    more = [Message(direction="operator", at=NOW - 5, text="Hello")]
    assert (await db.run(lambda c: conversations.append(c, sealer, chat.id, more)))[0].sequence == 3
    found = await db.run(lambda c: conversations.transcript(c, sealer, chat.id))
    assert found == [replace(one, sequence=n) for n, one in enumerate([*SAID, *more], 1)]
    page = await db.run(lambda c: conversations.transcript(c, sealer, chat.id, after=1, limit=1))
    assert page == found[1:2]


async def test_nothing_a_visitor_said_is_readable_in_the_database(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: conversations.save(c, sealer, a_chat()))
    await db.run(lambda c: conversations.append(c, sealer, a_chat().id, SAID))
    stored = (await everything(db)).lower()
    assert [word for word in PRIVATE if word.lower() in stored] == []


async def test_without_the_key_it_is_refused_by_name(db: Database) -> None:
    await db.run(lambda c: conversations.save(c, a_sealer(), a_chat()))
    with pytest.raises(OperatorError, match="DATA-001"):
        await db.run(lambda c: conversations.load(c, a_sealer(), a_chat().id))


async def test_a_sealed_text_moved_to_another_chat_is_refused(db: Database) -> None:
    """Whoever can write to the database cannot make one chat speak with another's words."""
    sealer = a_sealer()
    for number in (1, 2):
        chat = a_chat(number)
        await db.run(partial(conversations.save, sealer=sealer, row=chat))
    one = sa.select(conversation.c.sealed).where(conversation.c.id == a_chat(1).id)
    other = sa.update(conversation).where(conversation.c.id == a_chat(2).id)
    await db.run(lambda c: c.execute(other.values(sealed=one.scalar_subquery())))
    with pytest.raises(OperatorError, match="DATA-001"):
        await db.run(lambda c: conversations.load(c, sealer, a_chat(2).id))


async def test_a_person_is_found_by_address_or_number_however_spelled(db: Database) -> None:
    sealer = a_sealer()
    stranger = a_chat(3, visitor={"id": "v-1", "email": "bob@example.com"})
    for chat in (a_chat(1), a_chat(2), stranger, a_chat(4, visitor={})):
        await db.run(partial(conversations.save, sealer=sealer, row=chat))

    async def ids(**wanted: Any) -> list[str]:
        found = await db.run(lambda c: conversations.find(c, sealer, **wanted))
        return [each.id for each in found]

    assert await ids(email=" ADA@example.COM") == ["chat:acme:2", "chat:acme:1"]
    assert await ids(phone="+12155550177") == ["chat:acme:2", "chat:acme:1"]
    assert await ids(email="bob@example.com", phone="+12155550177") == [
        "chat:acme:3", "chat:acme:2", "chat:acme:1",
    ]  # fmt: skip
    assert await ids(email="eve@example.com") == []
    assert await ids() == []


async def test_after_a_rotation_people_are_found_and_rows_move_to_the_new_key(
    db: Database,
) -> None:
    """`credentials rotate-key` costs no chat: before, while and after rows are sealed anew."""
    old, new = a_key(), a_key()
    for number in range(1, 8):
        chat = a_chat(number)
        await db.run(partial(conversations.save, sealer=a_sealer(old), row=chat))
        await db.run(partial(conversations.append, sealer=a_sealer(old),
                             conversation_id=chat.id, messages=SAID))  # fmt: skip
    both = a_sealer(new, old)
    find = partial(conversations.find, sealer=both, email=VISITOR["email"])
    assert len(await db.run(find)) == 7
    after: str | None = ""
    batches = 0
    while after is not None:
        after = await db.run(partial(resealing.reseal, sealer=both, after=after, limit=3))
        batches += 1
        assert len(await db.run(find)) == 7
    assert batches > 2
    alone = a_sealer(new)
    found = await db.run(partial(conversations.find, sealer=alone, email=VISITOR["email"]))
    assert [each.visitor for each in found] == [VISITOR] * 7
    words = await db.run(lambda c: conversations.transcript(c, alone, a_chat(3).id))
    assert [each.text for each in words] == [each.text for each in SAID]


async def test_the_ledger_tells_what_became_of_a_chat(db: Database) -> None:
    sealer = a_sealer()
    chat = await db.run(lambda c: conversations.save(c, sealer, a_chat()))
    row = (await db.run(lambda c: ledger.load(c, [chat.id])))[chat.id]
    assert (row.kind, row.account, row.session, row.fate) == ("chat", "acme", "1", "waiting")
    assert row.due_at is None, "no worker of calls may take a chat for one"
    ended = replace(chat, tickets=("4711",), closed_at=NOW + 60, stage="closed")
    account = Account(outcome="ticket", fate="done", why="Ticket 4711 was made.")
    await db.run(lambda c: conversations.save(c, sealer, ended, account))
    row = (await db.run(lambda c: ledger.load(c, [chat.id])))[chat.id]
    assert (row.fate, row.why, row.finished_at) == ("done", "Ticket 4711 was made.", NOW + 60)
    assert json.loads(row.document)["tickets"] == ["4711"]


async def test_chats_nobody_goes_on_with_expire_in_their_order(db: Database) -> None:
    sealer = a_sealer()
    for chat in (
        a_chat(1, expires_at=NOW + 20),
        a_chat(2, expires_at=NOW + 10),
        a_chat(3, expires_at=NOW + 99),
        a_chat(4, expires_at=NOW, closed_at=NOW),
        a_chat(5, expires_at=None),
    ):
        await db.run(partial(conversations.save, sealer=sealer, row=chat))
    assert await db.run(lambda c: conversations.expired(c, NOW + 20)) == [
        "chat:acme:2",
        "chat:acme:1",
    ]


async def test_old_chats_lose_their_words_and_keep_their_facts(db: Database) -> None:
    """Retention takes what was said; that a ticket came of it stays."""
    sealer = a_sealer()
    for chat in (a_chat(1, updated_at=NOW - 50, tickets=("9",)), a_chat(2, updated_at=NOW)):
        await db.run(partial(conversations.save, sealer=sealer, row=chat))
        await db.run(partial(conversations.append, sealer=sealer,
                             conversation_id=chat.id, messages=SAID))  # fmt: skip
    assert await db.run(lambda c: conversations.forget_texts(c, NOW - 10)) == 1
    assert await db.run(lambda c: conversations.forget_texts(c, NOW - 10)) == 0
    old = await db.run(lambda c: conversations.load(c, sealer, a_chat(1).id))
    assert old is not None
    assert (old.state, old.visitor, old.tickets) == (None, {}, ("9",))
    words = await db.run(lambda c: conversations.transcript(c, sealer, a_chat(1).id))
    assert [(each.text, each.direction) for each in words] == [(None, "visitor"), (None, "bot")]
    new = await db.run(lambda c: conversations.load(c, sealer, a_chat(2).id))
    assert new is not None
    assert new.state
    left = sa.select(sa.func.count()).where(message.c.sealed.is_not(None))
    assert await db.run(lambda c: c.scalar(left)) == 2


async def test_what_was_emptied_is_not_written_back_by_who_loaded_it_before(db: Database) -> None:
    sealer = a_sealer()
    loaded = await db.run(lambda c: conversations.save(c, sealer, a_chat()))
    await db.run(lambda c: conversations.empty(c, [loaded.id]))
    with pytest.raises(StaleConversationError):
        await db.run(lambda c: conversations.save(c, sealer, loaded))


async def test_what_was_written_for_an_emptied_chat_keeps_its_id_alone(db: Database) -> None:
    """A ticket's text in the journal is what was said in the chat; what is not sent yet stays."""
    sealer, chat = a_sealer(), a_chat()
    await db.run(lambda c: conversations.save(c, sealer, chat))
    ticket = partial(an_effect, interaction_id=chat.id, person=chat.id, request='{"subject": "x"}')
    await db.run(lambda c: journal.intend(c, [ticket(key="ticket"), ticket(key="owed")]))
    sent = sa.update(effect).where(effect.c.key == "ticket")
    await db.run(lambda c: c.execute(sent.values(state="settled", vendor_id="9")))
    await db.run(lambda c: conversations.empty(c, [chat.id]))
    found = await db.run(lambda c: journal.by_keys(c, ["ticket", "owed"]))
    assert (found["ticket"].request, found["ticket"].vendor_id) == ("{}", "9")
    assert found["owed"].request == '{"subject": "x"}'


async def test_chats_are_not_counted_among_calls(db: Database) -> None:
    """Lists, reports, the doctor and retries of calls never meet a chat; it has no office."""
    sealer, call = a_sealer(), an_interaction(1, fate="parked", office=None)
    parked = Account(fate="parked", error_code="DESK-422")
    await db.run(lambda c: conversations.save(c, sealer, a_chat(), parked))
    await db.run(lambda c: ledger.upsert(c, [call]))
    assert [row.id for row in await db.run(lambda c: ledger.search(c, fate="parked"))] == [call.id]
    chats = await db.run(lambda c: ledger.search(c, kind="chat"))
    assert [row.id for row in chats] == [a_chat().id]
    span = report_facts.Span(offices=(None,), begin=NOW - 10_000, end=NOW + 10_000)
    tallies = await db.run(lambda c: report_facts.tallies(c, span))
    assert sum(each.number for each in tallies) == 1
    assert await db.run(lambda c: reopen(c, [call.id, a_chat().id])) == [call.id]
