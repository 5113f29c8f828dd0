"""What happens behind a chat reaches it, is counted, and is answered for in ledger and trail."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa
from tests.component.conversing.chat_stage import FORGOT, ChatStage, a_chat

from switchboard.flows.chat_to_ticket.conversing import (
    account_for,
    apply,
    close_chat,
    put_unsent,
    take_unsent,
    update_state,
)
from switchboard.flows.chat_to_ticket.expiry import expired_due, work_expired
from switchboard.flows.chat_to_ticket.models import Reply
from switchboard.flows.chat_to_ticket.worlds import world_of
from switchboard.store import audit, conversations, owed_replies
from switchboard.store.tables import conversation, ticket

CHAT = a_chat().id


async def ticket_created(stage: ChatStage, reference: str) -> None:
    detail = {"reference": reference, "id": "900", "number": "1000001"}
    event = stage.event(kind="ticket_created", detail=detail)
    await stage.do(lambda conn: apply(conn, stage.tools, CHAT, event))


async def trail(stage: ChatStage) -> list[tuple[str, str]]:
    entries = await stage.do(audit.entries)
    return [(each.actor, each.action) for each in reversed(entries)]


async def test_a_number_that_comes_later_is_said_with_the_next_answer(stage: ChatStage) -> None:
    """The ticket's number waits for the visitor, and is told once."""
    heard = await stage.to_stage("raised")
    await ticket_created(stage, heard.wanted[0])
    assert await stage.do(lambda conn: owed_replies.due(conn, stage.now.timestamp() + 60)) == [CHAT]
    answer = await stage.say("thanks")
    assert any("1000001" in each.text for each in answer.replies)
    again = await stage.say("thanks")
    assert not any("1000001" in each.text for each in again.replies)
    assert (await stage.row()).tickets == ("900",)


async def test_a_ticket_is_told_of_once_however_often_it_is_reported(stage: ChatStage) -> None:
    """A report that comes twice adds nothing."""
    heard = await stage.to_stage("raised")
    await ticket_created(stage, heard.wanted[0])
    unsent = (await stage.state()).unsent
    await ticket_created(stage, heard.wanted[0])
    assert (await stage.state()).unsent == unsent
    assert (await stage.facts()).count("ticket_created password_reset") == 1


async def test_words_that_did_not_arrive_come_before_newer_ones(stage: ChatStage) -> None:
    """Taken, not delivered, put back: the order is the order in which they were said."""
    await stage.say(FORGOT)
    first, second = Reply(text="first"), Reply(text="second")
    await stage.do(lambda conn: put_unsent(conn, stage.tools, CHAT, [first]))
    taken = await stage.do(lambda conn: take_unsent(conn, stage.tools, CHAT))
    assert taken == (first,)
    assert (await stage.state()).unsent == ()
    await stage.do(lambda conn: put_unsent(conn, stage.tools, CHAT, [second]))
    await stage.do(lambda conn: put_unsent(conn, stage.tools, CHAT, taken))
    assert (await stage.state()).unsent == (first, second)


async def test_an_unknown_or_emptied_chat_is_told_nothing(stage: ChatStage) -> None:
    """A forgotten visitor's chat does not come back to life by a ticket's news."""
    event = stage.event(kind="approval", detail={"decision": "approved"})
    await stage.do(lambda conn: apply(conn, stage.tools, CHAT, event))
    assert await stage.rows(sa.select(conversation)) == []
    await stage.say(FORGOT)
    await stage.do(lambda conn: conversations.empty(conn, [CHAT]))
    before = await stage.row()
    await stage.do(lambda conn: apply(conn, stage.tools, CHAT, event))
    change = partial(update_state, change=lambda state: state.model_copy(update={"form": "flat"}))
    await stage.do(lambda conn: change(conn, stage.tools, CHAT))
    assert await stage.row() == before


async def test_what_the_caller_wrote_goes_with_the_chat_or_not_at_all(stage: ChatStage) -> None:
    """`apply` is part of the caller's transaction: if that fails, nothing was said."""
    heard = await stage.to_stage("raised")

    def fail(conn: sa.Connection) -> None:
        detail = {"reference": heard.wanted[0], "id": "900", "number": "1000001"}
        event = stage.event(kind="ticket_created", detail=detail)
        apply(conn, stage.tools, CHAT, event)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stage.do(fail)
    assert (await stage.state()).unsent == ()
    assert "ticket_created password_reset" not in await stage.facts()


async def test_the_ledger_says_what_became_of_a_chat(stage: ChatStage) -> None:
    """Waiting while something is owed; then the ticket's number."""
    await stage.say(FORGOT)
    assert (await stage.account()).fate == "waiting"
    heard = await stage.to_stage("raised")
    assert (await stage.account()).why == "Its ticket is on its way to Zoho Desk."
    await ticket_created(stage, heard.wanted[0])
    account = await stage.account()
    assert (account.fate, account.why) == ("done", "Ticket 1000001.")


