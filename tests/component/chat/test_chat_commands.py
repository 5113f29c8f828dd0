"""How an operator tries out what the chat understands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.flows.chat_to_ticket.models import LABELS


def run(tmp_path: Path, *words: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["chat", *words, "--config-dir", str(tmp_path)], input=typed)


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_message_is_judged_in_words(tmp_path: Path) -> None:
    result = run(tmp_path, "classify", "I forgot my password")
    assert result.exit_code == 0
    assert "Would start: password_reset" in result.stdout


def test_a_message_is_judged_for_programs(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "classify", "QuickBooks is slow", "--json").stdout)
    assert document["outcome"] == "ask"
    assert document["offered"] == document["labels"][: len(document["offered"])]
    assert document["guard"] is None


def test_every_line_is_answered_in_order(tmp_path: Path) -> None:
    texts = ["My disk is full", "hello", "I want a human", "please reboot the server"]
    lines = "".join(json.dumps({"text": each}) + "\n" for each in texts)
    result = run(tmp_path, "classify", "--jsonl", typed=lines)
    assert result.exit_code == 0
    rows = answers(result)
    assert [each["outcome"] for each in rows] == ["start", "smalltalk", "human", "start"]
    for each in rows:
        assert set(each) == {"outcome", "labels", "offered", "p"}
        assert sorted(each["labels"]) == sorted(LABELS)


@pytest.mark.parametrize(
    "bad",
    [b"nope", b"", b"[1]", b'{"text": 5}', b'{"message": "x"}', b"\xff\xfe", b"[" * 100_000,
     b'"' + b"x" * 3_000_000],
    ids=["word", "empty", "list", "number", "other_key", "bytes", "deep", "long"],
)  # fmt: skip
def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path, bad: bytes) -> None:
    """One broken line of a thousand costs one answer, not a thousand."""
    lines = b'{"text": "reboot"}\n' + bad + b'\n{"text": "my printer is offline"}'
    result = run(tmp_path, "classify", "--jsonl", typed=lines)
    assert result.exit_code == 1
    first, second, third = answers(result)
    assert first["labels"][0] == "server_reboot"
    assert second["error"]["code"] == "CHAT-011"
    assert third["labels"][0] == "printer_issues"


def test_nothing_to_read_is_nothing_wrong(tmp_path: Path) -> None:
    result = run(tmp_path, "classify", "--jsonl")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_command_without_a_message_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path, "classify")
    assert result.exit_code == 2
    assert "CHAT-012" in result.stderr


def test_a_message_and_lines_exclude_each_other(tmp_path: Path) -> None:
    result = run(tmp_path, "classify", "hello", "--jsonl")
    assert result.exit_code == 2
    assert "CLI-001" in result.stderr


def test_our_examples_pass_the_lint(tmp_path: Path) -> None:
    result = run(tmp_path, "lint")
    assert result.exit_code == 0
    assert "0 errors, 0 warnings" in result.stdout


def test_the_lint_names_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "chat" / "examples"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("id: email_issues\nexamples:\n  - My disk is full\n")
    result = run(tmp_path, "lint", "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert document["ok"] is False
    (finding,) = document["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == (
        "CHAT-007",
        "chat/examples/mine.yaml",
        3,
    )


def test_a_folder_that_is_no_configuration_stays_untouched(tmp_path: Path) -> None:
    run(tmp_path, "classify", "hello")
    assert list(tmp_path.iterdir()) == []
