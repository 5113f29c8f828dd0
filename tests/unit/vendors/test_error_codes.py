"""The page of errors is the table, and the table has every code the vendors' code raises."""

from __future__ import annotations

import re
from pathlib import Path

from switchboard.vendors.error_codes import ERROR_CODES, render

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    """Run `python -m switchboard.vendors.error_codes > docs/errors.md` after a change."""
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == render()


def test_every_code_is_explained() -> None:
    """A code on the console is a code on the page."""
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src" / "switchboard").rglob("*.py")
        if "simulators" not in path.parts
    )
    raised = set(re.findall(r'"((?:RC|ZOHO)-\d{3})"', source))
    assert raised <= {row.code for row in ERROR_CODES}


def test_no_code_is_explained_twice() -> None:
    """One code, one meaning."""
    codes = [row.code for row in ERROR_CODES]
    assert len(codes) == len(set(codes))
