"""Known data, first aid and the summary: what a visitor says to each of them."""

from __future__ import annotations

import re

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.answering import reopen
from switchboard.flows.chat_to_ticket.dialogue.answers import read_answer
from switchboard.flows.chat_to_ticket.dialogue.commands import yes_or_no
from switchboard.flows.chat_to_ticket.dialogue.digressing import digressed
from switchboard.flows.chat_to_ticket.dialogue.summary import approval, draft_ticket, given
from switchboard.flows.chat_to_ticket.dialogue.text import bare
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn, picked
from switchboard.flows.chat_to_ticket.dialogue.upcoming import frame
from switchboard.flows.chat_to_ticket.models import Answer, Aside, RaiseTicket, Remember, TicketRef
from switchboard.flows.chat_to_ticket.workflow import Question

TRIES = 2
_WORKS = re.compile(
    r"\b(?:it works|works (?:now|again)|working (?:now|again)|fixed|solved"
    r"|that (?:did|helped|worked)"
    r"|it (?:did|helped|worked)|all good|i'?m in|i can (?:log in|connect|print|send) now)\b"
)
_FAILS = re.compile(
    r"\b(?:not|n't|nothing|no luck|still|same|already (?:tried|did)|tried (?:that|it|this)"
    r"|cannot|fails?"
    r"|failed|didnt|doesnt|wont|cant|no change|no difference|negative|next)\b"
)


def hear_known(turn: Turn, text: str) -> None:
    """Read whether the data we have of the visitor are right."""
    words, workflow = turn.words, turn.workflow
    rows = [workflow.questions[name] for name in turn.state.current] if workflow else []
    changes = {words.change.replace("{label}", row.label): row for row in rows}
    button = picked(text, words.right, *changes, words.person)
    said = yes_or_no(text)
    if button == words.person:
        moves.call_person(turn, "The visitor asked for a person.")
    elif said or button == words.right:
        turn.change(asked=(*turn.state.asked, *turn.state.current))
        turn.go_on()
    elif button in changes:
        _ask_instead(turn, changes[button])
    elif said is False and len(rows) == 1:
        _ask_instead(turn, rows[0])
    elif said is False:
        turn.say(words.which_wrong)
    elif not _takes_value(turn, rows, text) and not digressed(turn, text, None):
        turn.say(words.unreadable)


def _ask_instead(turn: Turn, question: Question) -> None:
    others = tuple(name for name in turn.state.current if name != question.id)
    turn.change(asked=(*turn.state.asked, *others))
    reopen(turn, question)


def _takes_value(turn: Turn, rows: list[Question], text: str) -> bool:
    """An address or a number written instead of yes or no is the right one."""
    for question in rows:
        if question.kind in {"email", "phone"}:
            answer = read_answer(text, question, frame(turn))
            if isinstance(answer, Answer):
                turn.put(question.id, answer)
                turn.say(turn.words.changed, label=question.label, value=answer.shown)
                return True
    return False


def hear_outcome(turn: Turn, text: str) -> None:
    """Read whether first aid helped; in doubt it did not."""
    words, said = turn.words, bare(text)
    button = picked(text, words.solved_yes, words.solved_no, words.person)
    answer = yes_or_no(text)
    if button == words.person:
        moves.call_person(turn, "The visitor asked for a person.")
    elif button == words.solved_no or answer is False or _FAILS.search(said):
        turn.go_on()
    elif button == words.solved_yes or answer or _WORKS.search(said):
        turn.say(words.solved)
        turn.do(Remember(what="solved", workflow=turn.state.workflow))
        moves.finish(turn)
    elif not digressed(turn, text, None):
        turn.change(misses=turn.state.misses + 1)
        if turn.state.misses >= TRIES:
            turn.say(words.not_solved)
            turn.go_on()
        else:
            turn.say(words.unreadable)


def hear_review(turn: Turn, text: str) -> None:
    """Log it, change an answer, or drop it."""
    words = turn.words
    number = re.fullmatch(r"(?:change |number |#)?(\d{1,2})", bare(text))
    said = yes_or_no(text)
    labels = (words.log_yes, words.change_some, words.drop, words.person)
    button = None if number else picked(text, *labels)
    if said or button == words.log_yes:
        raise_ticket(turn)
    elif said is False or button == words.change_some or bare(text) in {"change", "edit"}:
        turn.change(stage="amending", misses=0)
    elif button == words.drop:
        turn.change(aside=Aside(kind="cancel"))
    elif button == words.person:
        moves.call_person(turn, "The visitor asked for a person.")
    elif not _amends(turn, text) and not digressed(turn, text, None):
        turn.say(words.say_yes)


def hear_amendment(turn: Turn, text: str) -> None:
    """Read which answer is to be changed."""
    words = turn.words
    done = bare(text) in {"none", "nothing"} or yes_or_no(text) is not None
    rows = given(turn)
    button = picked(text, *(row.label for row in rows), words.back_to_summary)
    if done or button == words.back_to_summary:
        turn.change(stage="reviewing")
    elif not _amends(turn, text) and not digressed(turn, text, None):
        turn.say(words.unreadable)
        turn.change(misses=turn.state.misses + 1)
        if turn.state.misses >= TRIES:
            turn.change(stage="reviewing", misses=0)


def _amends(turn: Turn, text: str) -> bool:
    rows = given(turn)
    labels = [f"{at}. {row.label}" for at, row in enumerate(rows, 1)]
    said = re.sub(r"^(?:change|edit|correct|number|#) *(?:the |my )?", "", bare(text))
    found = picked(said, *labels)
    for row, label in zip(rows, labels, strict=True):
        if found == label or said == bare(row.label) or said in {bare(each) for each in row.words}:
            reopen(turn, row)
            return True
    return False


def raise_ticket(turn: Turn) -> None:
    """Ask for the ticket, once: the request is over with it, whatever is said again."""
    workflow = turn.workflow
    if workflow is None:
        return
    draft = draft_ticket(turn, workflow)
    turn.do(RaiseTicket(draft=draft))
    turn.say(turn.words.logging)
    wish = approval(turn, workflow)
    if wish and workflow.approval:
        turn.do(wish)
        turn.say(workflow.approval.notice)
    ticket = TicketRef(
        reference=draft.reference, workflow=workflow.id, email=draft.contact_email or ""
    )
    moves.clear(turn)
    turn.change(stage="raised", tickets=(*turn.state.tickets, ticket), attachments=())
