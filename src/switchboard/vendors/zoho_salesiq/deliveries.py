"""Read what SalesIQ posts to our door, and the flat message other senders post: loosely.

Keys come and go with the channel (zoho-salesiq.md §1), so nothing but the message itself is
demanded. Every function here is pure, and raises nothing but errors of ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from switchboard.errors import RejectedError
from switchboard.vendors.zoho_salesiq.files import read_attachments
from switchboard.vendors.zoho_salesiq.models import Cause, Delivery, Kind, Visitor
from switchboard.vendors.zoho_salesiq.reading import (
    first_id,
    first_text,
    id_of,
    object_of,
    read_object,
    text_of,
)
from switchboard.vendors.zoho_salesiq.refusals import INCOMPLETE

LONGEST_TEXT = 4_000
SAME_SECONDS = 10.0
"""A delivery without an id that comes again so soon is a repetition, not a second message."""
PREVIEW = "botpreview_"
CHECK_ANSWER = {"status": "ok"}
"""What GET, HEAD, a check and an `other` are answered with, and status 200: §2 of the notes."""
MOST_ANSWERS = 50
_HANDLERS: dict[str, Kind] = {
    "trigger": "trigger",
    "message": "message",
    "context": "context",
    "failure": "failure",
}
_MOST_CODE_DIGITS = 9


def read_delivery(raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Delivery:
    """Return what was posted; *raw* is the body whose signature was checked.

    RejectedError SIQ-442: no JSON object; SIQ-443: too large; SIQ-444: the message is missing.
    """
    if not raw.strip():
        return Delivery(form="bot", kind="check", received_at=now, dedupe_key="siq:check")
    document = read_object(raw, headers)
    if "handler" in document:
        return _bot(document, raw, now)
    if "event" in document and "entity" in document:  # A general webhook, not the bot: §7.
        return _acknowledged(document, raw, now, first_text(80, document["event"]))
    return _flat(document, raw, now)


def _bot(document: dict[str, Any], raw: bytes, now: datetime) -> Delivery:
    handler = first_text(40, document["handler"])
    kind = _HANDLERS.get(handler)
    if kind is None:
        return _acknowledged(document, raw, now, handler)
    visitor, request = object_of(document.get("visitor")), object_of(document.get("request"))
    request_id, org_id = id_of(request.get("id")), id_of(document.get("org_id"))
    conversation = first_id(
        visitor.get("active_conversation_id"),
        request.get("conversation_id"),
        request.get("chat_id"),
        visitor.get("id"),
        visitor.get("visitor_id"),
    )
    key, seconds = _dedupe(org_id, request_id, raw)
    return Delivery(
        form="bot",
        kind=kind,
        received_at=now,
        dedupe_key=key,
        dedupe_seconds=seconds,
        conversation_id=conversation,
        request_id=request_id,
        org_id=org_id,
        visitor=_visitor(visitor),
        operation=first_text(20, document.get("operation")),
        handler=handler,
        preview=any(each.startswith(PREVIEW) for each in (request_id, conversation)),
        **_told(kind, document),
    )


def _told(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    if kind == "message":
        message = document.get("message")
        attachments = read_attachments(document.get("attachments"), object_of(message))
        text, cut = _words(message)
        if not text and not attachments and not isinstance(message, dict | str):
            raise RejectedError(INCOMPLETE, "The delivery of a message holds no message.")
        return {"text": text, "text_cut": cut, "attachments": attachments}
    if kind == "context":
        return {
            "context_id": id_of(document.get("context_id")),
            "answers": _answers(document.get("answers")),
        }
    if kind == "failure":
        cause = object_of(document.get("cause"))
        code = first_text(_MOST_CODE_DIGITS, cause.get("code"))
        failed = object_of(document.get("failed_response"))
        return {
            "cause": Cause(
                code=int(code) if code.isascii() and code.isdigit() else 0,
                text=first_text(200, cause.get("desc")),
            ),
            "failed_action": first_text(20, failed.get("action")),
        }
    return {}


def _flat(document: dict[str, Any], raw: bytes, now: datetime) -> Delivery:
    conversation = first_id(
        document.get("chat_id"), document.get("conversation_id"), document.get("session_id")
    )
    visitor_id = id_of(document.get("visitor_id"))
    if not conversation and not visitor_id:
        raise RejectedError(INCOMPLETE, "The message has no usable chat_id.")
    attachments = read_attachments(document.get("attachments"), document)
    given = document.get("message", document.get("text"))
    text, cut = _words(given)
    if not text and not attachments:
        raise RejectedError(INCOMPLETE, "The message is empty, or `message` is not a text.")
    request_id = first_id(document.get("message_id"), document.get("request_id"))
    key, seconds = _dedupe(f"flat:{conversation or visitor_id}", request_id, raw)
    return Delivery(
        form="flat",
        kind="message",
        received_at=now,
        dedupe_key=key,
        dedupe_seconds=seconds,
        conversation_id=conversation or visitor_id,
        request_id=request_id,
        org_id=id_of(document.get("org_id")),
        visitor=_visitor(
            {
                "id": visitor_id,
                "current_page_url": document.get("page_url"),
                **{
                    name: document.get(f"visitor_{name}", document.get(name))
                    for name in ("name", "email", "phone", "channel", "language", "country")
                },
                "time_zone": document.get("time_zone"),
            }
        ),
        text=text,
        text_cut=cut,
        attachments=attachments,
        operation="message",
    )


def _acknowledged(document: dict[str, Any], raw: bytes, now: datetime, handler: str) -> Delivery:
    request_id = id_of(object_of(document.get("request")).get("id"))
    key, seconds = _dedupe(id_of(document.get("org_id")), request_id, raw)
    return Delivery(
        form="bot",
        kind="other",
        received_at=now,
        dedupe_key=key,
        dedupe_seconds=seconds,
        request_id=request_id,
        handler=handler,
    )


def _visitor(given: dict[str, Any]) -> Visitor:
    return Visitor(
        id=first_id(given.get("id"), given.get("visitor_id")),
        name=text_of(given.get("name"), 200).replace("\n", " "),
        email="".join(text_of(given.get("email"), 320).split()),
        phone=text_of(given.get("phone"), 50).replace("\n", " "),
        channel=first_text(40, given.get("channel")),
        language=first_text(40, given.get("language")),
        country=first_text(80, given.get("country")),
        time_zone=first_text(80, given.get("time_zone")),
        page_url=first_text(2_000, given.get("current_page_url"), given.get("landing_page_url")),
    )


def _words(message: Any) -> tuple[str, bool]:
    """Return the message's text, and whether it was too long to be kept whole."""
    given = object_of(message)
    text = text_of(message, LONGEST_TEXT + 1) or text_of(given.get("text"), LONGEST_TEXT + 1)
    if not text:
        text = _chosen(object_of(object_of(given.get("meta")).get("card_data")))
    return text[:LONGEST_TEXT].rstrip(), len(text) > LONGEST_TEXT


