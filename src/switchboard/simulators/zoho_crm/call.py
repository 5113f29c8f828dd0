"""One request to the CRM, read once: what the endpoints' functions are handed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, Headers

from switchboard.simulators.zoho_crm import errors
from switchboard.simulators.zoho_crm.schema import IMITATED, KNOWN_ELSEWHERE
from switchboard.simulators.zoho_crm.state import CrmState
from switchboard.simulators.zoho_crm.table import Table

PER_PAGE = 200


@dataclass(slots=True)
class Call:
    """Everything an endpoint needs, without the network."""

    crm: CrmState
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Headers
    raw: bytes = b""
    form: FormData | None = None
    extra_lag_s: float = 0.0  # A planned fault: this write reaches the search index later.
    cost: float = 1.0  # Credits; an endpoint that knows better sets it.
    charged: float = 0.0  # What was taken from the organisation's credits in the end.
    _json: Any = field(default=None)

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object; like the vendor, do not ask for a Content-Type."""
        if self._json is None:
            try:
                self._json = json.loads(self.raw or b"null")
            except ValueError as error:
                raise errors.Refusal(
                    400, "INVALID_REQUEST", "unable to parse the request body"
                ) from error
        if not isinstance(self._json, dict):
            raise errors.wrong_type("body", "jsonobject")
        return self._json

    def items(self, limit: int = 100) -> list[dict[str, Any]]:
        """`data[]` of a write, checked for its shape and its size."""
        data = self.json.get("data")
        if data is None:
            raise errors.body_missing("data")
        if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
            raise errors.wrong_type("data", "jsonarray")
        if not data:
            raise errors.body_missing("data")
        if len(data) > limit:
            raise errors.too_many_items("data", limit)
        return data

    def size(self) -> int:
        """How many items a write carries, before anything is checked."""
        try:
            data = self.json.get("data")
        except errors.Refusal:
            return 0
        return len(data) if isinstance(data, list) else 0

    def table(self, name: str = "module") -> Table:
        """The module named in the path."""
        module = self.path[name]
        if module in IMITATED:
            return self.crm.tables[module]
        if module in KNOWN_ELSEWHERE:
            raise errors.not_imitated(f"the module {module}")
        raise errors.invalid_module()

    def number(self, name: str, default: int, most: int) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise errors.invalid_param(name, "integer")
        return int(text)

    def fields(self, *, required: bool, most: int = 50) -> list[str] | None:
        text = self.query.get("fields")
        if not text:
            if required:
                raise errors.param_missing("fields")
            return None
        names = [name.strip() for name in text.split(",") if name.strip()]
        if len(names) > most:
            raise errors.limit_exceeded("fields", most)
        return names

    @property
    def external(self) -> tuple[str, str] | None:
        """Module and field of the X-EXTERNAL header, when records are addressed by own keys."""
        header = self.headers.get("x-external")
        if not header:
            return None
        module, _, name = header.partition(".")
        field_ = self.crm.modules[module].fields.get(name) if module in self.crm.modules else None
        if field_ is None or not field_.external:
            raise errors.Refusal(
                400, "INVALID_DATA", "the external field given is invalid", {"header": "X-EXTERNAL"}
            )
        return module, name
