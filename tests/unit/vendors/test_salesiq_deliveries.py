"""What arrives at the door is understood, however it is shaped, and never breaks anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.vendors.salesiq_makers import FLAT, NOW, a_delivery, read

from switchboard.errors import RejectedError, SwitchboardError
from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.deliveries import LONGEST_TEXT, read_delivery
from switchboard.vendors.zoho_salesiq.files import may_fetch
from switchboard.vendors.zoho_salesiq.models import Attachment, Bubble, Delivery
from switchboard.vendors.zoho_salesiq.reading import MOST_BYTES
from switchboard.vendors.zoho_salesiq.refusals import DOOR_STATUS


def refused(raw: bytes) -> str:
    with pytest.raises(RejectedError) as caught:
        read_delivery(raw, {}, now=NOW)
    return caught.value.code


def test_the_missions_flat_message_is_understood() -> None:
    """The curl example of the mission document, as it stands there."""
    delivery = read(FLAT)
    assert (delivery.form, delivery.kind) == ("flat", "message")
    assert delivery.conversation_id == "test_123"
    assert delivery.text == "I forgot my password"
    assert delivery.visitor.id == "visitor_456"
    assert delivery.visitor.email == "test@company.com"
    assert delivery.visitor.name == "Test User"


def test_a_flat_form_post_is_understood_like_json() -> None:
    """Senders without JSON may post a form."""
    raw = b"chat_id=c-1&message=Printer+is+down"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    delivery = read_delivery(raw, headers, now=NOW)
    assert (delivery.conversation_id, delivery.text) == ("c-1", "Printer is down")


def test_a_bots_message_is_understood() -> None:
    delivery = read(a_delivery())
    assert (delivery.form, delivery.kind, delivery.operation) == ("bot", "message", "chat")
    assert (delivery.conversation_id, delivery.request_id, delivery.org_id) == (
        "LD_1",
        "req-1",
        "60001",
    )
    assert delivery.visitor.channel == "Website"


@pytest.mark.parametrize(
    ("visitor", "request_part", "expected"),
    [
        ({"active_conversation_id": "LD_1", "id": "v"}, {"conversation_id": "r"}, "LD_1"),
        ({"id": "v"}, {"conversation_id": "r", "chat_id": "c"}, "r"),
        ({"id": "v"}, {"chat_id": "c"}, "c"),
        ({"id": "v", "visitor_id": "w"}, {}, "v"),
        ({"active_conversation_id": None, "visitor_id": "w"}, {}, "w"),
        ({}, {}, ""),
    ],
)
def test_the_conversation_is_found_where_channels_put_it(
    visitor: dict[str, Any], request_part: dict[str, Any], expected: str
) -> None:
    """Never the request's id, which is new on every delivery."""
    document = a_delivery(visitor=visitor, request={"id": "req-9", **request_part})
    assert read(document).conversation_id == expected


def test_a_trigger_says_only_that_the_chat_was_opened() -> None:
    delivery = read({"handler": "trigger", "visitor": {}})
    assert (delivery.kind, delivery.conversation_id, delivery.text) == ("trigger", "", "")


@pytest.mark.parametrize(
    "answers",
    [
        {"plan": "Gold", "size": {"text": "20"}},
        [{"name": "plan", "answer": "Gold"}, {"name": "size", "value": {"value": 20}}],
    ],
)
def test_answers_are_read_from_either_container(answers: Any) -> None:
    """Nobody has written down whether it is an object or a list."""
    delivery = read(a_delivery("context", context_id="disk", answers=answers))
    assert delivery.context_id == "disk"
    assert delivery.answers == {"plan": "Gold", "size": "20"}


@pytest.mark.parametrize("code", [1002, "1002"])
def test_a_failure_names_its_cause_and_what_failed(code: object) -> None:
    delivery = read(
        a_delivery("failure", cause={"code": code}, failed_response={"action": "forward"})
    )
    assert delivery.cause is not None
    assert (delivery.cause.code, delivery.failed_action) == (1002, "forward")


FILE = {"url": "https://files.zoho.com/f/1", "name": "a.png", "type": "image/png", "size": "512"}
READ_FILE = Attachment(url="https://files.zoho.com/f/1", name="a.png", type="image/png", size=512)


