"""Where a transcript goes, what is written, and how it is recognised afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.flows.call_to_lead.transcript_text import (
    CONTENT_LENGTH,
    cleaned,
    holds_transcript,
    same_text,
    separate_note,
    state_of,
    with_transcript,
)
from switchboard.vendors.ringcentral.models import Message


@pytest.mark.parametrize(
    ("status", "uri", "expected"),
    [
        ("Completed", "u", "ready"),
        ("CompletedPartially", "u", "ready"),
        ("Completed", None, "later"),
        ("InProgress", None, "later"),
        ("NotAvailable", None, "never"),
        ("Failed", None, "never"),
        ("TimedOut", None, "never"),
        ("Unknown", None, "never"),
    ],
)
def test_only_what_is_in_progress_is_waited_for(
    status: str, uri: str | None, expected: str
) -> None:
    assert state_of(Message(id="1", transcription=status, transcript_uri=uri)) == expected


def test_a_message_that_is_gone_has_no_transcript() -> None:
    assert state_of(None) == "never"


def test_a_transcript_is_plain_text_with_its_lines() -> None:
    assert cleaned("\x00 Hello\t\r\nthere\u200b \r\n\r\n") == "Hello\nthere"


def test_what_zoho_may_change_about_a_text_is_no_change() -> None:
    assert same_text("a \nb\n", "a\r\nb")
    assert not same_text("a\nb", "a\nc")
    assert same_text("", None)


@given(content=st.text(max_size=2000), text=st.text(min_size=1, max_size=40_000))
def test_a_note_is_never_too_long_and_its_transcript_is_found_again(
    content: str, text: str
) -> None:
    """Also where a long transcript had to be cut."""
    text = cleaned(text) or "Hello"  # Nothing is written where nothing was said.
    whole = with_transcript(content, text)
    assert len(whole) <= CONTENT_LENGTH
    assert holds_transcript(whole, text)
    title, alone = separate_note("s-1", "+12155550142", "US", text)
    assert len(alone) <= CONTENT_LENGTH
    assert holds_transcript(alone, text)
    assert title == "Voicemail transcript from (215) 555-0142 [rc:s-1/transcript]"


def test_a_note_without_the_transcript_is_told_apart() -> None:
    assert not holds_transcript("The caller left a voicemail.", "Call me.")
    assert not holds_transcript(None, "Call me.")


def test_a_long_session_leaves_room_for_its_marker() -> None:
    title, _ = separate_note("s" * 300, None, "US", "Hello")
    assert len(title) <= 120
    assert title.endswith("/transcript]")
