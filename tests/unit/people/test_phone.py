"""A number is recognised however it is written, and nothing else is taken for a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.notations import notations

from switchboard.people.phone import international, readable, to_e164

north_american = st.builds(
    lambda area, rest: f"+1{area}{rest}",
    st.sampled_from(["215", "412", "303", "267", "866", "503"]),
    st.integers(2_000_000, 9_999_999),
)


@pytest.mark.parametrize("written", notations("+12155550100"))
def test_a_number_is_the_same_in_every_notation(written: str) -> None:
    assert to_e164(written) == "+12155550100"


@given(north_american)
def test_formatting_never_hides_a_person(number: str) -> None:
    assert {to_e164(written) for written in notations(number)} == {number}


@given(north_american)
def test_what_we_print_can_be_read_back(number: str) -> None:
    assert to_e164(readable(number)) == number
    assert to_e164(readable(number, "GB"), "GB") == number
    assert to_e164(international(number), None) == number


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("0044 20 7946 0958", "US", "+442079460958"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("+44 (0)20 7946 0958", "US", "+442079460958"),
        ("442079460958", "US", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("0173 1234567", "DE", "+491731234567"),
        ("12155550100", "GB", "+12155550100"),
        ("001 215 555 0100", "GB", "+12155550100"),
        ("18661234567", "US", "+18661234567"),
        ("(866)123-4567", "US", "+18661234567"),
        ("12155550100", None, "+12155550100"),
    ],
)
def test_foreign_and_bare_numbers_are_understood(
    written: str, region: str | None, expected: str
) -> None:
    assert to_e164(written, region) == expected


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        " ",
        "+1855201XXXX",
        "+1855201xxxx",
        "+1 855 201 ****",
        "215555010X",
        "anonymous",
        "Restricted",
        "Unknown",
        "204",
        "911",
        "555-0100",
        "555-0100 x12",
        "+1215555010",
        "0000000000",
        "+10000000000",
        "+99912345678",
        "1234567890123456789",
        "+",
        "00",
        "x12",
        "n/a",
        "sip:agent@example.com",
    ],
)
def test_withheld_masked_short_and_internal_numbers_are_no_numbers(written: str | None) -> None:
    assert to_e164(written) is None


def test_a_national_number_without_a_region_is_not_guessed_at() -> None:
    assert to_e164("215 555 0100", None) is None


@given(st.text(max_size=40), st.sampled_from(["US", "GB", "DE", None]))
def test_any_text_gives_e164_or_nothing(text: str, region: str | None) -> None:
    number = to_e164(text, region)
    assert number is None or (number[0] == "+" and number[1:].isdecimal() and len(number) <= 16)
    if number is not None:
        assert to_e164(number, None) == number


def test_numbers_read_as_people_of_the_office_write_them() -> None:
    assert readable("+12155550100") == "(215) 555-0100"
    assert readable("+442079460958") == "+44 20 7946 0958"
    assert readable("+442079460958", "GB") == "020 7946 0958"
    assert international("+12155550100") == "+1 215-555-0100"
    assert readable("no number") == international("no number") == "no number"
