"""Put back to work whatever was parked or refused, of any kind, because a person asked for it.

The console and the command line share it: what each kind needs is done here, with its audit entry
in the same transaction. What may have happened at a vendor is looked up first, as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import sqlalchemy as sa

from switchboard.flows.call_to_lead import media_work
from switchboard.flows.call_to_lead.retry import reopen
from switchboard.flows.chat_to_ticket.delivery import retrying as tickets
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import audit, callbacks, media, outbox

Kind = Literal["call", "media", "callback", "mail"]
_FAILED = {"refused", "parked"}


def take_up(conn: sa.Connection, kind: Kind, names: Sequence[str], *, actor: str) -> list[str]:
    """Take up those of *names* that are parked or refused; return which those were."""
    done = _TAKERS[kind](conn, names)
    for each in done:
        audit.append(conn, actor=actor, action=f"{kind}.retry", subject=each)
    return done


def take_up_tickets(
    conn: sa.Connection, tools: ChatTools, references: Sequence[str], *, actor: str
) -> list[str]:
    """The same for tickets and what was to be added to them."""
    found = [tickets.retry(conn, tools, each, actor=actor) for each in dict.fromkeys(references)]
    return list(dict.fromkeys(one for each in found for one in each))


def _media(conn: sa.Connection, names: Sequence[str]) -> list[str]:
    rows = [row for each in names for row in media.find(conn, each) if row.key == each]
    return media_work.reopen(conn, rows)


def _mails(conn: sa.Connection, names: Sequence[str]) -> list[str]:
    known = outbox.by_keys(conn, names)
    return outbox.reopen(conn, [each for each in names if _is_failed(known.get(each))])


def _is_failed(mail: outbox.Mail | None) -> bool:
    return mail is not None and mail.state in _FAILED


_TAKERS: dict[Kind, Callable[[sa.Connection, Sequence[str]], list[str]]] = {
    "call": reopen,
    "media": _media,
    "callback": callbacks.retry,
    "mail": _mails,
}
