"""Every delivery gets one answer, in time, whatever is repeated, hostile, slow or down."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.door.door_stage import CHAT, DoorStage, signed, ticket_made
from tests.unit.vendors.salesiq_makers import FLAT, a_delivery

from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.door.alarms import TROUBLE
from switchboard.flows.chat_to_ticket.door.limits import MovingWindow
from switchboard.store import audit, conversations
from switchboard.store.database import Database


async def test_a_message_is_answered_and_a_repetition_gets_the_same(stage: DoorStage) -> None:
    delivery = stage.message("I forgot my password")
    first, again = await stage.post(delivery), await stage.post(delivery)
    assert first.outcome == "answered"
    assert again.outcome == "repeated"
    assert first.document == again.document
    said = await stage.db.run(lambda conn: conversations.transcript(conn, stage.tools.sealer, CHAT))
    assert [each.text for each in said if each.direction == "visitor"] == ["I forgot my password"]


async def test_two_at_once_are_worked_once(stage: DoorStage) -> None:
    delivery = stage.message("I forgot my password")
    first, second = await asyncio.gather(stage.post(delivery), stage.post(delivery))
    assert first.document == second.document
    assert {first.outcome, second.outcome} == {"answered", "repeated"}


@pytest.mark.parametrize("trusted", [True, False])
async def test_salesiqs_deliveries_need_their_signature(stage: DoorStage, *, trusted: bool) -> None:
    """An API key does not make its owner SalesIQ."""
    raw = json.dumps(a_delivery()).encode()
    for headers in ({}, {"x-siqsignature": signed(b"something else")}):
        answer = await stage.door.receive(raw, headers, trusted=trusted)
        assert (answer.status, answer.code) == (401, "SIQ-441")
    assert await stage.state() is None


async def test_a_refused_delivery_of_salesiqs_own_stays_in_the_trail_once(stage: DoorStage) -> None:
    """Whoever looks later finds out why the bot fell silent; strangers' posts leave nothing."""
    raw = json.dumps(a_delivery()).encode()
    await stage.door.receive(b"{}", {}, trusted=False)
    for _ in range(3):
        await stage.door.receive(raw, {"x-siqsignature": signed(b"other")}, trusted=False)
    await stage.door.aclose()
    entries = await stage.db.run(lambda conn: list(audit.entries(conn)))
    told = [(each.action, each.subject) for each in entries if each.action == TROUBLE]
    assert told == [(TROUBLE, "SIQ-441")]


async def test_programs_need_a_key_and_get_the_flat_form(stage: DoorStage) -> None:
    raw = json.dumps(FLAT).encode()
    refused = await stage.door.receive(raw, {}, trusted=False)
    answer = await stage.door.receive(raw, {}, trusted=True)
    assert refused.status == 401
    assert answer.status == 200
    assert answer.document is not None
    assert answer.document["chat_id"] == "test_123"
    assert answer.document["reply"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"chat_id": "x"}', 422), (b"x" * 300_000, 413), (b"", 200)],
)
async def test_refusals_have_their_statuses(stage: DoorStage, raw: bytes, status: int) -> None:
    answer = await stage.door.receive(raw, {}, trusted=True)
    assert answer.status == status


async def test_a_ticket_that_is_there_in_time_is_in_the_answer(stage: DoorStage) -> None:
    stage.door._deliver = ticket_made
    answer = await stage.log_a_ticket()
    assert "Ticket ID: TKT-123456" in "\n".join(answer["replies"])
    assert "Ticket Number: 1000001" in "\n".join(answer["replies"])


async def test_without_a_ticket_in_time_the_truth_is_told(stage: DoorStage) -> None:
    answer = await stage.log_a_ticket()
    assert answer["action"] == "reply"
    assert "Logging takes longer than usual" in "\n".join(answer["replies"])
    await ticket_made(stage.tools, CHAT)
    later = await stage.say("hello?")
    assert "Ticket Number: 1000001" in "\n".join(later["replies"])


async def test_who_was_handed_over_in_vain_is_never_forwarded_again(stage: DoorStage) -> None:
    """Answering a failure with a forward loops."""
    first = await stage.say("I want to talk to a person")
    assert (first["action"], first["department"]) == ("forward", "40001")
    failed = stage.message("") | {"handler": "failure", "cause": {"code": 1002, "desc": "none"}}
    after = (await stage.post(failed)).document
    assert after is not None
    assert after["action"] == "reply"
    stage.number += 1
    again = failed | {"request": {"id": "req-again"}}
    assert (await stage.post(again)).document["action"] == "operator_busy"  # type: ignore[index]
    third = await stage.say("I want to talk to a person")
    assert third["action"] != "forward"