def _chosen(card: dict[str, Any]) -> str:
    """Return the words of a choice that came without any: zoho-salesiq.md §4, `card_data`."""
    value = card.get("value")
    if isinstance(value, str):
        try:
            element = object_of(object_of(json.loads(value)).get("element"))
        except (ValueError, RecursionError):
            return text_of(value, LONGEST_TEXT)
        return first_text(LONGEST_TEXT, element.get("title"), element.get("id"))
    if "date" in card:
        return f"{text_of(card['date'], 40)} {text_of(card.get('time'), 40)}".strip()
    return text_of(value, LONGEST_TEXT)


def _answers(given: Any) -> dict[str, str]:
    """Return the answers by question, from an object or from a list: §11 does not know which."""
    if isinstance(given, dict):
        pairs = list(given.items())
    elif isinstance(given, list):
        rows = [object_of(each) for each in given]
        pairs = [
            (row.get("name"), row.get("answer", row.get("value", row.get("text")))) for row in rows
        ]
    else:
        pairs = []
    found: dict[str, str] = {}
    for name, value in pairs[:MOST_ANSWERS]:
        words = object_of(value)
        key = text_of(name, 80)
        if key:
            found[key] = first_text(
                LONGEST_TEXT, value, words.get("text"), words.get("value"), words.get("answer")
            )
    return found


def _dedupe(sender: str, request_id: str, raw: bytes) -> tuple[str, float | None]:
    if request_id:
        return f"siq:{sender}:{request_id}", None
    digest = hashlib.sha256(raw).hexdigest()[:32]
    return f"siq:{sender}:sha256:{digest}", SAME_SECONDS
