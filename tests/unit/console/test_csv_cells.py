"""What a list holds, a spreadsheet shows; it calculates nothing of it."""

from __future__ import annotations

import csv
import io

import pytest

from switchboard.console.calls.exporting import csv_text


@pytest.mark.parametrize(
    "hostile",
    ["=1+1", " =1", "\t=1", "\r\n@x", "-2+3", "+SUM(1)", "|x", "\x00=1", "\ufeff=1", "\u200b=1",
     "\xa0=1", "\u3000=1", "\uff1d1+1", "\uff20x", "\uff0b1"],
)  # fmt: skip
def test_a_name_that_would_calculate_is_marked_as_text(hostile: str) -> None:
    """Whatever unseen characters stand before it: spreadsheets drop some of them."""
    [[cell]] = csv.reader(io.StringIO(csv_text([[hostile]])))
    assert cell.startswith("'")


@pytest.mark.parametrize(
    "cell", ["a;=1+1", "x\r\n=1+1", "x\n=1+1", "a\t=1+1", 'a";=1+1', "\v=1", "a; =1"]
)
def test_no_piece_of_a_cell_becomes_a_cell_of_its_own(cell: str) -> None:
    """Much of Europe parts cells by semicolons, whoever wrote the file."""
    text = csv_text([["name", cell]])
    assert len(text.splitlines()) == 1
    for separator in ";\t":
        pieces = next(csv.reader([text], delimiter=separator))
        assert not any(piece.lstrip().startswith("=") for piece in pieces)


@pytest.mark.parametrize(
    "harmless", ["+12155550100", "one; two", "Jürgen Müßig", "a =1", "", "2026-11-21"]
)
def test_all_else_stays_as_it_is(harmless: str) -> None:
    assert next(csv.reader([csv_text([[harmless]])])) == [harmless]
