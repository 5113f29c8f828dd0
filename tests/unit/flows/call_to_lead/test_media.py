"""Which pieces a call owes, what they are called, and when they are looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import LATER, START, a_leg, a_record

from switchboard.flows.call_to_lead.collapse import collapse
from switchboard.flows.call_to_lead.media import (
    after_trouble,
    bears_mark,
    count_pieces,
    extension_of,
    file_name,
    is_gone,
    next_try,
    pieces_of,
)
from switchboard.flows.call_to_lead.models import Call
from switchboard.store.media import MediaRow
from switchboard.vendors.ringcentral.models import CallRecord, MessageRef, RecordingRef

LADDER = (1.0, 2.0, 5.0, 15.0, 60.0, 240.0, 720.0, 1440.0)
ENDED = START.timestamp() + 30


def a_recording(media_id: str, **changes: Any) -> RecordingRef:
    uri = f"https://media.example.com/recording/{media_id}/content"
    return RecordingRef(**({"id": media_id, "type": "Automatic", "content_uri": uri} | changes))


def a_call(*records: CallRecord) -> Call:
    return collapse("7", records, LATER, 180.0, 3600.0, "US")


def a_row(**changes: Any) -> MediaRow:
    values: dict[str, Any] = {
        "key": "call:7:s-1:media:recording:990000111004",
        "interaction_id": "call:7:s-1",
        "person": "+12155550142",
        "kind": "recording",
        "media_id": "990000111004",
        "call_started_at": START.timestamp(),
        "call_ended_at": ENDED,
    }
    return MediaRow(**(values | changes))


def test_recordings_of_record_and_legs_are_owed_once_each_in_leg_order() -> None:
    record = a_record(
        result="Accepted",
        recording=a_recording("91"),
        legs=(
            a_leg("Accept", "Accepted", ext="304", recording=a_recording("91")),
            a_leg("PstnToSip", "Accepted", ext="301", after=9, recording=a_recording("90")),
        ),
    )
    call = a_call(record)
    pieces = pieces_of(call, [record], "philadelphia")
    assert [(each.media_id, each.position) for each in pieces] == [("91", 0), ("90", 1)]
    assert {each.office for each in pieces} == {"philadelphia"}
    assert pieces[0].key == "call:7:s-1:media:recording:91"
    assert pieces[1].content_uri == "https://media.example.com/recording/90/content"
    assert pieces[1].recording_type == "Automatic"
    assert count_pieces(call) == 2


def test_an_address_is_taken_from_whichever_leg_names_it() -> None:
    record = a_record(
        result="Accepted",
        recording=a_recording("91", content_uri=None),
        legs=(a_leg("Accept", "Accepted", ext="304", recording=a_recording("91")),),
    )
    assert pieces_of(a_call(record), [record])[0].content_uri is not None


def test_a_voicemail_is_owed_from_the_mailbox_its_address_names() -> None:
    uri = "https://platform.ringcentral.com/restapi/v1.0/account/7/extension/200/message-store/77"
    record = a_record(
        result="Voicemail",
        message=MessageRef(id="77", type="VoiceMail", uri=uri),
        legs=(a_leg("Accept", "Voicemail", ext="304"),),
    )
    (piece,) = pieces_of(a_call(record), [record])
    assert (piece.kind, piece.media_id, piece.mailbox_id) == ("voicemail", "77", "200")


def test_without_an_address_the_voicemail_is_in_the_mailbox_of_who_was_called() -> None:
    record = a_record(
        result="Voicemail",
        message=MessageRef(id="77", type="VoiceMail"),
        extension_id="304",
        legs=(a_leg("Accept", "Voicemail", ext="304"),),
    )
    assert pieces_of(a_call(record), [record])[0].mailbox_id == "304"


def test_a_call_nobody_recorded_owes_nothing() -> None:
    record = a_record()
    assert pieces_of(a_call(record), [record]) == ()


def test_the_name_says_when_in_the_offices_time_what_and_which() -> None:
    name = file_name(a_row(), "America/New_York", "audio/mpeg")
    assert name == "2026-11-03_1004_recording_990000111004.mp3"
    second = file_name(a_row(position=1), "UTC", "audio/x-wav; charset=binary")
    assert second == "2026-11-03_1504_recording_990000111004_part2.wav"


@given(
    media_id=st.text(min_size=1, max_size=300),
    kind=st.sampled_from(["recording", "voicemail"]),
    position=st.integers(0, 99),
    content_type=st.text(max_size=80),
)
def test_every_name_is_plain_short_and_found_again(
    media_id: str, kind: Any, position: int, content_type: str
) -> None:
    row = a_row(media_id=media_id, kind=kind, position=position)
    name = file_name(row, "UTC", content_type)
    assert name.isascii()
    assert len(name) <= 250
    assert "/" not in name
    assert bears_mark(name, row)


def test_another_pieces_name_is_not_taken_for_it() -> None:
    row = a_row(media_id="12")
    for name in ("x_recording_123.mp3", "x_voicemail_12.mp3", "recording_12-3.mp3", "12.mp3", None):
        assert not bears_mark(name, row)
    assert bears_mark("2026-11-03_1504_recording_12_part2.wav", row)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("audio/mpeg", "mp3"), ("Audio/WAV", "wav"), ("audio/x-flac", "flac"), ("", "bin")],
)
def test_the_ending_follows_the_content_type(content_type: str, expected: str) -> None:
    assert extension_of(content_type) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, 1), (1, 2), (3, 5), (14, 15), (100, 240), (1000, 1440), (1440, 2880), (4000, 4320)],
)
def test_the_ladder_counts_from_the_calls_end_and_then_goes_on_daily(
    minutes: float, expected: float
) -> None:
    assert next_try(ENDED, ENDED + minutes * 60, LADDER) == ENDED + expected * 60


@given(
    after=st.floats(0, 10**8),
    ladder=st.lists(st.floats(0.001, 10_000), min_size=1, max_size=8).map(sorted),
)
def test_the_next_try_is_never_now_nor_past(after: float, ladder: list[float]) -> None:
    """A lane that works each due piece once must come to an end."""
    assert next_try(ENDED, ENDED + after, ladder) > ENDED + after


def test_a_vendors_trouble_is_answered_step_by_step_but_not_for_days() -> None:
    now = 1_000.0
    waits = [after_trouble(now, n, LADDER, wait=None) - now for n in (0, 1, 2, 4, 5, 50)]
    assert waits == [60, 60, 120, 900, 900, 900]
    assert after_trouble(now, 1, LADDER, wait=600) == now + 600


def test_a_piece_is_given_up_only_when_it_cannot_come_any_more() -> None:
    """A 404 may be too early; after two days, or past the deletion, it is final."""
    row = a_row(expires_at=ENDED + 90 * 86_400)
    assert is_gone(row, ENDED + 47 * 3600, 48) is None
    assert "30 seconds" in (is_gone(row, ENDED + 48 * 3600, 48) or "")
    deleted = is_gone(replace(row, expires_at=ENDED + 60), ENDED + 61, 48) or ""
    day = datetime.fromtimestamp(ENDED + 60, UTC)
    assert f"deleted it on {day:%d %b %Y}" in deleted
    message = is_gone(replace(row, kind="voicemail"), ENDED + 48 * 3600, 48) or ""
    assert "deleted the message" in message
