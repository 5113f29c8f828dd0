"""A chat with workflows as they stand in a form: played anew from its words, kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from switchboard.flows.chat_to_ticket.dialogue.world import DialogueSettings, World
from switchboard.flows.chat_to_ticket.library import Library
from switchboard.flows.chat_to_ticket.models import Classify
from switchboard.flows.chat_to_ticket.trial import Line, Trial
from switchboard.flows.chat_to_ticket.workflow import Workflow

Opening = Literal["workflow", "greeting"]
CODE = "123456"
MOST_MESSAGES = 80
LONGEST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """The chat so far, and what the visitor can do next."""

    lines: tuple[Line, ...]
    options: tuple[str, ...]
    ended: bool
    wants_code: bool
    said: tuple[str, ...]

    @property
    def kept(self) -> str:
        """The visitor's words for the form: all there is to know of the chat."""
        return json.dumps(self.said)

    @property
    def full(self) -> bool:
        return len(self.said) >= MOST_MESSAGES


def words_said(kept: str) -> tuple[str, ...]:
    """Return the visitor's words so far; whatever else a form holds counts as none."""
    try:
        found = json.loads(kept or "[]")
    except (ValueError, RecursionError):
        return ()
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return ()
    return tuple(each[:LONGEST_MESSAGE] for each in found[:MOST_MESSAGES])


def world_with(
    library: Library,
    workflow: Workflow | None,
    classify: Classify,
    settings: DialogueSettings,
    at: float,
) -> World:
    """Return the world of a trial: the workflows in force, with the one that is being edited."""
    workflows = dict(library.workflows)
    if workflow is not None:
        workflows[workflow.id] = workflow
    return World(workflows, classify, datetime.fromtimestamp(at, UTC), settings, library.wording)


def play(world: World, begin: str, said: Sequence[str]) -> Tried:
    """Play a chat from its beginning: with the workflow *begin*, or with the greeting."""
    trial = Trial(world, now=lambda: world.now, code=lambda: CODE)
    if begin:
        trial.begin(begin)
    else:
        trial.happen("opened")
    heard: list[str] = []
    for text in said:
        if trial.ended:
            break
        trial.say(text)
        heard.append(text)
    wants_code = trial.conversation.stage == "verifying" and trial.conversation.aside is None
    return Tried(tuple(trial.lines), trial.options, trial.ended, wants_code, tuple(heard))
