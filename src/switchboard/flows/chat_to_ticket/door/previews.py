"""Let a tester try the bot from its builder: in memory, so that nothing real comes of it.

A preview's ids are unknown to SalesIQ's REST API (zoho-salesiq.md §1.7). Its chats are led like
any other, but raise no ticket, mail no code, call nobody, and leave no trace in store or figures.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from switchboard.flows.chat_to_ticket.conversing import world_of
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.door.mapping import bubbles_of, event_of, visitor_of
from switchboard.flows.chat_to_ticket.models import (
    Conversation,
    Effect,
    EndChat,
    Event,
    HandOver,
    RaiseTicket,
    Reply,
    SendCode,
)
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.models import Action, Delivery

MOST_PREVIEWS = 50
NUMBER = "preview"


class Previews:
    """The latest previews; a repeated delivery gets its answer again."""

    def __init__(self) -> None:
        self._chats: OrderedDict[str, Conversation] = OrderedDict()
        self._answers: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def answer(self, tools: ChatTools, delivery: Delivery) -> dict[str, Any]:
        """Return the answer; the detector's work is done beside the event loop."""
        async with self._turn:
            known = self._answers.get(delivery.dedupe_key)
            if known is not None:
                return known
            document = await asyncio.to_thread(self._led, tools, delivery)
            _remember(self._answers, delivery.dedupe_key, document)
            return document

    def _led(self, tools: ChatTools, delivery: Delivery) -> dict[str, Any]:
        if delivery.kind == "failure":
            return write_answer(delivery, bubbles_of([Reply(text=words.GO_ON)]))
        session = delivery.conversation_id
        chat = self._chats.get(session) or Conversation(id=session, visitor=visitor_of(delivery))
        chat, replies, ended = _lead(
            chat, event_of(delivery), world_of(tools, delivery.received_at)
        )
        _remember(self._chats, session, chat)
        action: Action = "end" if ended else "reply"
        return write_answer(delivery, bubbles_of(replies), action=action)


def _lead(chat: Conversation, event: Event, world: World) -> tuple[Conversation, list[Reply], bool]:
    replies: list[Reply] = []
    waiting, ended = [event], False
    while waiting:
        step = advance(chat, waiting.pop(0), world)
        chat = step.conversation
        replies += step.replies
        for effect in step.effects:
            ended = ended or isinstance(effect, EndChat)
            waiting += _instead(effect, event, replies)
    return chat, replies, ended


def _instead(effect: Effect, event: Event, replies: list[Reply]) -> list[Event]:
    """Say what would happen, and tell the dialogue what lets the tester go on."""
    match effect:
        case RaiseTicket(draft=draft):
            replies.append(Reply(text=words.PREVIEW_TICKET))
            detail = {"reference": draft.reference, "id": NUMBER, "number": NUMBER}
            return [Event(kind="ticket_created", at=event.at, detail=detail)]
        case SendCode(email=email):
            return [Event(kind="code_failed", at=event.at, detail={"email": email})]
        case HandOver():
            replies.append(Reply(text=words.PREVIEW_PERSON))
            return [Event(kind="handover_failed", at=event.at)]
        case _:
            return []


def _remember(known: OrderedDict[str, Any], key: str, value: Any) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > MOST_PREVIEWS:
        known.popitem(last=False)