@pytest.mark.parametrize(
    "changes",
    [
        {"attachments": [FILE]},
        {"attachments": FILE},
        {"message": {"text": "", "file": FILE}},
        {"message": {"file": [FILE]}, "attachments": None},
    ],
)
def test_a_file_is_found_in_each_place_it_was_seen_in(changes: dict[str, Any]) -> None:
    assert read(a_delivery(**changes)).attachments == (READ_FILE,)


def test_a_file_of_an_unknown_shape_is_noted_without_an_address() -> None:
    """The ticket then says that a file was sent."""
    attachments = read(a_delivery(attachments=[{"blob": 1}])).attachments
    assert attachments == (Attachment(),)


def test_a_file_name_leads_nowhere() -> None:
    """A visitor's file name never climbs out of a directory."""
    (file,) = read(a_delivery(attachments=[{**FILE, "name": "../../etc/passwd"}])).attachments
    assert "/" not in file.name


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://files.zoho.com/f/1", True),
        ("https://salesiq.zohopublic.eu/f", True),
        ("http://files.zoho.com/f/1", False),
        ("https://zoho.com.evil.example/f", False),
        ("https://notzoho.com/f", False),
        ("https://user@files.zoho.com/f", False),
        ("https://files.zoho.com:8443/f", False),
        ("https://169.254.169.254/latest", False),
        ("https://[broken", False),
    ],
)
def test_files_are_fetched_from_zoho_alone(url: str, allowed: bool) -> None:
    """The address is the visitor's word: it must not send us round our own network."""
    assert may_fetch(url) is allowed


@pytest.mark.parametrize(
    ("card", "text"),
    [
        (
            {"type": "multiple-product", "value": '{"element": {"id": "2", "title": "20 GB"}}'},
            "20 GB",
        ),
        ({"type": "date-timeslots", "date": "21/11/2026", "time": "10:00"}, "21/11/2026 10:00"),
        ({"type": "x", "value": "{broken"}, "{broken"),
    ],
)
def test_a_choice_on_a_card_counts_as_words(card: dict[str, Any], text: str) -> None:
    assert read(a_delivery(message={"meta": {"card_data": card}})).text == text


@pytest.mark.parametrize("handler", ["detail", "action", "submit", "something_new", "", 7])
def test_operator_widgets_and_unknown_handlers_are_acknowledged_only(handler: object) -> None:
    """Another feature of SalesIQ: answered politely, never a part of a conversation."""
    assert read({"handler": handler, "request": {"id": "1"}}).kind == "other"


def test_general_webhooks_are_acknowledged_only() -> None:
    event = {"event": "conversation.created", "entity_type": "conversation", "entity": {"id": "1"}}
    assert read(event).kind == "other"


def test_an_empty_post_is_a_check_of_the_address() -> None:
    assert read_delivery(b" \n", {}, now=NOW).kind == "check"


