"""A list of calls as a CSV file that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
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
_FORMULA = frozenset("=+-@|%")
_UNSEEN = ("C", "Z")  # Unicode's controls, formats and spaces: spreadsheets drop some of them.
_BREAKS = re.compile("[\\t\\r\\n\\v\\f\\x1c-\\x1f\\x85\\u2028\\u2029]+")
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
    writer = csv.writer(file)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return file.getvalue()


def defused(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not carry out.

    Much of Europe parts cells by semicolons, and not all read a line break within a cell as one:
    what comes after either may become a cell of its own.
    """
    return ";".join(map(_marked, _BREAKS.sub(" ", cell).split(";")))


def _marked(piece: str) -> str:
    seen = (each for each in piece if unicodedata.category(each)[0] not in _UNSEEN)
    first = unicodedata.normalize("NFKC", next(seen, ""))  # A wide "=" counts, too.
    return f"'{piece}" if first in _FORMULA and not _NUMBER.fullmatch(piece) else piece
