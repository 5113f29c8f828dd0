"""What follows a ticket: the chat on it, its files, the way back, and what is said later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from tests.component.conversing.chat_stage import ChatStage, a_chat
from tests.component.delivery.delivery_stage import delivering, settled
from tests.desk_stage import desk_of, rows
from tests.vendor_stage import CIPHER

from switchboard.errors import InDoubtError, RejectedError, SwitchboardError, TransientError
from switchboard.flows.chat_to_ticket.conversing import close_chat, hear
from switchboard.flows.chat_to_ticket.delivery import attending, files
from switchboard.flows.chat_to_ticket.models import Attachment
from switchboard.simulators.server import SimulatorServer
from switchboard.vendors.bodies import MediaInfo, Sink
from switchboard.vendors.exchange import build_http
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient
from switchboard.vendors.zoho_salesiq.fetching import VisitorFiles

PHOTO = Attachment(url="https://files.zoho.com/a/1", name="screen shot.png", type="image/png")


@dataclass
class Shelf:
    """Files as visitors left them, or what goes wrong with them."""

    body: bytes = b"pixels"
    trouble: SwitchboardError | None = None
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, sink: Sink, **_: Any) -> MediaInfo:
        self.asked.append(url)
        if self.trouble is not None:
            raise self.trouble
        sink(self.body)
        return MediaInfo(content_type="image/png", size=len(self.body))


@dataclass
class Notes:
    """SalesIQ's notes on chats, or what goes wrong with them."""

    trouble: SwitchboardError | None = None
    left: list[tuple[str, str]] = field(default_factory=list)

    async def add_note(self, session: str, text: str, *, guard: Callable[[], None]) -> None:
        guard()
        self.left.append((session, text))
        if self.trouble is not None:
            raise self.trouble


def comments(simulator: SimulatorServer, *, public: bool | None = None) -> list[str]:
    """The comments in Desk, in their order."""
    held = desk_of(simulator).comments.values()
    return [each.content for each in held if public is None or each.public is public]


async def with_a_file(stage: ChatStage, *sent: Attachment) -> None:
    """A visitor who sends files on the way, and wants a ticket."""
    await stage.say("I forgot my password")
    event = stage.event("look at this", attachments=sent)
    await hear(stage.tools, a_chat(), event, delivery="with files")
    await stage.to_stage("raised")


async def test_a_file_is_on_the_ticket_once(simulator: SimulatorServer, tmp_path: Path) -> None:
    """Fetched, spooled, uploaded under its own name with our mark; nothing of it stays here."""
    shelf = Shelf()
    async with delivering(simulator, tmp_path) as stage:
        stage.change(files=cast("VisitorFiles", shelf))
        await with_a_file(stage, PHOTO)
        await settled(stage)
        await settled(stage)
        left = [
            each for each in stage.tools.configuration.temporary_dir.rglob("*") if each.is_file()
        ]
    (found,) = rows(simulator, "attachments")
    assert found["name"].startswith("screen shot (SB-")
    assert found["name"].endswith(").png")
    assert shelf.asked == [PHOTO.url]
    assert left == []


@pytest.mark.parametrize(
    "trouble",
    [
        RejectedError("SIQ-413", "The file is larger than allowed."),
        RejectedError("SIQ-404", "The file cannot be fetched (any more)."),
    ],
    ids=["too large", "gone"],
)
async def test_a_file_that_cannot_be_had_is_named_to_agents(
    simulator: SimulatorServer, tmp_path: Path, trouble: SwitchboardError
) -> None:
    """A private comment says which and why; the ticket and its history are none the worse."""
    async with delivering(simulator, tmp_path) as stage:
        stage.change(files=cast("VisitorFiles", Shelf(trouble=trouble)))
        await with_a_file(stage, PHOTO)
        row = await settled(stage)
    assert row.state == "raised"
    (said,) = comments(simulator, public=False)
    assert "screen shot.png" in said
    assert trouble.code in said
    assert len(comments(simulator, public=True)) == 1


