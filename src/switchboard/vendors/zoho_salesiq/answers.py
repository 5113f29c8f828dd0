"""Write what we answer a delivery with, in the form the delivery came in: strictly.

A wrong shape shows the visitor nothing and counts towards switching the bot off
(zoho-salesiq.md §1, §5), so what SalesIQ would drop or refuse is put into words instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from switchboard.vendors.zoho_salesiq.models import (
    Action,
    Bubble,
    Delivery,
    Input,
    Question,
    Ticket,
)
from switchboard.vendors.zoho_salesiq.splitting import ITEM_CHARS, items_of

MOST_SUGGESTIONS, LONGEST_SUGGESTION = 20, 60  # Ours, for the web: SalesIQ names no limit there.
_LIMITED = {"facebook": (13, 20), "instagram": (13, 20), "whatsapp": (10, 20)}  # §5
_CHOICES = {"select", "multiple-select", "drop-down"}
_NOTHING_TO_SAY = "Please tell me what I can help you with."
_DEPARTMENT = re.compile(r"[0-9A-Za-z_-]{1,64}")


def write_answer(
    delivery: Delivery,
    bubbles: Sequence[Bubble],
    *,
    action: Action = "reply",
    department: str = "",
    operators: Sequence[str] = (),
    context_id: str = "",
    questions: Sequence[Question] = (),
    ticket: Ticket | None = None,
) -> dict[str, Any]:
    """Return the answer as JSON-ready values.

    `forward` in answer to a failure would loop, so `operator_busy` takes its place. Options and an
    input card come from the last bubble that has any; where both are wanted, or the channel cannot
    show them, they stand in the text and the visitor types.
    """
    if action == "forward" and delivery.kind == "failure":
        action = "operator_busy"
    texts, choice = _texts(bubbles, delivery.visitor.channel)
    if delivery.form == "flat":
        return _flat(delivery, texts, choice, action, ticket)
    document: dict[str, Any] = {"action": action}
    replies = items_of(texts)
    if action == "context":
        if not context_id or not questions:
            raise ValueError("SalesIQ answers a context without id and questions with an error.")
        channel = delivery.visitor.channel
        return {
            **document,
            "context_id": context_id,
            "questions": [_question(each, channel) for each in questions],
        }
    if action == "reply" and not replies:
        replies = [_NOTHING_TO_SAY]
    if replies:
        document["replies"] = replies
    if action == "reply":
        document |= choice
    if action == "forward":
        document |= _destination(department, operators)
    return document


def _destination(department: str, operators: Sequence[str]) -> dict[str, Any]:
    """Name one of both, or none: SalesIQ then routes by itself."""
    if department:
        if not _DEPARTMENT.fullmatch(department):
            raise ValueError("A department of SalesIQ is named by its id.")
        return {"department": department}
    return {"operators": list(operators)} if operators else {}


def _flat(
    delivery: Delivery,
    texts: list[str],
    choice: dict[str, Any],
    action: Action,
    ticket: Ticket | None,
) -> dict[str, Any]:
    """Return the flat form's answer, whole texts and all: its reader has no limits we know of."""
    document: dict[str, Any] = {
        "action": action,
        "reply": "\n\n".join(texts),
        "replies": texts,
        "suggestions": choice.get("suggestions", []),
        "session_id": delivery.conversation_id,
        "chat_id": delivery.conversation_id,
    }
    if "input" in choice:
        document["input"] = choice["input"]
    if ticket is not None:
        document |= {"ticket_id": ticket.id, "ticket_number": ticket.number}
    return document


def _question(question: Question, channel: str) -> dict[str, Any]:
    texts, choice = _texts([question.bubble], channel)
    replies = items_of(texts) or [question.name]
    return {"name": question.name, "replies": replies, **choice}


def _texts(bubbles: Sequence[Bubble], channel: str) -> tuple[list[str], dict[str, Any]]:
    """Return what is said, and `suggestions` or `input` where SalesIQ can show them."""
    chooser = next(
        (i for i in reversed(range(len(bubbles))) if bubbles[i].options or bubbles[i].input), None
    )
    texts: list[str] = []
    choice: dict[str, Any] = {}
    for i, bubble in enumerate(bubbles):
        if bubble.text.strip():
            texts.append(bubble.text.strip())
        options = tuple(dict.fromkeys(each.strip() for each in bubble.options if each.strip()))
        card = bubble.input
        if card is not None and card.type in _CHOICES and not options:
            options = card.options  # Where the card cannot be shown.
        if card is not None and i == chooser and not bubble.options and _on_the_web(channel):
            choice = {"input": _card(card)}
        elif options and i == chooser and card is None and _fit(options, channel):
            choice = {"suggestions": list(options)}
        elif options:
            texts.append("\n".join(f"- {each}" for each in options))
    return texts, choice


def _fit(options: Sequence[str], channel: str) -> bool:
    most, longest = _LIMITED.get(channel.strip().lower(), (MOST_SUGGESTIONS, LONGEST_SUGGESTION))
    return len(options) <= most and all(len(each) <= longest for each in options)


def _on_the_web(channel: str) -> bool:
    return channel.strip().lower() in {"", "website", "web"}


def _card(card: Input) -> dict[str, Any]:
    document: dict[str, Any] = {"type": card.type}
    if card.options:
        document["options"] = list(card.options)
    plain = {
        "placeholder": card.placeholder,
        "label": card.label,
        "value": card.value,
        "from": card.first,
        "to": card.last,
        "tz": card.time_zone,
    }
    document |= {key: value[:ITEM_CHARS] for key, value in plain.items() if value}
    if card.error:
        document["error"] = list(card.error)
    if card.with_time:
        document["time"] = True
    if card.least is not None:
        document["min"] = card.least
    if card.most is not None:
        document["max"] = card.most
    return document
