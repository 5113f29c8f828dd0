"""The search grammar `((Field:operator:value)and(…))`, read and turned into a test of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from switchboard.simulators.zoho_crm import errors, render, values
from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.schema import Field
from switchboard.simulators.zoho_crm.table import Record, Table

SELECTORS = ("criteria", "email", "phone", "word")  # Of several given, the first of these wins.
LONGEST = 3_000
IN_VALUES = 100
_TEXT = frozenset({"text", "email", "phone", "website", "textarea"})
_ORDERED = frozenset({"integer", "currency", "double", "datetime", "date"})
_OPERATORS = {
    "text": {"equals", "not_equal", "starts_with", "in"},
    "exact": {"equals", "not_equal", "in"},
    "ordered": {
        "equals",
        "not_equal",
        "in",
        "greater_than",
        "greater_equal",
        "less_than",
        "less_equal",
        "between",
    },
}

Get = Callable[[str], Any]
Test = Callable[[Get], bool]
Matches = Callable[[Record], bool]


def selector(call: Call, table: Table, *, lagging: bool = False) -> Matches:
    """The records a search (or a count) asks for; *lagging*: as the search index sees them."""
    test = _test(call, table)
    elapsed = call.crm.elapsed()

    def matches(record: Record) -> bool:
        fields = record.searchable(elapsed) if lagging else record.fields
        return fields is not None and test(
            lambda name: render.value(table.module, record, name, fields)
        )

    return matches


def _test(call: Call, table: Table) -> Test:
    query = call.query
    if query.get("criteria"):
        return _Reader(call, table, query["criteria"]).read()
    if query.get("email"):
        wanted = query["email"].casefold()
        names = table.module.of_type("email")
        return lambda get: any(_folded(get(name)) == wanted for name in names)
    if query.get("phone"):
        return _phone(call, table, query["phone"])
    if query.get("word"):
        word = query["word"].casefold()
        if len(word) < 2:
            raise errors.Refusal(400, "INVALID_DATA", "invalid data", {"param_name": "word"})
        names = table.module.of_type("text", "email", "phone", "website", "picklist")
        return lambda get: any(word in _folded(get(name)) for name in names)
    raise errors.Refusal(
        400,
        "EXPECTED_PARAM_MISSING",
        "Expected parameter is missing",
        {"param_names": list(SELECTORS)},
    )


def _phone(call: Call, table: Table, given: str) -> Test:
    if not 3 <= len(given) <= 50 or not all(c.isdigit() or c in "+ -()." for c in given):
        raise errors.Refusal(400, "INVALID_DATA", "invalid data", {"param_name": "phone"})
    names = table.module.of_type("phone")
    if call.crm.rules.phone_search == "digits":
        wanted = values.digits(given)
        return lambda get: any(wanted in values.digits(get(name) or "") for name in names)
    return lambda get: any(given in (get(name) or "") for name in names)


def _folded(value: Any) -> str:
    return "" if value is None else str(value).casefold()


@dataclass(frozen=True, slots=True)
class _Condition:
    """One `(Field:operator:value)`."""

    field: Field
    operator: str
    wanted: list[Any]

    def test(self, get: Get) -> bool:
        value = get(self.field.api_name)
        match self.operator:
            case "equals":
                return self._same(value, self.wanted[0])
            case "not_equal":
                return not self._same(value, self.wanted[0])
            case "in":
                return any(self._same(value, each) for each in self.wanted)
            case "starts_with":
                return _folded(value).startswith(_folded(self.wanted[0]))
        if value is None:
            return False
        low = self.wanted[0]
        return bool(
            {
                "greater_than": lambda: value > low,
                "greater_equal": lambda: value >= low,
                "less_than": lambda: value < low,
                "less_equal": lambda: value <= low,
                "between": lambda: low <= value <= self.wanted[1],
            }[self.operator]()
        )

    def _same(self, value: Any, wanted: Any) -> bool:
        """For text, `equals` behaves like "contains": zoho-crm.md §5.1."""
        if self.field.data_type in _TEXT:
            return value is not None and _folded(wanted) in _folded(value)
        if self.field.data_type in _ORDERED:
            return bool(value == wanted)
        return _folded(value) == _folded(wanted)


class _Reader:
    """Reads a criteria string; every stumble is an INVALID_QUERY, as at the vendor."""

    def __init__(self, call: Call, table: Table, text: str) -> None:
        if len(text) > LONGEST:
            raise _invalid("too long")
        self._call, self._table, self._text = call, table, text.strip()
        self._at, self._conditions = 0, 0

    def read(self) -> Test:
        test = self._group()
        if self._at != len(self._text):
            raise _invalid(self._text[self._at :])
        return test

    def _group(self) -> Test:
        """One term, or terms joined by `and` / `or` from left to right."""
        test = self._term()
        while True:
            joined = self._word("and") or self._word("or")
            if joined is None:
                return test
            test = _join(joined, test, self._term())

    def _term(self) -> Test:
        self._expect("(")
        test = self._group() if self._peek() == "(" else self._condition()
        self._expect(")")
        return test

    def _condition(self) -> Test:
        self._conditions += 1
        limit = self._call.crm.rules.criteria_limit
        if self._conditions > limit:
            raise errors.Refusal(
                400, "CRITERIA_LIMIT_EXCEEDED", "criteria limit exceeded", {"limit": limit}
            )
        name, operator = self._until(":"), self._until(":")
        wanted = self._value()
        return self._checked(name, operator, wanted).test

    def _checked(self, name: str, operator: str, wanted: list[str]) -> _Condition:
        field = self._table.module.fields.get(name.removesuffix(".id"))
        if name == "id":
            field = Field("id", "bigint")
        if field is None:
            raise _invalid(name)
        kind = (
            "text"
            if field.data_type in _TEXT
            else "ordered"
            if field.data_type in _ORDERED
            else "exact"
        )
        if operator not in _OPERATORS[kind] or (field.data_type == "textarea" and operator == "in"):
            raise _invalid(operator)
        if len(wanted) > IN_VALUES or (operator == "between") != (
            len(wanted) == 2 and operator == "between"
        ):
            raise _invalid(operator)
        if operator not in {"in", "between"}:
            wanted = [",".join(wanted)]
        return _Condition(field, operator, [_typed(field, each) for each in wanted])

    def _value(self) -> list[str]:
        """Up to the closing parenthesis; a backslash takes the next character as it is."""
        parts: list[str] = []
        part = ""
        while True:
            char = self._peek()
            if char == "":
                raise _invalid("unclosed")
            if char == ")":
                return [*parts, part]
            self._at += 1
            if char == "\\":
                part += self._peek()
                self._at += 1
            elif char == ",":
                parts.append(part)
                part = ""
            elif char == "(":
                raise _invalid("unescaped parenthesis")
            else:
                part += char

    def _until(self, mark: str) -> str:
        end = self._text.find(mark, self._at)
        if end < 0:
            raise _invalid(self._text[self._at :])
        found = self._text[self._at : end]
        self._at = end + 1
        return found.strip()

    def _word(self, word: str) -> str | None:
        rest = self._text[self._at :]
        stripped = rest.lstrip()
        if not stripped.lower().startswith(word):
            return None
        self._at += len(rest) - len(stripped) + len(word)
        while self._peek() == " ":
            self._at += 1
        return word

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise _invalid(self._text[self._at :] or "end")
        self._at += 1


def _join(word: str, one: Test, two: Test) -> Test:
    if word == "and":
        return lambda get: one(get) and two(get)
    return lambda get: one(get) or two(get)


def _typed(field: Field, text: str) -> Any:
    try:
        if field.data_type == "datetime":
            return values.read_datetime(text)
        if field.data_type == "integer":
            return int(text)
        if field.data_type in {"double", "currency"}:
            return float(text)
    except ValueError as error:
        raise _invalid(field.api_name) from error
    if field.data_type == "boolean":
        return text.lower() == "true"
    return text


def _invalid(what: str) -> errors.Refusal:
    return errors.Refusal(
        400,
        "INVALID_QUERY",
        "Invalid query formed",
        {"reason": f"near {what[:50]!r}", "api_name": "criteria"},
    )
