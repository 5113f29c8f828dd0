"""One event is one transaction: what follows from it happens once, however often it comes."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
import sqlalchemy as sa
from tests.component.conversing.chat_stage import ANNA, FORGOT, ChatStage, a_chat

from switchboard.flows.chat_to_ticket.conversing import hear, load_state
from switchboard.flows.chat_to_ticket.models import Attachment, Visitor
from switchboard.store import conversations
from switchboard.store.tables import conversation, message, ticket


async def test_a_chat_becomes_a_ticket_that_is_owed(stage: ChatStage) -> None:
    """Whoever confirms the summary has a ticket written down, and those who send it are woken."""
    heard = await stage.to_stage("raised")
    assert heard.wanted == tuple(await stage.tickets())
    assert len(heard.wanted) == 1
    assert "tickets" in stage.woken
    assert any(heard.wanted[0] in key for key in await stage.wanted_effects())


async def test_a_delivery_that_comes_again_gets_its_answer_again(stage: ChatStage) -> None:
    """Saying "yes, log it" twice because the network did is saying it once."""
    await stage.to_stage("reviewing")
    event = stage.event("Yes, log it")
    first = await hear(stage.tools, a_chat(), event, delivery="again")
    written = await stage.transcript()
    second = await hear(stage.tools, a_chat(), event, delivery="again")
    assert second.repeated
    assert not first.repeated
    assert (second.replies, second.wanted) == (first.replies, first.wanted)
    assert await stage.transcript() == written
    assert len(await stage.tickets()) == 1


async def test_an_old_delivery_is_known_by_the_transcript(stage: ChatStage) -> None:
    """A delivery repeated after others came gets the words it got, and changes nothing."""
    event = stage.event(FORGOT)
    first = await hear(stage.tools, a_chat(), event, delivery="old")
    await stage.say("Yes", "1")
    before = await stage.row()
    again = await hear(stage.tools, a_chat(), event, delivery="old")
    assert again.repeated
    assert [each.text for each in again.replies] == [each.text for each in first.replies]
    assert again.replies[-1].options == first.replies[-1].options
    assert await stage.row() == before


async def test_a_delivery_without_words_is_remembered_too(stage: ChatStage) -> None:
    """A hand-over that failed twice in two deliveries of the same key failed once."""
    await stage.say(FORGOT)
    event = stage.event(kind="handover_failed")
    await hear(stage.tools, a_chat(), event, delivery="f1")
    again = await hear(stage.tools, a_chat(), event, delivery="f1")
    assert again.repeated
    assert (await stage.facts()).count("handover_failed") == 1


async def test_the_transcript_holds_both_sides_in_their_order(stage: ChatStage) -> None:
    """What was said can be read again, the summary's lines and the names of files included."""
    await stage.to_stage("reviewing")
    file = Attachment(url="https://files.example/1", name="screen.png")
    await hear(stage.tools, a_chat(), stage.event("see this", attachments=(file,)), delivery="f")
    said = await stage.transcript()
    assert [each.sequence for each in said] == list(range(1, len(said) + 1))
    assert all(one.at <= other.at for one, other in pairwise(said))
    assert said[0].direction == "visitor"
    assert said[0].text == FORGOT
    assert any("Name: Anna Lee" in (each.text or "") for each in said)
    assert "see this\n[file] screen.png" in [each.text for each in said]


async def test_a_password_is_in_no_transcript(stage: ChatStage) -> None:
    """A password typed into the chat is kept nowhere."""
    await stage.say("my password is Tr0ub4dor&3 and it does not work")
    kept = [each.text or "" for each in await stage.transcript()]
    state = (await stage.row()).state or ""
    assert not [each for each in [*kept, state] if "Tr0ub4dor" in each]


async def test_the_ticket_holds_the_chat_up_to_its_confirmation(stage: ChatStage) -> None:
    """The visitor's "yes, log it" and our answer belong to the ticket's transcript."""
    await stage.to_stage("raised")
    row = (await stage.rows(sa.select(ticket)))[0]
    request = stage.tools.sealer.unseal(f"ticket {row.reference} request", row.sealed)
    assert request["sequence"] == len(await stage.transcript())


async def test_what_is_known_of_the_visitor_is_filled_in_and_never_replaced(
    stage: ChatStage,
) -> None:
    """A later delivery may name a phone number; it may not turn Anna into somebody else."""
    first = a_chat(visitor=Visitor(id="v1", name="Anna Lee"))
    await stage.say("hello", chat=first)
    later = Visitor(id="v2", name="Eve", email="EVE@Example.com", phone="212-555-0199")
    await stage.say("hello", chat=a_chat(visitor=later))
    known = (await stage.state()).conversation.visitor
    assert (known.id, known.name, known.email) == ("v1", "Anna Lee", "EVE@Example.com")
    row = await stage.row()
    assert row.visitor["email"] == "eve@example.com"
    assert row.visitor["phone"] == "+12125550199"


