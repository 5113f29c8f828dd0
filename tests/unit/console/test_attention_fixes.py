"""Advice that names a command has, where the console can do the same, its page beside it."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import Match

from switchboard.console.app import _ROUTERS
from switchboard.console.attention.fixes import FIXES, fix_of
from switchboard.console.attention.words import REASONS
from switchboard.error_reference import every_code

# What no page of the console can do: files and keys of the machine, other programs, our mistakes.
OUTSIDE = {
    "CHAT-011", "CHAT-012", "CLI-002", "DATA-001", "DB-001", "DB-002", "DB-007", "DOC-007",
    "DOC-015", "MEDIA-001", "MEDIA-002", "SB-000", "SCH-004",
}  # fmt: skip


def test_advice_with_a_command_leads_to_a_page() -> None:
    """Managers have no command line: a code they can do something about says where."""
    named = [each.code for each in every_code() if "`switchboard " in each.you]
    assert [code for code in named if fix_of(code) is None and code not in OUTSIDE] == []


def test_every_fix_is_of_a_known_cause_and_a_page_that_exists() -> None:
    causes = [*(each.code for each in every_code()), *REASONS]
    pages = [each for router in _ROUTERS for each in router.routes if isinstance(each, APIRoute)]
    for begin, (path, words) in FIXES.items():
        assert any(cause.startswith(begin) for cause in causes), begin
        scope = {"type": "http", "method": "GET", "path": path}
        assert any(each.matches(scope)[0] is Match.FULL for each in pages), path
        assert words
