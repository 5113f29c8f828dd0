"""A note can be found again, reads well, and is the same whenever it is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import a_call, an_office

from switchboard.flows.call_to_lead.note import (
    TITLE_LENGTH,
    correction_of,
    duration_words,
    marker,
    note_text,
)
from switchboard.flows.call_to_lead.select import attribute

OFFICE = an_office()

ANSWERED = a_call(
    outcome="accepted",
    caller_name="PAT JONES",
    caller_location="Portland, OR",
    queue_name="Support Queue",
    queue_extension_id="200",
    queue_extension_number="1001",
    agent_name="Lee Example",
    agent_extension_id="304",
    agent_extension_number="204",
    ring_seconds=22,
    talk_seconds=192,
    duration_seconds=3672,
    result_raw="Accepted",
    reason_raw="Accepted",
)


def test_an_answered_call_s_note_tells_who_when_and_how_long() -> None:
    note = note_text(ANSWERED, OFFICE, attribute(ANSWERED, [OFFICE]))
    assert note.title == "Accepted call from (215) 555-0142 to Support Queue [rc:s-1]"
    assert note.content.splitlines() == [
        "The call was answered.",
        "",
        "When: 2026-11-03 10:04:05 EST",
        "From: (215) 555-0142, PAT JONES, Portland, OR",
        "Dialled: (215) 555-0199",
        "Office: Philadelphia",
        "Queue: Support Queue (ext. 1001)",
        "Answered by: Lee Example (ext. 204)",
        "Talked for: 3 minutes 12 seconds",
        "Whole call: 1 hour 1 minute 12 seconds",
        "Waited: 22 seconds",
        "Result at RingCentral: Accepted",
        "Call id: s-1",
    ]


def test_a_missed_call_s_note_names_nobody_as_the_one_who_answered() -> None:
    call = a_call(callback_requested=True, result_raw="Callback requested", reason_raw="Stopped")
    note = note_text(call, OFFICE, attribute(call, [OFFICE]))
    assert note.title == "Missed call from (215) 555-0142 to Lee Example [rc:s-1]"
    assert "Answered by" not in note.content
    assert "The caller asked to be called back." in note.content
    assert "Result at RingCentral: Callback requested, Stopped" in note.content


def test_a_voicemail_s_note_says_that_a_message_waits() -> None:
    note = note_text(a_call(outcome="voicemail"), OFFICE)
    assert note.title == "Voicemail from (215) 555-0142 [rc:s-1]"
    assert note.content.startswith("Nobody answered; the caller left a voicemail.")


def test_an_agent_known_only_by_the_configuration_is_named() -> None:
    call = a_call(outcome="accepted", agent_extension_id="304", agent_extension_number="204")
    note = note_text(call, OFFICE, attribute(call, [OFFICE]))
    assert "Answered by: Lee Example (ext. 204)" in note.content


@pytest.mark.parametrize(
    ("moment", "timezone", "written"),
    [
        (datetime(2026, 7, 1, 3, 30, tzinfo=UTC), "America/New_York", "2026-06-30 23:30:00 EDT"),
        (datetime(2026, 1, 1, 3, 30, tzinfo=UTC), "America/Denver", "2025-12-31 20:30:00 MST"),
        (datetime(2026, 11, 1, 5, 59, tzinfo=UTC), "America/New_York", "2026-11-01 01:59:00 EDT"),
        (datetime(2026, 11, 1, 6, 0, tzinfo=UTC), "America/New_York", "2026-11-01 01:00:00 EST"),
    ],
)
def test_times_are_the_office_s_own(moment: datetime, timezone: str, written: str) -> None:
    note = note_text(a_call(started_at=moment), an_office(timezone=timezone))
    assert f"When: {written}" in note.content


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 seconds"),
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (192, "3 minutes 12 seconds"),
        (3600, "1 hour"),
        (7265, "2 hours 1 minute 5 seconds"),
    ],
)
def test_durations_are_written_in_words(seconds: int, words: str) -> None:
    assert duration_words(seconds) == words


@given(st.text(min_size=1, max_size=200), st.text(max_size=300))
def test_the_marker_always_survives_in_a_title_zoho_takes(session: str, queue: str) -> None:
    call = a_call(session=session, queue_name=queue)
    note = note_text(call, OFFICE)
    assert len(note.title) <= TITLE_LENGTH
    assert note.title.endswith(" " + marker(session))
    corrected = correction_of(note)
    assert len(corrected.title) <= TITLE_LENGTH
    assert corrected.title.endswith("/corrected]")
    assert marker(session) not in corrected.title


def test_a_correction_has_a_marker_of_its_own() -> None:
    note = note_text(ANSWERED, OFFICE)
    corrected = correction_of(note)
    assert corrected.title == (
        "Corrected: Accepted call from (215) 555-0142 to Support Queue [rc:s-1/corrected]"
    )
    assert corrected.content.endswith(note.content)


def test_the_same_call_gives_the_same_note() -> None:
    assert note_text(ANSWERED, OFFICE) == note_text(ANSWERED.model_copy(), OFFICE)
