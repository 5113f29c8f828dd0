"""Say before any call whether a line of the mapping can fit the Zoho field it fills. Pure.

What a call will bring is not known yet, but its kind is: a name, a number, a time, a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from switchboard.config.mapping_check import SOURCES
from switchboard.flows.call_to_lead.models import FieldProblem
from switchboard.flows.call_to_lead.variables import (
    TRANSFORMS,
    BadTemplateError,
    Placeholder,
    parse,
)
from switchboard.vendors.zoho_crm.models import CrmField

Kind = Literal["constant", "name", "text", "telephone number", "number", "time", "day", "user"]

_VARIABLES: Mapping[str, Kind] = {
    "caller_name": "name",
    "caller_number": "telephone number",
    "caller_company": "name",
    "call_time": "time",
    "call_duration": "number",
    "extension_name": "name",
    "lead_owner_id": "user",
}
_MAKES: Mapping[str, Kind] = {
    "uppercase": "text",
    "lowercase": "text",
    "minutes": "number",
    "seconds": "number",
    "date": "day",
}
_SOURCES: Mapping[str, Kind] = {
    each: "telephone number" if each == "Phone" else "name" for each in SOURCES
}
# How many characters each of these has at least; names may be short.
_SHORTEST: Mapping[Kind, int] = {
    "time": len("2026-11-03T10:04:05-05:00"),
    "day": len("2026-11-03"),
    "telephone number": len("+12155550"),
    "number": 1,
}
# Field types of Zoho CRM (zoho-crm.md, fields metadata): what fits them, and what to write.
_NUMBERS = ("a whole number", "${call_duration} or ${call_duration:minutes}")
_AMOUNT = ("a number", "${call_duration} or ${call_duration:minutes}")
_USER = ("a user of Zoho CRM", "${lead_owner_id}")
_TAKES: Mapping[str, tuple[frozenset[Kind], str, str]] = {
    # Zoho's whole numbers have nine digits: neither a telephone number nor an id is one.
    "integer": (frozenset({"number"}), *_NUMBERS),
    "bigint": (frozenset({"number", "user"}), *_NUMBERS),
    "double": (frozenset({"number"}), *_AMOUNT),
    "currency": (frozenset({"number"}), *_AMOUNT),
    "decimal": (frozenset({"number"}), *_AMOUNT),
    "percent": (frozenset({"number"}), *_AMOUNT),
    "boolean": (frozenset(), "true or false", "the plain word true or false"),
    "date": (frozenset({"day", "time"}), "a day", "${call_time:date}"),
    "datetime": (frozenset({"time"}), "a time", "${call_time}"),
    "ownerlookup": (frozenset({"user"}), *_USER),
    "userlookup": (frozenset({"user"}), *_USER),
    "lookup": (frozenset(), "a record of another module", "the id of one such record"),
    "email": (frozenset(), "an e-mail address", "a plain address, or leave the line out"),
}
# Filled through requests of their own, or by Zoho itself.
_UNFILLABLE = frozenset(
    {
        "autonumber", "consent_lookup", "fileupload", "formula", "imageupload", "jsonarray",
        "multi_module_lookup", "multiselectlookup", "multiuserlookup", "profileimage", "subform",
    }
)  # fmt: skip
_ALWAYS_THERE = frozenset({"caller_number", "call_time", "call_duration", "lead_owner_id"})
# The flow fills these itself where the mapping gives nothing.
_PLACEHOLDERS = frozenset({"Last_Name", "Company"})


def kind_of(template: str) -> Kind | None:
    """Return what a line of the mapping gives; None when it cannot be understood at all."""
    if template in _SOURCES:
        return _SOURCES[template]
    try:
        parts = parse(template)
    except BadTemplateError:
        return None
    placeholders = [each for each in parts if isinstance(each, Placeholder)]
    kinds = [_placeholder(each) for each in placeholders]
    if None in kinds:
        return None
    if not placeholders:
        return "constant"
    return kinds[0] if len(parts) == 1 else "text"


def misfits(name: str, template: str, field: CrmField) -> list[FieldProblem]:
    """Return why a value that calls bring cannot fit *field*, or would not as it seems to.

    Plain text is left to `values.fitted`, which looks at it as it stands.
    """
    type_ = field.data_type.casefold()
    kind = kind_of(template)
    if type_ in _UNFILLABLE:
        return [_problem(name, f"A field of type {type_} cannot be filled by a mapping.")]
    if kind is None or kind == "constant" or template == "Email":
        return _often_empty(name, template, field)
    if type_ in _TAKES:
        fits, what, write = _TAKES[type_]
        if kind not in fits and not (type_ == "email" and "@" in template):
            message = f"{template} gives a {kind}, and the field takes {what}: write {write}."
            return [_problem(name, message)]
        if type_ == "date" and kind == "time":
            message = "Only the day of the time is kept: write ${call_time:date} to say so."
            return [_problem(name, message, fatal=False)]
    if field.picklist:
        message = "Zoho CRM takes only values of its list here; a call with another is parked."
        return [_problem(name, message, fatal=False)]
    return [*_too_long(name, template, field), *_often_empty(name, template, field)]


def _placeholder(part: Placeholder) -> Kind | None:
    kind = _VARIABLES.get(part.variable)
    for each in part.transforms:
        if each not in TRANSFORMS:
            return None
        keeps = _MAKES[each] == "text" and kind == "telephone number"
        kind = kind if keeps else _MAKES[each]
    return kind


def _too_long(name: str, template: str, field: CrmField) -> list[FieldProblem]:
    length = field.length or 0
    if template in _SOURCES or length <= 0 or field.data_type.casefold() in _TAKES:
        return []
    least = sum(
        len(part) if isinstance(part, str) else _SHORTEST.get(_placeholder(part) or "name", 0)
        for part in parse(template)
    )
    if least <= length:
        return []
    message = f"The value has {least} characters or more and is cut to {length}."
    return [_problem(name, message, fatal=False)]


def _often_empty(name: str, template: str, field: CrmField) -> list[FieldProblem]:
    """Tell of a field Zoho demands whose only source is missing for many callers."""
    if not field.mandatory or field.read_only or name in _PLACEHOLDERS or _certain(template):
        return []
    if template == "Email":
        message = "Zoho CRM demands this field, and calls never bring an e-mail address."
        return [_problem(name, message)]
    message = "Zoho CRM demands this field; callers without this value are parked."
    return [_problem(name, message, fatal=False)]


def _certain(template: str) -> bool:
    """Tell whether every call gives a value."""
    if template in _SOURCES:
        return template == "Phone"
    if kind_of(template) is None:
        return True  # It is refused for another reason.
    return any(isinstance(part, str) or part.variable in _ALWAYS_THERE for part in parse(template))


def _problem(name: str, message: str, *, fatal: bool = True) -> FieldProblem:
    return FieldProblem(field=name, message=message, fatal=fatal)
