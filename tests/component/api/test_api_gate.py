"""What holds for every request: keys, bounds, problems, headers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.api_stage import ApiStage, api_stage
from tests.unit.vendors.salesiq_makers import a_delivery

from switchboard.api.keys import FAILURES_PER_MINUTE
from switchboard.api.middleware import Gatehouse, read_body
from switchboard.errors import TransientError
from switchboard.flows.chat_to_ticket.tools import ChatTools

WRONG = {"X-Api-Key": f"sbk_{'0' * 12}_{'A' * 43}"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ApiStage]:
    async with api_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage: ApiStage) -> AsyncIterator[httpx.AsyncClient]:
    async with stage.client() as client:
        yield client


async def test_without_a_key_nothing_is_told(client: httpx.AsyncClient) -> None:
    """401 with a challenge, and how to get a key."""
    answer = await client.get("/metrics")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "API-401"
    assert "switchboard keys create" in answer.json()["what_to_do"]


async def test_a_key_counts_in_either_header_and_never_in_the_address(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    """Addresses end up in logs."""
    header = stage.key("ops", "metrics:read")
    key = header["X-Api-Key"]
    assert (await client.get("/metrics", headers=header)).status_code == 200
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await client.get("/metrics", headers=bearer)).status_code == 200
    for name in ("key", "api_key", "X-Api-Key"):
        assert (await client.get("/metrics", params={name: key})).status_code == 401


async def test_a_key_without_the_scope_is_told_which_one_it_lacks(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    """403 is for who is known and may not."""
    answer = await client.get("/metrics", headers=stage.key("bot", "chat:write"))
    assert answer.status_code == 403
    assert answer.json()["code"] == "API-403"
    assert "metrics:read" in answer.json()["detail"]


async def test_too_many_wrong_keys_are_slowed_down_and_lock_nobody_out(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    """A stranger behind the same proxy must not be able to shut out who has a key."""
    for _ in range(FAILURES_PER_MINUTE):
        assert (await client.get("/metrics", headers=WRONG)).status_code == 401
    slowed = await client.get("/metrics", headers=WRONG)
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1
    assert (await client.get("/metrics", headers=stage.key("ops"))).status_code == 200
    assert (await client.get("/metrics")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "API-404"),
        ("GET", "/healthz/", 404, "API-404"),
        ("DELETE", "/healthz", 405, "API-405"),
        ("PUT", "/webhook/salesiq", 405, "API-405"),
    ],
)
async def test_unknown_addresses_and_methods_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    """RFC 9457 everywhere, with our code and what to do."""
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["what_to_do"]
    assert problem["instance"].endswith(answer.headers["x-request-id"])


async def test_every_answer_carries_safe_headers_and_an_id_of_its_own(
    client: httpx.AsyncClient,
) -> None:
    """Nothing is stored on the way, framed, guessed at or told to others."""
    one, other = await client.get("/healthz"), await client.get("/nothing")
    for answer in (one, other):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    assert one.headers["x-request-id"] != other.headers["x-request-id"]


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    """By its declared length, or as soon as it grows too long."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1024

    for content in (b"x" * 300_000, pieces()):
        answer = await client.post("/webhook/salesiq", content=content)
        assert answer.status_code == 413
        assert answer.json()["code"] == "API-413"
    assert stage.door.handed == []


async def test_a_body_that_does_not_come_is_given_up(stage: ApiStage) -> None:
    """A sender that trickles must not hold a connection for ever."""
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    gate = Gatehouse(
        stage.app, metrics=stage.service.metrics, most_bytes=lambda: 1024, body_seconds=0.01
    )
    scope = {"type": "http", "method": "POST", "path": "/webhook/salesiq", "headers": []}
    await gate(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


async def test_a_sender_that_leaves_is_answered_nothing() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    assert await read_body(receive, 10) is None


async def test_a_mistake_of_ours_tells_no_details(
    stage: ApiStage, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 with SB-000; what happened is in the log."""

    async def breaks() -> ChatTools:
        raise ValueError("secret detail")

    monkeypatch.setattr(stage, "service_tools", breaks)
    answer = await client.post("/webhook/salesiq", json={"a": 1})
    assert answer.status_code == 500
    assert answer.json()["code"] == "SB-000"
    assert "secret detail" not in answer.text


async def test_readiness_says_what_is_missing(stage: ApiStage, client: httpx.AsyncClient) -> None:
    """Calls alone are enough to be ready; a start that is under way is not."""
    assert (await client.get("/readyz")).json()["status"] == "ready"
    stage.problem = TransientError("API-004", "The service is starting.")
    waiting = await client.get("/readyz")
    assert waiting.status_code == 503
    assert {"name": "chats", "ok": False, "code": "API-004", "detail": "They are not led."} in (
        waiting.json()["checks"]
    )


async def test_salesiq_gets_a_usable_answer_from_a_service_that_is_starting(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    """A fourth failure in a row would switch the bot off; a program is told to come back."""
    stage.problem = TransientError("API-004", "The service is starting.")
    for handler in ("trigger", "message", "failure"):
        answer = await client.post("/webhook/salesiq", json=a_delivery(handler))
        assert answer.status_code == 200
        assert answer.json()["action"] == "reply"
        assert answer.json()["replies"]
    flat = {"session_id": "test_123", "message": {"text": "hello"}}
    assert (await client.post("/webhook/salesiq", json=flat)).status_code == 503


async def test_metrics_count_requests_by_route_and_never_by_address(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    """A link's token must not become a label."""
    await client.get("/approve/sb-secret-token")
    page = (await client.get("/metrics", headers=stage.key("ops"))).text
    assert 'route="/approve/{token}"' in page
    assert "sb-secret-token" not in page
    assert "switchboard_lane_failures_in_a_row" in page
