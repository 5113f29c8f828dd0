"""`switchboard chat try`: the real engine and workflows in a terminal, with nothing sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import fake_classify
from typer.testing import CliRunner

from switchboard.cli import chat_try
from switchboard.cli.app import app

MONITOR = ["windows", "it did not help", "2", "skip", "Anna Lee", "anna@example.com", "skip"]


@pytest.fixture(autouse=True)
def _quick_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge by keywords: learning from the examples is tried with the detector itself."""
    monkeypatch.setattr(chat_try, "Detector", lambda _: fake_classify)


def run(*arguments: str, typed: str = "") -> str:
    result = CliRunner().invoke(app, ["chat", "try", *arguments], input=typed)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_whole_chat_ends_in_a_ticket_on_paper() -> None:
    """Effects are told in plain words; the ticket gets a number of its own."""
    typed = "\n".join(["I use both screens", "yes", *MONITOR, "yes", "no thanks"]) + "\n"
    output = run(typed=typed)
    assert "Bot: Noted. Wish: Remote desktop on several monitors." in output
    assert "(A ticket would be raised: Monitor setup: " in output
    assert "1. Wish: Remote desktop on several monitors" in output
    assert "Bot: Ticket Number: 1000001" in output
    assert "(The chat would end.)" in output


def test_the_code_is_shown_instead_of_mailed() -> None:
    """Whoever tries a workflow can go through the check of identity too."""
    begin = ["windows", "I forgot it", "alee", "call", "Anna Lee", "anna@example.com"]
    output = run("--workflow", "password_reset", typed="\n".join([*begin, "212 555 0147"]) + "\n")
    assert re.search(r"A mail with the code \d{6} would go to anna@example.com", output)


def test_a_transcript_is_played(tmp_path: Path) -> None:
    """`--script` says the visitor's lines of a file and skips the others."""
    script = tmp_path / "chat.txt"
    lines = ["Visitor: my printer is jammed", "Bot: whatever", "# a note", "Visitor: yes"]
    script.write_text("\n".join(lines), "utf-8")
    output = run("--script", str(script))
    assert "You: my printer is jammed" in output
    assert "Bot: What is wrong?" in output
    assert "whatever" not in output


def test_an_unknown_workflow_or_file_is_refused(tmp_path: Path) -> None:
    """With what there is, and exit code 2."""
    runner = CliRunner()
    result = runner.invoke(app, ["chat", "try", "--workflow", "coffee"])
    assert result.exit_code == 2
    result = runner.invoke(app, ["chat", "try", "--script", str(tmp_path / "none.txt")])
    assert result.exit_code == 2


def test_a_broken_workflow_is_named_and_ours_is_used(tmp_path: Path) -> None:
    """An operator sees the mistake before a visitor meets it."""
    folder = tmp_path / "chat" / "workflows"
    folder.mkdir(parents=True)
    (folder / "printer.yaml").write_text("id: printer_issues\n", "utf-8")
    result = CliRunner().invoke(
        app, ["chat", "try", "--config-dir", str(tmp_path), "--workflow", "printer_issues"]
    )
    assert result.exit_code == 0
    assert "CHAT-107" in result.stderr
    assert "Bot: What is wrong?" in result.output
