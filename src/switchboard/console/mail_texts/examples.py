"""What a mail is shown with: made-up cases under the company's name, and the latest real one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.flows.chat_to_ticket.approving import draft_of
from switchboard.flows.chat_to_ticket.mails import catalogue, facts
from switchboard.flows.chat_to_ticket.models import TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import approvals, tickets
from switchboard.store.tickets import Ticket

REAL = "real"
FIRST = "0"
_LOOKED_AT = 50  # The newest tickets: further back lies nothing "latest".
_NOWHERE = "example"  # In links: whoever previews a mail answers for nobody.


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    title: str
    facts: Mapping[str, Any]


def made_up(name: str, configuration: Configuration) -> list[Example]:
    """Return a mail's samples; where one names the help desk, it is the company's."""
    common = facts.common_facts(configuration)
    found = []
    for number, (title, sample) in enumerate(catalogue.cases(name)):
        ours = {each: value for each, value in common.items() if sample[each]}
        found.append(Example(str(number), title, {**sample, **ours}))
    return found


def latest(conn: sa.Connection, tools: ChatTools, name: str) -> Example | None:
    """Return the newest ticket this mail could be about, as it is now; links in it lead nowhere."""
    if name not in _MADE_OF:
        return None
    for row in tickets.newest(conn, tools.sealer, states=("raised",), limit=_LOOKED_AT):
        draft = draft_of(row)
        made = _MADE_OF[name](conn, tools, row, draft) if draft is not None else None
        if made is not None:
            known = {**facts.common_facts(tools.configuration), **made}
            return Example(REAL, f"The latest: ticket {row.number or row.reference}", known)
    return None


def _customers(
    _conn: sa.Connection, tools: ChatTools, row: Ticket, draft: TicketDraft
) -> dict[str, Any] | None:
    return facts.customer_facts(tools, row, draft, _raised(row))


def _teams(
    _conn: sa.Connection, tools: ChatTools, row: Ticket, draft: TicketDraft
) -> dict[str, Any] | None:
    return facts.team_facts(tools, row, draft, _raised(row))


def _closed(
    _conn: sa.Connection, tools: ChatTools, row: Ticket, draft: TicketDraft
) -> dict[str, Any] | None:
    if row.closed_at is None:
        return None
    desk = tools.configuration.desk
    asks = desk is not None and desk.ask_satisfaction and bool(tools.public_url)
    link = f"{tools.public_url.rstrip('/')}/feedback/{_NOWHERE}" if asks else ""
    return facts.closed_facts(tools, row, draft, link)


def _asked(
    conn: sa.Connection, tools: ChatTools, row: Ticket, draft: TicketDraft
) -> dict[str, Any] | None:
    if not draft.approval_needed:
        return None
    link = f"{tools.public_url.rstrip('/')}/approve/{_NOWHERE}"
    for one in approvals.of_reference(conn, tools.sealer, row.reference):
        return facts.asked_facts(tools, row, draft, "", one.subject or "", link, one.expires_at)
    return None


def _decided(
    conn: sa.Connection, tools: ChatTools, row: Ticket, draft: TicketDraft
) -> dict[str, Any] | None:
    if not draft.approval_needed:
        return None
    for one in approvals.of_reference(conn, tools.sealer, row.reference):
        if one.decision in {"approved", "declined"}:
            return facts.decided_facts(one, row, draft)
    return None


def _raised(row: Ticket) -> datetime:
    return datetime.fromtimestamp(row.raised_at or row.wanted_at, UTC)


_MADE_OF = {
    "customer_ticket": _customers,
    "team_ticket": _teams,
    "approval_request": _asked,
    "approval_result": _decided,
    "closed": _closed,
}
