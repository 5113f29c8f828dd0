"""What we answer is what SalesIQ can show; nothing a visitor needs is lost on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.vendors.salesiq_makers import FLAT, a_delivery, read

from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.failures import after_failure
from switchboard.vendors.zoho_salesiq.models import (
    Bubble,
    Cause,
    Delivery,
    Input,
    Question,
    Ticket,
)
from switchboard.vendors.zoho_salesiq.splitting import ITEM_CHARS, MOST_ITEMS, items_of

YES_NO = Bubble(text="Did that solve it?", options=("Yes", "No"))
EMAIL = Bubble(text="Your e-mail?", input=Input(type="email", placeholder="you@example.com"))


def on(channel: str) -> Delivery:
    return read(a_delivery(visitor={"active_conversation_id": "LD_1", "channel": channel}))


def test_a_reply_with_choices() -> None:
    assert write_answer(on("Website"), [YES_NO]) == {
        "action": "reply",
        "replies": ["Did that solve it?"],
        "suggestions": ["Yes", "No"],
    }


def test_a_reply_with_an_input_card() -> None:
    assert write_answer(on(""), [EMAIL])["input"] == {
        "type": "email",
        "placeholder": "you@example.com",
    }


def test_choices_beside_a_card_are_said_instead() -> None:
    """SalesIQ would drop the choices, and with choices nobody can type the address."""
    both = EMAIL.model_copy(update={"options": ("Skip",)})
    assert write_answer(on("Website"), [both]) == {
        "action": "reply",
        "replies": ["Your e-mail?", "- Skip"],
    }


@pytest.mark.parametrize(
    ("channel", "options", "shown"),
    [
        ("WhatsApp", [f"No {n}" for n in range(10)], True),
        ("WhatsApp", [f"No {n}" for n in range(11)], False),
        ("Facebook", [f"No {n}" for n in range(13)], True),
        ("Instagram", ["A choice of 21 chars.", "B"], False),
        ("Website", ["A choice of more than twenty characters", "B"], True),
    ],
)
def test_a_channel_that_cannot_show_the_choices_has_them_said(
    channel: str, options: list[str], shown: bool
) -> None:
    """A choice cut to twenty characters would come back as words nobody knows."""
    answer = write_answer(on(channel), [Bubble(text="Which?", options=tuple(options))])
    assert (answer.get("suggestions") == options) is shown
    if not shown:
        assert all(option in "\n".join(answer["replies"]) for option in options)


def test_other_channels_are_asked_without_cards() -> None:
    """The question itself stands in the text."""
    answer = write_answer(on("WhatsApp"), [EMAIL])
    assert answer == {"action": "reply", "replies": ["Your e-mail?"]}
    card = Bubble(text="Plan?", input=Input(type="select", options=("Gold", "Silver")))
    assert write_answer(on("WhatsApp"), [card])["replies"] == ["Plan?", "- Gold\n- Silver"]


def test_only_the_last_choice_is_shown_and_the_earlier_one_said() -> None:
    answer = write_answer(on(""), [YES_NO, Bubble(text="Or this?", options=("Maybe",))])
    assert answer["suggestions"] == ["Maybe"]
    assert "- Yes\n- No" in answer["replies"]


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("forward", {"department": "123"}),
        ("forward", {"operators": ["ann@example.com"]}),
        ("forward", {}),
        ("operator_busy", {}),
        ("end", {}),
        ("pending", {}),
    ],
)
def test_other_actions_say_their_part_and_show_no_choices(action: Any, more: Any) -> None:
    answer = write_answer(on(""), [YES_NO], action=action, **more)
    assert answer == {"action": action, "replies": ["Did that solve it?"], **more}


def test_handing_over_in_answer_to_a_failure_never_loops() -> None:
    """Each round of that loop has a new request id: nothing else would stop it."""
    failure = read(a_delivery("failure", cause={"code": 1002}))
    answer = write_answer(failure, [Bubble(text="Sorry")], action="forward", department="1")
    assert answer == {"action": "operator_busy", "replies": ["Sorry"]}


def test_salesiq_asks_several_questions_by_itself() -> None:
    answer = write_answer(
        on(""),
        [],
        action="context",
        context_id="disk",
        questions=[Question(name="ok", bubble=YES_NO), Question(name="mail", bubble=EMAIL)],
    )
    assert answer["context_id"] == "disk"
    assert [each["name"] for each in answer["questions"]] == ["ok", "mail"]
    with pytest.raises(ValueError, match="context"):
        write_answer(on(""), [], action="context")


def test_a_reply_is_never_empty() -> None:
    """An empty reply shows nothing and counts as a failure."""
    assert write_answer(on(""), [Bubble(text=" \n ")])["replies"]


def test_the_flat_form_gets_everything_whole() -> None:
    long = "A sentence. " * 40
    ticket = Ticket(id="9", number="101")
    answer = write_answer(read(FLAT), [Bubble(text=long), YES_NO], ticket=ticket)
    assert answer["reply"].startswith(long.strip())
    assert answer["replies"][1] == "Did that solve it?"
    assert answer["suggestions"] == ["Yes", "No"]
    assert (answer["session_id"], answer["chat_id"]) == ("test_123", "test_123")
    assert (answer["ticket_id"], answer["ticket_number"]) == ("9", "101")
    assert "ticket_id" not in write_answer(read(FLAT), [YES_NO])


def test_a_long_text_is_cut_between_sentences() -> None:
    text = "Please restart the application server first. " * 8
    items = items_of([text])
    assert len(items) > 1
    assert all(item.endswith("first.") for item in items)
    assert " ".join(items).split() == text.split()


def test_blank_lines_part_items_and_markdown_is_taken_out() -> None:
    """SalesIQ shows neither."""
    assert items_of(["# Steps\n\n\n**1.** Open `it`\n2. Close it"]) == [
        "Steps",
        "1. Open it\n2. Close it",
    ]


def test_what_merely_looks_like_markdown_stays() -> None:
    """Names of servers and what a visitor typed come back unchanged."""
    kept = "SRV__01 and 5 * 3 ** 2, it`s #1"
    assert items_of([kept]) == [kept]


def test_too_many_items_are_put_together_before_any_is_cut() -> None:
    together = items_of(["\n\n".join(f"Line {n}" for n in range(30))])
    assert len(together) <= MOST_ITEMS
    assert "Line 29" in together[-1]
    cut = items_of(["word " * 2_000])
    assert len(cut) == MOST_ITEMS
    assert cut[-1].endswith("[…]")


@given(st.lists(st.text(max_size=900), max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_item_is_ever_too_long_or_blank(texts: list[str]) -> None:
    """One that is too long comes back as failure 1005, and the visitor sees nothing."""
    items = items_of(texts)
    assert len(items) <= MOST_ITEMS
    assert all(0 < len(item) <= ITEM_CHARS and item.strip() for item in items)


@given(
    st.lists(
        st.builds(
            Bubble,
            text=st.text(max_size=300),
            options=st.lists(st.text(max_size=70), max_size=24).map(tuple),
            input=st.none() | st.builds(Input, type=st.sampled_from(["email", "select", "file"])),
        ),
        max_size=4,
    ),
    st.sampled_from(["", "Website", "WhatsApp", "Facebook", "Telegram"]),
)
@settings(max_examples=150, deadline=None)
def test_no_answer_holds_both_choices_and_a_card(bubbles: list[Bubble], channel: str) -> None:
    answer = write_answer(on(channel), bubbles)
    json.dumps(answer)
    assert answer["replies"]
    assert not {"suggestions", "input"} <= set(answer)


@pytest.mark.parametrize(
    ("code", "failed_before", "say", "action", "remembered"),
    [
        (1001, False, "nobody_is_there", "reply", True),
        (1002, False, "nobody_is_there", "reply", True),
        (1003, False, "nobody_is_there", "reply", True),
        (1005, False, "shorter", "reply", False),
        (1007, False, "again", "reply", False),
        (9999, False, "again", "reply", False),
        (1002, True, "give_up", "operator_busy", True),
        (1007, True, "give_up", "operator_busy", False),
    ],
)
def test_what_follows_a_failure(
    code: int, failed_before: bool, say: str, action: str, remembered: bool
) -> None:
    """Never the same thing again."""
    step = after_failure(Cause(code=code), already_failed=failed_before)
    assert (step.say, step.action, step.handover_failed) == (say, action, remembered)


def test_wrong_settings_are_told_to_a_person_and_a_closed_office_is_not() -> None:
    assert after_failure(Cause(code=1003), already_failed=False).alarm
    assert not after_failure(Cause(code=1001), already_failed=False).alarm
    assert after_failure(None, already_failed=False).say == "again"
