"""Every request our clients send is one the vendors' own OpenAPI documents describe."""

from __future__ import annotations

import email
import io
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jsonschema
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from tests.vendor_stage import (
    RC_CREDENTIALS,
    make_transport,
    metadata,
    open_database,
    token_or,
    zoho,
)

from switchboard.store.database import Database
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.ringcentral.content import recording_uri
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import NoteDraft

SPECS = Path(__file__).parents[2].parent / "shared" / "vendors"
RC, ZOHO = SPECS / "ringcentral.openapi.json", SPECS / "zoho-crm.openapi.json"
TOKEN = "/restapi/oauth/token"
NOW = datetime(2026, 11, 3, 15, 4, 5, tzinfo=UTC)
LEAD = {"Last_Name": "Example", "Phone": "+12155550100", "Owner": {"id": "5843104000007701011"}}
TASK = {
    "Subject": "Call back +1 215-555-0100 [rc:s-1]",
    "Due_Date": "2026-11-03",
    "Status": "Not Started",
    "Priority": "High",
    "Description": "Missed call",
    "Remind_At": {"ALARM": "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-11-03T11:00:30-05:00"},
    "Owner": {"id": "5843104000007701011"},
    "What_Id": {"id": "5843104000007701012"},
    "$se_module": "Leads",
}
SUCCESS = {"status": "success", "code": "SUCCESS", "details": {"id": "1"}}

pytestmark = pytest.mark.skipif(
    not (RC.exists() and ZOHO.exists()),
    reason="the vendors' OpenAPI documents are not beside this checkout (../shared/vendors)",
)


@cache
def corrected(path: Path) -> dict[str, Any]:
    """Load a document, with Zoho's known errors put right (vendor notes, §12)."""
    document: dict[str, Any] = json.loads(path.read_text())
    if path == ZOHO:
        parameters = document["components"]["parameters"]
        parameters["related-notes.PerPage"]["name"] = "per_page"
        parameters["fields.Includes"]["required"] = False
    document.pop("security", None)
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)  # Checked below: the header is there or not.
                for parameter in operation.get("parameters", []):
                    parameter.pop("allowEmptyValue", None)  # Deprecated, says openapi-core aloud.
    return document


@cache
def spec(path: Path) -> OpenAPI:
    return OpenAPI.from_dict(corrected(path), config=Config(spec_validator_cls=None))  # type: ignore[arg-type]


def check(path: Path, request: httpx.Request) -> None:
    """Validate path, parameters and body, and that no parameter is unknown."""
    query = parse_qsl(request.url.query.decode())
    body = request.content or None
    described = MockRequest(
        host_url=f"{request.url.scheme}://{request.url.host}",
        method=request.method.lower(),
        path=request.url.raw_path.decode().split("?")[0],
        args=dict(query),
        headers=dict(request.headers),
        data=body,
        content_type=request.headers.get("content-type", "").split(";")[0],
    )
    template = path_template(path, request)
    if template == TOKEN:  # openapi-core finds no fields in a form described by alternatives.
        schema = {"$ref": "#/components/schemas/GetTokenRequest"}
        form = dict(parse_qsl(request.content.decode()))
        jsonschema.validate(form, schema | {"components": corrected(path)["components"]})
    elif request.headers.get("content-type", "").startswith("multipart/"):
        item = corrected(path)["paths"][template][request.method.lower()]
        (wanted, _) = item["requestBody"]["content"]["multipart/form-data"]["schema"]["oneOf"]
        jsonschema.validate(_form(request), wanted)  # openapi-core reads no alternatives here.
    else:
        result = spec(path).unmarshal_request(described)
        assert not result.errors, (request.method, str(request.url), result.errors)
    known = _declared(path, template, request.method)
    assert {name.lower() for name, _ in query} <= known, (str(request.url), query)
    scheme = "Basic" if template == TOKEN else "Bearer" if path == RC else "Zoho-oauthtoken"
    assert request.headers["authorization"].startswith(f"{scheme} ")


def _form(request: httpx.Request) -> dict[str, str]:
    """Return the parts of a multipart body by name; files have to bear a name and a type."""
    kind = request.headers["content-type"].encode()
    parsed = email.message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + request.content)
    found = {}
    for part in parsed.walk():
        if not part.is_multipart():
            name = part.get_param("name", header="content-disposition")
            assert part.get_filename()
            assert part.get_content_type() == "audio/mpeg"
            assert name not in found
            found[str(name)] = str(part.get_payload())
    return found


def path_template(path: Path, request: httpx.Request) -> str:
    """Return the documented path a request goes to: of several, the one with fewest variables."""
    sent = request.url.raw_path.decode().split("?")[0].removeprefix("/crm/v8")
    fitting: list[str] = [
        template
        for template in corrected(path)["paths"]
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), sent)
    ]
    assert fitting, f"{sent} is not documented"
    return min(fitting, key=lambda template: template.count("{"))


def _declared(path: Path, template: str, method: str) -> set[str]:
    """Return the names of the query and header parameters of an operation."""
    document = corrected(path)
    item = document["paths"][template]
    names = set()
    for parameter in item.get("parameters", []) + item[method.lower()].get("parameters", []):
        found = parameter
        while "$ref" in found:
            found = document["components"]["parameters"][found["$ref"].rsplit("/", 1)[-1]]
        names.add(found["name"].lower())
    return names


