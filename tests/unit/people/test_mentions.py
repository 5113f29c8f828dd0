"""A person is found in texts however their number or address is spelled, and nobody else is."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.people.mentions import mentions_of

ADA = mentions_of("+12155550177", "ada@example.com")


@pytest.mark.parametrize(
    "text",
    ["+12155550177", "12155550177", "2155550177", "(215) 555-0177", "+1 (215) 555-0177",
     "1-215-555-0177", "215.555.0177", "%2B12155550177", "call:2155550177.", "0012155550177",
     '{"Phone": "+12155550177"}', "tel:+1-215-555-0177", "ADA@Example.com", "<ada@example.com>"],
)  # fmt: skip
def test_every_spelling_is_a_mention(text: str) -> None:
    assert ADA.within(text)
    assert any(hint in text.lower() for hint in ADA.hints)
    assert not ADA.within(ADA.replaced(text, "somebody"))


@pytest.mark.parametrize(
    "text",
    ["+12155550178", "12155550177001", "99902155550177", "2155550177123", "bada@example.com",
     "ada@example.community", "x.ada@example.com", "", "215 555"],
)  # fmt: skip
def test_longer_numbers_and_other_addresses_are_none(text: str) -> None:
    assert not ADA.within(text)


def test_national_prefixes_of_other_countries_are_understood() -> None:
    london = mentions_of("+442079460958", None)
    for text in ("020 7946 0958", "+44 (0)20 7946 0958", "+44 20 7946 0958", "02079460958"):
        assert london.within(text), text


@given(st.integers(2_012_000_000, 9_899_999_999), st.sampled_from([0, 1, 2, 3]))
def test_whatever_the_library_formats_is_found(national: int, style: int) -> None:
    """Our own texts write numbers by phonenumbers: none of its notations may escape."""
    phone = f"+1{national}"
    text = phonenumbers.format_number(phonenumbers.parse(phone), style)
    assert mentions_of(phone, None).within(f"Call back {text} today")
