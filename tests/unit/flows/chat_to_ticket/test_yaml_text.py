"""YAML that people write is read with its lines; what was made to break the reader is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from switchboard.flows.chat_to_ticket.library import (
    OPERATORS,
    SHIPPED,
    load_library,
    read_workflow,
    shared_of,
)
from switchboard.flows.chat_to_ticket.yaml_text import LARGEST_FILE, read_yaml

BOMB = 'a: &a ["x", "x", "x", "x", "x", "x", "x", "x"]\n' + "\n".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 8)}]" for n in range(9)
)
HOSTILE = {
    "aliases that multiply": (BOMB, "values"),
    "a value inside itself": ("a: &a [*a]", "itself"),
    "brackets without end": ("[" * 50_000, "nested"),
    "braces without end": ("a: " + "{a: " * 30_000, "nested"),
    "a tag of Python": ("!!python/object/apply:os.system [ls]", "tag"),
    "far too long": ("a: " + "x" * LARGEST_FILE, "too large"),
    "two documents": ("a: 1\n---\nb: 2", "another document"),
    "a number without end": ("a: " + "9" * 5000, "cannot be read"),
    "half a character": ("a: \ud800", "cannot be read"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_is_refused_at_once(case: str) -> None:
    """One finding that says why, in less time than a person notices."""
    text, words = HOSTILE[case]
    begun = time.process_time()
    written, problem = read_yaml(text, "x.yaml")
    assert time.process_time() - begun < 2
    assert written.value is None
    assert problem is not None
    assert problem.code == "CHAT-101"
    assert words in problem.message


def test_honest_anchors_are_read() -> None:
    """An alias or a merge that spares writing something twice is welcome."""
    text = "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\nc: [*a, *a]\n"
    written, problem = read_yaml(text, "x.yaml")
    assert problem is None
    assert written.value["b"] == {"x": 1, "y": 2}


def test_every_finding_of_a_workflow_has_its_line() -> None:
    """The innermost part of the key that stands in the text."""
    text = (SHIPPED / "printer_issues.yaml").read_text("utf-8")
    broken = text.replace("if: problem is missing", "if: probem is missing")
    _, found = read_workflow(broken, "x.yaml", shared_of(None))
    lines = broken.splitlines()
    assert [lines[each.line - 1].strip() for each in found if each.line] == [
        "if: probem is missing"
    ]
    assert len(found) == 1


def test_a_bomb_among_an_operators_workflows_leaves_ours_in_force(tmp_path: Path) -> None:
    """The running bot reads the same files: nothing hostile reaches it."""
    folder = tmp_path / OPERATORS
    folder.mkdir(parents=True)
    (folder / "printer_issues.yaml").write_text("id: printer_issues\n" + BOMB, "utf-8")
    library = load_library(tmp_path)
    assert [each.code for each in library.errors] == ["CHAT-101"]
    assert library.workflows["printer_issues"] == load_library().workflows["printer_issues"]