class Recorder:
    """Answers everything plausibly and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = metadata(request)
        if found is not None:
            return found
        path = request.url.path
        if "/content" in path:
            return httpx.Response(200, stream=httpx.ByteStream(b"sound"))
        if request.method in {"POST", "PUT"} and not path.endswith("/coql"):
            one = path.endswith("/Attachments")
            count = 1 if one else len(json.loads(request.content)["data"])
            return httpx.Response(200, json={"data": [SUCCESS] * count})
        if path.endswith("/org"):
            return httpx.Response(200, json={"org": [{"id": "1"}]})
        if "/crm/" in path:
            return httpx.Response(204)
        return httpx.Response(200, json={"id": 1, "records": [], "navigation": {}})


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


async def _all(pages: Any) -> None:
    async for _ in pages:
        pass


RC_CALLS: dict[str, Callable[[RingCentralClient], Awaitable[Any]]] = {
    "read_call_log": lambda client: _all(client.read_call_log(NOW, NOW, per_page=250)),
    "read_call_session": lambda client: client.read_call_session("s-test01", NOW, NOW),
    "read_call_records": lambda client: client.read_call_records(["QxTest1", "Qx-_2"]),
    "read_extensions": lambda client: client.read_extensions(),
    "read_account": lambda client: client.read_account(),
    "check": lambda client: client.check(),
    "download_recording": lambda client: _download(client, recording_uri(client.media_url, "9")),
    "download_voicemail": lambda client: _download(client, VOICEMAIL),
    "read_text": lambda client: client.read_text(VOICEMAIL),
    "read_messages": lambda client: client.read_messages("700100101", ["19001", "19002"]),
    "read_recording_retention": lambda client: client.read_recording_retention(),
    "missing_media_scopes": lambda client: client.missing_media_scopes(),
}
VOICEMAIL = (
    "https://media.ringcentral.com:443/restapi/v1.0/account/700100004/extension/700100101"
    "/message-store/19001/content/19001"
)


async def _download(client: RingCentralClient, uri: str) -> None:
    await client.download(uri, bytearray().extend, kind="recording", most_bytes=999, timeout=9)


async def _upload(client: ZohoCrmClient) -> None:
    await client.upload_attachment(
        "Leads",
        "5843104000007701011",
        io.BytesIO(b"sound"),
        name="call 9.mp3",
        content_type="audio/mpeg",
        size=5,
        timeout=9,
    )


NOTES = [
    NoteDraft(module="Leads", parent_id="5843104000007701011", title="t" * 200, content="c"),
    NoteDraft(module="Contacts", parent_id="5843104000007701012", title="t", content="c"),
]
ZOHO_CALLS: dict[str, Callable[[ZohoCrmClient], Awaitable[Any]]] = {
    "create_records": lambda client: client.create_records("Leads", [LEAD] * 100),
    "update_records": lambda client: client.update_records("Leads", [{"id": "1", **LEAD}]),
    "create_notes": lambda client: client.create_notes(NOTES),
    "read_people": lambda client: _all(client.read_people("Leads", modified_since=NOW)),
    "read_contacts": lambda client: _all(client.read_people("Contacts", modified_since=None)),
    "read_deleted": lambda client: client.read_deleted("Leads", NOW),
    "find_people_by_phone": lambda client: client.find_people_by_phone("Leads", ["+12155550100"]),
    "read_person": lambda client: client.read_person("Leads", "5843104000007701011"),
    "read_notes": lambda client: client.read_notes("Leads", "5843104000007701011"),
    "upload_attachment": _upload,
    "read_attachments": lambda client: client.read_attachments("Leads", "5843104000007701011"),
    "read_note": lambda client: client.read_note("5843104000007701013"),
    "update_note": lambda client: client.update_note("5843104000007701013", content="c"),
    "create_tasks": lambda client: client.create_records("Tasks", [TASK] * 100),
    "update_tasks": lambda client: client.update_records(
        "Tasks", [{"id": "5843104000007701014", "Status": "Completed", "Description": "Done."}]
    ),
    "find_tasks": lambda client: client.find_tasks(["Call back +1 215-555-0100 [rc:s-1]"]),
    "read_tasks": lambda client: client.read_tasks(
        [f"58431040000077010{number:02}" for number in range(50)]
    ),
    "read_users": lambda client: client.read_users(),
    "read_fields": lambda client: client.read_fields("Leads"),
    "read_org": lambda client: client.read_org(),
}


@pytest.fixture
def database(tmp_path: Path) -> Any:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", RC_CALLS)
async def test_ringcentral_describes_what_we_ask(
    name: str, database: Database, recorder: Recorder
) -> None:
    """The token request included."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return token_or(recorder)(request)

    await RC_CALLS[name](RingCentralClient(make_transport(database, answer), RC_CREDENTIALS))
    assert len(seen) >= (1 if name in {"check", "missing_media_scopes"} else 2)
    for request in seen:
        check(RC, request)


@pytest.mark.parametrize("name", ZOHO_CALLS)
async def test_zoho_crm_describes_what_we_ask(
    name: str, database: Database, recorder: Recorder
) -> None:
    """Zoho's documents leave out the token endpoint."""
    await ZOHO_CALLS[name](zoho(database, recorder))
    assert recorder.requests
    for request in recorder.requests:
        check(ZOHO, request)


def test_the_check_notices_what_is_wrong() -> None:
    """A check that accepts anything would prove nothing."""
    base = "https://platform.ringcentral.com/restapi/v1.0/account/~"
    headers = {"Authorization": "Bearer x"}
    check(RC, httpx.Request("GET", f"{base}/call-log?perPage=10", headers=headers))
    for wrong in (
        f"{base}/call-log?perpage_=10",
        f"{base}/call-log?view=Everything",
        f"{base}/call-logs",
    ):
        with pytest.raises((AssertionError, OpenAPIError)):
            check(RC, httpx.Request("GET", wrong, headers=headers))
    with pytest.raises((AssertionError, OpenAPIError)):
        check(
            ZOHO, httpx.Request("POST", "https://www.zohoapis.com/crm/v8/coql", json={"query": "x"})
        )
