"""A code somebody meets is in the reference, and the reference names nothing that is never met."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from switchboard.cli.app import app
from switchboard.error_reference import ErrorCode, about, every_code
from switchboard.error_reference.page import FAMILIES, render

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src" / "switchboard"
CODE = re.compile(r"^([A-Z]{2,6}-\d{3})(?![\w-])")
OF_ANY_VENDOR = re.compile(r"^-(\d{3})(?!\d)")  # f"{vendor.code}-429"
VENDORS = ("RC", "ZOHO", "DESK", "SIQ")
# Ranges are asked of RingCentral alone, and nothing is downloaded from SalesIQ.
NEVER_MADE = {"DESK-416", "SIQ-413", "SIQ-416", "ZOHO-416"}
RINGCENTRALS_OWN = {"AGW", "CLG", "CMN", "MSG", "OAU"}  # Vendor words, never shown as our code.
CATALOGUE = {
    SOURCE / "vendors" / "error_codes.py",
    SOURCE / "config" / "findings.py",
    *(SOURCE / "error_reference").rglob("*.py"),
}
MANUAL = {  # The manual's "Error Reference": message and solution.
    "RC-401": ("RingCentral unauthorized", "Refresh or reconfigure"),
    "RC-429": ("Rate limit exceeded", "reduce the processing frequency"),
    "ZOHO-401": ("Zoho CRM unauthorized", "Refresh or reconfigure"),
    "ZOHO-422": ("Invalid lead data", "Check field mappings and required fields"),
    "IO-001": ("Failed to read or write a file", "Check file permissions"),
    "SMTP-001": ("Failed to send", "Verify SMTP settings"),
}


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Messages printed as they stand begin with the code, at times behind a style.
            found = CODE.match(re.sub(r"^\[\w+\]", "", node.value))
            if found and found[1].partition("-")[0] not in RINGCENTRALS_OWN:
                yield found[1]
        elif isinstance(node, ast.JoinedStr):
            for before, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(before, ast.FormattedValue) and isinstance(after, ast.Constant):
                    found = OF_ANY_VENDOR.match(str(after.value))
                    if found:
                        made = {f"{vendor}-{found[1]}" for vendor in VENDORS}
                        yield from made - NEVER_MADE


def used_codes() -> dict[str, str]:
    return {
        code: str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("*.py"))
        if "simulators" not in path.parts and path not in CATALOGUE
        for code in codes_in(path)
    }


def test_every_code_in_the_source_is_explained() -> None:
    """A code on the console is a code in the reference."""
    known = {each.code for each in every_code()}
    assert {code: place for code, place in used_codes().items() if code not in known} == {}


def test_every_explained_code_can_be_met() -> None:
    """Nobody reads about errors that no longer exist."""
    used = used_codes()
    assert [each.code for each in every_code() if each.code not in used] == []


def test_no_code_is_explained_twice() -> None:
    """One code, one meaning."""
    codes = [each.code for each in every_code()]
    assert len(codes) == len(set(codes))


def test_every_family_has_its_heading() -> None:
    assert {each.code.partition("-")[0] for each in every_code()} <= set(FAMILIES)


@pytest.mark.parametrize("each", every_code(), ids=lambda each: each.code)
def test_a_row_says_everything(each: ErrorCode) -> None:
    """What it means, what we do, and what a person does; a table's bar would break the page."""
    assert all(
        text.strip() and "|" not in text and not text.endswith(".")
        for text in asdict(each).values()
    )


@pytest.mark.parametrize("code", MANUAL)
def test_the_manuals_codes_keep_the_manuals_words(code: str) -> None:
    """Who knows the manual recognises message and solution."""
    row = about(code)
    assert row is not None
    message, solution = MANUAL[code]
    assert message in row.meaning
    assert solution in row.you


def test_the_page_is_up_to_date() -> None:
    """Run `python -m switchboard.error_reference > docs/errors.md` after a change."""
    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == render(every_code())


def test_a_code_is_explained_on_the_console() -> None:
    result = CliRunner().invoke(app, ["explain", "rc-429"])
    assert result.exit_code == 0
    assert "Rate limit exceeded" in result.stdout
    assert "reduce the processing frequency" in " ".join(result.stdout.split())


def test_an_unknown_code_names_its_family() -> None:
    result = CliRunner().invoke(app, ["explain", "IO-999"])
    assert result.exit_code == 2
    assert "CLI-004" in result.stderr
    assert "IO-001" in result.stderr


def test_all_codes_are_listed() -> None:
    shown = CliRunner().invoke(app, ["explain"]).stdout
    assert all(each.code in shown for each in every_code())
