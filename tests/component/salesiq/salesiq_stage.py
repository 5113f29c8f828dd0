"""A simulated portal beside a stub bot: in process, or both on ports for a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from switchboard.simulators.assembly import simulators
from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.world import WorldSpec
from switchboard.simulators.salesiq.portal import Portal

BOT_URL = "http://bot.test/webhook/salesiq"
Answerer = Callable[[dict[str, Any]], Any]


def reply(*texts: str, **more: Any) -> dict[str, Any]:
    return {"action": "reply", "replies": list(texts), **more}


def echo(delivery: dict[str, Any]) -> Any:
    """Greet, then repeat what was said with two choices."""
    if delivery["handler"] != "message":
        return reply(f"handler {delivery['handler']}")
    return reply(f"You said: {delivery['message']['text']}", suggestions=["Yes", "No"])


class StubBot:
    """An ASGI application that keeps what it was posted and answers as it is told."""

    def __init__(self, answerer: Answerer = echo) -> None:
        self.answerer = answerer
        self.posted: list[tuple[bytes, dict[str, str]]] = []
        self.app = Starlette(
            routes=[Route("/webhook/salesiq", self._endpoint, methods=["GET", "POST", "HEAD"])]
        )

    @property
    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw, _ in self.posted]

    def handlers(self) -> list[str]:
        return [each["handler"] for each in self.heard]

    def words(self) -> list[str]:
        return [each["message"]["text"] for each in self.heard if each["handler"] == "message"]

    async def _endpoint(self, request: Request) -> Response:
        if request.method != "POST":
            return JSONResponse({"status": "ok"})
        raw = await request.body()
        self.posted.append((raw, dict(request.headers)))
        answer = self.answerer(json.loads(raw))
        if isinstance(answer, Awaitable):
            answer = await answer
        return answer if isinstance(answer, Response) else JSONResponse(answer)


class ChatRig:
    """A visitor at the simulated portal; waiting for its clock needs `advance`."""

    def __init__(self, answerer: Answerer = echo) -> None:
        self.bot = StubBot(answerer)
        self.app = simulators(WorldSpec(seed=7, scenario="empty", calls=0))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://sim.test"
        )

    @property
    def portal(self) -> Portal:
        portal: Portal = self.app.state.stage.world.salesiq
        return portal

    @property
    def clock(self) -> SimClock:
        clock: SimClock = self.app.state.stage.world.clock
        return clock

    async def __aenter__(self) -> Self:
        self.portal.state.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.bot.app))
        await self.control("bot", url=BOT_URL)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.portal.courier.quiet()
        if self.portal.state.http is not None:
            await self.portal.state.http.aclose()
        await self.http.aclose()

    async def control(self, part: str, body: Any = None, **values: Any) -> Any:
        answer = await self.http.post(f"/_sim/salesiq/{part}", json=body or values)
        assert answer.is_success, answer.text
        return answer.json()

    async def opened(self, **visitor: str) -> str:
        view = (await self.http.post("/chat/api/conversations", json=visitor)).json()
        await self.portal.courier.quiet()
        return str(view["id"])

    async def say(self, chat: str, text: str, *, wait: bool = True) -> httpx.Response:
        answer = await self.http.post(
            f"/chat/api/conversations/{chat}/messages", json={"text": text}
        )
        if wait:
            await self.portal.courier.quiet()
        return answer

    async def view(self, chat: str) -> dict[str, Any]:
        view: dict[str, Any] = (await self.http.get(f"/chat/api/conversations/{chat}")).json()
        return view

    async def said(self, chat: str, sender: str = "bot") -> list[str]:
        view = await self.view(chat)
        return [each["text"] for each in view["messages"] if each["sender"] == sender]

    async def state(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.http.get(f"/_sim/state/salesiq/{name}")).json()
        return rows

    async def sign_in(self) -> None:
        answer = await self.http.post(
            "/zoho-accounts/oauth/v2/token",
            data={
                "grant_type": "refresh_token",
                "client_id": "sim-zoho-client",
                "client_secret": "sim-zoho-secret",
                "refresh_token": "sim-zoho-refresh",
            },
        )
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {answer.json()['access_token']}"

    async def rest(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self.http.request(method, f"/salesiq/api/v2/sim-portal{path}", json=body)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def late(self, step: str, body: Any) -> dict[str, Any]:
        request_id = (await self.state("deliveries"))[-1]["request_id"]
        return await self.rest("POST", f"/callbacks/{request_id}/{step}", body)


async def never(_: dict[str, Any]) -> Any:
    await asyncio.sleep(60)
