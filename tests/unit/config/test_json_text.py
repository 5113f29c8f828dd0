"""Documents keep the look their author gave them, whoever changes a value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.config.json_text import rewritten, written

BY_HAND = """{
    "_comment": "Ask Zoë before you change this",
    "runs": [
        {"name": "a", "cron": "0 8 * * *", "offices": ["x", "y"]},
        {"name": "b", "cron": "0 9 * * *"}
    ],
    "hours": 1.50
}
"""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def test_one_changed_value_changes_one_line() -> None:
    """A diff shows what somebody changed, and nothing else."""
    value = json.loads(BY_HAND)
    value["runs"][1]["cron"] = "30 9 * * *"
    made = rewritten(BY_HAND, value)
    old, new = BY_HAND.splitlines(), made.splitlines()
    assert [one for one, other in zip(old, new, strict=True) if one != other] == [
        '        {"name": "b", "cron": "0 9 * * *"}'
    ]


def test_new_entries_look_like_those_beside_them() -> None:
    value = json.loads(BY_HAND)
    value["runs"].insert(0, {"name": "c", "cron": "0 7 * * *"})
    assert '        {"name": "c", "cron": "0 7 * * *"},\n' in rewritten(BY_HAND, value)


def test_an_unchanged_value_keeps_every_character() -> None:
    assert rewritten(BY_HAND, json.loads(BY_HAND)) == BY_HAND


def test_the_line_ends_of_windows_stay() -> None:
    value = {**json.loads(BY_HAND), "hours": 2}
    made = rewritten(BY_HAND.replace("\n", "\r\n"), value)
    assert "\n" not in made.replace("\r\n", "")
    assert json.loads(made) == value


@pytest.mark.parametrize("text", ["", "{", '{"a": 1', "[1, 2"])
def test_what_is_no_json_is_written_anew(text: str) -> None:
    assert rewritten(text, {"a": 1}) == written({"a": 1})


@given(before=VALUES, after=VALUES)
def test_whatever_is_written_reads_as_the_value(before: Any, after: Any) -> None:
    for text in (json.dumps(before), json.dumps(before, indent=3), written(before)):
        assert json.loads(rewritten(text, after)) == after
