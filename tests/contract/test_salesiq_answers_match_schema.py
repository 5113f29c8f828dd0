"""Every answer of ours to a bot's delivery is one the contract's schema describes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.unit.vendors.salesiq_makers import a_delivery, read

from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.models import Bubble, Input, Question

SPEC = Path(__file__).parents[2].parent / "shared" / "vendors" / "zoho-salesiq.openapi.json"
pytestmark = pytest.mark.skipif(
    not SPEC.exists(), reason="SalesIQ's schemas are not beside this checkout (../shared/vendors)"
)
YES_NO = Bubble(text="Did that solve it?", options=("Yes", "No"))
CARDS = (
    Input(type="email", placeholder="you@example.com", error=("No e-mail.",)),
    Input(type="select", options=("Gold", "Silver")),
    Input(type="calendar", label="When?", first="+1", last="+14", time_zone="UTC", with_time=True),
    Input(type="file", least=1, most=5),
    Input(type="happiness-rating"),
    Input(type="tel"),
)


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    document = json.loads(SPEC.read_text("utf-8"))
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


def check(name: str, document: Any) -> None:
    validator(name).validate(json.loads(json.dumps(document)))


@pytest.mark.parametrize("action", ["reply", "forward", "operator_busy", "end", "pending"])
def test_each_action_is_described(action: Any) -> None:
    for channel in ("Website", "WhatsApp"):
        delivery = read(a_delivery(visitor={"channel": channel}))
        check("zobotReply", write_answer(delivery, [YES_NO], action=action, department="12"))
        check("zobotReply", write_answer(delivery, [], action=action))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.type)
def test_each_card_is_described(card: Input) -> None:
    check("zobotReply", write_answer(read(a_delivery()), [Bubble(text="Please", input=card)]))


def test_questions_are_described() -> None:
    questions = [
        Question(name="one", bubble=YES_NO),
        Question(name="two", bubble=Bubble(text="Mail?", input=CARDS[0])),
    ]
    answer = write_answer(
        read(a_delivery()), [], action="context", context_id="disk", questions=questions
    )
    check("zobotReply", answer)


def test_the_schema_would_notice() -> None:
    """The check above can fail."""
    with pytest.raises(jsonschema.ValidationError):
        check("zobotReply", {"action": "reply", "replies": ["a"], "suggestions": [], "input": {}})
    with pytest.raises(jsonschema.ValidationError):
        check("zobotReply", {"replies": ["a"]})
