"""A help desk's chats on a real store, with a detector whose mind can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.component.store.sealers import a_sealer
from tests.config_files import a_company
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import fake_classify, library

from switchboard.config.load import load
from switchboard.flows.chat_to_ticket.conversing import Heard, hear, load_state
from switchboard.flows.chat_to_ticket.models import Conversation, Event, EventKind, Visitor
from switchboard.flows.chat_to_ticket.state import Chat, ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.store import chat_facts, conversations, ledger, outbox
from switchboard.store.conversations import Message, StoredConversation, conversation_id
from switchboard.store.database import Database
from switchboard.store.ledger import Interaction
from switchboard.store.tables import chat_fact, effect, mail, ticket

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # A Monday morning in New York.
MAIL = {
    "smtp_server": "127.0.0.1",
    "smtp_port": 2525,
    "use_tls": False,
    "sender_email": "desk@example.com",
}
ANNA = Visitor(id="v1", name="Anna Lee", email="Anna@Example.com", phone="(212) 555-0147")
FORGOT = "I forgot my password"


class ChatStage:
    """Tools on one store, a clock that is moved by hand, and short ways to look at what is kept."""

    def __init__(self, db: Database, root: Path, **settings: Any) -> None:
        self.db, self.now, self.woken = db, BEGIN, list[Lane]()
        configuration = load(a_company(root, email_config=MAIL))
        chat = configuration.settings.chat.model_copy(update=settings)
        configured = configuration.settings.model_copy(update={"chat": chat})
        self.tools = ChatTools(
            configuration=replace(configuration, settings=configured),
            db=db,
            sealer=a_sealer(),
            worker="w1",
            library=library(),
            classify=fake_classify,
            can_mail=True,
            public_url="https://desk.example.com",
            wake=self.woken.append,
            now=lambda: self.now,
        )

    def change(self, **changes: Any) -> None:
        """Replace a tool."""
        self.tools = replace(self.tools, **changes)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def event(self, text: str = "", kind: EventKind = "said", **more: Any) -> Event:
        return Event(kind=kind, at=self.now, text=text, **more)

    async def say(self, *texts: str, chat: Chat | None = None) -> Heard:
        """Say something after the other, each a delivery of its own; return what came last."""
        for text in texts:
            self.wait(seconds=5)
            event, key = self.event(text), f"d{self.now.timestamp()}"
            heard = await hear(self.tools, chat or a_chat(), event, delivery=key)
        return heard

    async def to_stage(self, stage: str, chat: Chat | None = None, most: int = 20) -> Heard:
        """Go on as a willing visitor until the chat is there."""
        for _ in range(most):
            found = await self.db.run(
                lambda conn: load_state(conn, self.tools, (chat or a_chat()).id)
            )
            said = willing(found[1].conversation) if found else FORGOT
            heard = await self.say(said, chat=chat)
            if heard.conversation.stage == stage:
                return heard
        raise AssertionError(f"caught in {heard.conversation.stage}: {heard.replies}")

    async def happen(self, kind: EventKind, **more: Any) -> Heard:
        return await hear(self.tools, a_chat(), self.event(kind=kind, **more))

    async def state(self, chat_id: str | None = None) -> ChatState:
        which = chat_id or a_chat().id
        found = await self.db.run(lambda conn: load_state(conn, self.tools, which))
        assert found is not None
        return found[1]

    async def row(self, chat_id: str | None = None) -> StoredConversation:
        which = chat_id or a_chat().id
        found = await self.db.run(lambda conn: conversations.load(conn, self.tools.sealer, which))
        assert found is not None
        return found

    async def account(self, chat_id: str | None = None) -> Interaction:
        which = chat_id or a_chat().id
        return (await self.db.run(lambda conn: ledger.load(conn, [which])))[which]

    async def transcript(self, chat_id: str | None = None) -> list[Message]:
        which = chat_id or a_chat().id
        return await self.db.run(
            lambda conn: conversations.transcript(conn, self.tools.sealer, which)
        )

    async def facts(self) -> list[str]:
        """What happened, in its order: `started password_reset`."""
        query = sa.select(chat_fact.c.what, chat_fact.c.workflow)
        rows = await self.rows(query.order_by(chat_fact.c.conversation_id, chat_fact.c.number))
        return [f"{what} {workflow}".strip() for what, workflow in rows]

    async def counts(self) -> dict[tuple[str, str], int]:
        return await self.db.run(lambda conn: chat_facts.counts(conn, 0, 9e9))

    async def tickets(self) -> list[str]:
        """References of the tickets wanted, in their order."""
        return [row.reference for row in await self.rows(sa.select(ticket).order_by("wanted_at"))]

    async def wanted_effects(self) -> list[str]:
        return [row.key for row in await self.rows(sa.select(effect).order_by(effect.c.key))]

    async def mails(self) -> list[outbox.Mail]:
        keys = [row.key for row in await self.rows(sa.select(mail.c.key))]
        found = await self.db.run(lambda conn: outbox.by_keys(conn, keys))
        return sorted(found.values(), key=lambda each: each.created_at)

    async def rows(self, query: Any) -> Sequence[Any]:
        return await self.db.run(lambda conn: conn.execute(query).all())

    async def do(self, fn: Callable[[sa.Connection], Any]) -> Any:
        return await self.db.run(fn)


GOOD = {
    "text": "It blinks in a strange way",
    "email": "anna@example.com",
    "phone": "+1 212 555 0147",
    "person": "Anna Lee",
    "server": "ACME-RDS01",
    "username": "alee",
    "percent": "42 %",
    "number": "2",
    "date": "tomorrow",
}
AT_STAGE = {
    "choosing": "1",
    "confirming": "Yes",
    "checking": "Yes, that is right",
    "guiding": "No, go on",
    "verifying": "skip",
    "reviewing": "Yes, log it",
    "amending": "Nothing, it is fine",
    "handed_over": "Log it for me",
}
ASIDES = {
    "cancel": "No, go on",
    "start_over": "No, go on",
    "switch": "No, finish this first",
    "stuck": "Go on without it",
    "person": "Log it for me",
    "resume": "Carry on",
    "own_words": "It blinks in a strange way",
}


def willing(conversation: Conversation) -> str:
    """What a visitor says who wants a ticket and takes every question as it comes."""
    if conversation.aside:
        return ASIDES[conversation.aside.kind]
    if conversation.stage != "asking":
        return AT_STAGE.get(conversation.stage, FORGOT)
    question = library().workflows[conversation.workflow].questions[conversation.current[0]]
    return question.options[0].label if question.options else GOOD[question.kind]


def a_chat(session: str = "s1", portal: str = "acme", **changes: Any) -> Chat:
    values: dict[str, Any] = {
        "id": conversation_id(portal, session),
        "session": session,
        "visitor": ANNA,
        "form": "bot",
    }
    return Chat(**values | changes)
