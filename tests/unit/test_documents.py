"""What the documents tell people to type, the command understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from switchboard.cli.app import PARTS, app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
SUBCOMMANDS = set(PARTS)


def typed_commands() -> list[tuple[str, list[str]]]:
    found = []
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        for match in re.finditer(r"(?:^|[\s`/])switchboard ([^`\n|#&;>]+)", text, re.MULTILINE):
            words = shlex.split(match[1].replace("…", ""), posix=True)
            if words and words[0] in SUBCOMMANDS:
                found.append((document.name, words))
    return found


@pytest.mark.parametrize(("document", "words"), typed_commands())
def test_a_command_in_the_documents_exists(document: str, words: list[str]) -> None:
    """Copying a line from the documents never ends in "No such command"."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        assert name in command.commands, f"{document}: switchboard {' '.join(words)}"
        command = command.commands[name]
    known = {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    for option in (word for word in rest if word.startswith("--")):
        assert option in known, f"{document}: switchboard {' '.join(words)}"
