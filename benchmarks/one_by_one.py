"""The script most people would write: the vendors' own SDKs, one call after the other.

It is what `bench.py` compares the product with. It keeps the request limits of the manual's
appendix (Zoho CRM: 100 a minute, a search counts twice), because a script that does not is refused
for the rest of the minute, or with `--unpaced` only those the vendor itself enforces. It keeps no
record of what it did: run twice, it writes everything twice.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ringcentral import SDK
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.notes import BodyWrapper as NotesBody
from zohocrmsdk.src.com.zoho.crm.api.notes import Note, NotesOperations, ParentId
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    Field,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

ZOHO_REQUESTS_PER_MINUTE = 100
SEARCH_COST, WRITE_COST = 2, 1
TOO_MANY_REQUESTS = 429


class Pace:
    """Spaces requests so that a minute holds no more than the limit; minutes are *speed* short."""

    def __init__(self, speed: float, *, unpaced: bool) -> None:
        self._minute, self._unpaced = 60.0 / speed, unpaced
        self._next = time.monotonic()

    def spend(self, cost: int) -> None:
        if self._unpaced:
            return
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = max(self._next, time.monotonic())
        self._next += cost * self._minute / ZOHO_REQUESTS_PER_MINUTE

    def penalty(self) -> None:
        time.sleep(self._minute)


def inbound_calls(base_url: str, hours_back: int, pace: Pace) -> Iterator[dict[str, Any]]:
    sdk = SDK("sim-rc-client", "sim-rc-secret", f"{base_url}/ringcentral")
    platform = sdk.platform()
    platform.login(jwt="sim-rc-jwt")
    since = (datetime.now(UTC) - timedelta(hours=hours_back)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    query: dict[str, Any] = {"view": "Detailed", "type": "Voice", "direction": "Inbound"}
    query |= {"dateFrom": since, "perPage": 100, "page": 1}
    while True:
        try:
            answer = platform.get("/restapi/v1.0/account/~/call-log", query).json_dict()
        except Exception as error:
            if str(TOO_MANY_REQUESTS) not in str(error) and "CMN-301" not in str(error):
                raise
            pace.penalty()
            continue
        yield from answer["records"]
        if "nextPage" not in answer.get("navigation", {}):
            return
        query["page"] += 1


class Zoho:
    """Three calls of the SDK, each tried again when Zoho has had enough for the minute."""

    def __init__(self, base_url: str, folder: Path, pace: Pace) -> None:
        self._pace, self.requests = pace, 0
        environment = DataCenter.Environment(
            f"{base_url}/zoho-crm",
            f"{base_url}/zoho-accounts/oauth/v2/token",
            f"{base_url}/zoho-crm",
        )
        token = OAuthToken(
            client_id="sim-zoho-client",
            client_secret="sim-zoho-secret",
            refresh_token="sim-zoho-refresh",
            find_user=False,
        )
        store = folder / "tokens.csv"
        Initializer.initialize(
            environment,
            token,
            store=FileStore(str(store)),
            sdk_config=SDKConfig(
                auto_refresh_fields=False,
                pick_list_validation=False,
                connect_timeout=10,
                read_timeout=30,
                update_api_domain=False,
            ),
            resource_path=str(folder),
        )
        self._leads = RecordOperations("Leads")

    def _ask(self, cost: int, request: Callable[[], Any]) -> Any:
        while True:
            self._pace.spend(cost)
            self.requests += 1
            answer = request()
            if answer is not None and answer.get_status_code() != TOO_MANY_REQUESTS:
                return answer
            self._pace.penalty()

    def find(self, phone: str) -> int | None:
        parameters = ParameterMap()
        parameters.add(SearchRecordsParam.phone, phone)
        answer = self._ask(
            SEARCH_COST, lambda: self._leads.search_records(parameters, HeaderMap())
        ).get_object()
        found = answer.get_data() if answer is not None and hasattr(answer, "get_data") else []
        return int(found[0].get_id()) if found else None

    def create(self, phone: str, name: str, status: str) -> int:
        record = Record()
        record.add_field_value(Field.Leads.last_name(), name)
        record.add_field_value(Field.Leads.company(), "Unknown")
        record.add_field_value(Field.Leads.phone(), phone)
        record.add_field_value(Field.Leads.lead_status(), Choice(status))
        answer = self._ask(WRITE_COST, lambda: self._leads.create_records(_one(record)))
        return int(answer.get_object().get_data()[0].get_details()["id"])

    def set_status(self, lead: int, status: str) -> None:
        record = Record()
        record.add_field_value(Field.Leads.lead_status(), Choice(status))
        self._ask(WRITE_COST, lambda: self._leads.update_record(lead, _one(record)))

    def add_note(self, lead: int, title: str, content: str) -> None:
        note, parent, module, body = Note(), ParentId(), MinifiedModule(), NotesBody()
        module.set_api_name("Leads")
        parent.set_id(lead)
        parent.set_module(module)
        note.set_note_title(title)
        note.set_note_content(content)
        note.set_parent_id(parent)
        body.set_data([note])
        self._ask(WRITE_COST, lambda: NotesOperations().create_notes(body))


def _one(record: Record) -> BodyWrapper:
    body = BodyWrapper()
    body.set_data([record])
    body.set_trigger([])
    return body


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("base_url")
    arguments.add_argument("--calls", type=int, default=100)
    arguments.add_argument("--speed", type=float, default=1.0)
    arguments.add_argument("--hours-back", type=int, default=168)
    arguments.add_argument("--unpaced", action="store_true")
    options = arguments.parse_args()
    logging.disable(logging.CRITICAL)
    started, done, created = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        pace = Pace(options.speed, unpaced=options.unpaced)
        zoho = Zoho(options.base_url, Path(folder), pace)
        for call in inbound_calls(options.base_url, options.hours_back, pace):
            caller = call.get("from", {})
            if not caller.get("phoneNumber"):
                continue
            status = "Accepted Call" if call.get("result") == "Accepted" else "Missed Call"
            lead = zoho.find(caller["phoneNumber"])
            if lead is None:
                name = caller.get("name") or "Unknown"
                lead = zoho.create(caller["phoneNumber"], name, status)
                created += 1
            else:
                zoho.set_status(lead, status)
            zoho.add_note(lead, f"Call {call['id']}", json.dumps(call)[:2000])
            done += 1
            if done >= options.calls:
                break
    seconds = time.monotonic() - started
    facts = {"calls": done, "created": created, "zoho_requests": zoho.requests, "seconds": seconds}
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
