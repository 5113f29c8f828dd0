"""Turn deliveries into what the dialogue hears, and what it says into what SalesIQ shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from switchboard.flows.chat_to_ticket.dialogue.summary import summary_lines
from switchboard.flows.chat_to_ticket.models import (
    Attachment,
    Conversation,
    Event,
    Reply,
    Visitor,
)
from switchboard.flows.chat_to_ticket.state import Chat
from switchboard.store.conversations import conversation_id
from switchboard.vendors.zoho_salesiq.models import Bubble, Delivery, Input, InputType, Ticket
from switchboard.vendors.zoho_salesiq.splitting import ITEM_CHARS

FLAT, NO_PORTAL = "flat", "salesiq"
_INPUTS: dict[str, InputType] = {
    "email": "email",
    "phone": "tel",
    "name": "name",
    "date": "calendar",
}
_EVENTS: dict[str, Literal["opened", "said", "answers"]] = {
    "trigger": "opened",
    "message": "said",
    "context": "answers",
}


def chat_of(delivery: Delivery) -> Chat:
    """Say which chat a delivery belongs to; what a program calls a chat is never SalesIQ's."""
    portal = FLAT
    if delivery.form == "bot":
        portal = delivery.org_id.replace(":", "_") or NO_PORTAL
    return Chat(
        id=conversation_id(portal, delivery.conversation_id),
        session=delivery.conversation_id,
        visitor=visitor_of(delivery),
        form=delivery.form,
    )


def visitor_of(delivery: Delivery) -> Visitor:
    """Return who writes; what was not told is None."""
    given = delivery.visitor
    return Visitor(
        id=given.id or delivery.conversation_id,
        name=given.name or None,
        email=given.email or None,
        phone=given.phone or None,
        channel=given.channel or None,
        language=given.language or None,
        country=given.country or None,
        time_zone=given.time_zone or None,
        page_url=given.page_url or None,
    )


def event_of(delivery: Delivery) -> Event:
    """Return what happened; a failure is decided by failing.py."""
    return Event(
        kind=_EVENTS[delivery.kind],
        at=delivery.received_at,
        text=delivery.text,
        answers=delivery.answers,
        attachments=tuple(
            Attachment(url=each.url, name=each.name, type=each.type, size=each.size)
            for each in delivery.attachments
        ),
    )


def bubbles_of(replies: Iterable[Reply]) -> list[Bubble]:
    """Return what to show; a summary becomes lines of text."""
    bubbles: list[Bubble] = []
    for reply in replies:
        card = reply.card
        if card is not None and card.kind == "summary":
            lines = [reply.text, *summary_lines(card, ITEM_CHARS)]
            bubbles += [Bubble(text=line) for line in lines[:-1]]
            bubbles.append(Bubble(text=lines[-1], options=reply.options))
        elif card is not None:
            field = Input(type=_INPUTS[card.kind])
            bubbles.append(Bubble(text=reply.text, options=reply.options, input=field))
        else:
            bubbles.append(Bubble(text=reply.text, options=reply.options))
    return bubbles


def ticket_of(conversation: Conversation | None) -> Ticket | None:
    """Return the newest ticket that exists, as the flat form names it."""
    made = [each for each in conversation.tickets if each.id] if conversation else []
    return Ticket(id=made[-1].id, number=made[-1].number) if made else None
