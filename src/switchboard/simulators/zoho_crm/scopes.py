"""Which OAuth scopes a token must carry, and when a granted scope covers a needed one.

Pure. Zoho's own texts disagree about letter case (`ZohoCRM.Files.READ`), so case is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable

SEARCH = "ZohoSearch.securesearch.READ"
COQL = "ZohoCRM.coql.READ"
_WRITES = frozenset({"create", "update"})


def module(name: str, operation: str) -> str:
    return f"ZohoCRM.modules.{name}.{operation}"


def settings(name: str, operation: str = "READ") -> str:
    return f"ZohoCRM.settings.{name}.{operation}"


def covers(granted: str, needed: str) -> bool:
    """`ZohoCRM.modules.ALL` and `ZohoCRM.modules.leads.WRITE` both cover `…Leads.CREATE`."""
    *have, have_operation = granted.casefold().split(".")
    *want, want_operation = needed.casefold().split(".")
    if len(have) < min(2, len(want)) or want[: len(have)] != have:
        return False
    if have_operation in {"all", want_operation}:
        return True
    return have_operation == "write" and want_operation in _WRITES


def missing(granted: Iterable[str], needed: Iterable[str]) -> list[str]:
    have = tuple(granted)
    return [want for want in needed if not any(covers(each, want) for each in have)]