@pytest.mark.parametrize("code", [1001, 1002, 1003, 1005, 1007, 4711])
async def test_no_failure_is_answered_with_a_forward(stage: DoorStage, code: int) -> None:
    await stage.say("I forgot my password")
    failed = stage.message("") | {"handler": "failure", "cause": {"code": code}}
    answer = (await stage.post(failed)).document
    assert answer is not None
    assert answer["action"] == "reply"
    assert answer["replies"]
    state = await stage.state()
    assert state is not None
    assert state.failures == (code,)


async def test_an_answer_that_was_lost_long_ago_is_forgiven(stage: DoorStage) -> None:
    """Twice in a row a person is asked to answer; twice in a long chat is bad luck."""
    lost = {"handler": "failure", "cause": {"code": 1007}}
    await stage.say("I forgot my password")
    assert (await stage.say("", **lost))["action"] == "reply"
    for text in ("hello", "I forgot my password"):
        await stage.say(text)
    assert (await stage.say("", **lost))["action"] == "reply"
    await stage.say("hello")
    assert (await stage.say("", **lost))["action"] == "operator_busy"


async def test_too_many_messages_are_asked_to_slow_down(stage: DoorStage) -> None:
    stage.change(messages_per_minute=2)
    answers = [await stage.say(text) for text in ("Hello", "are you there", "hey")]
    assert answers[-1]["replies"] == [words.SLOW_DOWN]


async def test_a_slow_store_is_answered_in_time_and_its_words_follow(stage: DoorStage) -> None:
    stage.change(answer_seconds=0.3)
    stall = stage.db.run(lambda _: time.sleep(0.8))
    waiting = asyncio.ensure_future(stall)
    await asyncio.sleep(0.05)
    answer = await stage.say("I forgot my password")
    assert answer["replies"] == [words.LATER]
    await waiting
    await stage.door.aclose()
    state = await stage.state()
    assert state is not None
    assert state.unsent
    stage.change(answer_seconds=3.5)
    later = await stage.say("hello")
    assert state.unsent[0].text in "\n".join(later["replies"])


async def test_a_store_that_is_down_costs_no_failure(stage: DoorStage) -> None:
    await stage.db.aclose()
    answer = await stage.say("I forgot my password")
    assert answer["replies"] == [words.NOT_TAKEN]
    flat = await stage.door.receive(json.dumps(FLAT).encode(), {}, trusted=True)
    assert (flat.status, flat.code) == (503, "SIQ-447")


async def test_a_store_that_breaks_in_any_way_costs_no_failure(
    stage: DoorStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even giving the delivery back works: the visitor is asked to write again all the same."""

    async def broken(*_: object, **__: object) -> None:
        raise OSError("disk I/O error")

    monkeypatch.setattr(stage.db, "run", broken)
    answer = await stage.say("I forgot my password")
    assert answer["replies"] == [words.NOT_TAKEN]


async def test_previews_run_without_leaving_a_trace(stage: DoorStage) -> None:
    visitor = {"active_conversation_id": "botpreview_1", "id": "v-1"}
    answer = await stage.say("I forgot my password", visitor=visitor)
    assert answer["replies"]
    assert await stage.state("chat:60001:botpreview_1") is None


async def test_a_delivery_of_no_chat_keeps_nothing(stage: DoorStage) -> None:
    answer = await stage.post(a_delivery("trigger", visitor={}))
    assert answer.outcome == "unnamed"
    assert answer.document == {"action": "reply", "replies": [words.HELLO]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["trigger", "message", "context", "failure", "detail"]),
    st.dictionaries(
        st.sampled_from(["message", "visitor", "request", "answers", "cause", "attachments"]), JSON
    ),
)
def test_no_signed_delivery_brings_the_door_down(handler: str, parts: dict[str, Any]) -> None:
    """Any value anywhere: an answer SalesIQ can use, or a refusal; never 410, never 5xx."""

    async def post() -> None:
        with TemporaryDirectory() as folder:
            db = Database.open(f"sqlite:///{folder}/store.db")
            stage = DoorStage(db, Path(folder))
            answer = await stage.post(a_delivery(handler) | parts)
            await stage.door.aclose()
            await db.aclose()
        assert answer.status in {200, 400, 413, 422}
        assert answer.outcome != "broken"

    asyncio.run(post())


def test_a_window_moves_and_forgets_whoever_wrote_longest_ago() -> None:
    now = [0.0]
    window = MovingWindow(lambda: now[0], keys=2)
    assert [window.hit("a", 2) for _ in range(3)] == [True, True, False]
    now[0] = 61.0
    assert window.hit("a", 2)
    assert window.hit("b", 1)
    assert window.hit("c", 1)
    assert len(window._hits) == 2
