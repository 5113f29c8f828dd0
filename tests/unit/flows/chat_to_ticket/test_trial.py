"""A chat on paper: every workflow that ships ends, and is the same when it is played again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.component.conversing.chat_stage import willing
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import fake_classify, library

from switchboard.console.workflows.trying import CODE, play, words_said
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.outline import outline
from switchboard.flows.chat_to_ticket.trial import Trial

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def world() -> World:
    return World(library().workflows, fake_classify, AT)


@pytest.mark.parametrize("label", library().workflows)
def test_every_workflow_ends_in_a_ticket_and_can_be_replayed(label: str) -> None:
    """Codes are typed, questions answered; the words alone bring back the very same chat."""
    trial, said = Trial(world(), now=lambda: AT, code=lambda: CODE), list[str]()
    trial.begin(label)
    while not any(each.draft for each in trial.lines):
        stage = trial.conversation.stage
        said.append(CODE if stage == "verifying" else willing(trial.conversation))
        trial.say(said[-1])
        assert len(said) < 40
    said.append("no thanks")
    trial.say(said[-1])
    assert trial.ended
    again = play(world(), label, said)
    assert again.lines == tuple(trial.lines)
    assert again.ended
    assert words_said(again.kept) == tuple(said)


@pytest.mark.parametrize("label", library().workflows)
def test_every_workflow_is_told_step_by_step(label: str) -> None:
    """Conditions in the words of the questions, and a ticket at the end."""
    workflow = library().workflows[label]
    points = outline(workflow)
    assert [each.title for each in points if each.kind == "ask"] == [
        each.question for each in workflow.questions.values()
    ]
    assert any(each.kind == "ticket" for each in points)
    assert any(each.kind == "verify" for each in points) == (workflow.verification != "none")
