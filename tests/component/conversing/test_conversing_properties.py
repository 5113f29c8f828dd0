"""Repeats, races, crashes and lost races in any order: no event counts twice, and none is lost."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.conversing.chat_stage import FORGOT, ChatStage, a_chat, willing

from switchboard.flows.chat_to_ticket.conversing import apply, hear
from switchboard.flows.chat_to_ticket.models import Event
from switchboard.store import conversations
from switchboard.store.conversations import StaleConversationError
from switchboard.store.database import Database

SAID = (FORGOT, "Yes", "1", "anna@example.com", "skip", "Yes, log it", "cancel", "Talk to a person")
KINDS = ("opened", "handover_failed", "timeout", "closed_by_operator")
Move = tuple[str, Any]

moves = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(SAID)),
    st.tuples(st.just("go"), st.integers(1, 9)),
    st.tuples(st.just("happen"), st.sampled_from(KINDS)),
    st.tuples(st.just("repeat"), st.integers(0, 30)),
    st.tuples(st.just("race"), st.sampled_from(SAID)),
    st.tuples(st.just("twins"), st.sampled_from(SAID)),
    st.tuples(st.just("crash"), st.sampled_from(SAID)),
    st.tuples(st.just("overtaken"), st.integers(1, 3)),
    st.tuples(st.just("created"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([1, 60, 1500])),
)


class CrashError(Exception):
    """The process dies right before its commit."""


class Run:
    """Plays moves against a chat, and remembers which delivery was answered."""

    def __init__(self, stage: ChatStage) -> None:
        self.stage, self.count = stage, 0
        self.heard: dict[str, tuple[Event, tuple[str, ...]]] = {}

    async def hear(self, event: Event, key: str = "", tools: Any = None) -> None:
        self.count += not key
        key = key or f"d{self.count}"
        heard = await hear(tools or self.stage.tools, a_chat(), event, delivery=key)
        texts = tuple(reply.text for reply in heard.replies)
        if heard.repeated:
            assert key in self.heard
        self.heard.setdefault(key, (event, texts))

    async def move(self, kind: str, what: Any) -> None:
        stage = self.stage
        stage.wait(seconds=5)
        if kind == "say":
            await self.hear(stage.event(what))
        elif kind == "go":
            for _ in range(what):
                stage.wait(seconds=5)
                await self.hear(stage.event(await self.next_words()))
        elif kind == "happen":
            await self.hear(stage.event(kind=what))
        elif kind == "wait":
            stage.wait(minutes=what)
        elif kind == "created":
            await self.created()
        elif kind == "repeat" and self.heard:
            key = sorted(self.heard)[what % len(self.heard)]
            await self.hear(self.heard[key][0], key)
        else:
            await self.trouble(kind, what)

    async def trouble(self, kind: str, what: Any) -> None:
        event = self.stage.event(str(what))
        if kind == "race":  # Two deliveries at once.
            await asyncio.gather(self.hear(event), self.hear(event))
        elif kind == "twins":  # One delivery twice at once.
            await self.hear(self.stage.event("hello"), "start")
            self.count += 1
            key = f"d{self.count}"
            self.heard[key] = (event, ())
            await asyncio.gather(self.hear(event, key), self.hear(event, key))
        elif kind == "crash":
            self.count += 1
            key = f"d{self.count}"
            append = conversations.append

            def dying(*arguments: Any) -> Any:
                append(*arguments)
                raise CrashError

            with mock.patch.object(conversations, "append", dying), pytest.raises(CrashError):
                await hear(self.stage.tools, a_chat(), event, delivery=key)
            await self.hear(event, key)
        elif kind == "overtaken":
            await self.overtaken(what)

    async def overtaken(self, times: int) -> None:
        """Another process is first a few times: nothing of ours stays, and we decide again."""
        save, left = conversations.save, [times]

        def losing(*arguments: Any) -> Any:
            if left[0]:
                left[0] -= 1
                raise StaleConversationError(a_chat().id)
            return save(*arguments)

        with mock.patch.object(conversations, "save", losing):
            await self.hear(self.stage.event(await self.next_words()))
        assert left == [0]

    async def next_words(self) -> str:
        found = await self.stage.do(
            lambda conn: conversations.load(conn, self.stage.tools.sealer, a_chat().id)
        )
        return willing((await self.stage.state()).conversation) if found else FORGOT

    async def created(self) -> None:
        for reference in await self.stage.tickets():
            detail = {"reference": reference, "id": "9", "number": "1000009"}
            event = self.stage.event(kind="ticket_created", detail=detail)
            chat = a_chat().id
            await self.stage.do(
                partial(apply, tools=self.stage.tools, conversation_id=chat, event=event)
            )

    async def check(self) -> None:
        said = await self.stage.transcript()
        assert [each.sequence for each in said] == list(range(1, len(said) + 1))
        keys = [each.delivery for each in said if each.delivery]
        runs = [key for at, key in enumerate(keys) if at == 0 or keys[at - 1] != key]
        assert max(Counter(runs).values(), default=1) == 1, "a delivery was worked twice"
        assert set(runs) == set(self.heard), "a delivery left no trace"
        spoken = Counter(each.delivery for each in said if each.direction == "visitor")
        assert max(spoken.values(), default=1) == 1
        wanted = await self.stage.tickets()
        assert len(wanted) == len(set(wanted))
        facts = Counter(each.split()[0] for each in await self.stage.facts())
        assert facts["ticket_wanted"] == len(wanted)
        assert facts["ticket_created"] <= len(wanted)
        if said:
            state = (await self.stage.state()).conversation
            assert len(state.tickets) == len(wanted)


def play(plan: list[Move]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            database = Database.open(f"sqlite:///{folder}/chats.db")
            try:
                played = Run(ChatStage(database, Path(folder)))
                for kind, what in plan:
                    await played.move(kind, what)
                await played.check()
            finally:
                await database.aclose()

    asyncio.run(run())


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(moves, min_size=4, max_size=12))
def test_no_event_counts_twice_and_none_is_lost(plan: list[Move]) -> None:
    """Whatever is repeated, raced, killed or overtaken, the chat is told in full and once."""
    play(plan)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(
    max_examples=int(os.environ.get("SOAK", "28")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(moves, min_size=8, max_size=30))
def test_no_event_counts_twice_in_long_chats(plan: list[Move]) -> None:
    """The same, longer and more often."""
    play(plan)


async def test_two_processes_on_one_chat_lose_nothing(stage: ChatStage, database_url: str) -> None:
    """Two workers with stores of their own take turns by the row's version."""
    other = Database.open(database_url, migrate=False)
    try:
        here, there = stage.tools, replace(stage.tools, db=other)
        events = [
            hear((here, there)[at % 2], a_chat(), stage.event(f"hello {at}"), delivery=f"d{at}")
            for at in range(20)
        ]
        await asyncio.gather(*events)
        await asyncio.gather(*(
            hear(tools, a_chat(), stage.event("twice"), delivery="both") for tools in (here, there)
        ))  # fmt: skip
    finally:
        await other.aclose()
    said = await stage.transcript()
    keys = Counter(each.delivery for each in said if each.direction == "visitor")
    assert keys == Counter({**{f"d{at}": 1 for at in range(20)}, "both": 1})
    assert (await stage.row()).version == 21
