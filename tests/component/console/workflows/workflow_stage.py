"""A console whose configuration has chat workflows: what the tests of their pages share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import sqlalchemy as sa
from tests.component.console.configuration.configuration_rig import Rig, configured, confirm
from tests.component.conversing.chat_stage import ChatStage
from tests.config_files import two_offices
from tests.console_stage import Browser
from tests.html_form import form_of
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import fake_classify

from switchboard.flows.chat_to_ticket.library import OPERATORS, SHIPPED
from switchboard.store.tables import metadata

LIST = "/console/configuration/workflows"
PRINTER = f"{LIST}/printer_issues"
PLACE = "chat/workflows/printer_issues.yaml"
HOSTILE = '<img src=x onerror="alert(1)">'


def shipped(name: str = "printer_issues") -> str:
    return (SHIPPED / f"{name}.yaml").read_text("utf-8")


@asynccontextmanager
async def workflow_console(folder: Path, **options: Any) -> AsyncIterator[Rig]:
    """Open a console with a detector that judges by keywords."""

    async def chats() -> Any:
        return SimpleNamespace(classify=fake_classify)

    root = two_offices(folder / "configuration")
    (root / OPERATORS).mkdir(parents=True)
    async with configured(folder, root, chats=chats, **options) as rig:
        yield rig


def chats_of(rig: Rig, folder: Path) -> ChatStage:
    """Return chats on the console's own store, sealed with its keys."""
    stage = ChatStage(rig.stage.db, folder / "chats")
    stage.change(sealer=rig.stage.sealer)
    return stage


async def edited(
    browser: Browser, text: str, action: str = "", page: str = PRINTER, **more: str
) -> httpx.Response:
    """Open the editor, replace the text, and press the button that sends it to *action*."""
    fields: dict[str, Any] = form_of((await browser.get(page)).text, "editor")
    return await browser.post(f"{page}{action}", data={**fields, "text": text, **more})


async def saved(browser: Browser, text: str, page: str = PRINTER) -> httpx.Response:
    """Save a text through the review, as a person does."""
    return await confirm(browser, await edited(browser, text, page=page))


async def row_counts(rig: Rig) -> dict[str, int]:
    """Count the rows of every table but those that say who looked."""

    def count(conn: sa.Connection) -> dict[str, int]:
        return {
            table.name: int(conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in metadata.sorted_tables
        }

    return await rig.stage.db.run(count)
