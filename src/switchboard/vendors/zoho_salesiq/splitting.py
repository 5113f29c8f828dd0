"""Cut what we say into items short enough for SalesIQ: zoho-salesiq.md §5.

A text over an undisclosed limit comes back as failure 1005 and shows nothing at all, so we stay
well below it. Blank lines part items; single line breaks stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ITEM_CHARS = 200
MOST_ITEMS = 8
CUT = " […]"
_BLANK_LINES = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
# Bold, code and headings of Markdown; never what merely looks like it, such as SRV__01.
_UNRENDERED = re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*|`([^`\n]+)`|^#{1,6}\s+", re.MULTILINE)


def items_of(texts: Iterable[str], *, most: int = MOST_ITEMS) -> list[str]:
    """Return the texts as items of at most ITEM_CHARS characters, *most* of them at most."""
    paragraphs = [
        "\n".join(line.strip() for line in part.splitlines() if line.strip())
        for text in texts
        for part in _BLANK_LINES.split(_UNRENDERED.sub(_plain, text))
    ]
    items = [item for part in paragraphs if part for item in _pack(part.split("\n"), "\n")]
    if len(items) > most:
        items = _pack(items, "\n")
    if len(items) > most:
        last = items[most - 1][: ITEM_CHARS - len(CUT)].rstrip()
        items = [*items[: most - 1], last + CUT]
    return items


def _plain(marked: re.Match[str]) -> str:
    return marked[1] or marked[2] or ""


def _pack(pieces: list[str], glue: str) -> list[str]:
    """Put pieces together while they fit; those too long alone are cut between sentences."""
    packed: list[str] = []
    for piece in (small for each in pieces for small in _small(each)):
        if packed and len(packed[-1]) + len(glue) + len(piece) <= ITEM_CHARS:
            packed[-1] += glue + piece
        else:
            packed.append(piece)
    return packed


def _small(piece: str) -> list[str]:
    if len(piece) <= ITEM_CHARS:
        return [piece]
    sentences = _SENTENCE_END.split(piece)
    if len(sentences) > 1:
        return _pack(sentences, " ")
    words = piece.split()
    if len(words) > 1:
        return _pack(words, " ")
    return [piece[start : start + ITEM_CHARS] for start in range(0, len(piece), ITEM_CHARS)]