def test_the_previews_chats_are_told_apart() -> None:
    assert read(a_delivery(request={"id": "botpreview_1"})).preview
    assert not read(a_delivery()).preview


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "SIQ-442"),
        (b"[1]", "SIQ-442"),
        (b'"text"', "SIQ-442"),
        (b"\xff\xfe", "SIQ-442"),
        (b'{"a":' + b"[" * 60_000 + b"]" * 60_000 + b"}", "SIQ-442"),
        (b'{"a":' + b"[" * 30 + b"]" * 30 + b"}", "SIQ-442"),
        (b'{"a":' + b"9" * 5_000 + b"}", "SIQ-442"),
        (b'{"message": "' + b"x" * MOST_BYTES + b'"}', "SIQ-443"),
        (b'{"message": "hello"}', "SIQ-444"),
        (b'{"chat_id": "c", "message": {"a": 1}}', "SIQ-444"),
        (b'{"chat_id": "c", "message": "   "}', "SIQ-444"),
        (b'{"chat_id": {"$ne": 1}, "message": "hello"}', "SIQ-444"),
        (b'{"handler": "message", "message": [5]}', "SIQ-444"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_reason(raw: bytes, code: str) -> None:
    assert refused(raw) == code


def test_no_refusal_switches_the_bot_off() -> None:
    """HTTP 410 would, at once."""
    assert set(DOOR_STATUS.values()) == {400, 401, 413, 422}


def test_a_text_that_is_too_long_is_cut_and_said_to_be() -> None:
    delivery = read(a_delivery(message={"text": "word " * 2_000}))
    assert len(delivery.text) <= LONGEST_TEXT
    assert delivery.text_cut
    assert not read(a_delivery()).text_cut


def test_what_cannot_be_seen_is_taken_out_of_texts() -> None:
    """NUL breaks stores, lone surrogates break UTF-8, bidi marks turn log lines round."""
    raw = json.dumps(a_delivery(message={"text": "a\u0000b\ud800c\u202ed\te\r\nf"})).encode()
    text = read_delivery(raw, {}, now=NOW).text
    assert text == "abcd\te\nf"
    assert text.encode()


def test_a_repeated_delivery_has_the_same_key_and_the_next_another() -> None:
    assert read(a_delivery()).dedupe_key == read(a_delivery(operation="message")).dedupe_key
    assert read(a_delivery()).dedupe_key != read(a_delivery(request={"id": "req-2"})).dedupe_key
    assert read(a_delivery()).dedupe_seconds is None


def test_the_same_words_without_an_id_are_the_same_for_a_moment_only() -> None:
    """A visitor may say "yes" twice; a repetition comes within seconds."""
    first, again = read(FLAT), read(FLAT)
    assert first.dedupe_key == again.dedupe_key
    assert first.dedupe_seconds == pytest.approx(10)
    named = read({**FLAT, "message_id": "m-1"})
    assert named.dedupe_seconds is None
    assert named.dedupe_key != read({**FLAT, "chat_id": "other", "message_id": "m-1"}).dedupe_key


def test_an_unusual_id_still_tells_two_chats_apart() -> None:
    """Spaces, other alphabets and endless ids become a short key."""
    odd = [
        read({**FLAT, "chat_id": each}).conversation_id for each in ("a b", "a c", "ü", "x" * 900)
    ]
    assert len(set(odd)) == 4
    assert all(each.startswith("sha256:") and len(each) < 64 for each in odd)


def test_nobody_can_pass_for_another_senders_delivery() -> None:
    """A flat message cannot use up the key of SalesIQ's own delivery."""
    bot, flat = read(a_delivery()), read({**FLAT, "chat_id": "60001", "message_id": "req-1"})
    assert bot.dedupe_key != flat.dedupe_key


def test_what_the_visitor_says_is_not_in_a_repr() -> None:
    """Logs print values now and then."""
    shown = repr(read(a_delivery(message={"text": "my secret"})))
    assert "my secret" not in shown
    assert "ada@example.com" not in shown


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = [
    "handler",
    "visitor",
    "request",
    "message",
    "attachments",
    "org_id",
    "cause",
    "context_id",
    "answers",
    "failed_response",
    "operation",
    "chat_id",
    "visitor_id",
    "message_id",
    "text",
    "visitor_email",
    "event",
    "entity",
]
_INNER = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "text",
            "file",
            "url",
            "name",
            "size",
            "type",
            "meta",
            "card_data",
            "value",
            "active_conversation_id",
            "code",
        ]
    ),
    _JSON,
    max_size=4,
)
_DOCUMENTS = st.dictionaries(st.sampled_from(_KEYS), _JSON | _INNER, max_size=6) | st.builds(
    lambda handler, rest: {"handler": handler, **rest},
    st.sampled_from(["message", "trigger", "context", "failure"]),
    st.dictionaries(st.sampled_from(_KEYS[1:]), _JSON | _INNER, max_size=6),
)


def read_or_refuse(raw: bytes) -> Delivery | None:
    try:
        return read_delivery(raw, {}, now=NOW)
    except SwitchboardError as error:
        assert error.code in DOOR_STATUS  # noqa: PT017 - either end is right, no other is.
        return None


@given(_DOCUMENTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_shape_of_delivery_breaks_the_door(document: dict[str, Any]) -> None:
    """Whatever stands where: understood or refused, and what was understood can be answered."""
    delivery = read_or_refuse(json.dumps(document).encode())
    if delivery is not None:
        assert delivery.dedupe_key.isascii()
        delivery.model_dump_json().encode()
        answer = write_answer(delivery, [Bubble(text=delivery.text or "Hello")])
        json.dumps(answer).encode()


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=100, deadline=None)
def test_no_bytes_break_the_door(raw: bytes) -> None:
    read_or_refuse(raw)
