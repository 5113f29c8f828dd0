"""A ticket that was raised for a chat, and the help desk's team, on a real store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.component.conversing.chat_stage import ChatStage, a_chat

from switchboard.config.chat_documents import DeskConfig
from switchboard.flows.chat_to_ticket.approving import ask_approval
from switchboard.flows.chat_to_ticket.models import AskApproval, TicketDraft
from switchboard.store import outbox, tickets
from switchboard.store.database import Database
from switchboard.store.tables import audit as audit_table
from switchboard.store.tables import effect
from switchboard.store.tickets import Ticket

TEAM = "team@example.com"
REFERENCE = "chat-1"


def a_draft(**changes: Any) -> TicketDraft:
    facts: dict[str, Any] = {
        "reference": REFERENCE,
        "workflow": "disk_space_upgrade",
        "subject": "More disk space",
        "summary": "More disk space",
        "fields": (("Server", "SRV-01"), ("Plan", "80 GB")),
        "priority": "Low",
        "contact_name": "Anna Lee",
        "contact_email": "anna@example.com",
        "verification": "verified",
    }
    return TicketDraft(**{**facts, **changes})


class ClosingStage(ChatStage):
    def __init__(self, db: Database, root: Path, **desk: Any) -> None:
        super().__init__(db, root)
        self.configure_desk(**desk)

    def configure_desk(self, **desk: Any) -> None:
        configured = DeskConfig(team_emails=(TEAM,), support_contact="+1 555 0100", **desk)
        self.change(configuration=replace(self.tools.configuration, desk=configured))

    async def raised(self, desk_id: str = "1001", **changes: Any) -> Ticket:
        """Write down a ticket as delivery leaves it."""
        draft = a_draft(**changes.pop("draft", {}))
        at = changes.pop("at", self.now.timestamp())
        facts: dict[str, Any] = {
            "reference": draft.reference,
            "workflow": draft.workflow,
            "priority": draft.priority,
            "wanted_at": at,
            "raised_at": at,
            "look_at": at,
            "state": "raised",
            "conversation_id": a_chat().id,
            "desk_id": desk_id,
            "number": "1000001",
            "request": {"draft": draft.model_dump(mode="json")},
        }
        row = Ticket(**{**facts, **changes})
        await self.db.run(
            lambda conn: tickets.create(conn, self.tools.sealer, row, email=draft.contact_email)
        )
        return row

    async def asked(self, row: Ticket, email: str = "poc@example.com") -> str:
        """Ask the point of contact; return the token of the link in their mail."""
        wish = AskApproval(
            reference=row.reference,
            approver_name="Jane Roe",
            approver_email=email,
            subject="More disk space",
            what="More disk space for SRV-01: 80 GB, $60 a month",
        )
        at = self.now.timestamp()
        await self.db.run(lambda conn: ask_approval(conn, self.tools, row, a_draft(), wish, at))
        (mail,) = await self.mails_of("approval")
        return self.link(mail, "approve")

    async def ticket(self, reference: str = REFERENCE) -> Ticket:
        found = await self.db.run(lambda conn: tickets.load(conn, self.tools.sealer, reference))
        assert found is not None
        return found

    async def mails_of(self, *kinds: str) -> list[outbox.Mail]:
        return [each for each in await self.mails() if each.kind in kinds]

    def text(self, mail: outbox.Mail) -> str:
        """Return the words of a mail as a client without HTML shows them."""
        opened = outbox.opened(self.tools.sealer, mail)
        body = message_from_string(opened, policy=policy.default).get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def link(self, mail: outbox.Mail, page: str) -> str:
        found = re.search(rf"/{page}/([^?\s]+)", self.text(mail))
        assert found is not None
        return found[1]

    async def comments(self) -> Sequence[str]:
        """Return the keys of the comments that are to be written at Desk."""
        query = sa.select(effect.c.key).where(effect.c.kind == "desk_comment")
        return sorted(row.key for row in await self.rows(query))

    async def audited(self) -> list[str]:
        query = sa.select(audit_table.c.action).order_by(audit_table.c.seq)
        return [row.action for row in await self.rows(query)]
