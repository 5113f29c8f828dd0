"""`/coql`: an undelayed look at the records, with the query language's limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import coql_parse, errors, render, values
from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.coql_parse import Condition, Joined, Query, Where
from switchboard.simulators.zoho_crm.schema import IMITATED, KNOWN_ELSEWHERE, Field
from switchboard.simulators.zoho_crm.table import Record, Table, key_of

COLUMNS = 50
REACHABLE = 100_000
ORDER_COLUMNS = 10
_INDEXED = frozenset({"text", "email", "phone", "picklist", "lookup", "ownerlookup"})
_USER_PARTS = {"email": "email", "full_name": "full_name", "name": "full_name", "status": "status"}
_ID = Field("id", "bigint")

Test = Callable[[Record], bool]
_COMPARE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "<": lambda value, wanted: bool(value < wanted[0]),
    "<=": lambda value, wanted: bool(value <= wanted[0]),
    ">": lambda value, wanted: bool(value > wanted[0]),
    ">=": lambda value, wanted: bool(value >= wanted[0]),
    "between": lambda value, wanted: bool(wanted[0] <= value <= wanted[1]),
    "not between": lambda value, wanted: not wanted[0] <= value <= wanted[1],
}


def asked(call: Call) -> Query | None:
    """The query, if it can be read: scopes depend on its module."""
    try:
        return coql_parse.parse(str(call.json.get("select_query", "")))
    except errors.Refusal:
        return None


def coql(call: Call) -> Response:
    text = call.json.get("select_query")
    if text is None:
        raise errors.body_missing("select_query")
    if not isinstance(text, str):
        raise errors.wrong_type("select_query", "text")
    if call.json.get("include_meta"):
        raise errors.not_imitated("COQL's include_meta")
    query = coql_parse.parse(text)
    return _Run(call, query).answer()


class _Run:
    def __init__(self, call: Call, query: Query) -> None:
        self._call, self._crm, self._query = call, call.crm, query
        if query.module in KNOWN_ELSEWHERE:
            raise errors.not_imitated(f"the module {query.module}")
        if query.module not in IMITATED:
            raise _invalid("the module name given seems to be invalid", module=query.module)
        self._table: Table = self._crm.tables[query.module]
        self._check()

    def answer(self) -> Response:
        query = self._query
        rows = self._rows()
        part = rows[query.offset : query.offset + query.limit]
        self._call.cost = 1 if len(part) <= 200 else 2 if len(part) <= 1000 else 3
        if not part:
            return Response(status_code=204)
        more = query.offset + query.limit < len(rows)
        data = [self._shown(row) for row in part]
        return JSONResponse({"data": data, "info": {"count": len(part), "more_records": more}})

    def _check(self) -> None:
        query, rules = self._query, self._crm.rules
        if len(query.columns) > COLUMNS:
            raise _limit(COLUMNS, clause="select")
        if len(set(query.columns)) < len(query.columns):
            twice = next(c for c in query.columns if query.columns.count(c) > 1)
            raise errors.Refusal(400, "DUPLICATE_DATA", "duplicate column", {"column_name": twice})
        if query.limit > rules.coql_rows or query.limit == 0:
            raise _limit(rules.coql_rows, clause="limit")
        if query.offset + query.limit > REACHABLE:
            raise _limit(REACHABLE, clause="offset")
        if len(query.order_by) > ORDER_COLUMNS:
            raise _limit(ORDER_COLUMNS, clause="order by")
        for name in (*query.columns, *(column for column, _ in query.order_by)):
            self._column(name)
        self._check_conditions()

    def _check_conditions(self) -> None:
        rules = self._crm.rules
        found = coql_parse.conditions(self._query.where)
        if len(found) > rules.coql_conditions:
            raise _limit(rules.coql_conditions, clause="where")
        for condition in found:
            field, _ = self._column(condition.column)
            if field.data_type == "textarea":
                raise _invalid(
                    "the column cannot be used in criteria",
                    column_name=condition.column,
                    clause="where",
                )
            if condition.operator in {"in", "not in"} and (
                len(condition.values) > rules.coql_in_values
            ):
                raise _limit(rules.coql_in_values, clause="in")

    def _column(self, name: str) -> tuple[Field, str]:
        """A field, and the part of the record or user it points at."""
        if name == "id":
            return _ID, ""
        base, _, part = name.partition(".")
        field = self._table.module.fields.get(base)
        if field is None or (part and field.data_type not in {"lookup", "ownerlookup"}):
            raise _invalid("column given seems to be invalid", column_name=name)
        if part and part != "id" and field.data_type == "lookup":
            raise errors.not_imitated("COQL's joins over modules")
        if part and part != "id" and part not in _USER_PARTS:
            raise _invalid("column given seems to be invalid", column_name=name)
        return field, part

    def _rows(self) -> list[Record]:
        query = self._query
        test = self._test(query.where)
        ids = self._candidates(query.where)
        rows = self._table.rows
        source = list(rows.values()) if ids is None else [rows[i] for i in sorted(ids) if i in rows]
        named = {c.column for c in coql_parse.conditions(query.where)}
        both = query.module != "Leads" or bool(
            named & {"Converted__s", "Converted_Contact", "Converted_Date_Time"}
        )  # Converted leads stay away unless asked for: unverified, zoho-crm.md §14.12.
        found = [row for row in source if (both or not row.converted) and test(row)]
        for column, descending in reversed(query.order_by):
            found.sort(key=self._key(column), reverse=descending)
        return found

    def _key(self, column: str) -> Callable[[Record], tuple[int, Any]]:
        return lambda row: _order(self._value(row, column))

    def _candidates(self, where: Where) -> set[str] | None:
        """Ids that alone can match, from the value indexes; None: look at every record."""
        if isinstance(where, Joined):
            found = [self._candidates(where.left), self._candidates(where.right)]
            sets = [each for each in found if each is not None]
            if where.word == "or":
                return sets[0] | sets[1] if len(sets) == 2 else None
            return min(sets, key=len, default=None)
        if where.operator not in {"=", "in"}:
            return None
        if where.column == "id":
            return {str(value) for value in where.values}
        field, part = self._column(where.column)
        indexed = field.data_type in _INDEXED and part in {"", "id"}
        if not indexed or field.api_name in {"Created_By", "Modified_By"}:
            return None
        return set(self._table.holding(field.api_name, where.values))

    def _test(self, where: Where) -> Test:
        if isinstance(where, Joined):
            one, two = self._test(where.left), self._test(where.right)
            if where.word == "and":
                return lambda row: one(row) and two(row)
            return lambda row: one(row) or two(row)
        return self._condition(where)

    def _condition(self, condition: Condition) -> Test:
        field, _ = self._column(condition.column)
        column, operator = condition.column, condition.operator
        wanted = [self._typed(field, condition, each) for each in condition.values]
        if operator == "is null":
            return lambda row: self._value(row, column) in (None, [])
        if operator == "is not null":
            return lambda row: self._value(row, column) not in (None, [])
        if operator in {"in", "not in", "=", "!="}:
            keys = {key_of(each) for each in wanted}
            inside = operator in {"in", "="}

            def among(row: Record) -> bool:
                value = self._value(row, column)
                return (value is not None and key_of(value) in keys) == inside

            return among
        if operator in {"like", "not like"}:
            pattern, positive = _like(str(wanted[0])), operator == "like"
            return lambda row: (
                bool(pattern.fullmatch(str(self._value(row, column) or ""))) == positive
            )
        compare = _COMPARE[operator]

        def test(row: Record) -> bool:
            value = self._value(row, column)
            if value is None:
                return False
            return compare(int(value) if column == "id" else value, wanted)

        return test

    def _typed(self, field: Field, condition: Condition, given: Any) -> Any:
        try:
            if field.data_type == "datetime":
                return int(values.read_datetime(given))
            if field.data_type == "boolean":
                return {True: True, False: False, "true": True, "false": False}[given]
            if field.data_type in {"integer", "double", "currency"}:
                return float(given)
            if field is _ID and condition.operator not in {"=", "!=", "in", "not in"}:
                return int(given)
        except (ValueError, KeyError, TypeError) as error:
            raise _invalid(
                "value given seems to be invalid for the column",
                column_name=condition.column,
                clause="where",
            ) from error
        return given

    def _value(self, row: Record, column: str) -> Any:
        field, part = self._column(column)
        value = render.value(self._table.module, row, field.api_name)
        if part and part != "id" and value is not None:
            user = self._crm.users.get(value)
            return getattr(user, _USER_PARTS[part]) if user else None
        if field.data_type == "datetime" and value is not None:
            return int(value)
        if field.data_type in {"integer", "double", "currency"} and value is not None:
            return float(value)
        return value

    def _shown(self, row: Record) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for column in self._query.columns:
            field, part = self._column(column)
            if part or field is _ID:
                answer[column] = self._value(row, column)
            else:
                raw = render.value(self._table.module, row, field.api_name)
                answer[column] = render.shown(self._crm, self._table.module, field, raw)
                if field.data_type == "ownerlookup" and raw is not None:
                    answer[column] = self._crm.user_ref(raw)
        answer["id"] = row.id
        return answer


def _order(value: Any) -> tuple[int, Any]:
    return (0, "") if value is None else (1, value.casefold() if isinstance(value, str) else value)


@lru_cache(maxsize=256)
def _like(pattern: str) -> re.Pattern[str]:
    return re.compile(
        ".*".join(re.escape(part) for part in pattern.split("%")), re.IGNORECASE | re.DOTALL
    )


def _limit(limit: int, *, clause: str) -> errors.Refusal:
    return errors.Refusal(
        400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "clause": clause}
    )


def _invalid(message: str, **details: str) -> errors.Refusal:
    return errors.Refusal(400, "INVALID_QUERY", message, dict(details))
