"""The conversations a help desk would hold, as they read: transcripts/*.txt."""

from __future__ import annotations

import pytest
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import FOLDER, play, scenes

from switchboard.flows.chat_to_ticket.models import LABELS

SCENES = list(scenes())


@pytest.mark.parametrize(("name", "lines"), SCENES, ids=[name for name, _ in SCENES])
def test_a_conversation_goes_as_written(name: str, lines: list[str]) -> None:
    """What the visitor says, what the bot answers, and what comes of it."""
    play(lines)


def test_every_workflow_has_several_transcripts() -> None:
    """Happy and unhappy: three of each at least."""
    count = {
        label: sum(name.startswith(f"{label}:") for name, _ in SCENES)
        for label in LABELS
        if (FOLDER / f"{label}.txt").is_file()
    }
    assert set(count) == set(LABELS)
    assert min(count.values()) >= 3, count


def test_a_line_that_does_not_hold_is_named() -> None:
    """A transcript can fail: the line is quoted with what was said instead."""
    with pytest.raises(AssertionError, match="was not said"):
        play(["Visitor: I forgot my password", "Bot: Your printer is on its way."])
    with pytest.raises(AssertionError, match="it is confirming"):
        play(["Visitor: I forgot my password", "# stage closed"])
