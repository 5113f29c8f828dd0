"""Read a COQL query into a tree. Pure; every stumble is a SYNTAX_ERROR as at the vendor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from switchboard.simulators.zoho_crm import errors

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?(?![\w:-]))
      | (?P<name>[A-Za-z_$][\w$]*(?:(?:\.|->)[A-Za-z_$][\w$]*)*)
      | (?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,|\*)
    )""",
    re.VERBOSE,
)
_COMPARE = {"=", "!=", "<>", "<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    column: str
    operator: str  # =, !=, <, <=, >, >=, in, not in, like, not like, between, is null, …
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    word: str  # and, or
    left: Where
    right: Where


Where = Condition | Joined


@dataclass(frozen=True, slots=True)
class Query:
    columns: tuple[str, ...]
    module: str
    where: Where
    order_by: tuple[tuple[str, bool], ...]  # column, descending?
    limit: int
    offset: int


def parse(text: str) -> Query:
    return _Parser(text).query()


def conditions(where: Where) -> list[Condition]:
    if isinstance(where, Condition):
        return [where]
    return conditions(where.left) + conditions(where.right)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def query(self) -> Query:
        self._need("select")
        columns = [self._column()]
        while self._take(","):
            columns.append(self._column())
        self._need("from")
        module = self._name()
        if not self._take("where"):
            raise _syntax("missing clause", clause="where")
        where = self._where()
        if self._peek() == "group":
            raise errors.not_imitated("COQL's group by")
        order_by = self._order_by()
        limit, offset = self._limit()
        if self._at != len(self._tokens):
            raise _near(self._peek())
        return Query(tuple(columns), module, where, order_by, limit, offset)

    def _column(self) -> str:
        if self._peek() == "*":
            raise _near("*")
        name = self._name()
        if self._peek() == "(":
            raise errors.not_imitated("COQL's functions")
        if self._peek() == "as":
            raise errors.not_imitated("COQL's aliases")
        if "->" in name or name.count(".") > 1:
            raise errors.not_imitated("COQL's joins over modules")
        return name

    def _where(self) -> Where:
        """At most one `and`/`or` a level: longer chains must be nested in pairs."""
        left = self._operand()
        word = self._peek()
        if word not in {"and", "or"}:
            return left
        self._at += 1
        joined = Joined(word, left, self._operand())
        if self._peek() in {"and", "or"}:
            raise _near(self._peek())
        return joined

    def _operand(self) -> Where:
        if self._take("("):
            where = self._where()
            self._need(")")
            return where
        return self._condition()

    def _condition(self) -> Condition:
        column = self._column()
        if self._take("is"):
            operator = "is not null" if self._take("not") else "is null"
            self._need("null")
            return Condition(column, operator)
        negated = "not " if self._take("not") else ""
        if self._take("in"):
            self._need("(")
            found = [self._value()]
            while self._take(","):
                found.append(self._value())
            self._need(")")
            return Condition(column, f"{negated}in", tuple(found))
        if self._take("like"):
            return Condition(column, f"{negated}like", (self._value(),))
        if self._take("between"):
            low = self._value()
            self._need("and")
            return Condition(column, f"{negated}between", (low, self._value()))
        operator = self._peek()
        if negated or operator not in _COMPARE:
            raise _near(operator)
        self._at += 1
        return Condition(column, "!=" if operator == "<>" else operator, (self._value(),))

    def _order_by(self) -> tuple[tuple[str, bool], ...]:
        if not self._take("order"):
            return ()
        self._need("by")
        found = []
        while True:
            column = self._column()
            descending = self._take("desc")
            if not descending:
                self._take("asc")
            found.append((column, descending))
            if not self._take(","):
                return tuple(found)

    def _limit(self) -> tuple[int, int]:
        limit, offset = 200, 0
        if self._take("limit"):
            limit = self._integer()
            if self._take(","):
                offset, limit = limit, self._integer()
        if self._take("offset"):
            offset = self._integer()
        return limit, offset

    def _integer(self) -> int:
        value = self._value()
        if not isinstance(value, int) or value < 0:
            raise _near(str(value))
        return value

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text) if "." in text else int(text)
        if text in {"true", "false"}:
            return text == "true"
        raise _near(text)

    def _name(self) -> str:
        kind, _ = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        raw = self._raw()
        if kind != "name":
            raise _near(raw)
        return raw

    def _raw(self) -> str:
        _, text = self._next(folded=False)
        return text

    def _next(self, *, folded: bool = True) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _near("end of query")
        kind, text = self._tokens[self._at]
        self._at += 1
        return kind, text.lower() if folded and kind == "name" else text

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text.lower() if kind == "name" else text if kind == "sign" else ""

    def _take(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._at += 1
        return True

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise _near(self._peek() or "end of query")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip().removesuffix(";").rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise _near(text[at : at + 20].strip())
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def _near(what: str) -> errors.Refusal:
    return _syntax("error occurred while parsing the query", near=what)


def _syntax(message: str, **details: str) -> errors.Refusal:
    return errors.Refusal(400, "SYNTAX_ERROR", message, dict(details))
