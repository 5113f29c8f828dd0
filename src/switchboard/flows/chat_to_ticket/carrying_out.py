"""Carry out what a step of the dialogue asks for, in the transaction that saves the step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.codes import send_code
from switchboard.flows.chat_to_ticket.delivery import intend_ticket
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.models import (
    AskApproval,
    Conversation,
    Effect,
    EndChat,
    Event,
    HandOver,
    RaiseTicket,
    Remember,
    Reply,
    SendCode,
    Step,
    TicketDraft,
)
from switchboard.flows.chat_to_ticket.state import CameTo, ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.flows.chat_to_ticket.unsure import Listener
from switchboard.store import audit, chat_facts, unsure_messages
from switchboard.store.unsure_messages import Unsure

_ENDS: dict[str, CameTo] = {"solved": "solved", "cancelled": "cancelled", "expired": "expired"}


@dataclass(slots=True)
class Done:
    """What came of one event: collected by `carry_out`, written down by the others."""

    state: ChatState
    replies: list[Reply] = field(default_factory=list)
    hand_over: HandOver | None = None
    ended: bool = False
    tickets: list[tuple[TicketDraft, AskApproval | None]] = field(default_factory=list)
    lanes: set[Lane] = field(default_factory=set)
    facts: list[tuple[str, str]] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    trail: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The references of the tickets asked for."""
        return tuple(draft.reference for draft, _ in self.tickets)


def carry_out(
    conn: sa.Connection, tools: ChatTools, state: ChatState, event: Event, world: World,
    *, begun: bool = False,
) -> Done:  # fmt: skip
    """Advance the dialogue, and send the codes it asks for; nothing of the chat is saved yet."""
    done = Done(state)
    waiting = [event]
    while waiting:
        each = waiting.pop(0)
        before, listener = done.state.conversation, Listener()
        step = advance(before, each, listener.beside(world))
        done.state = done.state.model_copy(update={"conversation": step.conversation})
        done.replies += step.replies
        _opening(done, before, step.conversation, begun=begun and each is event)
        _happened(done, each, before, step.conversation)
        unsure = listener.unsure(each, before, step.conversation, world.classify)
        done.unsure += [unsure] if unsure else []
        for effect in step.effects:
            waiting += _effect(conn, tools, done, before, effect, each)
        _tickets(done, step)
        _closing(done, before, step.conversation)
    return done


def intend_tickets(
    conn: sa.Connection, tools: ChatTools, conversation_id: str, done: Done, at: float
) -> None:
    """Have the tickets raised; the transcript they are to hold is stored by then."""
    for draft, wish in done.tickets:
        intend_ticket(
            conn,
            tools,
            draft=draft,
            conversation_id=conversation_id,
            session=done.state.conversation.id,
            approval=wish,
            at=at,
        )


def write_unsure(
    conn: sa.Connection, tools: ChatTools, conversation_id: str, done: Done, at: float
) -> None:
    """Keep what was not understood for certain, for people to learn from."""
    for each in done.unsure:
        unsure_messages.add(conn, tools.sealer, conversation_id, at, each)


def write_facts(conn: sa.Connection, conversation_id: str, done: Done, at: float) -> None:
    """Write down what can be counted."""
    for what, workflow in done.facts:
        if what == "expired":
            gained = chat_facts.GAINED & chat_facts.since_opened(conn, conversation_id)
            if not gained:
                chat_facts.add(conn, conversation_id, at, "abandoned", workflow)
        chat_facts.add(conn, conversation_id, at, what, workflow)


def write_trail(
    conn: sa.Connection, conversation_id: str, done: Done, at: float, actor: str
) -> None:
    """Write down who did what; last, since the trail's writers wait for each other."""
    for action, detail in done.trail:
        audit.append(
            conn, actor=actor, action=action, subject=conversation_id, detail=detail, at=at
        )


def _opening(done: Done, before: Conversation, after: Conversation, *, begun: bool) -> None:
    if begun or (before.stage == "closed" and after.stage != "closed"):
        done.facts.append(("opened", ""))
        done.state = done.state.model_copy(update={"escalated": "", "came_to": ""})


def _closing(done: Done, before: Conversation, after: Conversation) -> None:
    if after.stage == "closed" and before.stage != "closed":
        done.facts.append(("closed", ""))
        done.trail.append(("chat.closed", {}))


def _happened(done: Done, event: Event, before: Conversation, after: Conversation) -> None:
    """Count what an event from behind the chat brought."""
    if event.kind == "handover_failed":
        done.facts.append(("handover_failed", before.workflow))
    for old, new in zip(before.tickets, after.tickets, strict=False):
        if new.number and not old.number:
            done.facts.append(("ticket_created", new.workflow))


def _effect(  # noqa: PLR0917 - one effect, and where it belongs.
    conn: sa.Connection, tools: ChatTools, done: Done, before: Conversation, effect: Effect,
    event: Event,
) -> list[Event]:  # fmt: skip
    """Do what is asked for; return what the dialogue has to be told because of it."""
    workflow = done.state.conversation.workflow or before.workflow
    match effect:
        case SendCode(email=email):
            told, mailed = _code(conn, tools, email, event)
            if mailed:
                done.lanes.add("mails")
            elif told.kind == "code_sent":
                done.facts.append(("code_limited", workflow))
            return [told]
        case HandOver(reason=reason):
            done.hand_over = effect
            done.state = done.state.model_copy(update={"escalated": reason or "asked for"})
            done.facts.append(("escalated", workflow))
            done.trail.append(("chat.handed_over", {"reason": reason}))
        case EndChat():
            done.ended = True
        case Remember(what=what, workflow=about):
            _remember(done, what, about)
        case RaiseTicket() | AskApproval():
            pass  # Two halves of one wish: `_tickets`.
    return []


def _tickets(done: Done, step: Step) -> None:
    wishes = {each.reference: each for each in step.effects if isinstance(each, AskApproval)}
    for effect in step.effects:
        if isinstance(effect, RaiseTicket):
            draft = effect.draft
            done.tickets.append((draft, wishes.get(draft.reference)))
            done.lanes.add("tickets")
            done.facts.append(("ticket_wanted", draft.workflow))
            facts = {"reference": draft.reference, "workflow": draft.workflow}
            done.trail.append(("chat.ticket_wanted", facts | {"identity": draft.verification}))


def _code(conn: sa.Connection, tools: ChatTools, email: str, event: Event) -> tuple[Event, bool]:
    if not tools.can_mail:
        return Event(kind="code_failed", at=event.at, detail={"email": email}), False
    return send_code(conn, tools, email, event.at)


def _remember(done: Done, what: str, workflow: str) -> None:
    done.facts.append((what, workflow))
    if what in {"verified", "unverified"}:
        done.trail.append((f"chat.{what}", {"workflow": workflow}))
    if what == "started":
        done.state = done.state.model_copy(update={"came_to": ""})
    elif what in _ENDS:
        done.state = done.state.model_copy(update={"came_to": _ENDS[what]})
