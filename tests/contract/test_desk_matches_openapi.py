"""Our requests, and the simulator's answers, are what Zoho Desk's OpenAPI document describes."""

from __future__ import annotations

import email
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from tests.desk_stage import CREDENTIALS, DeskPortal, a_person
from tests.vendor_stage import make_transport, open_database, token_or

from switchboard.store.database import Database
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import NewTicket, TicketChanges

DESK = Path(__file__).parents[2].parent / "shared" / "vendors" / "zoho-desk.openapi.json"
URN = "urn:zoho-desk"
ORG, ID, OTHER = "700000001", "4000071000000012001", "4000071000000012002"
NOW = datetime(2026, 11, 3, 15, 4, 5, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not DESK.exists(), reason="the vendor's OpenAPI document is not beside this checkout"
)


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DESK.read_text())
    uploaded = loaded["paths"]["/api/v1/uploads"]["post"]["responses"]["200"]
    (schema,) = [each["schema"] for each in uploaded["content"].values()]
    if "$ref" in schema:
        schema = loaded["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema:  # Both alternatives take any object: whatever came would fit both.
        schema["anyOf"] = schema.pop("oneOf")
    return loaded


def template_of(path: str) -> str:
    """Return the documented path a request goes to: of several, the one with fewest variables."""
    fitting: list[str] = [
        each
        for each in document()["paths"]
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", each), path)
    ]
    assert fitting, f"{path} is not documented"
    return min(fitting, key=lambda each: each.count("{"))


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def parameters(template: str, method: str) -> dict[str, dict[str, Any]]:
    item = document()["paths"][template]
    listed = item.get("parameters", []) + item[method].get("parameters", [])
    found = [resolved(each) for each in listed]
    return {each["name"].lower(): each for each in found if each["in"] != "path"}


def check_request(request: httpx.Request) -> None:
    """Validate path, parameters, headers and body, and that no parameter is unknown."""
    method, template = request.method.lower(), template_of(request.url.path)
    known = parameters(template, method)
    query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
    headers = {name: text for name, text in request.headers.items() if name in known}
    for name, text in (query | headers).items():
        assert name.lower() in known, f"{name} is not documented at {template}"
        schema = known[name.lower()]["schema"]
        assert not _errors(schema, _value(text, resolved(schema))), (name, text)
    required = {name for name, each in known.items() if each.get("required")}
    assert required <= {name.lower() for name in query | headers}
    assert request.headers["authorization"].startswith("Zoho-oauthtoken ")
    assert ("orgid" in request.headers) == ("orgid" in known)
    kind = request.headers.get("content-type", "").split(";", maxsplit=1)[0]
    if kind:
        body = resolved(document()["paths"][template][method]["requestBody"])["content"][kind]
        _check_body(request, kind, body["schema"])


def _check_body(request: httpx.Request, kind: str, schema: dict[str, Any]) -> None:
    known = resolved(schema)["properties"]
    if kind == "multipart/form-data":
        assert form_parts(request) == list(known) == ["file"]
        return
    sent = json.loads(request.content)
    assert _errors(schema, sent) == []
    assert set(sent) <= set(known)


def _value(text: str, schema: dict[str, Any]) -> Any:
    """Return what a parameter's text stands for."""
    kinds = schema.get("type", "string")
    if "array" in kinds:
        return text.split(",")
    if "boolean" in kinds:
        return {"true": True, "false": False}.get(text, text)
    return int(text) if "integer" in kinds and text.isdigit() else text


def _errors(schema: dict[str, Any], value: Any) -> list[Any]:
    ref = {"$ref": f"{URN}{schema['$ref']}"} if "$ref" in schema else schema
    found = Draft202012Validator(ref, registry=registry()).iter_errors(value)
    return [(list(each.absolute_path), each.message[:300]) for each in found]


def form_parts(request: httpx.Request) -> list[str]:
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    parsed = email.message_from_bytes(head + request.content)
    parts = [part for part in parsed.walk() if not part.is_multipart()]
    assert all(part.get_filename() for part in parts)
    return [str(part.get_param("name", header="content-disposition")) for part in parts]


def a_ticket() -> NewTicket:
    return NewTicket(
        subject="s" * 300,
        marker="IT-1",
        department_id=ID,
        contact=a_person(),
        description="<&>" * 30_000,
        email="jo@example.com",
        phone="+12155550100",
        priority="High",
        status="Open",
        channel="Chat",
        classification="Request",
        category="Hosting",
        language="English",
        assignee_id=OTHER,
        team_id=OTHER,
        due=NOW,
        custom={"cf_site": "x"},
        uploads=(ID,),
    )


async def _upload(client: ZohoDeskClient) -> Any:
    return await client.upload_attachment(
        ID, io.BytesIO(b"x"), name="a b.txt", content_type="text/plain", size=1, timeout=9
    )


CALLS: dict[str, Callable[[ZohoDeskClient], Awaitable[Any]]] = {
    "read_organizations": lambda client: client.read_organizations(),
    "read_departments": lambda client: client.read_departments(),
    "read_agents": lambda client: client.read_agents(),
    "read_fields": lambda client: client.read_fields("tickets", ID),
    "find_tickets": lambda client: client.find_tickets("SB-7F3K2M4QXZ"),
    "find_contacts": lambda client: client.find_contacts("jo@example.com"),
    "create_contact": lambda client: client.create_contact(a_person(phone="1", mobile="2")),
    "read_contact_tickets": lambda client: client.read_contact_tickets(ID),
    "create_ticket": lambda client: client.create_ticket(a_ticket()),
    "read_ticket": lambda client: client.read_ticket(ID),
    "update_ticket": lambda client: client.update_ticket(
        ID,
        TicketChanges(
            subject="a", description="b", priority="Low", status="Closed", assignee_id=None,
            team_id=OTHER, due=NOW, custom={"cf_site": None},
        ),
    ),
    "create_comment": lambda client: client.create_comment(ID, "hello", public=True),
    "read_comments": lambda client: client.read_comments(ID),
    "upload_attachment": _upload,
    "read_attachments": lambda client: client.read_attachments(ID),
    "read_ticket_metrics": lambda client: client.read_ticket_metrics(ID),
}  # fmt: skip
NOT_DESCRIBED = {
    "read_statuses", "read_webhook_keys", "webhook_keys", "set_status_type", "close_ticket",
}  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", CALLS)
async def test_zoho_desk_describes_what_we_ask(name: str, database: Database) -> None:
    """Its host is chosen by the data centre, whatever the token's answer says."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        wanted = request.method == "GET" and not request.url.path.endswith((ID, "/metrics"))
        return httpx.Response(200, json={"data": []} if wanted else {"id": ID})

    transport = make_transport(database, token_or(answer))
    await CALLS[name](ZohoDeskClient(transport, CREDENTIALS, ORG))
    assert seen
    for request in seen:
        assert request.url.host == "desk.zoho.com"
        check_request(request)


def test_no_operation_of_the_client_is_left_out() -> None:
    public = {name for name in vars(ZohoDeskClient) if not name.startswith("_")}
    assert public == set(CALLS) | NOT_DESCRIBED


def test_the_check_notices_what_is_wrong() -> None:
    """A check that accepts anything would prove nothing."""
    base = "https://desk.zoho.com/api/v1"
    headers = {"Authorization": "Zoho-oauthtoken x", "orgId": ORG}
    check_request(httpx.Request("GET", f"{base}/departments?limit=10", headers=headers))
    wrong = [
        httpx.Request("GET", f"{base}/departments?limits=10", headers=headers),
        httpx.Request("GET", f"{base}/departments?limit=1000", headers=headers),
        httpx.Request("GET", f"{base}/departments", headers={"Authorization": "Bearer x"}),
        httpx.Request("GET", f"{base}/department", headers=headers),
        httpx.Request("POST", f"{base}/tickets", headers=headers, json={"subject": "x"}),
        httpx.Request("POST", f"{base}/contacts", headers=headers, json={"lastName": "x" * 201}),
    ]
    for request in wrong:
        with pytest.raises(AssertionError):
            check_request(request)


@cache
def registry() -> Registry[Any]:
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    found: Registry[Any] = Registry().with_resource(URN, resource)
    return found


class Portal(DeskPortal):
    """The simulated portal, whose every answer is held against the document."""

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        reply = await self.call(method, path, **more)
        assert reply.status_code == status, reply.text
        template = template_of("/api/v1" + path.partition("?")[0])
        described = document()["paths"][template][method.lower()]["responses"]
        if status == 204:
            assert not reply.content
            return None
        assert str(status) in described, (template, status)
        steps = ["paths", template, method.lower(), "responses", str(status)]
        answer = described[str(status)]
        where = answer["$ref"] if "$ref" in answer else "#/" + "/".join(map(_escaped, steps))
        assert _errors({"$ref": f"{where}/content/application~1json/schema"}, reply.json()) == []
        return reply.json()


def _escaped(step: str) -> str:
    # Within a fragment braces have to be written as such escapes.
    step = step.replace("~", "~0").replace("/", "~1")
    return step.replace("{", "%7B").replace("}", "%7D")


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal() as signed_in:
        yield signed_in


async def test_the_simulator_answers_as_described(portal: Portal) -> None:
    """Reads and writes of everything that is imitated."""
    department = next(iter(portal.desk.departments))
    person = await portal.ask(
        "POST", "/contacts", json={"lastName": "Marlowe", "email": "m@x.example"}
    )
    given = {"subject": "x", "departmentId": department, "contactId": person["id"]}
    given |= {"description": "first words", "cf": {"cf_workflow_type": "other"}}
    ticket = await portal.ask("POST", "/tickets", json=given)
    at = f"/tickets/{ticket['id']}"
    comment = await portal.ask("POST", f"{at}/comments", json={"content": "hi", "isPublic": False})
    await portal.ask("POST", f"{at}/attachments", files={"file": ("a.txt", b"x", "text/plain")})
    await portal.ask("POST", "/uploads", files={"file": ("b.txt", b"x", "text/plain")})
    await portal.ask("PATCH", at, json={"status": "Closed"})
    for path in (
        at,
        f"{at}/comments",
        f"{at}/comments/{comment['id']}",
        f"{at}/threads",
        f"{at}/attachments",
        f"{at}/metrics",
        f"{at}/History",
        f"/contacts/{person['id']}",
        f"/contacts/{person['id']}/tickets?sortBy=-createdTime",
        "/contacts",
        "/organizations",
        "/departments",
        f"/departments/{department}/teams",
        "/agents",
        "/myinfo",
        "/channels",
        "/organizationFields?module=tickets",
        "/layouts?module=tickets",
        f"/ticketsCount?contactId={person['id']}",
    ):
        await portal.ask("GET", path)
    (thread,) = (await portal.ask("GET", f"{at}/threads"))["data"]
    await portal.ask("GET", f"{at}/threads/{thread['id']}")
    portal.world.clock.advance(121)
    assert (await portal.ask("GET", "/contacts/search?email=m@x.example"))["count"] == 1
    assert (await portal.ask("GET", "/tickets/search?subject=x"))["count"] == 1


async def test_nothing_found_is_an_answer_without_a_body(portal: Portal) -> None:
    await portal.ask("GET", "/tickets/search?subject=nothing", 204)
    await portal.ask("GET", "/webhooks", 204)


@pytest.mark.parametrize(
    ("request_line", "status", "body", "code"),
    [
        ("GET /tickets/1", 404, None, "URL_NOT_FOUND"),
        ("POST /tickets", 422, {"subject": "x"}, "INVALID_DATA"),
        ("POST /tickets", 422, {}, "EMPTY_PAYLOAD"),
        ("POST /contacts", 422, {"lastName": "x" * 201}, "INVALID_DATA"),
        ("POST /contacts", 422, {"lastName": "x", "wrong": 1}, "UNPROCESSABLE_ENTITY"),
        ("GET /contacts/search?email=a@b.example&limit=101", 422, None, "INVALID_DATA"),
        ("GET /organizationFields", 422, None, "INVALID_DATA"),
    ],
)
async def test_refusals_are_as_described(
    portal: Portal, request_line: str, status: int, body: Any, code: str
) -> None:
    method, _, path = request_line.partition(" ")
    answer = await portal.ask(method, path, status, json=body)
    assert answer["errorCode"] == code
