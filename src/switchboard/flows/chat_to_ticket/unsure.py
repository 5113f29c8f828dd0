"""Notice what was not understood for certain, while a chat is led, so that people can teach it."""

from __future__ import annotations

from dataclasses import replace

from switchboard.flows.chat_to_ticket.detector.second_opinion import worth_asking
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.models import Classify, Conversation, Event, Verdict
from switchboard.store.unsure_messages import Unsure

_LIKELIEST = 3
# Answers to a workflow's questions are no matter for the detector.
_WHAT_IS_THE_MATTER = {"new", "open", "choosing", "confirming", "raised", "after", "closed"}
_LEFT_WITH_A_QUESTION = {"open", "choosing"}


class Listener:
    """Hears what the detector is asked during one step of a dialogue."""

    def __init__(self) -> None:
        self._heard: list[tuple[str, Verdict]] = []

    def beside(self, world: World) -> World:
        """Return the same world, with every verdict noted."""
        classify = world.classify

        def listen(text: str) -> Verdict:
            verdict = classify(text)
            self._heard.append((text, verdict))
            return verdict

        return replace(world, classify=listen)

    def unsure(
        self, event: Event, before: Conversation, after: Conversation, classify: Classify
    ) -> Unsure | None:
        """Return the message to learn from, if this step left the visitor with a question."""
        asked = before.stage in _WHAT_IS_THE_MATTER and event.kind == "said"
        if not asked or after.stage not in _LEFT_WITH_A_QUESTION:
            return None
        doubtful = [each for each in self._heard if worth_asking(each[1])]
        if doubtful:
            text, verdict = doubtful[0]
            outcome = verdict.outcome
        elif _refused(before, after) and not self._heard:
            text, verdict = before.first_words, classify(before.first_words)
            outcome = "start"
        else:
            return None
        likeliest = before.offered[:1] if outcome == "start" else ()
        labels = tuple(dict.fromkeys((*likeliest, *verdict.labels)))[:_LIKELIEST]
        known = outcome if outcome in {"start", "ask"} else "none"
        return Unsure(text=text, outcome=known, labels=labels, p=verdict.p)


def _refused(before: Conversation, after: Conversation) -> bool:
    """Tell whether the one workflow offered was not what the visitor meant."""
    said_no = before.stage == "confirming" and after.stage == "open" and not after.workflow
    return said_no and bool(before.first_words)
