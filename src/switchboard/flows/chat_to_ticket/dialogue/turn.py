"""One step in the making: the state so far, what is said, and what is to be done."""

from __future__ import annotations

from typing import Any

from switchboard.flows.chat_to_ticket.dialogue.choices import exact, pick
from switchboard.flows.chat_to_ticket.dialogue.text import fill
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.models import (
    Answer,
    Card,
    Conversation,
    Effect,
    Event,
    Reply,
    Stage,
    Step,
)
from switchboard.flows.chat_to_ticket.workflow import Option, Question, Workflow

FEW_WORDS = 6
LOST_TWICE = 2  # Messages in a row that were not understood: buttons help on.
AT_WORK: frozenset[Stage] = frozenset(
    {"asking", "checking", "guiding", "verifying", "reviewing", "amending"}
)
"""Stages in which a workflow is under way."""


class Turn:
    """Collects one step. Local to `advance`, which stays a pure function of its arguments."""

    def __init__(self, conversation: Conversation, event: Event, world: World) -> None:
        self.state, self.event, self.world = conversation, event, world
        self.replies: list[Reply] = []
        self.effects: list[Effect] = []
        self.silent = False  # The open question is not asked again at the end.

    @property
    def words(self) -> Wording:
        return self.world.wording

    @property
    def workflow(self) -> Workflow | None:
        return self.world.workflows.get(self.state.workflow)

    @property
    def question(self) -> Question | None:
        """The question that is open while asking."""
        workflow = self.workflow
        if workflow is None or not self.state.current:
            return None
        return workflow.questions.get(self.state.current[0])

    @property
    def at_work(self) -> bool:
        return self.state.stage in AT_WORK and self.workflow is not None

    def change(self, **updates: Any) -> None:
        self.state = self.state.model_copy(update=updates)

    def say(self, template: str, *options: str, card: Card | None = None, **values: str) -> None:
        text = fill(template, **values)
        self.replies.append(Reply(text=text, options=tuple(dict.fromkeys(options)), card=card))

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def go_on(self) -> None:
        """Leave the open step: whatever comes next in the workflow is asked."""
        self.change(stage="asking", current=(), misses=0)

    def values(self) -> dict[str, str]:
        """The answers as conditions compare them."""
        return {name: answer.value for name, answer in self.state.slots.items()}

    def put(self, name: str, answer: Answer) -> None:
        """Keep an answer, and what follows from its being another one than before."""
        before = self.state.slots.get(name)
        self.change(slots={**self.state.slots, name: answer})
        if name == "email" and (before is None or before.value.lower() != answer.value.lower()):
            again = self.state.verification
            cleared = again.model_copy(
                update={"state": "none", "email": "", "digest": "", "salt": "", "expires_at": None}
            )
            self.change(verification=cleared)

    def take_out(self, name: str) -> None:
        self.change(slots={key: row for key, row in self.state.slots.items() if key != name})

    def step(self) -> Step:
        state = self.state.model_copy(update={"version": self.state.version + 1})
        return Step(conversation=state, replies=tuple(self.replies), effects=tuple(self.effects))


def picked(text: str, *labels: str) -> str | None:
    """Return the button whose label or number was typed or pressed."""
    found = exact(text, _options(labels))
    return found.label if found else None


def meant(text: str, *labels: str) -> str | None:
    """Return the button that a few words come close to, where nothing else is expected."""
    found = pick(text, _options(labels)) if len(text.split()) <= FEW_WORDS else None
    return found.label if found else None


def _options(labels: tuple[str, ...]) -> list[Option]:
    return [Option(id=f"o{at}", label=label) for at, label in enumerate(labels)]
