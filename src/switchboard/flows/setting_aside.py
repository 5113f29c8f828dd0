"""Set aside what stopped and a person has settled otherwise, and bring it back.

It is a note for people: it counts no more and is not listed, whatever it is stays as it is. The
console and the command line share it; each thing has its audit entry in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.store import audit, set_aside
from switchboard.store.database import now
from switchboard.store.stops import Kind

LONGEST_REASON = 300
_MATTERS: dict[Kind, str] = {
    "call": "call", "recording": "media", "voicemail": "media", "call-back": "callback",
    "mail": "mail", "ticket": "ticket", "update": "ticket", "reply": "chat",
}  # fmt: skip


def put_aside(
    conn: sa.Connection, kind: Kind, ids: Sequence[str], *, cause: str, reason: str, actor: str
) -> list[str]:
    """Set aside those of *ids* that *cause* has stopped at this moment; return which."""
    said = " ".join(reason.split())[:LONGEST_REASON]
    done = set_aside.put(conn, kind, ids, cause, now(conn), actor, said)
    for each in done:
        detail = {"cause": cause} | ({"reason": said} if said else {})
        _note(conn, kind, each, "set_aside", actor, detail)
    return done


def bring_back(conn: sa.Connection, kind: Kind, ids: Sequence[str], *, actor: str) -> list[str]:
    """Let those of *ids* count as stopped again; return which were set aside."""
    done = [name for _, name in set_aside.drop(conn, [kind], ids)]
    for each in done:
        _note(conn, kind, each, "bring_back", actor, {})
    return done


def _note(  # noqa: PLR0917 - an entry's parts.
    conn: sa.Connection, kind: Kind, name: str, deed: str, actor: str, detail: dict[str, str]
) -> None:
    subject = name
    if kind == "update":
        subject, detail = keys.reference_of(name), {"write": name, **detail}
    action = f"{_MATTERS[kind]}.{deed}"
    audit.append(conn, actor=actor, action=action, subject=subject, detail=detail)
