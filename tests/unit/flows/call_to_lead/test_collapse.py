"""A session's records become one call with one outcome."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from tests.unit.flows.call_to_lead.makers import (
    CUSTOMER,
    EXTENSIONS,
    LATER,
    MAIN,
    START,
    a_direct_record,
    a_leg,
    a_queue_record,
    a_record,
    at,
    voicemail,
)

from switchboard.flows.call_to_lead.collapse import collapse
from switchboard.flows.call_to_lead.models import Call
from switchboard.vendors.ringcentral.models import CallRecord, Party, RecordingRef

SETTLE, TRAILING = 180.0, 240 * 60.0


def collapsed(*records: CallRecord, now: datetime = LATER, **options: Any) -> Call:
    options.setdefault("extensions", EXTENSIONS)
    return collapse("700100004", records, now, SETTLE, TRAILING, "US", **options)


def test_a_queue_call_is_one_accepted_call_of_the_agent_who_took_it() -> None:
    """Talk time is the agent's, not the time with menu and queue."""
    call = collapsed(a_queue_record())
    assert (call.outcome, call.direction, call.caller) == ("accepted", "inbound", CUSTOMER)
    assert (call.agent_extension_id, call.agent_extension_number) == ("304", "204")
    assert (call.queue_extension_id, call.queue_name) == ("200", "Support Queue")
    assert call.agent_name == "Lee Example"
    assert (call.talk_seconds, call.duration_seconds, call.ring_seconds) == (192, 214, 22)
    assert call.extension_ids == ("200", "301", "304")
    assert call.extension_numbers == ("1001", "201", "204")
    assert call.called_number == MAIN


def test_a_queue_call_is_understood_without_knowing_the_extensions() -> None:
    call = collapsed(a_queue_record(), extensions=None)
    assert (call.outcome, call.agent_extension_id) == ("accepted", "304")
    assert (call.queue_extension_id, call.queue_name) == ("200", "Support Queue")
    assert call.agent_name == "Lee Example"
    assert call.extension_numbers == ("204",)


def test_a_queue_s_own_accepted_is_nobody_answering() -> None:
    legs = (
        a_leg("Accept", "Accepted", ext="200", duration_seconds=60),
        a_leg("PstnToSip", "No Answer", ext="301", after=6, duration_seconds=15),
        a_leg("PstnToSip", "Stopped", ext="304", after=22, duration_seconds=15),
    )
    for extensions in (EXTENSIONS, None):
        call = collapsed(a_record(result="Accepted", legs=legs), extensions=extensions)
        assert (call.outcome, call.agent_extension_id) == ("missed", None)


@pytest.mark.parametrize(
    "legs",
    [
        (a_leg("Accept", "Accepted", ext="400"),),
        (a_leg("Accept", "Accepted"),),
        (a_leg("Accept", "Accepted", ext="400"), a_leg("Accept", "Missed", ext="304", after=9)),
        (a_leg("IvaCall", "Accepted", ext="304"),),
    ],
)
def test_a_menu_that_answered_is_not_a_person(legs: Any) -> None:
    assert collapsed(a_record(result="Accepted", legs=legs)).outcome == "missed"


def test_a_user_who_accepted_a_direct_call_answered() -> None:
    call = collapsed(a_direct_record())
    assert (call.outcome, call.agent_extension_id, call.talk_seconds) == ("accepted", "304", 30)
    assert call.queue_extension_id is None
    assert collapsed(a_direct_record(), extensions=None).outcome == "accepted"


def test_a_call_taken_in_the_app_while_the_desk_phone_was_off_was_answered() -> None:
    legs = (
        a_leg("Accept", "Accepted", ext="304", duration_seconds=30),
        a_leg("PstnToSip", "IP Phone Offline", reason="No Digital Line", ext="304"),
    )
    for extensions in (EXTENSIONS, None):
        record = a_record(result="Accepted", legs=legs)
        assert collapsed(record, extensions=extensions).outcome == "accepted"


def test_a_call_forwarded_to_an_outside_telephone_was_answered() -> None:
    legs = (
        a_leg("Accept", "Accepted", ext="200", duration_seconds=60),
        a_leg(
            "FindMe",
            "Accepted",
            reason="Accepted",
            after=10,
            duration_seconds=50,
            to=Party(phone_number="+12675550111", name="Field Team"),
        ),
    )
    call = collapsed(a_record(result="Accepted", legs=legs))
    assert (call.outcome, call.agent_extension_id, call.talk_seconds) == ("accepted", None, 50)
    assert call.agent_name == "Field Team"


