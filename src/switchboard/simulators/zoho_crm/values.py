"""Turn what a client sent into what the CRM stores, and times into the CRM's way of writing them.

Pure: values in, values out; a value the field cannot hold raises BadValue with the reason Zoho
gives (`expected_data_type`, `maximum_length`, …).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from switchboard.simulators.zoho_crm.schema import Field

# "digits, letters, an optional leading +, separators": zoho-crm.md §3.5.
_PHONE = re.compile(r"\+?[0-9A-Za-z().,;:/#* \-\u00a0]*")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
# ISO 8601 with a numeric offset; no `Z`, no fractions: zoho-crm.md §2.2.
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d")
_DURATION = re.compile(r"(\d{1,4}):([0-5]\d)")
_ALARM = re.compile(
    r"(?:FREQ=\w+;)?ACTION=(?:EMAIL|POPUP|EMAILANDPOPUP);TRIGGER=DATE-TIME:" + _DATETIME.pattern
)
TEXTS = frozenset({"text", "textarea", "email", "phone", "website", "picklist"})


class BadValueError(ValueError):
    """The field refuses the value; `why` goes into the answer's details."""

    def __init__(self, **why: Any) -> None:
        super().__init__(str(why))
        self.why = why


def stored(field: Field, value: Any, *, strict_picklist: bool) -> Any:
    """Return *value* as the field stores it; None and "" empty the field."""
    if value is None or value == "":
        return None
    if field.data_type in TEXTS:
        return _text(field, value, strict_picklist=strict_picklist)
    read = _READERS.get(field.data_type)
    return value if read is None else read(value)


def _text(field: Field, value: Any, *, strict_picklist: bool) -> str:
    if not isinstance(value, str):
        raise BadValueError(expected_data_type="text")
    if len(value) > field.length:
        raise BadValueError(maximum_length=field.length)
    if field.data_type == "phone" and not _PHONE.fullmatch(value):
        raise BadValueError(expected_data_type="phone")
    if field.data_type == "email" and not _EMAIL.fullmatch(value):
        raise BadValueError(expected_data_type="email")
    known = field.picklist
    if known and (strict_picklist or field.strict) and value not in known:
        raise BadValueError(supported_values=list(known))
    return value


def read_datetime(value: Any) -> float:
    """Epoch seconds of an ISO 8601 date-time with a numeric offset; nothing else is accepted."""
    if not isinstance(value, str) or not _DATETIME.fullmatch(value):
        raise BadValueError(expected_data_type="datetime")
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError as error:
        raise BadValueError(expected_data_type="datetime") from error


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise BadValueError(expected_data_type="date") from error


def _lookup(value: Any) -> str:
    """The id a lookup names: `{"id": …}` or the bare id, as text or as a number."""
    if isinstance(value, dict):
        value = value.get("id")
    found = record_id(value)
    if found is None:
        raise BadValueError(expected_data_type="jsonobject")
    return found


def record_id(value: Any) -> str | None:
    """An id as text; the official SDK sends ids as JSON numbers."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if text.isascii() and text.isdigit() else None


def shown_datetime(epoch: float, zone: ZoneInfo) -> str:
    """As Zoho writes times: whole seconds, numeric offset, the token user's zone."""
    moment = datetime.fromtimestamp(int(epoch), UTC).astimezone(zone)
    return moment.isoformat(timespec="seconds")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValueError(expected_data_type="boolean")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValueError(expected_data_type="integer")
    return value


def _alarm(value: Any) -> dict[str, str]:
    """A reminder: `{"ALARM": "FREQ=…;ACTION=…;TRIGGER=DATE-TIME:…"}`, as Zoho's SDK sends it."""
    text = value.get("ALARM") if isinstance(value, dict) else None
    if not isinstance(text, str) or not _ALARM.fullmatch(text):
        raise BadValueError(expected_data_type="jsonobject")
    return {"ALARM": text}


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValueError(expected_data_type="double")
    return value


def call_seconds(duration: str) -> int:
    """Seconds of a Call_Duration, read as mm:ss."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise BadValueError(expected_data_type="mm:ss")
    return int(found[1]) * 60 + int(found[2])


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "double": _double,
    "currency": _double,
    "datetime": read_datetime,
    "date": _date,
    "ALARM": _alarm,
    "lookup": _lookup,
    "ownerlookup": _lookup,
}
