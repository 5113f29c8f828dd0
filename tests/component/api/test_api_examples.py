"""The three requests of the integration's description, and what programs do next."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.api_process import ApiProcess, api_process

TICKET = {
    "query": "Test",
    "user_id": "test@company.com",
    "metadata": {"subject": "Test", "priority": "Low", "workflow_type": "test"},
}
MESSAGE = {
    "chat_id": "test_123",
    "visitor_id": "visitor_456",
    "visitor_email": "test@company.com",
    "visitor_name": "Test User",
    "message": "I forgot my password",
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    with api_process(tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture
def client(api: ApiProcess) -> Iterator[httpx.Client]:
    headers = {"X-Api-Key": api.key}
    with httpx.Client(base_url=api.address, headers=headers, timeout=30) as client:
        yield client


def test_the_connection_is_named(client: httpx.Client) -> None:
    """Who answered, and where tickets go."""
    found = client.get("/zoho/test")
    assert found.status_code == 200, found.text
    assert found.json()["status"] == "ok"
    assert found.json()["organization"]
    assert found.json()["department"]


def test_a_ticket_is_raised_once_read_commented_and_closed(client: httpx.Client) -> None:
    """Sent twice, it is one ticket."""
    made, again = (client.post("/zoho/ticket/create", json=TICKET) for _ in range(2))
    assert made.status_code == 201, made.text
    ticket = made.json()
    assert again.json() == ticket
    assert ticket["ticket_id"]
    assert ticket["ticket_number"]
    address = f"/zoho/ticket/{ticket['ticket_id']}"
    assert client.get(address).json()["email"] == "test@company.com"
    added = client.post(f"{address}/comment", json={"comment": "Toner replaced."})
    assert (added.status_code, added.json()["state"]) == (201, "added")
    closed = client.patch(f"{address}/status", json={"status": "Closed"})
    assert closed.json()["status_type"] == "Closed"
    assert client.get(address).json()["status_type"] == "Closed"


def test_one_key_for_two_requests_is_refused(client: httpx.Client) -> None:
    """409: whoever repeats something else under the same key has mixed them up."""
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/zoho/ticket/create", json=TICKET, headers=headers)
    other = client.post("/zoho/ticket/create", json={**TICKET, "query": "Other"}, headers=headers)
    assert first.status_code == 201
    assert (other.status_code, other.json()["code"]) == (409, "API-409")


def test_what_is_no_ticket_of_ours_is_not_found(client: httpx.Client) -> None:
    """A key opens our tickets, not the portal."""
    assert client.get("/zoho/ticket/400001000009999999").status_code == 404


def test_a_message_is_answered_and_its_chat_can_be_looked_at_and_closed(
    client: httpx.Client,
) -> None:
    """By the id it was sent with, or by the whole one."""
    answer = client.post("/webhook/salesiq", json=MESSAGE)
    assert answer.status_code == 200, answer.text
    assert answer.json()["chat_id"] == "test_123"
    assert answer.json()["reply"]
    session = client.get("/salesiq/session/test_123").json()
    assert session["messages"][0]["text"] == "I forgot my password"
    assert client.get("/salesiq/session/chat:flat:test_123").json() == session
    assert client.post("/salesiq/session/test_123/close").json()["already"] is False
    assert client.post("/salesiq/session/test_123/close").json()["already"] is True
    assert client.get("/salesiq/session/unheard_of").status_code == 404


def test_the_flat_form_needs_a_key_of_the_right_scope(api: ApiProcess) -> None:
    """Anybody could speak for any visitor otherwise."""
    address = f"{api.address}/webhook/salesiq"
    assert httpx.post(address, json=MESSAGE).status_code == 401
    assert httpx.post(address, params={"key": api.key}, json=MESSAGE).status_code == 401
    assert httpx.head(address).status_code == 200
    assert httpx.post(address).status_code == 200  # SalesIQ's check has no body.
