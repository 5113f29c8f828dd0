"""Searches: they see writes minutes late, and find look-alikes (zoho-desk.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_desk import errors, render
from switchboard.simulators.zoho_desk.call import Call
from switchboard.simulators.zoho_desk.records import Record

PAGING = ("from", "limit", "sortBy")
TICKET_KEYS = ("id", "ticketNumber", "subject", "contactId", "departmentId", "assigneeId",
               "priority", "status", "channel", "email", "phone", "description")  # fmt: skip
CUSTOM_KEYS = tuple(f"customField{number}" for number in range(1, 11))
CONTACT_KEYS = ("id", "email", "firstName", "lastName", "phone", "mobile")


def tickets(call: Call) -> Response:
    desk = call.desk

    def value(record: Record, seen: dict[str, Any], key: str) -> Any:
        if key in {"id", "ticketNumber", "status"}:
            return getattr(record, {"ticketNumber": "number"}.get(key, key))
        return seen.get(key)

    def fits(record: Record, seen: dict[str, Any]) -> bool:
        for key, wanted in _wanted(call, (*TICKET_KEYS, *CUSTOM_KEYS)):
            if key in CUSTOM_KEYS:
                name, _, text = wanted.partition(":")
                if not _matches(record.cf.get(name), text):
                    return False
            elif wanted == "${open}" and key == "status":
                if desk.status_type(value(record, seen, key)) == "Closed":
                    return False
            elif not _matches(value(record, seen, key), wanted):
                return False
        return True

    found = _seen(call, desk.tickets.values(), fits)
    shown = [render.ticket(desk, each, seen) for each, seen in found]  # type: ignore[arg-type]
    return _answer(call, shown)


def contacts(call: Call) -> Response:
    def fits(record: Record, seen: dict[str, Any]) -> bool:
        return all(
            _matches(record.id if key == "id" else seen.get(key), wanted)
            for key, wanted in _wanted(call, CONTACT_KEYS)
        )

    found = _seen(call, call.desk.contacts.values(), fits)
    return _answer(call, [render.contact(call.desk, each, seen) for each, seen in found])


def _wanted(call: Call, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    wanted = [(name, text) for name, text in call.query.items() if name not in PAGING]
    elsewhere = sorted({name for name, _ in wanted} - set(keys) - {"orgId"})
    if elsewhere:
        raise errors.not_imitated(f"a search by {elsewhere[0]}")
    found = [(name, text) for name, text in wanted if name in keys]
    if not found:
        raise errors.unprocessable("A search needs something to look for.")
    return found


def _seen(
    call: Call, records: Any, fits: Callable[[Record, dict[str, Any]], bool]
) -> list[tuple[Record, dict[str, Any]]]:
    elapsed, found = call.desk.elapsed(), []
    for record in reversed(list(records)):
        seen = record.searchable(elapsed)
        if seen is not None and not record.trashed and fits(record, seen):
            found.append((record, seen))
    return found


def _matches(value: Any, wanted: str) -> bool:
    """Several values with commas mean any of them; a trailing `*` any ending."""
    if wanted == "${empty}":
        return value in (None, "")
    if wanted == "${notempty}":
        return value not in (None, "")
    text = str(value or "").casefold()
    return any(_alike(text, each.strip().casefold()) for each in wanted.split(","))


def _alike(text: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return text.startswith(wanted[:-1])
    # Addresses are found by their words, so look-alikes come along.
    if "@" in wanted:
        return bool(text) and set(_words(wanted)) <= set(_words(text))
    return text == wanted or f" {wanted} " in f" {text} "


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()


def _answer(call: Call, shown: list[dict[str, Any]]) -> Response:
    part = call.page(shown, 10, 100)
    if not part:
        return Response(status_code=204)
    return JSONResponse({"data": part, "count": len(shown)})
