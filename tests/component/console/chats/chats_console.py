"""A console beside a help desk's chats, on one store: what the tests beside this file share."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from tests.component.conversing.chat_stage import ChatStage
from tests.console_stage import Browser, ConsoleStage

from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store.database import Database

HOSTILE = '<img src=x onerror="alert(1)">{{7*7}}</li></ol>'


class ChatsConsole:
    """Chats that are led by `chat`, looked at through `console`."""

    def __init__(self, chat: ChatStage) -> None:
        self.chat, self.woken = chat, list[str]()
        self.console = ConsoleStage(
            chat.db,
            configuration=lambda: self.chat.tools.configuration,
            chats=self._tools,
            chats_problem=lambda: None,
            wake=self.woken.append,
        )
        self.console.sealer = chat.tools.sealer
        for name, role in (("ana", "administrator"), ("ben", "operator"), ("vera", "viewer")):
            self.console.account(name, role)  # type: ignore[arg-type]

    async def _tools(self) -> ChatTools:
        return self.chat.tools

    async def browser(self, name: str = "ben") -> Browser:
        return await self.console.signed_in(name)

    def audit(self) -> list[tuple[str, str, str]]:
        from switchboard.store import audit  # noqa: PLC0415 - the name of this method.

        rows = self.chat.db.run_sync(lambda conn: audit.entries(conn, limit=500))
        return [(each.actor, each.action, each.subject) for each in rows]


def page_of(chat_id: str) -> str:
    return f"/conversations/{quote(chat_id, safe='')}"


async def shown(browser: Browser, path: str) -> str:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def words_of(page: str) -> str:
    """The page's text alone."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@asynccontextmanager
async def chats_console(root: Path, **settings: object) -> AsyncIterator[ChatsConsole]:
    db = Database.open(f"sqlite:///{root / 'store.db'}")
    try:
        yield ChatsConsole(ChatStage(db, root, **settings))
    finally:
        await db.aclose()
