"""A promised answer is given once, and words nobody asked for are never said twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from tests.component.door.door_stage import CHAT, DoorStage, ticket_made

from switchboard.errors import InDoubtError, RejectedError
from switchboard.flows.chat_to_ticket.door.replies import replies_due, work_replies
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient


class FakeClient:
    """Keeps what was said; fails as told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.failing: dict[str, Exception] = {}

    async def progress(self, _request: str, text: str, **_: Any) -> None:
        self._say("progress", text)

    async def respond(self, _request: str, answer: dict[str, Any], **_: Any) -> None:
        self._say("respond", "\n".join(answer["replies"]))

    async def send_message(self, _chat: str, text: str, **_: Any) -> None:
        self._say("message", text)

    def _say(self, how: str, text: str) -> None:
        self.said.append((how, text))
        if how in self.failing:
            raise self.failing[how]


async def promised(stage: DoorStage) -> FakeClient:
    client = FakeClient()
    stage.tools = replace(stage.tools, salesiq=cast("ZohoSalesiqClient", client))
    answer = await stage.log_a_ticket()
    assert answer["action"] == "pending"
    await stage.door.aclose()
    return client


async def due(stage: DoorStage) -> bool:
    return await stage.db.run(lambda conn: replies_due(conn, stage.now.timestamp()))


async def test_the_number_follows_by_the_callback_once(stage: DoorStage) -> None:
    client = await promised(stage)
    await ticket_made(stage.tools, CHAT)
    await work_replies(stage.tools)
    await work_replies(stage.tools)
    assert [how for how, _ in client.said] == ["respond"]
    assert "Ticket Number: 1000001" in client.said[0][1]
    assert not await due(stage)


async def test_who_waits_is_comforted_once_and_told_the_truth_at_the_end(stage: DoorStage) -> None:
    client = await promised(stage)
    stage.now += timedelta(seconds=15)
    await work_replies(stage.tools)
    await work_replies(stage.tools)
    stage.now += timedelta(seconds=140)
    await work_replies(stage.tools)
    assert [how for how, _ in client.said] == ["progress", "respond"]
    assert "Logging takes longer than usual" in client.said[1][1]


async def test_an_answer_in_doubt_is_not_given_again(stage: DoorStage) -> None:
    client = await promised(stage)
    client.failing["respond"] = InDoubtError("SIQ-500", "lost")
    await ticket_made(stage.tools, CHAT)
    await work_replies(stage.tools)
    await work_replies(stage.tools)
    assert [how for how, _ in client.said] == ["respond"]
    state = await stage.state()
    assert state is not None
    assert state.unsent == ()


async def test_what_surely_was_not_said_waits_for_the_next_message(stage: DoorStage) -> None:
    """SalesIQ knows the chat under neither id: the visitor's next message brings the words."""
    client = await promised(stage)
    client.failing = dict.fromkeys(("respond", "message"), RejectedError("SIQ-404", "unknown"))
    await ticket_made(stage.tools, CHAT)
    await work_replies(stage.tools)
    await work_replies(stage.tools)
    assert [how for how, _ in client.said] == ["respond", "message"]
    later = await stage.say("hello?")
    assert "Ticket Number: 1000001" in "\n".join(later["replies"])