async def test_a_parked_ticket_parks_its_chat_until_it_is_taken_up_again(stage: ChatStage) -> None:
    """`parked`, with the code of what Zoho Desk said."""
    await stage.to_stage("raised")

    def park(conn: sa.Connection, state: str, code: str | None) -> None:
        conn.execute(sa.update(ticket).values(state=state, error_code=code))
        account_for(conn, stage.tools, CHAT)

    await stage.do(lambda conn: park(conn, "parked", "DESK-422"))
    await stage.say("hello?")
    account = await stage.account()
    assert (account.fate, account.error_code) == ("parked", "DESK-422")
    await stage.do(lambda conn: park(conn, "wanted", None))
    assert (await stage.account()).fate == "waiting"


async def test_a_person_who_was_asked_for_ends_the_bots_part(stage: ChatStage) -> None:
    """Handed over: in the answer, the ledger, the facts and the trail."""
    heard = await stage.say(FORGOT, "Yes", "Talk to a person")
    assert heard.hand_over is not None
    assert (await stage.state()).escalated
    assert (await stage.account()).why == "Handed over to an operator."
    assert "escalated password_reset" in await stage.facts()
    assert ("chat", "chat.handed_over") in await trail(stage)


async def test_the_trail_tells_who_did_what(stage: ChatStage) -> None:
    """Identity, tickets and the end of a chat can be proved afterwards."""
    await stage.to_stage("raised")
    assert await close_chat(stage.tools, CHAT, actor="key:console")
    assert not await close_chat(stage.tools, CHAT, actor="key:console")
    assert not await close_chat(stage.tools, "chat:acme:none", actor="key:console")
    told = await trail(stage)
    assert ("chat", "chat.unverified") in told
    assert ("chat", "chat.ticket_wanted") in told
    assert told[-1] == ("key:console", "chat.closed")
    assert (await stage.do(audit.verify)).problems == ()


async def test_a_silent_chat_is_closed_and_counts_as_abandoned(stage: ChatStage) -> None:
    """A day without a word, in the middle of a workflow, with nothing to show for it."""
    await stage.say(FORGOT, "Yes")
    stage.wait(hours=23)
    assert await work_expired(stage.tools) == 0
    stage.wait(hours=2)
    assert await stage.do(lambda conn: expired_due(conn, stage.now.timestamp()))
    assert await work_expired(stage.tools) == 1
    assert not await stage.do(lambda conn: expired_due(conn, stage.now.timestamp()))
    assert (await stage.row()).closed_at == stage.now.timestamp()
    facts = await stage.facts()
    assert {"expired password_reset", "abandoned password_reset", "closed"} <= set(facts)
    assert (await stage.account()).why == "The visitor left in the middle of a request."


async def test_a_chat_with_a_ticket_is_not_abandoned(stage: ChatStage) -> None:
    """A second request left open does not undo the first."""
    await stage.to_stage("raised")
    await stage.say("my printer does not print", "Yes")
    assert (await stage.state()).conversation.workflow == "printer_issues"
    stage.wait(hours=25)
    await work_expired(stage.tools)
    facts = await stage.facts()
    assert "expired printer_issues" in facts
    assert not [each for each in facts if each.startswith("abandoned")]


async def test_whoever_returns_too_late_counts_the_same(stage: ChatStage) -> None:
    """Noticed by the visitor's return or by the clock: it makes no difference to the figures."""
    await stage.say(FORGOT, "Yes")
    stage.wait(hours=25)
    await stage.say("hello again")
    assert (await stage.facts()).count("abandoned password_reset") == 1


async def test_many_silent_chats_are_closed_whatever_state_they_are_in(stage: ChatStage) -> None:
    """New ones, raised ones, emptied ones: none is looked at for ever."""
    for number in range(45):
        await stage.say("hello", chat=a_chat(f"c{number}"))
    await stage.to_stage("raised", chat=a_chat("owed"))
    await stage.happen("handover_failed")
    await stage.do(lambda conn: conversations.empty(conn, [a_chat("c3").id]))
    stage.wait(hours=30)
    assert await work_expired(stage.tools) == 47
    assert not await stage.rows(sa.select(conversation).where(conversation.c.closed_at.is_(None)))


async def test_the_office_decides_whether_somebody_is_there(stage: ChatStage) -> None:
    """Without office hours always; where operators take no chats over, never."""
    assert world_of(stage.tools, stage.now).settings.office_open
    settings = world_of(stage.tools, stage.now).settings
    assert (settings.region, settings.can_send_codes) == ("US", True)
    assert settings.forget_after.total_seconds() == 24 * 3600
