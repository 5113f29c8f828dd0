"""Moves that can be made from anywhere: begin a workflow, drop it, call a person, say goodbye."""

from __future__ import annotations

from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.models import (
    GENERAL,
    Answer,
    Aside,
    EndChat,
    HandOver,
    Mention,
    Remember,
)

LONGEST_STORY = 500
MOST_LATER = 3


def begin(turn: Turn, label: str) -> None:
    """Open a workflow; answers that serve every workflow (name, server) are kept."""
    workflow = turn.world.workflows[label]
    turn.do(Remember(what="started", workflow=label))
    turn.change(
        workflow=label,
        request=turn.state.request + 1,
        slots=_shared_answers(turn, label),
        asked=(),
        done=(),
        offered=(),
        aside=None,
        express=False,
        lost=0,
        later=tuple(each for each in turn.state.later if each.workflow != label),
    )
    if turn.state.verification.state == "unverified":
        again = turn.state.verification.model_copy(update={"state": "none"})
        turn.change(verification=again)
    turn.go_on()
    if workflow.intro:
        turn.say(workflow.intro)


def _shared_answers(turn: Turn, label: str) -> dict[str, Answer]:
    """Keep what the chat's workflows share, unless it was skipped: then it is asked again."""
    known = {
        question.id
        for workflow in turn.world.workflows.values()
        for question in workflow.questions.values()
        if question.shared
    }
    wanted = turn.world.workflows[label].questions
    return {
        name: answer
        for name, answer in turn.state.slots.items()
        if name in known
        and answer.source != "missing"
        and (name not in wanted or wanted[name].shared)
    }


def clear(turn: Turn) -> None:
    """Forget the request that is under way, not the visitor's own data."""
    turn.change(
        workflow="",
        slots={
            name: turn.state.slots[name]
            for name in ("name", "email", "phone")
            if name in turn.state.slots and turn.state.slots[name].source != "missing"
        }
        | {
            name: answer
            for name, answer in turn.state.slots.items()
            if (workflow := turn.workflow) is not None
            and name in workflow.questions
            and workflow.questions[name].shared
            and answer.source != "missing"
        },
        asked=(),
        done=(),
        current=(),
        offered=(),
        aside=None,
        express=False,
        misses=0,
        lost=0,
        first_words="",
    )


def finish(turn: Turn) -> None:
    """After a request is settled: take up what was mentioned on the way, or ask for more."""
    clear(turn)
    waiting = [each for each in turn.state.later if each.workflow in turn.world.workflows]
    if not waiting:
        turn.change(stage="after", later=())
        return
    turn.say(turn.words.also_mentioned)
    turn.change(
        stage="confirming",
        offered=(waiting[0].workflow,),
        first_words=waiting[0].text,
        later=tuple(waiting[1:]),
    )


def put_off(turn: Turn, label: str, text: str) -> None:
    """Remember a second problem for afterwards."""
    known = {each.workflow for each in turn.state.later} | {turn.state.workflow}
    if label not in known and len(turn.state.later) < MOST_LATER:
        mention = Mention(workflow=label, text=shorten(text, LONGEST_STORY))
        turn.change(later=(*turn.state.later, mention))


def call_person(turn: Turn, reason: str) -> None:
    """Hand over if somebody can take the chat; otherwise say so, and offer a ticket."""
    if turn.state.stage == "handed_over":
        turn.say(turn.words.patience)
        return
    turn.do(Remember(what="person_wanted", workflow=turn.state.workflow))
    if turn.world.settings.office_open and not turn.state.handover_failed:
        turn.say(turn.words.connecting)
        turn.change(stage="handed_over", aside=None, misses=0)
        department = turn.workflow.ticket.department if turn.workflow else None
        turn.do(HandOver(reason=reason, department=department, summary=story(turn)))
        turn.silent = True
    else:
        offer_ticket(turn)


def offer_ticket(turn: Turn) -> None:
    """Nobody can take the chat: log it, or carry on with the bot."""
    if turn.state.stage == "handed_over":
        _take_back(turn)
    turn.change(aside=Aside(kind="person"), misses=0)


def log_as_it_is(turn: Turn) -> None:
    """Raise a ticket with what we have: only the contact is still asked for."""
    if not turn.at_work:
        begin(turn, GENERAL)
    turn.change(express=True, aside=None)
    turn.go_on()


def carry_on(turn: Turn) -> None:
    """Take the chat back from people who do not answer."""
    _take_back(turn)
    turn.say(turn.words.kept)


def _take_back(turn: Turn) -> None:
    if turn.workflow is not None:
        turn.go_on()
    else:
        turn.change(stage="after" if turn.state.tickets else "open", current=())


def farewell(turn: Turn) -> None:
    waits = any(not each.number and each.email for each in turn.state.tickets)
    turn.say(turn.words.goodbye_pending if waits else turn.words.goodbye)
    clear(turn)
    turn.change(stage="closed", later=())
    turn.do(EndChat())
    turn.silent = True


def story(turn: Turn) -> str:
    """What an operator should know before the first word: the matter and the answers so far."""
    state, workflow = turn.state, turn.workflow
    lines = [f"Matter: {workflow.title}"] if workflow else []
    if state.first_words:
        lines.append(f"In the visitor's words: {state.first_words}")
    if workflow:
        lines += [
            f"{question.label}: {state.slots[name].shown}"
            for name, question in workflow.questions.items()
            if name in state.slots and state.slots[name].value
        ]
    return "\n".join(lines)
