"""What a body of JSON may hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.api.problems import RequestError
from switchboard.api.strict import DEEPEST, demand_json, strict_json

HOSTILE = [
    b"",
    b"{",
    b"\xff\xfe",
    b'{"a": NaN}',
    b'{"a": -Infinity}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": "\\u0000"}',
    b'{"a\\u0000": 1}',
    b'{"a": "\\ud800"}',
    b'["\\udfff"]',
    b"[" * 100_000 + b"]" * 100_000,
    b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_what_could_not_be_kept_is_refused_plainly(raw: bytes) -> None:
    """400, and never a crash further in."""
    with pytest.raises(RequestError) as refused:
        strict_json(raw)
    assert (refused.value.code, refused.value.status) == ("API-400", 400)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
        max_leaves=10,
    )
)  # fmt: skip
def test_everything_else_is_read_as_it_was_written(value: object) -> None:
    try:
        assert strict_json(json.dumps(value).encode()) == value
    except RequestError as refused:
        assert "nested" in refused.message  # noqa: PT017 - deep values are the one exception.


@pytest.mark.parametrize(
    "declared", ["application/json", "application/json; charset=UTF-8", "application/ld+json"]
)
def test_json_is_taken_however_it_is_declared(declared: str) -> None:
    demand_json(declared)


@pytest.mark.parametrize(
    "declared",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)
def test_a_browsers_form_does_not_pass_for_json(declared: str) -> None:
    """415: a page elsewhere could post such a body without asking anybody."""
    with pytest.raises(RequestError) as refused:
        demand_json(declared)
    assert refused.value.status == 415