async def test_a_file_at_a_strangers_address_is_never_asked_for(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """A visitor may name any address; only Zoho's are fetched from."""
    async with delivering(simulator, tmp_path) as stage:
        settings = stage.tools.configuration.settings.vendors
        async with build_http(settings) as http:
            stage.change(files=VisitorFiles(Transport(http, stage.db, settings, cipher=CIPHER)))
            await with_a_file(stage, PHOTO.model_copy(update={"url": "https://evil.example/x"}))
            await settled(stage)
    (said,) = comments(simulator, public=False)
    assert "SIQ-404" in said
    assert rows(simulator, "attachments") == []


async def test_a_file_is_waited_for_a_while_and_then_named(
    simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SalesIQ in trouble: the file comes later, unless it takes too long."""
    shelf = Shelf(trouble=TransientError("SIQ-503", "SalesIQ is down.", retry_after=0.01))
    async with delivering(simulator, tmp_path) as stage:
        stage.change(files=cast("VisitorFiles", shelf))
        await with_a_file(stage, PHOTO)
        task = asyncio.create_task(settled(stage))
        async with asyncio.timeout(30):
            while len(shelf.asked) < 3:  # noqa: ASYNC110 - the shelf has no bell.
                await asyncio.sleep(0.02)
        assert comments(simulator, public=False) == []
        monkeypatch.setattr(files, "GIVE_UP_SECONDS", 0.0)
        await task
    (said,) = comments(simulator, public=False)
    assert "SIQ-503" in said


@pytest.mark.parametrize(
    ("trouble", "times"),
    [
        (None, 1),
        (InDoubtError("SIQ-000", "No answer."), 1),
        (RejectedError("SIQ-422", "No such chat."), 1),
    ],
    ids=["written", "in doubt", "refused"],
)
async def test_operators_find_the_tickets_number_on_the_chat(
    simulator: SimulatorServer, tmp_path: Path, trouble: SwitchboardError | None, times: int
) -> None:
    """A note is left once at most; in doubt rather none than two."""
    notes = Notes(trouble)
    async with delivering(simulator, tmp_path) as stage:
        stage.change(salesiq=cast("ZohoSalesiqClient", notes))
        await stage.to_stage("raised")
        row = await settled(stage)
        await settled(stage)
    assert row.state == "raised"
    assert len(notes.left) == times
    session, said = notes.left[0]
    assert session == a_chat().session
    assert f"ticket {row.number}." in said
    assert "http" in said


async def test_the_note_is_given_up_before_the_ticket_suffers(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """SalesIQ down for long: after some tries the note is left out, and all else is there."""
    notes = Notes(TransientError("SIQ-503", "SalesIQ is down.", retry_after=0.01))
    async with delivering(simulator, tmp_path) as stage:
        stage.change(salesiq=cast("ZohoSalesiqClient", notes))
        await stage.to_stage("raised")
        row = await settled(stage)
    assert row.state == "raised"
    assert 1 < len(notes.left) <= 5
    assert len(comments(simulator)) == 1


async def test_what_is_said_later_follows_when_the_chat_is_quiet(
    simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not line by line: after a silence, or when the chat is closed; nothing twice."""
    monkeypatch.setattr(attending, "QUIET_SECONDS", 30.0)  # 50 ms in the simulators' hurry.
    async with delivering(simulator, tmp_path) as stage:
        stage.now = (await _real_now(stage)).replace(microsecond=0)
        await stage.to_stage("raised")
        await settled(stage)
        assert len(comments(simulator)) == 1
        await stage.say("by the way, it began on Monday")
        async with asyncio.timeout(30):
            while len(comments(simulator)) < 2:
                await settled(stage)
                await asyncio.sleep(0.05)
        await close_chat(stage.tools, a_chat().id, actor="test")
        await settled(stage)
        said = comments(simulator)
    assert "it began on Monday" not in said[0]
    assert "it began on Monday" in said[1]
    assert "I forgot my password" not in said[1]
    assert sum("it began on Monday" in each for each in said) == 1


async def test_codes_and_passwords_do_not_reach_the_ticket(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """What a visitor types to prove who they are is nobody else's business."""
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("verifying")
        await stage.say("123 456")
        await stage.say("my code is 987654, please")
        await stage.to_stage("raised")
        await settled(stage)
    said = "\n".join(comments(simulator))
    assert "[code]" in said
    assert "123 456" not in said
    assert "987654" not in said
    assert "Visitor: I forgot my password" in said


async def _real_now(stage: ChatStage) -> datetime:
    """The clock of the store, by which silence is measured."""
    at = await stage.db.now()
    return datetime.fromtimestamp(at, UTC) - timedelta(minutes=2)
