"""The linter finds what an operator can do wrong in a workflow, and says where and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from switchboard.flows.chat_to_ticket.conditions import ConditionError, read_condition
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.library import SHIPPED, load_library
from switchboard.flows.chat_to_ticket.lint import read
from switchboard.flows.chat_to_ticket.models import LABELS

GOOD = """
id: vpn
title: VPN
description: The VPN does not connect.
priority: Medium
handling_minutes: 10
steps:
  - ask: place
    label: Place
    question: Where are you?
    kind: choice
    options: [At home, In the office, 3]
  - guide: restart
    if: place is at_home
    text: Please restart the router.
  - ask: error
    label: Error
    question: What does it say?
    kind: text
    optional: true
  - use: name
  - use: email
ticket:
  subject: "VPN: {place} ({name})"
"""
SHARED: dict[str, dict[str, Any]] = {
    name: {"ask": name, "label": name, "question": "?", "kind": kind}
    for name, kind in (("name", "person"), ("email", "email"))
}


def findings(text: str) -> list[tuple[str, str]]:
    raw = YAML(typ="safe", pure=True).load(text)
    return [(each.code, each.key) for each in read(raw, "vpn.yaml", SHARED)[1]]


def test_a_sound_workflow_has_no_findings() -> None:
    """Short forms (options as text, one text of first aid, shared questions) are written out."""
    workflow, found = read(YAML(typ="safe", pure=True).load(GOOD), "vpn.yaml", SHARED)
    assert found == []
    assert workflow is not None
    options = workflow.questions["place"].options
    assert [(row.id, row.label) for row in options] == [
        ("at_home", "At home"),
        ("in_the_office", "In the office"),
        ("o_3", "3"),
    ]
    assert workflow.guidances["restart"].text == ("Please restart the router.",)


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("priority: Medium", "priority: Urgent", "CHAT-107", "priority"),
        ("title: VPN\n", "titel: VPN\n", "CHAT-102", "titel"),
        ("title: VPN\n", "title: ''\n", "CHAT-107", "title"),
        ("handling_minutes: 10", "handling_minutes: 0", "CHAT-107", "handling_minutes"),
        ("    kind: choice\n", "    kind: choise\n", "CHAT-107", "steps[0].kind"),
        ("    optional: true\n", "    optinal: true\n", "CHAT-102", "steps[2].optinal"),
        ("    question: What does it say?\n", "", "CHAT-107", "steps[2].question"),
        ("  - guide: restart", "  - guied: restart", "CHAT-103", "steps[1]"),
        ("  - use: name", "  - use: nmae", "CHAT-104", "steps[3].use"),
        ("if: place is at_home", "if: place = at_home", "CHAT-105", "steps[1].if"),
        ("if: place is at_home", "if: place", "CHAT-105", "steps[1].if"),
        ("if: place is at_home", "if: true", "CHAT-105", "steps[1].if"),
        ("if: place is at_home", "if: error is x", "CHAT-109", "steps[1].if"),
        ("if: place is at_home", "if: nowhere answered", "CHAT-109", "steps[1].if"),
        ("if: place is at_home", "if: place is home", "CHAT-110", "steps[1].if"),
        ("[At home, In the office, 3]", "[At home]", "CHAT-106", "steps[0]"),
        ("[At home, In the office, 3]", "[{id: a}, B]", "CHAT-106", "steps[0].options[0]"),
        ("[At home, In the office, 3]", "[At home, at home]", "CHAT-108", "steps[0].options"),
        ("  - ask: error", "  - ask: place", "CHAT-108", "steps"),
        ("{place} ({name})", "{plaice}", "CHAT-109", "ticket.subject"),
        ("  - use: email\n", "", "CHAT-113", "steps"),
        ("Please restart the router.", "Please " + "wait " * 50, "CHAT-111", "steps[1].text[0]"),
        ("[At home, In the office, 3]", f"[At home, {'x' * 70}]", "CHAT-111", "steps[0].options"),
        (
            "[At home, In the office, 3]",
            "[At home, b, c, d, e, f, g, h, i, j]",
            "CHAT-112",
            "steps[0]",
        ),
        ("    optional: true\n", "    pattern: '('\n", "CHAT-107", "steps[2].pattern"),
        ("    optional: true\n", "    options: [A, B]\n", "CHAT-106", "steps[2]"),
    ],
)
def test_a_mistake_is_found_where_it_is(old: str, new: str, code: str, key: str) -> None:
    """File, key, code and cure; one mistake is one finding at least, and the first is it."""
    assert old in GOOD
    assert (code, key) in findings(GOOD.replace(old, new, 1))


@pytest.mark.parametrize("text", ["[]", "just text", "42", "id: vpn"])
def test_something_else_than_a_workflow_is_refused(text: str) -> None:
    """Never an exception, whatever the file holds."""
    assert findings(text)


def test_a_misspelt_key_is_guessed() -> None:
    """The message names the key that was probably meant."""
    raw = YAML(typ="safe", pure=True).load(GOOD.replace("optional:", "optinal:"))
    found = read(raw, "vpn.yaml", SHARED)[1]
    assert "did you mean `optional`?" in found[0].message


def test_what_ships_is_sound() -> None:
    """All thirteen and the general request, without an error or a warning."""
    library = load_library()
    assert set(library.workflows) == {*LABELS, "general_request"}
    assert library.findings == ()


def test_the_missions_priorities_hold() -> None:
    """High: server issues, account locked. Medium: password, email, QB. Low: disk, monitor."""
    priority = {row.id: row.priority for row in load_library().workflows.values()}
    assert {priority[each] for each in ("server_slowness", "server_reboot", "account_locked")} == {
        "High"
    }
    medium = ("password_reset", "email_issues", "quickbooks_issues", "quickbooks_mfa")
    assert {priority[each] for each in medium} == {"Medium"}
    assert {priority[each] for each in ("disk_space_upgrade", "monitor_setup")} == {"Low"}


def test_sensitive_workflows_check_who_asks() -> None:
    """A stranger must not get into an account, add a user or restart a server."""
    checked = {row.id for row in load_library().workflows.values() if row.verification != "none"}
    assert checked == {
        "password_reset",
        "account_locked",
        "quickbooks_mfa",
        "user_management",
        "server_reboot",
    }


def test_an_operators_workflow_replaces_ours(tmp_path: Path) -> None:
    """The same id replaces, another one is added, a broken one leaves ours in force."""
    folder = tmp_path / "chat" / "workflows"
    folder.mkdir(parents=True)
    (folder / "vpn.yaml").write_text(GOOD, "utf-8")
    (folder / "monitor.yaml").write_text(GOOD.replace("id: vpn", "id: monitor_setup"), "utf-8")
    (folder / "printer.yaml").write_text("id: printer_issues\nnonsense: 1\n", "utf-8")
    (folder / "bad.yaml").write_text("id: [unclosed", "utf-8")
    (folder / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    library = load_library(tmp_path)
    assert library.workflows["vpn"].title == "VPN"
    assert library.workflows["monitor_setup"].title == "VPN"
    assert library.workflows["printer_issues"].title == "Printer issues"
    assert {each.file for each in library.errors} == {
        "chat/workflows/printer.yaml",
        "chat/workflows/bad.yaml",
        "chat/workflows/bytes.yaml",
    }
    assert all(each.hint for each in library.findings)


def test_an_operators_shared_question_serves_their_workflows(tmp_path: Path) -> None:
    """`shared.yaml` beside them adds to ours, or replaces one."""
    folder = tmp_path / "chat" / "workflows"
    folder.mkdir(parents=True)
    shared = "questions: [{ask: name, label: N, question: 'Who are you?', kind: person}]"
    (folder / "shared.yaml").write_text(shared, "utf-8")
    (folder / "vpn.yaml").write_text(GOOD, "utf-8")
    library = load_library(tmp_path)
    assert library.errors == ()
    assert library.workflows["vpn"].questions["name"].question == "Who are you?"
    assert library.workflows["vpn"].questions["email"].kind == "email"


def test_an_operators_sentences_replace_ours(tmp_path: Path) -> None:
    """One by one; a wrong one is named and ours is said instead."""
    (tmp_path / "chat").mkdir()
    lines = ["hello: Hi{visitor}!", "hallo: Servus", "goodbye: ''", "confirm: 'Is it {what}?'"]
    lines += ["yes: 1", f"what: {'long ' * 50}"]
    (tmp_path / "chat" / "wording.yaml").write_text("\n".join(lines), "utf-8")
    library = load_library(tmp_path)
    assert library.wording.hello == "Hi{visitor}!"
    assert library.wording.goodbye == Wording().goodbye
    assert library.wording.confirm == Wording().confirm
    assert [(each.code, each.key) for each in library.findings] == [
        ("CHAT-102", "hallo"),
        ("CHAT-107", "goodbye"),
        ("CHAT-107", "confirm"),
        ("CHAT-107", "yes"),
        ("CHAT-111", "what"),
    ]


def test_shipped_documents_lie_where_they_are_looked_for() -> None:
    """One file per workflow, named after its id."""
    names = {path.stem for path in SHIPPED.glob("*.yaml")} - {"shared"}
    assert names == set(load_library().workflows)


@pytest.mark.parametrize(
    ("text", "answers", "holds"),
    [
        ("a is x", {"a": "x"}, True),
        ("a is x", {}, False),
        ("a is not x", {}, True),
        ("a in x, y", {"a": "y"}, True),
        ("a not in x, y", {"a": "y"}, False),
        ("n over 90", {"n": "90.5"}, True),
        ("n over 90", {"n": "many"}, False),
        ("n under 90", {}, False),
        ("a answered and n under 5", {"a": "x", "n": "4"}, True),
        ("a answered or n under 5", {"n": "4"}, True),
        ("a unanswered", {"a": ""}, True),
    ],
)
def test_conditions_hold_by_the_answers(text: str, answers: dict[str, str], holds: bool) -> None:
    """Readable, and nothing is ever run."""
    assert read_condition(text).holds(answers) is holds


@pytest.mark.parametrize(
    "text",
    ["", "a", "a is", "a equals b", "n over many", "a is x, y", "A is x", "a answered yes",
     "a is x and b is y or c is z", "__import__('os')"],
)  # fmt: skip
def test_other_expressions_are_refused(text: str) -> None:
    """What is not one of the forms is an error, not a guess."""
    with pytest.raises(ConditionError):
        read_condition(text)
