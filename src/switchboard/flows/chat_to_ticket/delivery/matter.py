"""One ticket while it is worked on: its row, what is wanted, and what Zoho Desk has for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from switchboard.config.chat_documents import DeskConfig
from switchboard.errors import OperatorError, RejectedError
from switchboard.flows.call_to_lead.hours import OpeningHours, opening_hours
from switchboard.flows.chat_to_ticket.delivery.composing import Place, Wanted
from switchboard.flows.chat_to_ticket.delivery.keys import marker_of
from switchboard.flows.chat_to_ticket.delivery.leasing import Hold
from switchboard.flows.chat_to_ticket.models import AskApproval, TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.flows.chat_to_ticket.worlds import office_of
from switchboard.store import conversations, journal, tickets
from switchboard.store.journal import Effect
from switchboard.store.tables import effect as effect_table
from switchboard.store.tickets import Ticket
from switchboard.vendors.zoho_desk.client import ZohoDeskClient


@dataclass(frozen=True, slots=True)
class Matter:
    """A ticket's row as it was read under the lease."""

    tools: ChatTools
    desk: ZohoDeskClient
    hold: Hold
    row: Ticket
    wanted: Wanted

    @property
    def marker(self) -> str:
        return marker_of(self.row.reference)

    @property
    def config(self) -> DeskConfig:
        return self.tools.configuration.desk or DeskConfig()

    @property
    def approval(self) -> AskApproval | None:
        asked = (self.row.request or {}).get("approval")
        return AskApproval.model_validate(asked) if asked else None

    def due(self) -> datetime:
        """Return when the ticket is to be solved, by the hours of the office."""
        hours = getattr(self.config.resolution_hours, self.wanted.draft.priority)
        return office_hours(self.tools).add_open(
            datetime.fromtimestamp(self.row.wanted_at, UTC), hours * 60
        )

    async def place(self) -> Place:
        """Return the department the ticket goes to, with the fields it has there."""
        department = await self._department()
        try:
            found = await self.desk.read_fields("tickets", department)
        except (OperatorError, RejectedError) as error:
            if error.code not in {"DESK-403", "DESK-404", "DESK-422"}:
                raise
            found = ()  # Without the permission to look, Desk's refusals tell as much.
        return Place(department, {each.api_name: each for each in found})

    async def _department(self) -> str:
        name = self.wanted.draft.department
        chosen = self.config.departments.get(name or "")
        if chosen is None and name and name.isdigit():
            chosen = name
        return chosen or self.tools.department_id or self.config.department_id or await self._only()

    async def _only(self) -> str:
        known = [each for each in await self.desk.read_departments() if each.is_enabled]
        usual = [each for each in known if each.is_default] or known
        if len(usual) != 1:
            raise OperatorError(
                "DESK-422",
                "Zoho Desk has several departments: set department_id in "
                "data/zoho_desk_config.json, or ZOHO_DESK_DEPARTMENT_ID.",
            )
        return usual[0].id


def read_matter(
    conn: sa.Connection, tools: ChatTools, desk: ZohoDeskClient, hold: Hold, reference: str
) -> Matter | None:
    """Return a ticket to be worked on; None when it is unknown."""
    row = tickets.load(conn, tools.sealer, reference)
    if row is None:
        return None
    return Matter(tools, desk, hold, row, _wanted(conn, tools, row))


def _wanted(conn: sa.Connection, tools: ChatTools, row: Ticket) -> Wanted:
    if row.request is None:  # Emptied: what is on its way needs no more than the names.
        draft = TicketDraft(
            reference=row.reference,
            workflow=row.workflow,
            subject="",
            summary="",
            fields=(),
            priority="Medium",
        )
        return Wanted(draft)
    language = ""
    if row.conversation_id is not None:
        chat = conversations.load(conn, tools.sealer, row.conversation_id)
        language = str(chat.visitor.get("language") or "") if chat else ""
    draft = TicketDraft.model_validate(row.request["draft"])
    return Wanted(draft, str(row.request.get("session") or ""), language)


def office_hours(tools: ChatTools) -> OpeningHours:
    office = office_of(tools)
    if office is not None:
        return opening_hours(office)
    return OpeningHours(ZoneInfo(tools.configuration.settings.company.timezone))


def office_zone(tools: ChatTools) -> ZoneInfo:
    office = office_of(tools)
    return ZoneInfo(office.timezone if office else tools.configuration.settings.company.timezone)


def request_of(effect: Effect) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(effect.request)
    return found


def put_request(conn: sa.Connection, key: str, request: dict[str, Any]) -> None:
    """Change what an effect will send before it is sent, or what stays of it afterwards."""
    text = json.dumps(request)
    values = {"request": text, "request_hash": journal.request_hash(text)}
    conn.execute(sa.update(effect_table).where(effect_table.c.key == key).values(**values))
