"""A language model may help where we are unsure, and can do no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.flows.chat_to_ticket.detector.second_opinion import (
    Described,
    masked,
    request_body,
    revised,
    second_opinion,
)
from switchboard.flows.chat_to_ticket.models import LABELS, Outcome, Verdict

WORKFLOWS = [Described(each, each.title(), "about it") for each in LABELS]
OTHER = "email_issues"
RANK = {"none": 0, "ask": 1, "start": 2}


def a_verdict(outcome: Outcome, guard: str | None = None) -> Verdict:
    offered = LABELS[:2] if outcome == "ask" else ()
    return Verdict(outcome=outcome, labels=LABELS, offered=offered, p=0.4, guard=guard)


def an_answer(**opinion: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": json.dumps(opinion)}}]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("my password is hunter2 and it fails", "my password is [hidden]"),
        ("pw: abc!", "pw: [hidden]"),
        ("the code is 123456", "the code is [hidden]"),
        ("write to ann@example.org", "write to [address]"),
        ("call +1 (215) 555-0100 now", "call [number] now"),
        ("see https://example.org/x?token=1", "see [address]"),
        (r"open \\srv01\hr", "open [address]"),
        ("3 users", "[number] users"),
    ],
)
def test_what_is_nobodys_business_is_masked(said: str, told: str) -> None:
    assert masked(said) == told


def test_the_question_holds_what_is_needed_and_no_more() -> None:
    body = request_body("my mail is ann@example.org", a_verdict("none"), WORKFLOWS, model="m")
    told = json.loads(body["messages"][1]["content"])
    assert body["temperature"] == 0
    assert body["model"] == "m"
    assert told["likely"] == list(LABELS[:3])
    assert told["message"] == "my mail is [address]"
    assert [each["id"] for each in told["workflows"]] == list(LABELS)


def test_none_becomes_ask() -> None:
    verdict = revised(a_verdict("none"), an_answer(workflow=OTHER, sure=True))
    assert verdict.outcome == "ask"
    assert verdict.offered[0] == verdict.labels[0] == OTHER
    assert sorted(verdict.labels) == sorted(LABELS)


def test_ask_becomes_start_when_the_model_is_sure() -> None:
    verdict = revised(a_verdict("ask"), an_answer(workflow=OTHER, sure=True))
    assert (verdict.outcome, verdict.labels[0], verdict.offered) == ("start", OTHER, ())


def test_ask_stays_ask_when_it_is_not() -> None:
    verdict = revised(a_verdict("ask"), an_answer(workflow=OTHER, sure=False))
    assert (verdict.outcome, verdict.offered) == ("ask", (OTHER, *LABELS[:2]))


@pytest.mark.parametrize(
    "local",
    [
        a_verdict("start"),
        a_verdict("human"),
        a_verdict("smalltalk"),
        a_verdict("none", "gibberish"),
        a_verdict("ask", "one_word"),
    ],
)
async def test_nobody_is_asked_where_we_are_sure(local: Verdict) -> None:
    async def ask(body: dict[str, Any]) -> Any:
        pytest.fail("somebody was asked")

    assert await second_opinion("x", local, ask=ask, workflows=WORKFLOWS, model="m") == local
    assert revised(local, an_answer(workflow=OTHER, sure=True)) == local


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"choices": []},
        {"choices": [{"message": {"content": "printer_issues"}}]},
        {"choices": [{"message": {"content": "[1]"}}]},
        {"choices": [{"message": {"content": "{" * 5000}}]},
        {"choices": [{"message": {"content": None}}]},
        an_answer(workflow="wire_money", sure=True),
        an_answer(workflow=["email_issues"], sure=True),
        an_answer(workflow=None, sure=True),
        an_answer(sure=True),
    ],
)
def test_an_answer_that_makes_no_sense_changes_nothing(answer: Any) -> None:
    local = a_verdict("ask")
    assert revised(local, answer) == local


async def test_a_failure_changes_nothing() -> None:
    async def ask(body: dict[str, Any]) -> Any:
        raise TimeoutError("too late")

    local = a_verdict("none")
    assert await second_opinion("x", local, ask=ask, workflows=WORKFLOWS, model="m") == local


async def test_a_good_answer_is_taken() -> None:
    async def ask(body: dict[str, Any]) -> Any:
        return an_answer(workflow=OTHER, sure=True)

    verdict = await second_opinion("x", a_verdict("ask"), ask=ask, workflows=WORKFLOWS, model="m")
    assert verdict.labels[0] == OTHER


@given(
    st.sampled_from([a_verdict(each) for each in ("start", "ask", "none", "human", "smalltalk")]),
    st.recursive(st.none() | st.booleans() | st.text(), st.lists)
    | st.builds(an_answer, workflow=st.sampled_from([*LABELS, "x", None]), sure=st.booleans()),
)
def test_a_model_never_takes_service_away(local: Verdict, answer: Any) -> None:
    """It may raise none to ask and ask to start, by one step, and nothing else."""
    verdict = revised(local, answer)
    assert sorted(verdict.labels) == sorted(LABELS)
    if verdict != local:
        before, after = RANK[local.outcome], RANK[verdict.outcome]
        assert before < 2
        assert before <= after <= before + 1