def test_a_mobile_s_own_voicemail_is_nobody_answering() -> None:
    legs = (
        a_leg("Accept", "Accepted", ext="200"),
        a_leg("FindMe", "Accepted", reason="Connected", to=Party(phone_number="+12675550111")),
    )
    assert collapsed(a_record(result="Accepted", legs=legs)).outcome == "missed"


def test_a_supervisor_listening_in_is_not_the_agent() -> None:
    legs = (
        *a_queue_record().legs[:2],
        a_leg("Monitoring", "Accepted", ext="301", after=8, duration_seconds=100),
    )
    assert collapsed(a_queue_record(legs=legs)).outcome == "missed"


def test_a_transferred_call_counts_everybody_s_talking_once() -> None:
    legs = (
        a_leg("Accept", "Accepted", ext="200", duration_seconds=100),
        a_leg("PstnToSip", "Accepted", ext="301", after=10, duration_seconds=40),
        a_leg("TransferCall", "Accepted", ext="304", after=45, duration_seconds=55),
    )
    call = collapsed(a_record(result="Accepted", duration_seconds=100, legs=legs))
    assert (call.agent_extension_id, call.talk_seconds) == ("301", 90)


def test_records_of_each_extension_are_one_call_whatever_their_order() -> None:
    """A queue miss counts only if nobody took the call."""
    records = (
        a_record("dana", result="Missed", extension_id="301"),
        a_queue_record(record_id="queue"),
        a_record("ivy", result="Stopped", extension_id="302"),
    )
    calls = {collapsed(*order) for order in permutations(records)}
    assert len(calls) == 1
    call = calls.pop()
    assert (call.outcome, call.result_raw) == ("accepted", "Accepted")
    assert set(call.record_ids) == {"dana", "queue", "ivy"}


def test_a_voicemail_outranks_a_miss() -> None:
    call = collapsed(
        a_record("one", result="Missed"),
        a_record("two", result="Voicemail", message=voicemail(), start_time=at(5)),
    )
    assert (call.outcome, call.voicemail_message_id, call.started_at) == ("voicemail", "vm1", START)


@pytest.mark.parametrize("kind", ["VoiceMail", "Voicemail", "voicemail"])
def test_a_message_makes_a_miss_a_voicemail(kind: str) -> None:
    call = collapsed(a_direct_record("Missed", message=voicemail(kind=kind)))
    assert (call.outcome, call.voicemail_message_id) == ("voicemail", "vm1")


def test_a_message_on_a_leg_counts_too() -> None:
    legs = (a_leg("Accept", "Missed", ext="200", message=voicemail("vm9")),)
    call = collapsed(a_record(legs=legs))
    assert (call.outcome, call.voicemail_message_id) == ("voicemail", "vm9")


def test_a_voicemail_result_without_its_message_is_a_voicemail() -> None:
    assert collapsed(a_record(result="Sent to Voicemail")).outcome == "voicemail"
    typeless = collapsed(a_record(result="Voicemail", message=voicemail(kind=None)))
    assert typeless.voicemail_message_id == "vm1"


@pytest.mark.parametrize(
    "result",
    ["Missed", "Abandoned", "No Answer", "hang up", "Busy", "Rejected", "Declined", "Reply"],
)
def test_calls_nobody_took_are_missed(result: str) -> None:
    assert collapsed(a_direct_record(result)).outcome == "missed"


def test_a_result_nobody_has_seen_before_is_a_missed_call() -> None:
    assert collapsed(a_direct_record("Result of Next Year")).outcome == "missed"


def test_a_caller_who_asks_to_be_called_back_was_missed_and_says_so() -> None:
    call = collapsed(a_record(result="Callback requested"))
    assert (call.outcome, call.callback_requested) == ("missed", True)


def test_answered_elsewhere_is_an_accepted_call_of_somebody_unknown() -> None:
    call = collapsed(a_direct_record("Answered Elsewhere"))
    assert (call.outcome, call.call_type) == ("answered_elsewhere", "accepted")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"result": "Blocked"}, "blocked"),
        ({"result": "Call Failed"}, "failed"),
        ({"result": "carrier is not ACTIVE"}, "failed"),
        ({"type": "Fax", "result": "Received"}, "fax"),
        ({"action": "Incoming Fax"}, "fax"),
        ({"action": "Monitoring", "result": "Accepted"}, "noise"),
        ({"action": "Barge In Call", "result": "Accepted"}, "noise"),
        ({"action": "Paging", "result": "Accepted"}, "noise"),
        ({"action": "Phone Login", "result": "Phone Login"}, "noise"),
    ],
)
def test_what_is_no_conversation_has_an_outcome_of_its_own(
    changes: dict[str, Any], outcome: str
) -> None:
    assert collapsed(a_record(**changes)).outcome == outcome


