"""What happens around the chat: a ticket exists, nobody takes the hand-over, time passes."""

from __future__ import annotations

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.dialogue.upcoming import SHOWN_EMAIL
from switchboard.flows.chat_to_ticket.models import EndChat, Remember, TicketRef


def ticket_created(turn: Turn) -> None:
    """Tell the visitor the ticket's id and number, in the words they were promised."""
    detail = turn.event.detail
    ticket = _waiting(turn, detail.get("reference"))
    if ticket is None:
        turn.silent = True  # Told already, or none of ours.
        return
    known = ticket.model_copy(
        update={"id": detail.get("id", ""), "number": detail.get("number", "") or "-"}
    )
    turn.change(
        tickets=tuple(known if each is ticket else each for each in turn.state.tickets),
    )
    _confirm(turn, known)
    if turn.state.stage == "raised":
        moves.finish(turn)
    elif turn.state.stage == "closed":
        turn.silent = True


def tell_again(turn: Turn) -> None:
    """Tell of the latest ticket again: to the visitor it looks as if nothing had come of it."""
    ticket = turn.state.tickets[-1]
    if not ticket.number:
        turn.say(turn.words.still_logging)
        return
    _confirm(turn, ticket)
    if turn.state.stage in {"raised", "closed"}:
        turn.change(stage="after")


def remind(turn: Turn) -> None:
    """Say how the latest ticket is called, in case that did not arrive."""
    number = turn.state.tickets[-1].number
    if not number:
        turn.say(turn.words.still_logging)
    elif number != "-":
        turn.say(turn.words.ticket_number, number=shorten(number, 60))


def _waiting(turn: Turn, reference: str | None) -> TicketRef | None:
    waiting = [each for each in turn.state.tickets if not each.number]
    if reference is None:
        return waiting[0] if len(waiting) == 1 else None
    return next((each for each in waiting if each.reference == reference), None)


def _confirm(turn: Turn, ticket: TicketRef) -> None:
    words = turn.words
    turn.say(words.logged)
    if ticket.id:
        turn.say(words.ticket_id, id=shorten(ticket.id, 60))
    if ticket.number != "-":
        turn.say(words.ticket_number, number=shorten(ticket.number, 60))
    turn.say(words.team_told)
    if ticket.email:
        turn.say(words.updates, email=shorten(ticket.email, SHOWN_EMAIL))
    workflow = turn.world.workflows.get(ticket.workflow)
    if workflow and workflow.closing:
        turn.say(workflow.closing)


def handover_failed(turn: Turn) -> None:
    """Nobody could take the chat: offer a ticket instead, and do not try that again."""
    turn.change(handover_failed=True)
    if turn.state.stage == "handed_over":
        moves.offer_ticket(turn)
    elif turn.state.stage == "closed":
        turn.silent = True
    elif turn.state.stage == "new":
        turn.change(stage="open")


def approval(turn: Turn) -> None:
    """Tell the visitor, if they are still here, what the point of contact decided."""
    decision = turn.event.detail.get("decision")
    if decision not in {"approved", "declined"}:
        turn.silent = True
        return
    turn.say(turn.words.approved if decision == "approved" else turn.words.declined)
    if turn.state.stage in {"closed", "new", "handed_over"}:
        turn.silent = True


def timeout(turn: Turn) -> None:
    """Say the truth when logging takes long; close what nobody has gone on with for days."""
    state = turn.state
    if state.stage == "raised":
        turn.say(turn.words.taking_long)
        email = state.tickets[-1].email if state.tickets else ""
        if email:
            turn.say(turn.words.number_follows, email=shorten(email, SHOWN_EMAIL))
        turn.change(stage="after")
        return
    turn.silent = True
    last = state.last_at
    if last is None or state.stage == "closed":
        return
    if turn.world.now - last >= turn.world.settings.forget_after:
        if turn.at_work:
            turn.do(Remember(what="expired", workflow=state.workflow))
        moves.clear(turn)
        turn.change(stage="closed", later=())
        turn.do(EndChat())


def closed_by_operator(turn: Turn) -> None:
    moves.clear(turn)
    turn.change(stage="closed", later=())
    turn.silent = True
