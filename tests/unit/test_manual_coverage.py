"""Every promise of the mission has a row, and every row has something that shows it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from switchboard.cli.app import app

ROOT = Path(__file__).parents[2]
MISSION = ROOT.parent / "shared" / "mission"
PAGE = ROOT / "docs" / "manual-coverage.md"
MANUAL = MISSION / "ringcentral-zoho-crm-user-manual.md"
DESK_PAGE = ROOT / "docs" / "desk-coverage.md"
DESK_SUMMARY = MISSION / "zoho-desk-salesiq-summary.md"
# Headings that only group others, or hold no promise of their own.
GROUPS = {
    "Table of Contents",
    "Getting Started",
    "Installation",
    "Understanding the Integration",
    "Command Line Usage",
    "Configuration Files",
    "Automated Scheduling",
    "Reports and Monitoring",
    "Troubleshooting",
    "Common Issues",
    "Security Considerations",
    "Advanced Usage",
    "Appendices",
    "RingCentral",  # Under "API Permissions".
    "Zoho CRM",
    "RingCentral API",  # Under "API Rate Limits".
    "Zoho CRM API",
}

DESK_GROUPS = {
    "📦 Deliverables",
    "How It Works",
    "📊 What Gets Stored in Zoho Desk",
    "🔔 Notifications",
    "💰 Business Impact",
    "✨ Key Features",
    "🧪 Testing",
    "📈 Monitoring",
    "Example Scenarios",
    "🆘 Troubleshooting",
}


def rows(page: Path = PAGE) -> list[tuple[str, str, str]]:
    found = []
    for line in page.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if line.startswith("| ") and len(cells) == 3 and cells[0] not in {"section", "---"}:
            found.append((cells[0], cells[1], cells[2]))
    return found


@pytest.mark.parametrize(("section", "promise", "shown_by"), [*rows(), *rows(DESK_PAGE)])
def test_a_promise_is_shown_by_something_that_exists(
    section: str, promise: str, shown_by: str
) -> None:
    """A row without a living command, launcher or test is a promise nobody keeps."""
    assert promise, section
    evidence = re.findall(r"`([^`]+)`", shown_by)
    assert evidence, f"{section}: {promise}"
    assert re.sub(r"`[^`]+`|[;\s]", "", shown_by) == "", shown_by
    for each in evidence:
        exists(each)


def test_every_section_of_the_manual_has_a_row() -> None:
    headings = headings_of(MANUAL)
    covered = {section for section, _, _ in rows()}
    assert headings - GROUPS - covered == {"User Manual"} & headings
    assert covered - headings == set(), "a row names a section the manual does not have"


def test_every_section_of_the_desk_summary_has_a_row() -> None:
    """What was asked for chats is shown as well."""
    headings = headings_of(DESK_SUMMARY)
    covered = {section for section, _, _ in rows(DESK_PAGE)}
    assert headings - DESK_GROUPS - covered == set()
    assert covered - headings == set(), "a row names a section the summary does not have"


def headings_of(document: Path) -> set[str]:
    if not document.exists():
        pytest.skip(f"{document.name} is not beside this checkout")
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    return {match.strip() for match in re.findall(r"^#{2,4} (.+)$", text, re.MULTILINE)}


def exists(evidence: str) -> None:
    if evidence.startswith("tests/"):
        path, _, name = evidence.partition("::")
        source = ROOT / path
        assert source.is_file(), evidence
        assert re.search(rf"^\s*(async )?def {name}\(", source.read_text("utf-8"), re.MULTILINE), (
            evidence
        )
    elif evidence.startswith("switchboard"):
        command_exists(evidence)
    else:
        assert re.fullmatch(r"[a-z_]+\.(sh|bat)", evidence), evidence
        assert (ROOT / evidence).is_file(), evidence


def command_exists(typed: str) -> None:
    command: Any = typer.main.get_command(app)
    rest = shlex.split(typed)[1:]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        assert name in command.commands, typed
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    for option in (word for word in rest if word.startswith("--")):
        assert option in known, typed
