"""Put what was said into the words that are kept of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from switchboard.flows.chat_to_ticket.dialogue.summary import summary_lines
from switchboard.flows.chat_to_ticket.dialogue.text import clean, hide_passwords
from switchboard.flows.chat_to_ticket.models import Event, Reply
from switchboard.store.conversations import Message

_HAPPENED = {
    "opened": "The chat was opened.",
    "handover_failed": "No operator took the chat.",
    "closed_by_operator": "The chat was closed.",
    "timeout": "Nobody wrote for a while.",
}


def messages_of(event: Event, replies: Iterable[Reply], delivery: str) -> list[Message]:
    """Return an event and what was replied as messages; with a delivery at least one.

    Passwords are left out, as they are from the dialogue's own state.
    """
    at, key = event.at.timestamp(), delivery or None
    kept: list[Message] = []
    said = _said(event)
    if said:
        kept.append(Message(direction="visitor", at=at, text=said, delivery=key))
    elif event.kind in {"handover_failed", "closed_by_operator"}:
        kept.append(_system(event, key))
    kept += [
        Message(direction="bot", at=at, text=shown(each), options=each.options, delivery=key)
        for each in replies
    ]
    return kept if kept or key is None else [_system(event, key)]


def replies_in(messages: Iterable[Message]) -> tuple[Reply, ...]:
    """Return what a delivery was answered with, as far as the transcript tells."""
    return tuple(
        Reply(text=each.text, options=each.options)
        for each in messages
        if each.direction == "bot" and each.text is not None
    )


def shown(reply: Reply) -> str:
    """Return a reply as a visitor read it, its card included."""
    rows = summary_lines(reply.card) if reply.card and reply.card.rows else []
    return "\n".join([reply.text, *rows])


def _said(event: Event) -> str:
    texts = [event.text] if event.kind == "said" else []
    texts += [f"{name}: {value}" for name, value in event.answers.items()]
    texts += [f"[file] {each.name or each.url}" for each in event.attachments]
    return "\n".join(filter(None, (hide_passwords(clean(each)) for each in texts)))


def _system(event: Event, key: str | None) -> Message:
    text = _HAPPENED.get(event.kind, "")
    return Message(direction="system", at=event.at.timestamp(), text=text, delivery=key)
