"""Show long lists a page at a time, by the place of a row: what is added shifts nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Mark:
    """The place of a row in a list ordered by time and key; `str` and `read` carry it in links."""

    at: float
    key: str

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Read what `str` wrote; None for anything else."""
        at, between, key = text.partition(_BETWEEN)
        try:
            moment = float(at)
        except ValueError:
            return None
        return cls(moment, key) if between and math.isfinite(moment) else None

    def __str__(self) -> str:
        return f"{self.at!r}{_BETWEEN}{self.key}"


@dataclass(frozen=True, slots=True)
class Slice:
    """One page: its keys, newest first, and where its neighbours are."""

    keys: tuple[str, ...]
    newer: Mark | None = None  # To be asked for as `after`.
    older: Mark | None = None  # To be asked for as `before`.


def newest_first(
    conn: sa.Connection,
    at: sa.Column[Any],
    key: sa.Column[Any],
    where: sa.ColumnElement[bool],
    *,
    before: Mark | None = None,
    after: Mark | None = None,
    limit: int = 25,
) -> Slice:
    """Return a page of the rows that fit: the newest, or those *before* or right *after* a mark."""
    query = sa.select(at, key).where(where)
    if after is not None:
        beyond = (at > after.at) | ((at == after.at) & (key > after.key))
        found = conn.execute(query.where(beyond).order_by(at, key).limit(limit + 1)).all()
        if len(found) > limit:
            marks = [Mark(*row) for row in reversed(found[:limit])]
            return Slice(tuple(each.key for each in marks), marks[0], marks[-1])
        before = None  # So near the top that it is the first page.
    if before is not None:
        query = query.where((at < before.at) | ((at == before.at) & (key < before.key)))
    found = conn.execute(query.order_by(at.desc(), key.desc()).limit(limit + 1)).all()
    marks = [Mark(*row) for row in found[:limit]]
    older = marks[-1] if len(found) > limit else None
    newer = (marks[0] if marks else before) if before is not None else None
    return Slice(tuple(each.key for each in marks), newer, older)
