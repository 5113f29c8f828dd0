"""Start, ask or none: what the detector makes of any message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.trained_detector import shipped_detector

from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.models import LABELS, Verdict

PIECES = st.sampled_from(
    ["printer", "not working", "password", "QuickBooks", "slow", "!!!", "\u2028", "locked", "the",
     "new employee", "a human", "200GB", "\ud800", "hi", "C:", "0x80070643", "please", "?", "\x00"]
)  # fmt: skip
ANYTHING = st.text(max_size=200) | st.lists(PIECES, max_size=12).map(" ".join)


def holds(verdict: Verdict) -> None:
    assert sorted(verdict.labels) == sorted(LABELS)
    assert 0.0 <= verdict.p <= 1.0
    assert verdict.offered == verdict.labels[: len(verdict.offered)]
    if verdict.outcome == "ask":
        assert 2 <= len(verdict.offered) <= 3
    else:
        assert verdict.offered == ()


@given(ANYTHING)
@settings(max_examples=60, deadline=None)
def test_any_text_gets_a_verdict(text: str) -> None:
    """Nothing a visitor writes breaks the chat."""
    holds(shipped_detector()(text))


@pytest.mark.slow
@given(ANYTHING)
@settings(max_examples=3000, deadline=None)
def test_very_many_texts_get_a_verdict(text: str) -> None:
    holds(shipped_detector()(text))


@given(ANYTHING)
@settings(max_examples=30, deadline=None)
def test_the_same_text_gets_the_same_verdict(text: str) -> None:
    assert shipped_detector()(text) == shipped_detector()(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("My disk is full", "disk_space_upgrade"),
        ("I forgot my password", "password_reset"),
        ("please create an account for our new employee", "user_management"),
        ("my second monitor is not detected", "monitor_setup"),
        ("the scanner does not scan", "printer_issues"),
        ("Server is slow", "server_slowness"),
        ("black screen after I log in to the remote desktop", "rdp_connection"),
        ("my new laptop needs the remote connection", "rdp_connection"),
        ("please reboot our server", "server_reboot"),
        ("I never get the QuickBooks verification code", "quickbooks_mfa"),
        ("Outlook asks for a password all the time", "email_issues"),
        ("install QuickBooks on the server please", "quickbooks_issues"),
        ("windows update failed", "windows_update"),
        ("my account is locked", "account_locked"),
    ],
)
def test_a_plain_message_starts_its_workflow(detector: Detector, text: str, label: str) -> None:
    verdict = detector(text)
    assert (verdict.outcome, verdict.labels[0]) == ("start", label)


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("QuickBooks is slow", {"quickbooks_issues", "server_slowness"}),
        ("my password is wrong and now I am locked", {"password_reset", "account_locked"}),
    ],
)
def test_a_message_that_may_mean_two_things_is_asked_about(
    detector: Detector, text: str, either: set[str]
) -> None:
    """The visitor chooses where we would have to guess."""
    verdict = detector(text)
    assert verdict.outcome == "ask"
    assert either <= set(verdict.offered)


@pytest.mark.parametrize(
    "text",
    [
        "I locked my keys in the car",
        "I printed my password",
        "how do I record a refund in quickbooks",
        "our Adobe licence has expired",
        "what's the weather tomorrow",
        "how much is hosting for ten users",
    ],
)
def test_a_look_alike_starts_nothing(detector: Detector, text: str) -> None:
    assert detector(text).outcome in {"none", "ask"}
