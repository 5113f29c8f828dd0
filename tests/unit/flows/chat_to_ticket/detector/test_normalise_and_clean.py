"""However it is typed, the same matter becomes the same words."""

from __future__ import annotations

import time

import pytest

from switchboard.flows.chat_to_ticket.detector.clauses import (
    sentences,
    without_politeness,
    without_what_is_fine,
)
from switchboard.flows.chat_to_ticket.detector.normalise import normalise, plain


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("QB won't open", "quickbooks won't open"),
        ("quick books", "quickbooks"),
        ("QBO and qbw", "quickbooks and quickbooks"),
        ("forgot pw", "forgot password"),
        ("pass word reset", "password reset"),
        ("2FA", "mfa"),
        ("two-factor and 2 step", "mfa and mfa"),
        ("one-time passcode", "mfa code"),
        ("RDP", "remote desktop"),
        ("mstsc crashes", "remote desktop crashes"),
        ("remot desktop", "remote desktop"),
        ("acct locked", "account locked"),
        ("srv01 down", "server down"),
        ("APP-2 please", "server please"),
        ("hdd full", "disk full"),
        ("hard drive", "disk"),
        ("C: drive", "zzdrive drive"),
        ("my c drive", "my zzdrive drive"),
        ("KB5034441", "zzkb windows update"),
        ("0x80070643", "zzhex zzupdatehex"),
        ("error 0x204", "error zzhex zzshorthex"),
        ("error H202", "error zzqberror"),
        ("error -6000, -77", "error zzqberror"),
        ("call 555-6100", "call zznum"),
        ("log in", "login"),
        ("logged on", "login"),
        ("sign-in", "login"),
        ("re-boot", "reboot"),
        ("e-mail", "email"),
        ("sooooo slow", "soo slow"),
        ("help!!!!", "help!"),
        ("200 GB more", "zzsize more"),
        ("at 98%", "at zzpercent"),
        ("by 5 pm", "by zztime"),
        ("4 people", "zznum people"),
        ("see https://example.org/a?b=c now", "see now"),
        ("I can\u2019t", "i can't"),
        ("do not", "doesn't"),
        ("ＰＲＩＮＴＥＲ", "printer"),  # noqa: RUF001 - the compatibility form is the point
        ("user@example.org cannot", "zzmail can't"),
        ("Win 11", "windows zzversion"),
    ],
)
def test_a_spelling_becomes_ours(typed: str, read: str) -> None:
    assert normalise(typed) == read


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("hi there, could you please reboot the server? thanks a lot", "reboot the server?"),
        ("good morning! my printer is offline", "my printer is offline"),
        ("i hope you are all doing well. outlook is down", "outlook is down"),
        ("sorry to bother you, screen is black", "screen is black"),
        ("kindly unlock me", "unlock me"),
    ],
)
def test_politeness_is_not_the_matter(said: str, matter: str) -> None:
    """Visitors who ask nicely are understood as well as those who do not."""
    assert without_politeness(said).replace(" ?", "?").strip(" ?") == matter.strip(" ?")


@pytest.mark.parametrize(
    "said", ["hi", "good morning", "thank you so much", "please", "hello there"]
)
def test_a_greeting_alone_stays(said: str) -> None:
    assert without_politeness(said) == said


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("email is fine but quickbooks won't open", "quickbooks won't open"),
        ("printer works, mail works, but my screen went dark", "my screen went dark"),
        ("the wifi is ok, outlook is dead", "outlook is dead"),
        ("no need to reboot, just add a user", "just add a user"),
    ],
)
def test_what_is_fine_is_not_the_matter(said: str, matter: str) -> None:
    """A visitor may say what does work without being sent there."""
    assert without_what_is_fine(said) == matter


@pytest.mark.parametrize(
    "said", ["nothing works", "the printer isn't working", "everything is fine", "it works"]
)
def test_a_whole_message_is_never_dropped(said: str) -> None:
    assert without_what_is_fine(said) == said


def test_a_story_is_read_sentence_by_sentence() -> None:
    story = "we moved offices. the copier is on the wrong floor! ok. can nobody print?"
    assert sentences(story) == [
        "we moved offices",
        "the copier is on the wrong floor",
        "can nobody print",
    ]


def test_both_ends_of_a_very_long_text_are_read() -> None:
    """The request often stands at the end of a long story."""
    text = plain("my printer " + "bla " * 20_000 + " is offline")
    assert text.startswith("my printer")
    assert text.endswith("is offline")
    assert len(text) < 3000


@pytest.mark.parametrize(
    "piece", ["(", "re-", "log ", "x@", "\\\\a", "1,", "hope you ", "is fine, ", "c: ", "\ufdfa"]
)
def test_hostile_text_costs_little(piece: str) -> None:
    """Nobody stops the service with a long message."""
    text = piece * (50_000 // len(piece))
    started = time.process_time()
    without_what_is_fine(without_politeness(normalise(text)))
    assert time.process_time() - started < 0.5
