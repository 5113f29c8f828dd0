"""Random chats at the door, with crashes between the transactions, up to tickets in Zoho Desk."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.component.conversing.chat_stage import ChatStage, willing
from tests.component.delivery.delivery_stage import delivering
from tests.desk_stage import desk_of
from tests.unit.vendors.salesiq_makers import a_delivery

from switchboard.flows.chat_to_ticket.conversing import load_state
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.door.door import SalesiqDoor
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.simulators.salesiq.answers import too_long, unusable
from switchboard.simulators.server import SimulatorServer
from switchboard.store import tickets
from switchboard.store.tables import effect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SECONDS, MOST_MESSAGES = 12.0, 120
HOSTILE = (
    "", "   ", "\u0000\ud83d", "<script>alert(1)</script>", "'; DROP TABLE ticket; --", "{{7*7}}",
    "%s%n", "yes", "no", "back", "cancel", "start over", "skip", "help", "1", "999", "bye",
    "Yes, log it", "No, that is all", "my password is hunter2", "x" * 5000, "Hilfe, bitte!",
    "482913", "\u202eabc", "a@b", "talk to a person",
)  # fmt: skip


class CrashError(Exception):
    """The process dies."""


class Mortal:
    """A store before or after whose transactions the process may die."""

    def __init__(self, db: Any, rng: random.Random) -> None:
        self._db, self._rng, self.deaths, self.odds = db, rng, 0, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def run(self, fn: Callable[[Any], Any], **options: Any) -> Any:
        self._perhaps()
        found = await self._db.run(fn, **options)
        self._perhaps()
        return found

    def _perhaps(self) -> None:
        if self._rng.random() < self.odds:
            self.deaths += 1
            raise CrashError


class Talk:
    """One visitor: what they wrote, which of it came again, and what they were answered."""

    def __init__(self, stage: ChatStage, db: Mortal, rng: random.Random) -> None:
        self.stage, self.db, self.rng = stage, db, rng
        self.tools: ChatTools = replace(stage.tools, db=db)  # type: ignore[arg-type]
        self.sent: list[dict[str, Any]] = []
        self.held: list[dict[str, Any]] = []
        self.over = False
        self.door = self.restarted()

    def restarted(self) -> SalesiqDoor:
        return SalesiqDoor(lambda: self.tools)

    async def post(self, document: dict[str, Any]) -> None:
        raw = json.dumps(document).encode()
        answer = await self.door.receive(raw, {}, trusted=True)
        assert answer.status == 200, answer
        assert answer.document is not None
        bad = unusable(answer.document)
        assert not bad, f"{bad}: {answer.document}"
        assert not too_long(answer.document, 250)
        said = answer.document.get("replies") or []
        assert said or answer.document["action"] in {"forward", "end", "pending"}
        self.over |= answer.document["action"] in {"forward", "end"}

    async def say(self, text: str) -> None:
        self.stage.wait(seconds=5)
        number = len(self.sent) + 1
        document = a_delivery(request={"id": f"r{number}"}, message={"text": text})
        self.sent.append(document)
        kind = self.rng.random()
        if kind < 0.1:  # Overtaken by what is written next.
            self.held.append(document)
            return
        await self.post(document)
        if kind < 0.2:
            await asyncio.gather(self.post(document), self.post(self.rng.choice(self.sent)))
        while self.held:
            await self.post(self.held.pop())
        if kind > 0.95:
            self.door = self.restarted()

    async def sensible(self) -> str:
        found = await self.stage.do(lambda conn: load_state(conn, self.stage.tools, CHAT))
        return willing(found[1].conversation) if found else "I forgot my password"


CHAT = "chat:60001:LD_1"


async def converse(simulator: SimulatorServer, folder: Path, seed: int) -> Counter[str]:
    rng = random.Random(seed)
    async with delivering(simulator, folder) as stage:
        db = Mortal(stage.tools.db, rng)
        talk = Talk(stage, db, rng)
        db.odds = 0.02
        for _ in range(rng.randint(3, 25)):
            wild = rng.random() < 0.5
            await talk.say(rng.choice(HOSTILE) if wild else await talk.sensible())
        db.odds, talk.over = 0.0, False
        while not talk.over and not await raised(stage):
            assert len(talk.sent) < MOST_MESSAGES, "a dead end"
            await talk.say(await talk.sensible())
        await talk.door.aclose()
        await at_rest(stage)
        await check(simulator, stage, talk)
        return Counter(messages=len(talk.sent), deaths=db.deaths, chats=1,
                       tickets=len(desk_of(simulator).tickets))  # fmt: skip


async def raised(stage: ChatStage) -> bool:
    rows = await stage.do(lambda conn: tickets.newest(conn, stage.tools.sealer))
    return any(row.state == "raised" for row in rows)


async def at_rest(stage: ChatStage) -> None:
    async with asyncio.timeout(30):
        while True:
            assert await work_tickets(stage.tools) is None
            rows = await stage.do(lambda conn: tickets.newest(conn, stage.tools.sealer))
            open_ones = await stage.rows(
                effect.select().where(effect.c.state.in_(["intended", "sending"]))
            )
            if not open_ones and all(row.state == "raised" for row in rows):
                return
            await asyncio.sleep(0.03)


async def check(simulator: SimulatorServer, stage: ChatStage, talk: Talk) -> None:
    desk = desk_of(simulator)
    rows = await stage.do(lambda conn: tickets.newest(conn, stage.tools.sealer))
    assert {row.desk_id for row in rows} == set(desk.tickets)
    marks = Counter(ticket.fields["subject"].rpartition("[")[2] for ticket in desk.tickets.values())
    assert max(marks.values(), default=1) == 1
    emails = Counter(each.fields.get("email") for each in desk.contacts.values())
    assert max(emails.values(), default=1) == 1
    comments = Counter((each.ticket_id, each.content) for each in desk.comments.values())
    assert max(comments.values(), default=1) == 1
    state = await stage.do(lambda conn: load_state(conn, stage.tools, CHAT))
    assert state is not None
    assert {each.reference for each in state[1].conversation.tickets} >= {
        row.reference for row in rows
    }
    said = await stage.transcript(CHAT)
    heard = Counter(each.delivery for each in said if each.direction == "visitor")
    assert max(heard.values(), default=1) == 1, "a delivery was worked twice"
    assert len(heard) <= len(talk.sent)


async def test_random_chats_never_end_in_nowhere_and_never_double_a_ticket(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Whatever is written, repeated, overtaken or interrupted: an answer each, and an end."""
    until, done, seed = time.monotonic() + SECONDS, Counter[str](), 0
    while time.monotonic() < until or seed < 3:
        simulator.app.state.stage.reset(simulator.spec)
        folder = tmp_path / str(seed)
        folder.mkdir()
        with capture_logs():  # Each death would be told at length.
            done += await converse(simulator, folder, seed)
        seed += 1
    assert done["deaths"] > 0, done
    assert done["tickets"] > 0, done