async def test_a_chat_is_found_by_the_address_that_was_given(stage: ChatStage) -> None:
    """`people export` finds a chat by what its visitor answered, however it was spelled."""
    await stage.to_stage("raised", chat=a_chat(visitor=Visitor(id="v1", email="not an address")))

    def found(conn: sa.Connection) -> list[str]:
        rows = conversations.find(conn, stage.tools.sealer, email="ANNA@example.com")
        return [each.id for each in rows]

    assert await stage.do(found) == [a_chat().id]
    assert (await stage.row()).visitor["phone"] == "+12125550147"


async def test_what_breaks_stores_is_taken_out_of_a_visitor(stage: ChatStage) -> None:
    """A hostile profile is no reason not to answer."""
    hostile = Visitor(id="v\x00", name="A\x00nna\ud800", channel="we\x00b", page_url="\udfff")
    heard = await stage.say("hello\x00 \ud800", chat=a_chat(visitor=hostile))
    assert heard.replies
    assert (await stage.row()).channel == "we b"


async def test_references_differ_between_portals_and_lives_of_a_chat(stage: ChatStage) -> None:
    """Two portals may use one chat id, and an emptied chat's id may come back: never one ticket."""
    here, there = a_chat(portal="acme"), a_chat(portal="globex")
    for chat in (here, there):
        await stage.to_stage("raised", chat=chat)
    await stage.do(lambda conn: conversations.empty(conn, [here.id]))
    await stage.to_stage("raised", chat=here)
    references = await stage.tickets()
    assert len(set(references)) == 3
    states = [(await stage.state(chat.id)).conversation.id for chat in (here, there)]
    assert states == ["s1", "s1"]


async def test_the_same_store_asks_for_the_same_reference_again(stage: ChatStage) -> None:
    """Put back from a backup, the store finds in Zoho Desk what it had raised before."""
    await stage.to_stage("raised")
    first = await stage.tickets()

    def put_back(conn: sa.Connection) -> None:
        for table in (ticket, conversation, message):
            conn.execute(sa.delete(table))

    await stage.do(put_back)
    await stage.to_stage("raised")
    assert await stage.tickets() == first


async def test_an_emptied_chat_begins_anew_under_its_id(stage: ChatStage) -> None:
    """Whoever was forgotten and writes again is greeted as a stranger."""
    await stage.to_stage("reviewing")
    await stage.do(lambda conn: conversations.empty(conn, [a_chat().id]))
    assert await stage.do(lambda conn: load_state(conn, stage.tools, a_chat().id)) is None
    before = (await stage.row()).version
    heard = await stage.say("hello", chat=a_chat(visitor=Visitor(id="v9")))
    assert heard.conversation.version == before + 1
    state = (await stage.state()).conversation
    assert (state.visitor.id, state.slots, state.request) == ("v9", {}, 0)
    assert [each for each in await stage.facts() if each == "opened"] == ["opened"] * 2


async def test_a_document_that_cannot_be_read_is_no_dead_end(stage: ChatStage) -> None:
    """Written by a newer version, or damaged: the chat begins anew instead of failing for ever."""
    await stage.say(FORGOT)
    odd = json.dumps({"conversation": {"id": "s1"}, "from": "the future"})

    def damage(conn: sa.Connection) -> None:
        sealed = stage.tools.sealer.seal(f"conversation {a_chat().id} state", odd)
        conn.execute(sa.update(conversation).values(sealed=sealed))

    await stage.do(damage)
    heard = await stage.say("hello")
    assert heard.replies
    assert (await stage.state()).conversation.stage == "open"


async def test_a_visitor_who_returns_after_closing_begins_anew(stage: ChatStage) -> None:
    """The same chat goes on: opened again, with a new time to run out."""
    await stage.to_stage("raised")
    await stage.happen("closed_by_operator")
    closed = await stage.row()
    assert closed.closed_at is not None
    assert closed.expires_at is None
    heard = await stage.say("hello again")
    assert heard.replies
    row = await stage.row()
    assert row.closed_at is None
    assert row.expires_at == pytest.approx(stage.now.timestamp() + 24 * 3600)
    assert row.opened_at == closed.opened_at


async def test_a_claim_never_replaces_an_answer(stage: ChatStage) -> None:
    """SalesIQ learns another address later: the one that was answered stays."""
    await stage.to_stage("raised")
    other = ANNA.model_copy(update={"email": "eve@example.com"})
    await stage.say("hello", chat=a_chat(visitor=other))
    assert (await stage.row()).visitor["email"] == "anna@example.com"
