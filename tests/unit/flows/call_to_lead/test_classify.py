"""Every result RingCentral knows, in every spelling, has one meaning; new words have a default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import a_leg, a_record, voicemail

from switchboard.flows.call_to_lead import classify
from switchboard.vendors.ringcentral.models import CallRecord, Leg, MessageRef

SPECIFICATION = Path(__file__).parents[5] / "shared" / "vendors" / "ringcentral.openapi.json"

MEANINGS = {
    "answered": ["Accepted", "Call connected", "Call accepted"],
    "answered_elsewhere": ["Answered Elsewhere"],
    "voicemail": ["Voicemail", "Sent to Voicemail"],
    "missed": [
        "Missed",
        "Abandoned",
        "No Answer",
        "Hang Up",
        "Hang up",
        "Busy",
        "Rejected",
        "Declined",
        "Answered Not Accepted",
        "Reply",
    ],
    "callback": ["Callback requested"],
    "blocked": [
        "Blocked",
        "Not Allowed",
        "Restricted Number",
        "International Disabled",
        "International Restricted",
        "No Calling Credit",
        "Suspended account",
        "Suspended Account",
    ],
    "failed": [
        "Call Failed",
        "Call Failure",
        "Internal Error",
        "Carrier is not active",
        "EDGE trunk misconfigured",
        "Wrong Number",
    ],
    "fax": [
        "Fax Not Sent",
        "Fax Partially Sent",
        "Fax Poor Line",
        "Fax Receipt Error",
        "Fax on Demand",
        "Partial Receive",
        "Receive Error",
        "Received",
        "Send Error",
        "Sent",
    ],
    "noise": ["911", "933", "Phone Login"],
    "in_progress": ["In Progress", "ResultInProgress"],
    "provisional": [
        "Stopped",
        "IP Phone Offline",
        "IP Phone offline",
        "Unknown",
        "ResultEmpty",
        "",
    ],
    "other": ["Some Result of Next Year"],
}
CASES = [(word, meaning) for meaning, words in MEANINGS.items() for word in words]


@pytest.mark.parametrize(("word", "meaning"), CASES)
def test_a_result_has_one_meaning_in_any_case(word: str, meaning: str) -> None:
    spellings = (word, word.upper(), word.lower(), f" {word} ", word.replace(" ", ""))
    assert {classify.result_class(spelling) for spelling in spellings} == {meaning}


def test_no_result_at_all_is_provisional() -> None:
    assert classify.result_class(None) == "provisional"


def test_every_result_of_the_vendor_s_specification_is_in_the_table() -> None:
    if not SPECIFICATION.exists():
        pytest.skip("the vendor's specification lies beside the repository and is not there")
    text = SPECIFICATION.read_text(encoding="utf-8")
    published = _enumeration_with(json.loads(text), "Answered Not Accepted")
    assert len(published) >= 43
    assert {word for word in published if classify.result_class(word) == "other"} == set()


def _enumeration_with(node: object, word: str) -> set[str]:
    found: set[str] = set()
    if isinstance(node, dict):
        values = node.get("enum")
        if isinstance(values, list) and word in values:
            found |= {str(value) for value in values}
        for each in node.values():
            found |= _enumeration_with(each, word)
    elif isinstance(node, list):
        for each in node:
            found |= _enumeration_with(each, word)
    return found


@given(st.text(max_size=40))
def test_no_word_is_an_error(word: str) -> None:
    assert classify.result_class(word)


@pytest.mark.parametrize("action", ["Monitoring", "Barge In Call", "Phone Login", "paging"])
def test_monitoring_barging_paging_and_logins_are_noise(action: str) -> None:
    assert classify.is_noise(a_record(action=action))


@pytest.mark.parametrize(
    "record",
    [
        a_record(type="Fax"),
        a_record(action="Incoming Fax"),
        a_record(action="Outgoing Fax"),
        a_record(result="Fax Poor Line"),
    ],
)
def test_a_fax_is_known_by_type_action_or_result(record: CallRecord) -> None:
    assert classify.is_fax(record)


def test_a_ringout_is_known_by_action_internal_type_or_leg() -> None:
    assert classify.is_ringout(a_record(action="RingOut Web"))
    assert classify.is_ringout(a_record(internal_type="RingOut"))
    assert classify.is_ringout(a_record(legs=(a_leg("RingOutWebToSubscriber", "Accepted"),)))
    assert not classify.is_ringout(a_record())


@pytest.mark.parametrize("kind", ["VoiceMail", "voicemail", "Voicemail", "VOICEMAIL"])
def test_a_voicemail_is_known_by_its_message_in_any_case(kind: str) -> None:
    assert classify.is_voicemail(voicemail(kind=kind))


@pytest.mark.parametrize("message", [None, MessageRef(id="1"), MessageRef(id="1", type="Fax")])
def test_other_messages_are_no_voicemail(message: MessageRef | None) -> None:
    assert not classify.is_voicemail(message)


@pytest.mark.parametrize(
    ("leg", "picked_up"),
    [
        (a_leg("PstnToSip", "Accepted"), True),
        (a_leg("PstnToSip", "Call connected"), True),
        (a_leg("FindMe", "Accepted", reason="Accepted"), True),
        (a_leg("FindMe", "Accepted", reason="Connected"), False),
        (a_leg("PstnToSip", "Unknown", reason="Accepted"), True),
        (a_leg("PstnToSip", "Stopped", reason="Stopped"), False),
        (a_leg("PstnToSip", "IP Phone Offline", reason="No Digital Line"), False),
        (a_leg("PstnToSip", "No Answer"), False),
    ],
)
def test_a_leg_was_picked_up_only_when_somebody_took_the_call(leg: Leg, picked_up: bool) -> None:
    assert classify.is_picked_up(leg) is picked_up
