"""Customers say how it was; the team hears of it when it was not good."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.component.closing.closing_stage import REFERENCE, ClosingStage

from switchboard.flows.chat_to_ticket import feedback, pages
from switchboard.store.tables import ticket


def token_of(stage: ClosingStage) -> str:
    return feedback.link(stage.tools, REFERENCE).rpartition("/")[2]


async def test_an_answer_is_kept_and_may_be_changed_for_two_weeks(stage: ClosingStage) -> None:
    """Reading the page stores nothing, sending does; words are sealed at rest."""
    await stage.raised(closed_at=stage.now.timestamp())
    token = token_of(stage)
    shown = await feedback.look(stage.tools, token)
    assert (await stage.ticket()).satisfaction is None
    assert 'value="4" required checked' in pages.render("feedback", shown, choice="4")
    assert (await feedback.give(stage.tools, token, 4, "Thanks")).verdict == "stored"
    assert (await feedback.give(stage.tools, token, 5, "Great!")).verdict == "changed"
    row = await stage.ticket()
    assert (row.satisfaction, row.feedback) == (5, "Great!")
    (raw,) = await stage.rows(sa.select(ticket.c.sealed_feedback))
    assert "Great" not in raw.sealed_feedback
    stage.wait(days=15)
    assert (await feedback.give(stage.tools, token, 1)).verdict == "over"
    assert (await stage.ticket()).satisfaction == 5
    assert await stage.mails_of("team") == []


async def test_the_team_hears_of_a_low_score_once(stage: ClosingStage) -> None:
    """A bad score becomes a private comment and a mail, and not one for every click."""
    await stage.raised(closed_at=stage.now.timestamp())
    token = token_of(stage)
    for _ in range(3):
        await feedback.give(stage.tools, token, 1)
    await feedback.give(stage.tools, token, 2, "It is <b>still</b> broken")
    mails = await stage.mails_of("team")
    assert len(mails) == 2
    assert any("It is <b>still</b> broken" in stage.text(each) for each in mails)
    assert len(await stage.comments()) == 2


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_a_score_is_one_of_five(stage: ClosingStage, score: int) -> None:
    """Anything else is refused with a page that says so."""
    await stage.raised()
    given = await feedback.give(stage.tools, token_of(stage), score)
    assert given.verdict == "invalid"
    assert "no answer" in pages.render("outcome", given)


async def test_a_link_of_another_kind_opens_nothing(stage: ClosingStage) -> None:
    """What was sealed for another purpose is no feedback link, nor is a changed one."""
    await stage.raised()
    token = token_of(stage)
    other = stage.tools.sealer.seal("conversation", REFERENCE)
    for wrong in (token[:-4], token[:-1] + "é", other, "a" * 5000, ""):
        assert (await feedback.look(stage.tools, wrong)).standing == "unknown"
        assert (await feedback.give(stage.tools, wrong, 5)).verdict == "unknown"