def test_monitoring_beside_a_call_does_not_hide_it() -> None:
    listening = a_record("spy", action="Monitoring", result="Accepted", direction="Outbound")
    assert collapsed(a_direct_record("Missed"), listening).outcome == "missed"


def test_outbound_and_internal_calls_are_told_apart() -> None:
    customer, agent = Party(phone_number=CUSTOMER), Party(extension_id="304", phone_number=MAIN)
    out = a_record(direction="Outbound", result="Call connected", from_=agent, to=customer)
    assert collapsed(out).direction == "outbound"
    inside = a_record(from_=Party(extension_number="201"), to=Party(extension_number="204"))
    assert (collapsed(inside).direction, collapsed(inside).caller) == ("internal", None)
    named = a_record(from_=Party(phone_number=MAIN, extension_id="301"))
    assert collapsed(named).direction == "internal"
    asked = a_record(direction="Outbound", from_=agent, to=Party(extension_number="201"))
    assert collapsed(asked).direction == "internal"


def test_our_own_side_of_a_call_is_known_in_both_directions() -> None:
    """Outbound and internal calls are counted for the office that made them."""
    agent = Party(extension_id="304", extension_number="204")
    out = a_record(direction="Outbound", from_=agent, to=Party(phone_number=CUSTOMER))
    assert (collapsed(out).extension_ids, collapsed(out).extension_numbers) == (("304",), ("204",))
    inside = a_record(direction="Outbound", from_=agent, to=Party(extension_id="301"))
    assert collapsed(inside).extension_ids == ("304", "301")


def test_calling_one_s_own_number_is_internal() -> None:
    numbers = {"from_": Party(phone_number=MAIN), "to": Party(phone_number=MAIN)}
    both = (a_record("in", **numbers), a_record("out", direction="Outbound", **numbers))
    assert collapsed(*both).direction == "internal"


def test_a_ringout_is_outbound_on_both_its_sides() -> None:
    assert collapsed(a_record(action="RingOut Web", result="Accepted")).direction == "outbound"
    assert collapsed(a_direct_record(), ringout=True).direction == "outbound"


@pytest.mark.parametrize(
    "number", [None, "anonymous", "+1215555XXXX", "204", "911", "555-0100", "Restricted"]
)
def test_withheld_masked_and_short_numbers_are_no_caller(number: str | None) -> None:
    call = collapsed(a_record(from_=Party(phone_number=number)))
    assert (call.caller, call.caller_raw) == (None, number)
    assert call.person == call.id == "call:700100004:s-1"


def test_a_number_that_one_version_masks_is_taken_from_another() -> None:
    hidden = a_queue_record(record_id="queue", from_=Party(phone_number="+1215555XXXX"))
    shown = a_record("dana", result="Missed")
    assert collapsed(hidden, shown).caller == CUSTOMER


@pytest.mark.parametrize(
    ("name", "location", "expected"),
    [
        ("Support Queue - LEE SMITH", "Portland, OR", "LEE SMITH"),
        ("Support Queue - PORTLAND OR", "Portland, OR", None),
        ("WIRELESS CALLER", None, None),
        ("Pat Jones", "Portland, OR", "Pat Jones"),
    ],
)
def test_the_caller_s_name_is_a_person_s_or_none(
    name: str, location: str | None, expected: str | None
) -> None:
    party = Party(phone_number=CUSTOMER, name=name, location=location)
    call = collapsed(a_queue_record(from_=party))
    assert (call.caller_name, call.caller_location) == (expected, location)


def test_recordings_of_record_and_legs_are_kept_once_each() -> None:
    one, two = RecordingRef(id="1"), RecordingRef(id="2")
    legs = (
        a_leg("Accept", "Accepted", ext="304", recording=one),
        a_leg("PstnToSip", "Accepted", ext="304", recording=two),
        a_leg("Monitoring", "Accepted", ext="301", recording=RecordingRef(id="3")),
    )
    records = [a_record(each, result="Accepted", recording=one, legs=legs) for each in "ab"]
    assert collapsed(*records).recording_ids == ("1", "2")


