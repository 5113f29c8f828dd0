"""Find what comes next in a workflow: a question, first aid, the check of identity, the summary."""

from __future__ import annotations

import re

from switchboard.flows.chat_to_ticket.dialogue.answers import Frame, read_answer
from switchboard.flows.chat_to_ticket.dialogue.choices import mentioned
from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.models import Answer, Remember, SendCode, Verification
from switchboard.flows.chat_to_ticket.workflow import Guidance, Question, StepOf

SHOWN_EMAIL = 80  # Characters: an address may be longer than a chat bubble.
SHOWN_ANSWER = 120
_PERCENT = re.compile(r"(?<![\w.])(\d{1,3})\s*(?:%|percent)")


def settle(turn: Turn) -> None:
    """Move to the next open step, if the last one was left behind."""
    workflow, state = turn.workflow, turn.state
    if workflow is None or state.stage != "asking" or state.current:
        return
    for step in workflow.steps:
        if not applies(turn, step):
            continue
        if isinstance(step, Guidance):
            if step.id not in turn.state.done:
                _give(turn, step)
                return
        elif step.id not in turn.state.slots and not _overheard(turn, step):
            _open(turn, step)
            return
    if not _check_identity(turn):
        turn.change(stage="reviewing", current=(), misses=0)


def applies(turn: Turn, step: StepOf) -> bool:
    """Tell whether a step is wanted, given the answers so far."""
    if turn.state.express and not (isinstance(step, Question) and step.essential):
        return False
    return step.condition is None or step.condition.holds(turn.values())


def _open(turn: Turn, question: Question) -> None:
    known = _known_from_profile(turn)
    if question.id not in known:
        turn.change(stage="asking", current=(question.id,), misses=0)
        return
    for name, answer in known.items():
        turn.put(name, answer)
    if turn.state.express:
        settle(turn)  # The summary shows them: one question less.
    else:
        turn.change(stage="checking", current=tuple(known), misses=0)


def _known_from_profile(turn: Turn) -> dict[str, Answer]:
    """Return what the chat already tells of the visitor, as far as it is a sound answer."""
    workflow, visitor = turn.workflow, turn.state.visitor
    profile = {"name": visitor.name, "email": visitor.email, "phone": visitor.phone}
    known: dict[str, Answer] = {}
    for question in workflow.questions.values() if workflow else ():
        value = profile.get(question.prefill or "")
        if not value or question.id in turn.state.slots or not applies(turn, question):
            continue
        answer = read_answer(value, question, frame(turn))
        if isinstance(answer, Answer):
            known[question.id] = answer.model_copy(update={"source": "profile"})
    return known


def _overheard(turn: Turn, question: Question) -> bool:
    """Take an answer out of the words the visitor began with, where it is there word for word."""
    words = turn.state.first_words
    if not words or not question.listen:
        return False
    answer: Answer | None = None
    if question.prefill == "words":
        read = read_answer(words, question, frame(turn))
        answer = read if isinstance(read, Answer) else None
    elif question.kind in {"choice", "plan"}:
        option = mentioned(words, question.options)
        answer = Answer(value=option.id, shown=option.shown) if option else None
    elif question.kind == "percent":
        found = {int(each) for each in _PERCENT.findall(words)}
        if len(found) == 1 and max(found) <= 100:  # noqa: PLR2004
            answer = Answer(value=str(max(found)), shown=f"{max(found)} %")
    if answer is None:
        return False
    turn.put(question.id, answer)
    shown = shorten(answer.shown, SHOWN_ANSWER)
    turn.say(turn.words.noted, label=question.label, value=shown)
    return True


def _give(turn: Turn, guidance: Guidance) -> None:
    for text in guidance.text:
        turn.say(text)
    turn.change(
        stage="guiding",
        current=(guidance.id,),
        done=(*turn.state.done, guidance.id),
        misses=0,
    )


def _check_identity(turn: Turn) -> bool:
    """Begin a check of identity where one is due; False when there is nothing to wait for."""
    workflow, state = turn.workflow, turn.state
    if workflow is None or workflow.verification == "none":
        return False
    email = state.slots.get("email")
    have = state.verification
    if email and have.email.lower() == email.value.lower() and have.state in {"verified", "sent"}:
        if have.state == "verified":
            return False
        turn.change(stage="verifying", current=(), misses=0)
        return True
    if have.state == "unverified":
        return False
    if not email or not email.value or state.express or not may_send(turn):
        unverified(turn)
        return False
    send_code(turn)
    turn.change(stage="verifying", current=(), misses=0)
    return True


def may_send(turn: Turn) -> bool:
    """Tell whether another code may be mailed in this chat."""
    settings, have = turn.world.settings, turn.state.verification
    spent = have.sends >= settings.code_sends or have.tries >= settings.code_tries
    return settings.can_send_codes and not spent


def send_code(turn: Turn) -> None:
    """Ask for a code; what is said depends on nothing but the address that was given."""
    email = turn.state.slots["email"].value
    have = turn.state.verification
    turn.change(
        verification=Verification(
            state="sending", email=email, tries=have.tries, sends=have.sends + 1
        )
    )
    turn.say(turn.words.code_sending, email=shorten(email, SHOWN_EMAIL))
    turn.do(SendCode(email=email))


def unverified(turn: Turn) -> None:
    """Go on without proof: the ticket says so, and so do we."""
    have = turn.state.verification
    turn.change(
        verification=Verification(
            state="unverified", email=have.email, tries=have.tries, sends=have.sends
        )
    )
    turn.say(turn.words.unverified)
    turn.do(Remember(what="unverified", workflow=turn.state.workflow))


def frame(turn: Turn) -> Frame:
    """What reading an answer depends on."""
    return Frame(region=turn.world.settings.region, today=turn.world.now.date())
