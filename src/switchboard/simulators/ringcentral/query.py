"""Read query parameters as RingCentral does; what makes no sense ends in CMN-101."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from switchboard.simulators.core.requests import origin
from switchboard.simulators.ringcentral.errors import bad_parameter
from switchboard.simulators.ringcentral.formats import read_stamp

PAGE_MAX = 1000


class Query:
    def __init__(self, request: Request) -> None:
        self._params = request.query_params
        self._address = f"{origin(request)}{request.scope['path']}"

    def one(self, name: str, allowed: Collection[str] | None = None) -> str | None:
        value = self._params.get(name)
        if value is not None and allowed is not None and value not in allowed:
            raise bad_parameter(name, value)
        return value

    def many(self, name: str, allowed: Collection[str] | None = None) -> list[str]:
        """A repeatable parameter: repeated keys, not commas."""
        values = self._params.getlist(name)
        for value in values:
            if allowed is not None and value not in allowed:
                raise bad_parameter(name, value)
        return values

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.one(name, ("true", "false", "True", "False"))
        return default if value is None else value.lower() == "true"

    def count(self, name: str, default: int | None, most: int | None = None) -> int | None:
        value = self._params.get(name)
        if value is None:
            return default
        if not value.isdigit() or int(value) < 1 or (most is not None and int(value) > most):
            raise bad_parameter(name, value)
        return int(value)

    def moment(self, name: str) -> float | None:
        value = self._params.get(name)
        if value is None:
            return None
        try:
            return read_stamp(value)
        except ValueError:
            raise bad_parameter(name, value) from None

    def page(self) -> int:
        return self.count("page", 1) or 1

    def per_page(
        self, default: int = 100, most: int = PAGE_MAX, words: Collection[str] = ("max",)
    ) -> int:
        """Too many are cut to the most; `max` says the same in words."""
        value = self._params.get("perPage")
        if value in words:
            return most
        return min(self.count("perPage", default) or default, most)

    def uri(self, page: int | None = None) -> str:
        pairs = [(k, v) for k, v in self._params.multi_items() if k != "access_token"]
        if page is not None:
            pairs = [(k, v) for k, v in pairs if k != "page"] + [("page", str(page))]
        return self._address + (f"?{urlencode(pairs)}" if pairs else "")


def listing(
    query: Query,
    records: Sequence[Any],
    *,
    page: int,
    per_page: int,
    more: bool,
    total: int | None = None,
) -> dict[str, Any]:
    """A page of *records* with its paging and navigation; `total` only where it is cheap."""
    paging: dict[str, int] = {"perPage": per_page}
    if records:
        start = (page - 1) * per_page
        paging |= {"page": page, "pageStart": start, "pageEnd": start + len(records) - 1}
    navigation = {"firstPage": {"uri": query.uri(1)}}
    if page > 1:
        navigation["previousPage"] = {"uri": query.uri(page - 1)}
    if more:
        navigation["nextPage"] = {"uri": query.uri(page + 1)}
    if total is not None:
        pages = -(-total // per_page)
        paging |= {"totalPages": pages, "totalElements": total}
        navigation["lastPage"] = {"uri": query.uri(max(1, pages))}
    return {"uri": query.uri(), "records": records, "paging": paging, "navigation": navigation}


def paged(query: Query, records: Sequence[Any], per_page: int) -> dict[str, Any]:
    """One page of a list that is wholly at hand."""
    page = query.page()
    start = (page - 1) * per_page
    part = records[start : start + per_page]
    more = start + per_page < len(records)
    return listing(query, part, page=page, per_page=per_page, more=more, total=len(records))
