"""A list of calls as a CSV file that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.console.calls import listing, words
from switchboard.store import call_search, ledger

COLUMNS = (
    "started_at", "zone", "caller", "number", "office", "outcome", "fate", "why", "error_code",
    "session", "id",
)  # fmt: skip
_FORMULA, _BREAKS = ("=", "+", "-", "@", "|", "%"), ("\t", "\r", "\n")
_NUMBER = re.compile(r"\+?\d{1,15}")  # A spreadsheet can read nothing else into it.


def cells(
    conn: sa.Connection, rows: Sequence[ledger.Interaction], offices: Sequence[Office], zone: str
) -> list[tuple[str, ...]]:
    """Return the cells of calls, times on the clock of their office."""
    names = call_search.names(conn, [row.person for row in rows])
    found: list[tuple[str, ...]] = []
    for row in rows:
        clock = words.zone_of(row.office, offices, zone)
        line = listing.line(row, names, offices, zone)
        local = datetime.fromtimestamp(row.started_at, UTC).astimezone(clock)
        number = row.person if row.person.startswith("+") else ""
        found.append(
            (
                f"{local:%Y-%m-%d %H:%M:%S}", clock.key, line.name, number, line.office,
                line.outcome, row.fate, row.why, row.error_code or "", row.session, row.id,
            )
        )  # fmt: skip
    return found


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV; what a spreadsheet would calculate is marked as text."""
    file = io.StringIO()
    csv.writer(file).writerows([defused(cell) for cell in row] for row in rows)
    return file.getvalue()


def defused(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not carry out."""
    begins = cell.startswith(_BREAKS) or cell.lstrip().startswith(_FORMULA)
    return f"'{cell}" if begins and not _NUMBER.fullmatch(cell) else cell
