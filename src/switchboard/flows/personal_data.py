"""Answer who asks what is stored about them: export it, or take it out of the store for good.

The command line and the console share this, so that both give the same document, forget by the same
rule and leave the same entries in the audit trail.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from switchboard.config.documents import is_mail_address
from switchboard.config.findings import ConfigError
from switchboard.errors import OperatorError
from switchboard.people.mentions import mentions_of
from switchboard.people.phone import to_e164
from switchboard.store import audit, forgetting, personal
from switchboard.store.personal import Person
from switchboard.store.sealing import Sealer

ELSEWHERE = (
    "Not ours to delete: records at Zoho and RingCentral; reports/, logs/ and backups on disk."
)


def person_of(identifier: str, region: str | None) -> Person:
    """Return whom a number in any notation or an e-mail address means."""
    text = identifier.strip()
    if is_mail_address(text):
        return Person(email=text.lower())
    phone = to_e164(text, region)
    if phone is None:
        raise OperatorError(
            "CLI-005", f"{identifier!r} is neither a telephone number nor an e-mail address."
        )
    return Person(phone=phone)


def sealer_for(conn: sa.Connection, opened: Callable[[], Sealer]) -> Sealer | None:
    """Open the vault; a store without chats needs none."""
    try:
        return opened()
    except ConfigError:
        if personal.has_chats(conn):
            raise
        return None


def export(
    conn: sa.Connection, sealer: Sealer | None, person: Person, *, actor: str
) -> tuple[str, dict[str, int]]:
    """Return all of it as JSON text, and how much of each kind; the trail says who asked."""
    document = personal.export(conn, sealer, person)
    counts = {name: len(rows) for name, rows in document.items() if isinstance(rows, list)}
    subject = subject_of(sealer, person)
    audit.append(conn, actor=actor, action="people.export", subject=subject, detail=counts)
    return document_text(document), counts


def document_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def forget(
    conn: sa.Connection,
    *,
    sealer: Sealer | None,
    person: Person,
    key: bytes,
    now: float,
    keep: bool,
    actor: str,
) -> dict[str, int]:
    """Forget; to *keep* is to count by the same rule and take it back."""
    savepoint = conn.begin_nested()
    mentions = mentions_of(person.phone, person.email)
    counts = forgetting.forget(conn, sealer, person, mentions, key, now)
    if keep:
        savepoint.rollback()
        return counts
    savepoint.commit()
    subject = forgetting.pseudonym(key, person)
    audit.append(conn, actor=actor, action="people.forget", subject=subject, detail=counts)
    return counts


def subject_of(sealer: Sealer | None, person: Person) -> str:
    """Name a person in the trail so that only who has the vault can test whom it means."""
    if sealer is None:
        return "person"
    return f"person:{sealer.hash('audit', person.email or person.phone or '')[:24]}"
