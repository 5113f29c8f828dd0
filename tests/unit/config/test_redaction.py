"""Nothing that is logged names a caller or opens a door."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from switchboard.redaction import MASK, redact, redact_text
from switchboard.vendors.credentials import ZohoCredentials


@pytest.mark.parametrize(
    "text",
    [
        "+12155550100",
        "call from +1 (215) 555-0100 ended",
        "(215) 555-0100",
        "215-555-0100",
        "215.555.0100",
        "2155550100",
        "12155550100",
        "+49 30 12345670100",
        "0049 30 12345670100",
        "020 7946 0100",
        "phone=%2B12155550100&x=1",
        "where (Phone in ('+12155550100','2155550100'))",
    ],
)
def test_a_phone_number_in_any_notation_is_masked(text: str) -> None:
    masked = redact_text(text)
    assert "0100" not in masked
    assert "555" not in masked
    assert "00" in masked, "the last two digits help to follow one call"


@pytest.mark.parametrize("key", ["event", "id"])
def test_digits_beside_a_number_do_not_hide_it(key: str) -> None:
    """A number may stand in a row with others: together they have more digits than any number."""
    assert "1000000000" not in str(redact({key: "000000 +1000000000 000000"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2155550100 2155550101", "***01"),
        ("(215) 555-0100 (215) 555-0101", "***01"),
        ("2026-11-20 2155550100", "2026-11-20 ***00"),
        ("5678901234567890123 2155550100", "5678901234567890123 ***00"),
        ("+12155550100 5678901234567890123", "+***23"),
        ("5678901234567890123 5678901234567890124", "5678901234567890123 5678901234567890124"),
        ("1763678358.123456 12", "1763678358.123456 12"),
    ],
)
def test_numbers_in_a_row_are_masked_and_ids_among_them_stay(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "5678901234567890123",
        "call:700100004:s-1234567890",
        "2026-11-20T22:39:18.123Z",
        "127.0.0.1:8900",
        "logs/2026-11-20/main/raw_logs/raw_call_logs_20261120_223918.json",
        "took 1234 ms, 60000 left",
        "6f1c2d3e-1111-4222-8333-944455556666",
        "HTTP 207, 100 items, 0 refused",
    ],
)
def test_ids_times_and_amounts_stay_readable(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2.hunter2",
        "Zoho-oauthtoken hunter2",
        "refresh_token=hunter2&grant_type=refresh_token",
        '{"client_secret": "hunter2"}',
        "{'jwt': 'hunter2'}",
        "postgresql://switchboard:hunter2@db/x",
        "password = hunter2",
        "eyJhbGciOi.hunter2hunter2.hunter2",
        "SWITCHBOARD_ZOHO_REFRESH_TOKEN=hunter2",
    ],
)
def test_a_secret_in_text_is_masked(text: str) -> None:
    assert "hunter2" not in redact_text(text)


def test_tokens_are_known_by_their_look() -> None:
    zoho = f"1000.{'a1' * 16}.{'b2' * 16}"
    fernet_key = f"{'k' * 43}="
    assert redact_text(f"x {zoho} y {fernet_key} z") == f"x {MASK} y {MASK} z"


def test_an_address_keeps_its_domain_only() -> None:
    """Which mail system refused is worth knowing; whose mailbox it was is not."""
    assert redact_text("to john.doe@example.com") == "to j***@example.com"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("refresh_token", "x", MASK),
        ("Authorization", "x", MASK),
        ("client_secret", SecretStr("x"), MASK),
        ("caller_name", "John Smith", "J. S."),
        ("person", "+12155550100", "+***00"),
        ("caller", 2155550100, "***00"),
        ("session_id", "4503991180", "4503991180"),
        ("call", "4503991180", "4503991180"),
        ("run", "20261121-004834-123456", "20261121-004834-123456"),
        ("call", "+12155550100", "+***00"),
        ("vendor_id", "3477061000005678", "3477061000005678"),
        ("tokens", 3, 3),
        ("password", None, None),
        ("ok", True, True),
        ("seconds", 1763678358.123, 1763678358.123),
        ("body", b"call +12155550100", "call +***00"),
    ],
)
def test_a_value_is_masked_by_its_key(key: str, value: Any, expected: Any) -> None:
    assert redact({key: value}) == {key: expected}


def test_structures_are_searched_to_the_bottom() -> None:
    secret = SecretStr("hunter2")
    credentials = ZohoCredentials(client_id="c", client_secret=secret, refresh_token=secret)
    value = {"a": [{"b": ({"jwt": "hunter2"}, credentials)}], "+12155550100": 1}
    shown = str(redact(value))
    assert "hunter2" not in shown
    assert "2155550100" not in shown


def test_a_structure_that_contains_itself_ends() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert MASK in str(redact(loop))


@given(st.integers(min_value=10**9, max_value=10**14), st.text(max_size=20))
def test_no_marked_number_survives_in_any_text(number: int, around: str) -> None:
    """Whatever stands around it, +digits never reach a log, even under the name of an id."""
    for key in ("event", "id"):
        assert f"+{number}" not in str(redact({key: f"{around} +{number} {around}"}))
