"""Two people change one document: both changes count, and where they meet the later one decides."""

from __future__ import annotations

import json
from typing import Any

from switchboard.config.merging import merged


def joined(base: Any, mine: Any, theirs: Any) -> Any:
    made = merged(*(json.dumps(each, indent=2) for each in (base, mine, theirs)))
    assert made is not None
    return json.loads(made)


def test_changes_of_different_values_are_both_kept() -> None:
    base = {"a": {"zone": "UTC", "name": "A"}, "b": 1}
    mine = {"a": {"zone": "UTC", "name": "Mine"}, "b": 1}
    theirs = {"a": {"zone": "Asia/Tokyo", "name": "A"}, "b": 2, "c": 3}
    assert joined(base, mine, theirs) == {
        "a": {"zone": "Asia/Tokyo", "name": "Mine"},
        "b": 2,
        "c": 3,
    }


def test_entries_of_a_list_are_known_by_their_ids() -> None:
    """Somebody added an extension while somebody else switched another off."""
    base = [{"id": "1", "on": True}, {"id": "2", "on": True}]
    mine = [{"id": "1", "on": False}, {"id": "2", "on": True}]
    theirs = [{"id": "2", "on": True}, {"id": "1", "on": True}, {"id": "3", "on": True}]
    made = joined({"l": base}, {"l": mine}, {"l": theirs})["l"]
    assert sorted(made, key=lambda each: str(each["id"])) == [
        {"id": "1", "on": False}, {"id": "2", "on": True}, {"id": "3", "on": True}
    ]  # fmt: skip


def test_what_one_removed_and_the_other_left_alone_is_gone() -> None:
    assert joined({"l": [{"id": "1"}, {"id": "2"}]}, {"l": [{"id": "1"}]}, {"l": [{"id": "1"}, {"id": "2"}], "n": 1}) == {"l": [{"id": "1"}], "n": 1}  # fmt: skip  # noqa: E501


def test_where_both_changed_the_same_value_mine_counts() -> None:
    assert joined({"a": 1}, {"a": 2}, {"a": 3}) == {"a": 2}


def test_texts_are_joined_by_lines_that_do_not_meet() -> None:
    base = "one: 1\ntwo: 2\nthree: 3\nfour: 4\n"
    mine = base.replace("one: 1", "one: 11")
    theirs = base.replace("four: 4", "four: 44")
    assert merged(base, mine, theirs) == "one: 11\ntwo: 2\nthree: 3\nfour: 44\n"


def test_texts_that_meet_in_a_line_are_not_joined() -> None:
    base = "one: 1\ntwo: 2\n"
    assert merged(base, base.replace("1", "2"), base.replace("1", "3")) is None


def test_a_document_that_was_not_there_is_joined_with_nothing() -> None:
    assert merged(None, "{}", "{}") is None
