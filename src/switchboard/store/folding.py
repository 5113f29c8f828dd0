"""Look for words whatever their letters' case: every letter's, the same way on both databases.

SQLite folds the letters of ASCII alone, PostgreSQL those of its locale. So a database is asked for
what may fit, any letter beyond ASCII standing for any other, and then for what does: each such
letter is spelt out in all its cases. Words in ASCII need no second look.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_LAST_WITH_CASES = 0x1E943  # Adlam; scripts that came to Unicode later have no cases.
_NO_SPECIAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")


def contains(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Tell in SQL whether *column* contains *text*, in whatever case either is written."""
    if text.isascii():
        return may_contain(column, text)
    spelt = [_any_case(letter) for letter in text]
    glob = "".join(each if each[0] != "\\" else f"[{each[1]}]" for each in spelt)
    return sa.and_(
        may_contain(column, text),
        _Spelt(column, sa.literal(f"*{glob}*"), sa.literal("".join(spelt))),
    )


def may_contain(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Tell the same roughly and fast: of letters beyond ASCII only that one is there."""
    escaped = re.sub(r"[/%_]", r"/\g<0>", text)
    roughly = re.sub(r"[^\x00-\x7f]", "_", escaped)
    return _Like(column, sa.literal(f"%{roughly}%"))


def _any_case(letter: str) -> str:
    """Return what stands for a letter in patterns of both databases; a backslash before signs."""
    if letter.isascii() and letter not in _NO_SPECIAL:
        return f"\\{letter}"
    cases = {letter.lower(), letter.upper()} if letter.isascii() else _cases()[_folded(letter)]
    found = sorted(each for each in {letter, *cases} if len(each) == 1)
    return f"[{''.join(found)}]" if len(found) > 1 else letter


def _folded(letter: str) -> str:
    """Fold one letter to one letter: German sharp s stays one, large or small."""
    forms = letter.casefold(), letter.lower()
    return next((form for form in forms if len(form) == 1), letter)


@cache
def _cases() -> dict[str, frozenset[str]]:
    """Return the cases of each letter beyond ASCII that has several, by its folded form."""
    found: dict[str, set[str]] = {}
    for letter in map(chr, range(0x80, _LAST_WITH_CASES + 1)):
        if (form := _folded(letter)) != letter:
            found.setdefault(form, {form}).add(letter)
    return _Cases({form: frozenset(cases) for form, cases in found.items()})


class _Cases(dict[str, frozenset[str]]):
    def __missing__(self, form: str) -> frozenset[str]:
        return frozenset((form,))


class _Like(FunctionElement[bool]):
    """Column and pattern; letters of ASCII in any case."""

    type = sa.Boolean()
    inherit_cache = True


class _Spelt(FunctionElement[bool]):
    """Column, pattern for SQLite, pattern for PostgreSQL."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_Like, "sqlite")
def _like_in_sqlite(element: _Like, compiler: SQLCompiler, **kw: Any) -> str:
    return "({} LIKE {} ESCAPE '/')".format(*_parts(element, compiler, **kw))


@compiles(_Like, "postgresql")
def _like_in_postgresql(element: _Like, compiler: SQLCompiler, **kw: Any) -> str:
    return "({} ILIKE {} ESCAPE '/')".format(*_parts(element, compiler, **kw))


@compiles(_Spelt, "sqlite")
def _spelt_in_sqlite(element: _Spelt, compiler: SQLCompiler, **kw: Any) -> str:
    return "({} GLOB {})".format(*_parts(element, compiler, **kw)[:2])


@compiles(_Spelt, "postgresql")
def _spelt_in_postgresql(element: _Spelt, compiler: SQLCompiler, **kw: Any) -> str:
    return "({} ~ {})".format(*_parts(element, compiler, **kw)[::2])


def _parts(element: FunctionElement[bool], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(each, **kw) for each in element.clauses]