def test_the_newest_version_of_a_record_counts() -> None:
    old = a_record(result="In Progress", last_modified=at(10))
    new = a_direct_record(last_modified=at(60))
    assert collapsed(new, old) == collapsed(old, new) == collapsed(new)


def test_a_call_whose_every_record_was_deleted_is_deleted() -> None:
    assert collapsed(a_record(deleted=True)).deleted
    assert not collapsed(a_record("a", deleted=True), a_record("b")).deleted


def test_a_call_settles_some_minutes_after_its_end() -> None:
    record = a_direct_record(duration_seconds=30)
    fresh = collapsed(record, now=at(30 + SETTLE - 1))
    assert (fresh.outcome, fresh.unsettled_reason) == ("unsettled", "settling")
    assert fresh.settles_at == at(30 + SETTLE)
    assert collapsed(record, now=at(30 + SETTLE)).outcome == "accepted"


PROVISIONAL = [
    (a_record(result="In Progress"), "in_progress"),
    (a_record(result="ResultInProgress"), "in_progress"),
    (a_direct_record(finished=False), "in_progress"),
    (a_record(result="Stopped"), "provisional_result"),
    (a_record(result="IP Phone offline"), "provisional_result"),
    (a_record(result="Unknown"), "provisional_result"),
    (a_record(result=None), "provisional_result"),
    (a_record(legs=(a_leg("PstnToSip", "No Answer", ext="304"),)), "ring_out_only"),
    (
        a_record(
            direction="Outbound",
            action="VoIP Call",
            result="In Progress",
            from_=Party(name="Lee Example", extension_id="304"),
            to=Party(phone_number=CUSTOMER),
        ),
        "in_progress",
    ),
]


@pytest.mark.parametrize(("record", "reason"), PROVISIONAL)
def test_a_provisional_record_waits_until_it_is_unmodified_for_long(
    record: CallRecord, reason: str
) -> None:
    call = collapsed(record, now=at(30 + TRAILING - 1))
    assert (call.outcome, call.unsettled_reason) == ("unsettled", reason)
    assert call.settles_at == at(30 + TRAILING)
    assert collapsed(record, now=at(30 + TRAILING)).outcome != "unsettled"


def test_a_provisional_record_that_was_modified_waits_anew() -> None:
    record = a_record(result="Stopped", last_modified=at(600))
    call = collapsed(record, now=at(30 + TRAILING))
    assert (call.outcome, call.settles_at) == ("unsettled", at(600 + TRAILING))


def test_a_provisional_call_that_never_changes_is_missed_in_the_end() -> None:
    record = a_record(result="Stopped")
    assert collapsed(record, now=START + timedelta(days=1)).outcome == "missed"


def test_a_finished_call_need_not_wait() -> None:
    assert collapsed(a_record(result="Stopped", finished=True)).outcome == "missed"
    assert collapsed(a_record(result="In Progress", finished=True)).outcome == "unsettled"


def test_telephones_that_stopped_ringing_do_not_hold_up_a_final_call() -> None:
    stopped = a_record("dana", result="Stopped", extension_id="301")
    assert collapsed(a_direct_record("Missed"), stopped).outcome == "missed"
    talking = a_record("ivy", result="In Progress", extension_id="302")
    assert collapsed(a_direct_record("Missed"), talking).outcome == "unsettled"


def test_internal_ringing_is_not_provisional() -> None:
    record = a_record(
        from_=Party(extension_number="201"),
        to=Party(extension_number="204"),
        legs=(a_leg("PstnToSip", "No Answer", ext="304"),),
    )
    assert collapsed(record).unsettled_reason is None


def test_a_missing_result_is_read_from_the_main_leg() -> None:
    legs = (a_leg("Accept", "Voicemail", ext="304", master=True),)
    assert collapsed(a_record(result=None, legs=legs)).outcome == "voicemail"


def test_a_record_without_legs_is_believed() -> None:
    assert collapsed(a_record(result="Accepted", extension_id="304")).outcome == "accepted"
    assert collapsed(a_record(result="Accepted", extension_id="400")).outcome == "missed"


def test_the_longest_leg_decides_when_a_call_ended() -> None:
    legs = (a_leg("Accept", "Missed", ext="304", after=10, duration_seconds=300),)
    assert collapsed(a_record(legs=legs)).ended_at == at(310)


def test_the_session_s_key_may_be_given() -> None:
    record = a_record(telephony_session_id=None)
    assert collapsed(record).session == "880012345004"
    assert collapsed(record, session="s-9").session == "s-9"
