"""The pure parts of the store: its URLs, its lists, its state machine."""

from __future__ import annotations

import pytest

from switchboard.errors import OperatorError
from switchboard.store.database import chunks
from switchboard.store.engine import normalise
from switchboard.store.journal import LEGAL, request_hash


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg"),
        ("postgres://u@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg"),
        ("sqlite:///a.db", "sqlite"),
    ],
)
def test_the_two_kinds_of_store_are_known_by_their_urls(url: str, driver: str) -> None:
    assert normalise(url).drivername == driver


@pytest.mark.parametrize("url", ["mysql://h/d", "no url", ""])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(OperatorError, match="DB-001"):
        normalise(url)


def test_long_lists_are_cut_into_pieces() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []


def test_what_happened_at_the_vendor_is_final() -> None:
    """Nothing leads out of `settled`, and only what was being sent can get there."""
    assert LEGAL["settled"] == frozenset()
    assert {state for state, onward in LEGAL.items() if "settled" in onward} == {"sending"}


def test_requests_are_told_apart_by_their_hash() -> None:
    assert request_hash("a") == request_hash("a")
    assert request_hash("a") != request_hash("b")
