"""Caller-ID text becomes a name only where it is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.people.names import clean_caller_name, is_company, split_name


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("SAN FRANCSCO CA", "San Francisco (South), CA"),
        ("SAN FRANCISCO C", "San Francisco, CA"),
        ("PORTLAND OR", "Portland, OR"),
        ("PHILADELPHIA PA", None),
        ("Philadelphia", "Philadelphia, PA"),
        ("DENVER CO", ", CO"),
        ("WIRELESS CALLER", "Portland, OR"),
        ("Wireless Caller", None),
        ("TOLL FREE CALLER", None),
        ("Unknown", None),
        ("ANONYMOUS", None),
        ("V12151030340022", None),
        ("+12155550100", None),
        ("(215) 555-0100", None),
        ("---", None),
        ("", None),
        (None, None),
    ],
)
def test_places_lines_and_codes_are_not_names(text: str | None, location: str | None) -> None:
    assert clean_caller_name(text, location=location) is None


@pytest.mark.parametrize(
    ("text", "location", "expected"),
    [
        ("LEE SMITH", "Portland, OR", "LEE SMITH"),
        ("YO-YO MA", "New York, NY", "YO-YO MA"),
        ("Marion Smith", "Marion, IN", "Marion Smith"),
        ("  O'Brien,   Pat ", ", CO", "O'Brien, Pat"),
        ("ACME PLUMBING CO", "Seattle, WA", "ACME PLUMBING CO"),
        ("Zoë\tÅngström", None, "Zoë Ångström"),
    ],
)
def test_names_are_kept_and_tidied(text: str, location: str | None, expected: str) -> None:
    assert clean_caller_name(text, location=location) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Support Queue - LEE SMITH", "LEE SMITH"),
        ("support queue - LEE SMITH", "LEE SMITH"),
        ("Support Queue - WIRELESS CALLER", None),
        ("Support Queue", None),
        ("Support Queue - ", None),
    ],
)
def test_the_queue_in_front_of_the_name_goes(text: str, expected: str | None) -> None:
    assert clean_caller_name(text, queue_names=["Support Queue"]) == expected


def test_an_unknown_queue_s_name_goes_when_the_call_came_through_a_queue() -> None:
    assert clean_caller_name("Night Desk - LEE SMITH", is_queue_call=True) == "LEE SMITH"
    assert clean_caller_name("Smith - Jones") == "Smith - Jones"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("John Smith", "John", "Smith"),
        ("John Q Smith", "John Q", "Smith"),
        ("SMITH, JOHN", "JOHN", "SMITH"),
        ("SMITH,", None, "SMITH"),
        ("Cher", None, "Cher"),
        ("Acme Plumbing Inc.", None, "Acme Plumbing Inc."),
    ],
)
def test_names_fill_the_crm_s_two_fields(name: str, first: str | None, last: str) -> None:
    assert split_name(name) == (first, last)


def test_companies_are_known_by_their_endings() -> None:
    assert is_company("ACME PLUMBING LLC")
    assert not is_company("Lee Smith")
    assert not is_company("Inc")


@given(st.text(max_size=200), st.one_of(st.none(), st.text(max_size=30)))
def test_any_text_gives_a_printable_name_or_none(text: str, location: str | None) -> None:
    name = clean_caller_name(text, location=location, queue_names=["Sales"])
    assert name is None or (name.isprintable() and name == name.strip() and len(name) <= 100)
    if name:
        assert split_name(name).last
