"""A change of a document in words an office manager reads."""

from __future__ import annotations

import json

from switchboard.config.describing import described

OFFICES = {"offices": {"denver": {"name": "Denver", "processing_order": 2}}}


def words(before: object, after: object) -> list[tuple[str, str | None, str | None]]:
    found = described(json.dumps(before), json.dumps(after))
    return [(each.where, each.before, each.after) for each in found]


def test_a_changed_value_is_named_by_its_way() -> None:
    after = {"offices": {"denver": {"name": "Mile High", "processing_order": 2}}}
    assert [each[1:] for each in words(OFFICES, after)] == [("Denver", "Mile High")]
    assert words(OFFICES, after)[0][0].startswith("offices")


def test_entries_of_lists_are_named_as_people_call_them() -> None:
    before = {"extensions": [{"id": "1", "name": "Ana", "process_calls": True}]}
    after = {"extensions": [{"id": "1", "name": "Ana", "process_calls": False}]}
    [(where, old, new)] = words(before, after)
    assert "Ana" in where
    assert "process calls" in where
    assert (old, new) == ("yes", "no")


def test_rules_name_owners_as_people_call_them() -> None:
    """Nobody knows the ids of Zoho CRM; where two have one name, only the ids tell them apart."""
    owners = [{"id": "77", "name": "Ana"}, {"id": "88", "name": "Ben"}]
    before = {"lead_owners": owners, "rules": {"fallback_owner_id": "77", "queue": ["77", "88"]}}
    after = {"lead_owners": owners, "rules": {"fallback_owner_id": "88", "queue": ["88"]}}
    assert [each[1:] for each in words(before, after)] == [("Ana", "Ben"), ("Ana, Ben", "Ben")]
    for each in (before, after):
        each["lead_owners"] = [{"id": "77", "name": "Ana"}, {"id": "88", "name": "Ana"}]
    assert words(before, after)[0][1:] == ("77", "88")
    [(where, _, _)] = words({"lead_owners": owners[:1]}, {"lead_owners": owners[:1], "id": "77"})
    assert where == "id"


def test_a_new_order_is_told_as_one_change() -> None:
    before = [{"name": "a"}, {"name": "b"}]
    assert [each[1:] for each in words({"l": before}, {"l": before[::-1]})] == [("a, b", "b, a")]


def test_secrets_are_told_by_no_change() -> None:
    """Somebody wrote a password into a document, and somebody else takes it out."""
    [(_, old, new)] = words({"smtp_password": "hunter2"}, {})
    assert (old, new) == ("***", None)
    [(_, old, _)] = words({"url": "postgresql://u:hunter2@h/d"}, {"url": ""})
    assert "hunter2" not in (old or "")


def test_a_text_that_is_no_json_is_left_to_its_lines() -> None:
    assert described("a: 1", "a: 2") == ()
