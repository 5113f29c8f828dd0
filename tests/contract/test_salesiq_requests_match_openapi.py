"""Every request of our SalesIQ client is one the contract describes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest
from tests.vendor_stage import ZOHO_CREDENTIALS, make_transport, open_database, token_or

from switchboard.store.database import Database
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient

SPEC = Path(__file__).parents[2].parent / "shared" / "vendors" / "zoho-salesiq.openapi.json"
pytestmark = pytest.mark.skipif(
    not SPEC.exists(), reason="SalesIQ's schemas are not beside this checkout (../shared/vendors)"
)
CALLS: dict[str, Callable[[ZohoSalesiqClient], Awaitable[Any]]] = {
    "progress": lambda client: client.progress("req-1", "Working on it"),
    "respond": lambda client: client.respond("req-1", {"action": "reply", "replies": ["Done"]}),
    "read_conversation": lambda client: client.read_conversation("70001"),
    "read_messages": lambda client: client.read_messages("70001"),
    "add_note": lambda client: client.add_note("70001", "Ticket 101"),
    "close": lambda client: client.close("70001"),
    "send_message": lambda client: client.send_message("70001", "Hello"),
    "transfer": lambda client: client.transfer("70001", department_id="4", note="Billing"),
}


@cache
def contract() -> OpenAPI:
    document = json.loads(SPEC.read_text("utf-8"))
    document.pop("security", None)
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)  # The header is looked at below.
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path)
    yield database
    database.close()


@pytest.mark.parametrize("name", CALLS)
async def test_each_request_is_described(database: Database, name: str) -> None:
    asked: list[httpx.Request] = []

    def portal(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        many = request.method == "GET" and request.url.path.endswith("/messages")
        return httpx.Response(200, json={"data": [] if many else {}})

    client = ZohoSalesiqClient(
        make_transport(database, token_or(portal)),
        ZOHO_CREDENTIALS,
        address="https://salesiq.zoho.com",
        screen_name="acme",
    )
    await CALLS[name](client)
    (request,) = asked
    described = MockRequest(
        host_url="https://salesiq.zoho.com",
        method=request.method.lower(),
        path=request.url.path,
        headers=dict(request.headers),
        data=request.content or None,
        content_type=request.headers.get("content-type", ""),
    )
    result = contract().unmarshal_request(described)
    assert not result.errors, result.errors
    assert request.headers["authorization"].startswith("Zoho-oauthtoken ")
