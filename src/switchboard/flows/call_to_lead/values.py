"""Bring a value into the form one field of Zoho CRM takes, or say why it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from switchboard.flows.call_to_lead.models import FieldProblem
from switchboard.flows.call_to_lead.variables import Value, as_text
from switchboard.vendors.zoho_crm.models import CrmField

MISSING = CrmField(api_name="", data_type="")
"""Stands for a field the module does not have."""

_NEVER_CUT = frozenset({"phone", "email", "website"})  # A part of an address is a wrong address.
_LISTED = 6  # Picklist values worth naming in a message.


def fitted(  # noqa: PLR0911 - one for each thing that may be wrong.
    name: str, value: Value, field: CrmField | None, *, lenient: bool = False
) -> tuple[Any, list[FieldProblem]]:
    """Return the value as *field* takes it, and the problems; None: nothing is to be sent.

    *field* None: nothing is known of Zoho's fields. *lenient* lets new picklist values through.
    """
    if field is None:
        return (None if value is None else _plain(value)), []
    if field is MISSING:
        return None, [_problem(name, "Zoho CRM has no such field.")]
    if field.read_only:
        return None, [_problem(name, "Zoho CRM does not let this field be written.")]
    if value is None:
        return None, []
    kind = field.data_type.casefold()
    if kind in _PARSERS:
        try:
            return _PARSERS[kind](value), []
        except ValueError:
            return None, [
                _problem(name, f'"{as_text(value)}" does not fit a field of type {kind}.')
            ]
    text = as_text(value)
    if field.picklist and text not in field.picklist and not lenient:
        listed = ", ".join(field.picklist[:_LISTED])
        more = ", …" if len(field.picklist) > _LISTED else ""
        return None, [_problem(name, f'"{text}" is not in its picklist ({listed}{more}).')]
    if kind == "multiselectpicklist":
        return [text], []
    return _within_length(name, text, field)


def _within_length(name: str, text: str, field: CrmField) -> tuple[Any, list[FieldProblem]]:
    if field.length is None or field.length <= 0 or len(text) <= field.length:
        return text, []
    if field.data_type.casefold() in _NEVER_CUT or field.picklist:
        return None, [_problem(name, f"The value is longer than {field.length} characters.")]
    problem = FieldProblem(
        field=name, message=f"The value is cut to {field.length} characters.", fatal=False
    )
    return text[: field.length].rstrip(), [problem]


def _plain(value: Value) -> Any:
    return value if isinstance(value, int) else as_text(value)


def _problem(name: str, message: str) -> FieldProblem:
    return FieldProblem(field=name, message=message)


def _integer(value: Value) -> int:
    return int(as_text(value))


def _decimal(value: Value) -> float:
    return float(as_text(value))


def _boolean(value: Value) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    try:
        return words[as_text(value).strip().casefold()]
    except KeyError as error:
        raise ValueError from error


def _date(value: Value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return date.fromisoformat(as_text(value)).isoformat()


def _datetime(value: Value) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(as_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.isoformat(timespec="seconds")


def _reference(value: Value) -> dict[str, str]:
    text = as_text(value)
    if not text.isdecimal():
        raise ValueError
    return {"id": text}


_PARSERS: dict[str, Callable[[Value], Any]] = {
    "integer": _integer,
    "bigint": _integer,
    "double": _decimal,
    "currency": _decimal,
    "decimal": _decimal,
    "percent": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "ownerlookup": _reference,
    "userlookup": _reference,
    "lookup": _reference,
}
