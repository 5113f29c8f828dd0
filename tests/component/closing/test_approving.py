"""A point of contact decides once, by pressing a button; following the link decides nothing."""

from __future__ import annotations

import asyncio

from tests.component.closing.closing_stage import REFERENCE, TEAM, ClosingStage
from tests.component.conversing.chat_stage import a_chat

from switchboard.flows.chat_to_ticket import approving, pages
from switchboard.flows.chat_to_ticket.conversing import load_state
from switchboard.store import outbox


async def test_the_link_shows_the_question_and_decides_nothing(stage: ClosingStage) -> None:
    """Mail scanners follow links: however often the page is read, the question stays open."""
    token = await stage.asked(await stage.raised())
    for _ in range(3):
        shown = await approving.look(stage.tools, token)
        assert shown.is_open
    assert shown.what == "More disk space for SRV-01: 80 GB, $60 a month"
    page = pages.render("approve", shown)
    assert 'method="post"' in page
    assert "$60 a month" in page
    assert await stage.mails_of("approval_result") == []


async def test_a_decision_reaches_chat_ticket_requester_and_team(stage: ClosingStage) -> None:
    """Whoever asked, and whoever works on it, hear of it; the audit trail keeps it."""
    await stage.say("I need more disk space")
    token = await stage.asked(await stage.raised())
    answered = await approving.decide(stage.tools, token, "approved", "Go\nahead")
    assert answered.verdict == "decided"
    assert "Approved" in pages.render("outcome", answered)
    mails = await stage.mails_of("approval_result", "team")
    assert {each.recipient for each in mails} == {"anna@example.com", TEAM}
    assert all("Go ahead" in stage.text(each) for each in mails)
    assert all((each.message or "").startswith(outbox.SEALED) for each in mails)
    assert await stage.comments() == [f"ticket:{REFERENCE}:desk_comment:approval"]
    assert "approval.approved" in await stage.audited()
    found = await stage.db.run(lambda conn: load_state(conn, stage.tools, a_chat().id))
    assert found is not None
    assert any("approved" in each.text for each in found[1].unsent)
    assert {"tickets", "mails", "replies"} <= set(stage.woken)


async def test_it_is_decided_once(stage: ClosingStage) -> None:
    """Two clicks at once, or a change of mind: the first one counts, nobody is mailed twice."""
    token = await stage.asked(await stage.raised())
    first, second = await asyncio.gather(
        approving.decide(stage.tools, token, "declined"),
        approving.decide(stage.tools, token, "approved"),
    )
    assert sorted([first.verdict, second.verdict]) == ["already", "decided"]
    assert len(await stage.mails_of("approval_result")) == 1
    assert len(await stage.comments()) == 1
    decided = next(each for each in (first, second) if each.verdict == "decided")
    assert (await approving.look(stage.tools, token)).standing == decided.question.standing


async def test_it_is_asked_once_for_a_ticket(stage: ClosingStage) -> None:
    """A ticket that is settled again after a crash does not ask again."""
    row = await stage.raised()
    await stage.asked(row)
    await stage.asked(row)
    assert len(await stage.mails_of("approval")) == 1


async def test_a_link_that_was_changed_is_no_link(stage: ClosingStage) -> None:
    """Guesses and tampering meet a plain page, and change nothing."""
    token = await stage.asked(await stage.raised())
    for wrong in (token[:-1], "x" + token, "", "\ud800", token.upper()):
        assert (await approving.look(stage.tools, wrong)).standing == "unknown"
        assert (await approving.decide(stage.tools, wrong, "approved")).verdict == "unknown"
    assert (await approving.look(stage.tools, token)).is_open


async def test_who_comes_too_late_is_told_and_so_is_the_team(stage: ClosingStage) -> None:
    """After its days a question is closed, once, and the help desk hears of it."""
    token = await stage.asked(await stage.raised())
    stage.wait(days=7, seconds=1)
    answered = await approving.decide(stage.tools, token, "approved")
    assert answered.verdict == "expired"
    assert "time to decide is over" in pages.render("outcome", answered)
    at = stage.now.timestamp()
    for expected in (1, 0):
        done = await stage.db.run(lambda c: approving.expire_approvals(c, stage.tools, at))
        assert done == expected
    (mail,) = await stage.mails_of("team")
    assert "approval ran out" in mail.subject
    assert await stage.comments() == [f"ticket:{REFERENCE}:desk_comment:approval-expired"]
