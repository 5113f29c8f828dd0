"""Load a chat and save it again: the dialogue's state, and what is stored beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
import structlog
from pydantic import ValidationError

from switchboard.flows.chat_to_ticket.accounting import account_of
from switchboard.flows.chat_to_ticket.dialogue.text import clean
from switchboard.flows.chat_to_ticket.models import Conversation, Visitor
from switchboard.flows.chat_to_ticket.state import Chat, ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.flows.chat_to_ticket.worlds import region_of
from switchboard.people.phone import to_e164
from switchboard.store import conversations, owed_replies
from switchboard.store.conversations import StoredConversation

log = structlog.get_logger(__name__)

_KEY_LETTERS = 12  # 60 bits: no two of a million chats share a key.


@dataclass(frozen=True, slots=True)
class Held:
    """A chat as it was read; `row.version` is 0 for one that was never stored."""

    row: StoredConversation
    state: ChatState
    begun: bool = False  # There was nothing, or nothing left: this is the first event.


def hold(conn: sa.Connection, tools: ChatTools, chat: Chat, at: float) -> Held:
    """Return the chat as it is stored, or begun, with what is newly known of the visitor."""
    row = _row(conn, tools, chat.id)
    state = read_state(row)
    visitor = _cleaned(chat.visitor)
    if row is not None and state is not None:
        known = _filled(state.conversation.visitor, visitor)
        talk = state.conversation.model_copy(update={"visitor": known})
        update = {"conversation": talk, "form": chat.form}
        return Held(row, state.model_copy(update=update))
    version = row.version if row else 0
    talk = Conversation(
        id=chat.session, key=reference_key(tools, chat.id, version), visitor=visitor
    )
    begun = StoredConversation(id=chat.id, opened_at=at, updated_at=at, version=version)
    return Held(begun, ChatState(conversation=talk, form=chat.form), begun=True)


def held(conn: sa.Connection, tools: ChatTools, conversation_id: str) -> Held | None:
    """Return a chat as it is stored; None when it is unknown or was emptied."""
    row = _row(conn, tools, conversation_id)
    state = read_state(row)
    return None if row is None or state is None else Held(row, state)


def keep(
    conn: sa.Connection, tools: ChatTools, row: StoredConversation, state: ChatState, at: float
) -> StoredConversation:
    """Save a chat, and the ledger's account of it; StaleConversationError as in the store."""
    chat = state.conversation
    latest = max(at, row.updated_at)
    closed = chat.stage == "closed"
    hours = tools.configuration.settings.chat.close_after_hours
    stored = replace(
        row,
        updated_at=latest,
        stage=chat.stage,
        state=state.model_dump_json(exclude_defaults=True),
        visitor=_findable(tools, row.visitor, chat),
        channel=row.channel or chat.visitor.channel,
        workflow=chat.workflow or row.workflow,
        verified=chat.verification.state == "verified",
        tickets=tuple(each.id for each in chat.tickets if each.id),
        closed_at=(row.closed_at or latest) if closed else None,
        expires_at=None if closed else _last(chat, at) + hours * 3600,
    )
    due = state.due_at(at)
    if due is not None:
        owed_replies.owe(conn, row.id, due)
    return conversations.save(conn, tools.sealer, stored, account_of(conn, row.id, state))


def read_state(row: StoredConversation | None) -> ChatState | None:
    """Return the dialogue's document; None where it is gone.

    One that cannot be read (written by a newer version) counts as gone: a visitor who starts over
    is better off than one who never gets an answer again.
    """
    if row is None or row.state is None:
        return None
    try:
        return ChatState.model_validate_json(row.state)
    except ValidationError as error:
        log.warning("chat_state_unreadable", interaction_id=row.id, problems=error.error_count())
        return None


def reference_key(tools: ChatTools, conversation_id: str, version: int) -> str:
    """Return what the references of a chat's tickets begin with.

    A visitor's chat id alone is not unique: two portals may use the same, and an id can come back
    after its chat was emptied. Portal and id are in *conversation_id*, and the stored version only
    ever grows. The key is made from them instead of drawn, so that a store put back from a backup
    asks for the same tickets again and finds them in Zoho Desk; keyed, because it stays there when
    the chat is forgotten.
    """
    digest = tools.sealer.hash("ticket reference", f"{conversation_id}\0{version}")
    return base64.b32encode(bytes.fromhex(digest)).decode()[:_KEY_LETTERS]


def _row(conn: sa.Connection, tools: ChatTools, conversation_id: str) -> StoredConversation | None:
    if conn.dialect.name == "postgresql":  # SQLite has one writer at a time.
        # A lock on the id and not on the row: two first messages find no row to lock.
        digest = hashlib.sha256(conversation_id.encode()).digest()
        number = int.from_bytes(digest[:8], signed=True)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
    return conversations.load(conn, tools.sealer, conversation_id)


def _last(chat: Conversation, at: float) -> float:
    return chat.last_at.timestamp() if chat.last_at else at


def _cleaned(visitor: Visitor) -> Visitor:
    """Leave out what would break a store or a mail: it came from outside."""
    values = {name: clean(value) or None for name, value in visitor if isinstance(value, str)}
    return visitor.model_copy(update=values | {"id": values.get("id") or ""})


def _filled(known: Visitor, claimed: Visitor) -> Visitor:
    """Take a claim where nothing is known yet; what was said first stays."""
    missing = {name: value for name, value in claimed if value and not getattr(known, name)}
    return known.model_copy(update=missing)


def _findable(tools: ChatTools, stored: Mapping[str, Any], chat: Conversation) -> dict[str, Any]:
    """Return who writes, with the address and number the chat is found by.

    An answer counts more than the claim a chat began with, and a proved address more than both.
    """
    claims = chat.visitor.model_dump(exclude_none=True)
    answers = {name: row.value for name, row in chat.slots.items() if row.value}
    proved = chat.verification.email if chat.verification.state == "verified" else ""
    email = proved or answers.get("email") or stored.get("email") or claims.get("email")
    region = region_of(tools)
    numbers = (answers.get("phone"), stored.get("phone"), claims.get("phone"))
    phone = next(filter(None, (to_e164(each, region) for each in numbers)), None)
    found = {
        **claims,
        "name": answers.get("name") or stored.get("name") or claims.get("name"),
        "email": email.strip().lower() if email else None,
        "phone": phone,
    }
    return {name: value for name, value in found.items() if value}
