"""A door on a real store, knocked at by signed deliveries, with help desk and portal at hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.component.door.willing import willing
from tests.component.store.sealers import a_sealer
from tests.config_files import a_company
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import fake_classify, library
from tests.unit.vendors.salesiq_makers import a_delivery, a_key, pem

from switchboard.config.chat_documents import SalesiqConfig
from switchboard.config.load import load
from switchboard.flows.chat_to_ticket.conversing import apply, load_state
from switchboard.flows.chat_to_ticket.door.door import SalesiqDoor
from switchboard.flows.chat_to_ticket.door.values import DoorAnswer
from switchboard.flows.chat_to_ticket.models import Event
from switchboard.flows.chat_to_ticket.state import ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store.database import Database

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # A Monday morning in New York.
CHAT = "chat:60001:LD_1"
Deliver = Callable[[ChatTools, str], Awaitable[str | None]]


class DoorStage:
    """The door, and ways to post to it as SalesIQ does."""

    def __init__(self, db: Database, root: Path, deliver: Deliver | None = None) -> None:
        self.db, self.now, self.number = db, BEGIN, 0
        configuration = replace(
            load(a_company(root)),
            salesiq=SalesiqConfig(public_keys=(pem(),), department_id="40001"),
        )
        self.tools = ChatTools(
            configuration=configuration,
            db=db,
            sealer=a_sealer(),
            worker="w1",
            library=library(),
            classify=fake_classify,
            now=lambda: self.now,
        )
        self.door = SalesiqDoor(lambda: self.tools, deliver=deliver or nothing_yet)

    def change(self, **chat: Any) -> None:
        """Change settings of the chat."""
        settings = self.tools.configuration.settings
        changed = settings.model_copy(update={"chat": settings.chat.model_copy(update=chat)})
        self.tools = replace(
            self.tools, configuration=replace(self.tools.configuration, settings=changed)
        )

    async def post(self, document: dict[str, Any]) -> DoorAnswer:
        raw = json.dumps(document).encode()
        return await self.door.receive(raw, {"X-SIQSignature": signed(raw)}, trusted=False)

    async def say(self, text: str, **changes: Any) -> dict[str, Any]:
        """Say something in a delivery of its own; return the usable answer."""
        answer = await self.post(self.message(text, **changes))
        assert answer.status == 200
        assert answer.document is not None
        return answer.document

    def message(self, text: str, **changes: Any) -> dict[str, Any]:
        self.number += 1
        self.now += timedelta(seconds=5)
        values = {"request": {"id": f"req-{self.number}"}, "message": {"text": text}}
        return a_delivery(**(values | changes))

    async def log_a_ticket(self) -> dict[str, Any]:
        """Go on as a willing visitor until the ticket is wanted; return that answer."""
        answer: dict[str, Any] = {}
        for _ in range(25):
            found = await self.state()
            text = willing(found.conversation) if found else "I forgot my password"
            answer = await self.say(text)
            after = await self.state()
            if after is not None and after.conversation.tickets:
                return answer
        raise AssertionError(f"never logged: {answer}")

    async def state(self, chat: str = CHAT) -> ChatState | None:
        found = await self.db.run(lambda conn: load_state(conn, self.tools, chat))
        return found[1] if found else None


def signed(raw: bytes) -> str:
    signature = a_key("first").sign(raw, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


async def nothing_yet(_tools: ChatTools, _chat: str) -> str | None:
    """Zoho Desk does not answer."""
    return "DESK-500: down"


async def ticket_made(tools: ChatTools, chat: str) -> str | None:
    """Zoho Desk is quick."""

    def settle(conn: Any) -> None:
        found = load_state(conn, tools, chat)
        assert found is not None
        detail = {
            "reference": found[1].conversation.tickets[-1].reference,
            "id": "TKT-123456",
            "number": "1000001",
        }
        apply(conn, tools, chat, Event(kind="ticket_created", at=tools.now(), detail=detail))

    await tools.db.run(settle)
    return None
