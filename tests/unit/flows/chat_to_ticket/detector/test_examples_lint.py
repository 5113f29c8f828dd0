"""What is wrong with a file of examples is said with its line, before visitors find out."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchboard.flows.chat_to_ticket.detector.documents import read_document
from switchboard.flows.chat_to_ticket.detector.sources import Sources, read_sources

Found = set[tuple[str, int | None]]


def read(text: str, name: str = "own/printer_issues.yaml") -> Found:
    return {(each.code, each.line) for each in read_document(name, text)[1]}


def linted(root: Path, few_examples: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (root / "chat" / "examples" / f"{name}.yaml").write_text(text)
    _, findings = read_sources(root, few_examples).corpus()
    return [each.code for each in findings if each.file.startswith("chat/")]


def test_our_own_examples_are_in_order() -> None:
    """What ships has no finding at all."""
    assert read_sources(None).corpus()[1] == []


def test_we_ship_examples_enough() -> None:
    corpus, _ = read_sources(None).corpus()
    sizes = {each.id: len(each.lines) for each in corpus.groups if len(each.labels) == 1}
    outside = [number for name, number in sizes.items() if name.startswith("none_")]
    assert min(sizes.values()) >= 40
    assert sum(outside) >= 300
    assert sizes["human"] >= 60
    assert sizes["smalltalk"] >= 60


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("examples:\n  - 'open\n", {"CHAT-001"}),
        ("- a\n- b\n", {"CHAT-002"}),
        ("", {"CHAT-002"}),
        ("id: printer_issues\nexamples: no\n", {"CHAT-002"}),
        ("id: printer_issues\nexamples:\n  - [a, b]\n", {"CHAT-002"}),
        ("id: printer_issues\nexamples:\n  - ''\n", {"CHAT-002"}),
        ("id: printer_issues\ncolour: red\nexamples: []\n", {"CHAT-002"}),
        ("id: x\nlabel: printer_issues\nexamples: []\n", {"CHAT-002"}),
        ("id: printers\nexamples: []\n", {"CHAT-003"}),
        ("either:\n  - labels: [printer_issues]\n    examples: [a]\n", {"CHAT-003"}),
        ("either: 5\n", {"CHAT-002"}),
        ("a: &a [*a]\n", {"CHAT-001", "CHAT-002", "CHAT-003"}),
        ("x" * 1_000_001, {"CHAT-001"}),
    ],
)
def test_a_wrong_form_is_named(text: str, codes: set[str]) -> None:
    found = {code for code, _ in read(text)}
    assert found
    assert found <= codes


@pytest.mark.parametrize("value", ["yes", "no", "On", "12345", "null", "~", "1.5", "2024-01-01"])
def test_a_value_yaml_may_take_for_something_else_is_named_and_kept(value: str) -> None:
    """`- yes` stays the word that somebody typed."""
    text = f"id: smalltalk\nexamples:\n  - {value}\n"
    corpus, findings = read_document("own/smalltalk.yaml", text)
    assert [each.text for each in corpus.examples()] == [value]
    assert [(each.code, each.line, each.severity) for each in findings] == [
        ("CHAT-008", 3, "warning")
    ]


def test_a_colon_does_not_tear_a_sentence_apart() -> None:
    text = "id: rdp_connection\nexamples:\n  - RDP: not working\n"
    corpus, findings = read_document("own/rdp_connection.yaml", text)
    assert [each.text for each in corpus.examples()] == ["RDP: not working"]
    assert [each.code for each in findings] == ["CHAT-008"]


def test_an_id_used_twice_is_named(root: Path, few_examples: Path) -> None:
    text = "id: printer_issues\nexamples: ['the plate is scratched']\n"
    assert linted(root, few_examples, a=text, b=text.replace("scratched", "bent")) == ["CHAT-004"]


def test_an_own_file_may_extend_ours(root: Path, few_examples: Path) -> None:
    text = "id: printer_issues\nexamples: ['the plate is scratched']\n"
    assert linted(root, few_examples, a=text) == []


@pytest.mark.parametrize(("number", "codes"), [(7, ["CHAT-005"]), (14, ["CHAT-006"]), (15, [])])
def test_too_few_examples_are_named(
    root: Path, few_examples: Path, number: int, codes: list[str]
) -> None:
    lines = "\n".join(f'  - "sentence of its own kind {chr(97 + at) * 5}"' for at in range(number))
    text = f"id: smalltalk\nreplace: true\nexamples:\n{lines}\n"
    assert linted(root, few_examples, smalltalk=text) == codes


def test_the_same_sentence_under_two_labels_is_named(root: Path, few_examples: Path) -> None:
    text = "id: email_issues\nexamples: ['My disk is full']\n"
    assert linted(root, few_examples, email=text) == ["CHAT-007"]


def test_nearly_the_same_sentence_under_two_labels_is_named(root: Path, few_examples: Path) -> None:
    text = (
        "id: email_issues\nexamples: ['we need even more storage on our server', "
        "'our we need more storage on server now']\n"
    )
    assert set(linted(root, few_examples, email=text)) == {"CHAT-009"}


def test_bytes_that_are_no_text_are_named() -> None:
    _, findings = Sources({}, {"own/x.yaml": b"\xff\xfe\x00"}).corpus()
    assert "CHAT-001" in {each.code for each in findings}
