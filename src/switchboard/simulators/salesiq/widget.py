"""The visitor's side: the page /chat and what its script asks for."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.requests import origin
from switchboard.simulators.salesiq.portal import NotPossibleError
from switchboard.simulators.salesiq.values import Conversation

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

# Everything comes from this page's own origin, and what visitors and bots write runs nothing.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
MOST_TEXT, MOST_FILE_BYTES, LONGEST_WAIT_S = 5_000, 10 * 1024 * 1024, 10.0
_PROFILE = ("name", "email", "phone", "channel", "language")


def routes(world: World) -> list[BaseRoute]:
    """Return the page and its API; *world* is asked anew on each request."""
    widget = _Widget(world)
    one = "/api/conversations/{id}"
    return [
        Route("/", _page("index.html")),
        Route("/chat.css", _page("chat.css")),
        Route("/chat.js", _page("chat.js")),
        Route("/cards.js", _page("cards.js")),
        Route("/api/conversations", widget.open, methods=["POST"]),
        Route(one, widget.view),
        Route(f"{one}/messages", widget.write, methods=["POST"]),
        Route(f"{one}/files", widget.file, methods=["POST"]),
        Route(f"{one}/deliveries", widget.deliveries),
    ]


def _page(name: str) -> Any:
    async def page(_: Request) -> Response:
        content = files(__package__).joinpath("page", name).read_bytes()
        kind = _TYPES[name.rpartition(".")[2]]
        return Response(content, media_type=f"{kind}; charset=utf-8", headers=_HEADERS)

    return page


class _Widget:
    def __init__(self, world: World) -> None:
        self._world = world

    async def open(self, request: Request) -> Response:
        given = await _json(request)
        visitor = {
            key: str(given[key])[:200] for key in _PROFILE if isinstance(given.get(key), str)
        }
        visitor = {key: value.strip() for key, value in visitor.items() if value.strip()}
        visitor["current_page_url"] = f"{origin(request)}/chat/"
        return JSONResponse(self._shown(self._world.salesiq.open(visitor)), 201)

    async def view(self, request: Request) -> Response:
        """Answer at once, or with `since` as soon as there is news."""
        conversation = self._find(request)
        if conversation is None:
            return _wrong("There is no such chat any more.", 404)
        since = request.query_params.get("since", "")
        if since.isascii() and since.isdigit():
            # The server is being stopped: what there is is the answer.
            with contextlib.suppress(asyncio.CancelledError):
                await self._world.salesiq.news(conversation, int(since[:12]), LONGEST_WAIT_S)
        return JSONResponse(self._shown(conversation))

    async def write(self, request: Request) -> Response:
        conversation = self._find(request)
        if conversation is None:
            return _wrong("There is no such chat any more.", 404)
        text = (await _json(request)).get("text")
        if not isinstance(text, str) or not text.strip():
            return _wrong("There is nothing to send.")
        try:
            self._world.salesiq.write(conversation, text.strip()[:MOST_TEXT])
        except NotPossibleError as error:
            return _wrong(str(error), 409)
        return JSONResponse(self._shown(conversation))

    async def file(self, request: Request) -> Response:
        conversation = self._find(request)
        if conversation is None:
            return _wrong("There is no such chat any more.", 404)
        announced = request.headers.get("content-length", "")
        if not announced.isdigit() or int(announced) > MOST_FILE_BYTES:
            return _wrong("A file may have 10 MB.", 413)
        content = await request.body()
        state = self._world.salesiq.state
        file_id = f"file-{state.world.seed}-{state.number('file'):04d}"
        name = request.query_params.get("name", "file")[:200]
        kind = request.headers.get("content-type", "application/octet-stream")[:100]
        state.files[file_id] = (name, kind, content)
        file = {
            "url": f"{origin(request)}/salesiq/files/{file_id}",
            "name": name,
            "type": kind,
            "size": len(content),
        }
        try:
            self._world.salesiq.send_file(conversation, file)
        except NotPossibleError as error:
            return _wrong(str(error), 409)
        return JSONResponse(self._shown(conversation))

    async def deliveries(self, request: Request) -> Response:
        """Show what went to and fro behind this chat: the developer's drawer."""
        state, wanted = self._world.salesiq.state, request.path_params["id"]
        return JSONResponse(
            {
                "bot": state.bot_shown(),
                "deliveries": [
                    asdict(each) for each in state.deliveries if each.conversation == wanted
                ],
            }
        )

    def _find(self, request: Request) -> Conversation | None:
        return self._world.salesiq.state.conversations.get(request.path_params["id"])

    def _shown(self, conversation: Conversation) -> dict[str, Any]:
        state, pending = self._world.salesiq.state, conversation.pending
        bot = state.bot
        return {
            "id": conversation.id,
            "version": conversation.version,
            "status": conversation.status,
            "operator": conversation.operator,
            "messages": [asdict(each) for each in conversation.messages],
            "suggestions": conversation.suggestions,
            "input": conversation.input,
            "busy": conversation.under_way > 0,
            "pending": None if pending is None else {"progress": pending.progress},
            "bot": {"connected": bool(bot.url), "enabled": bot.enabled, "why": bot.off_because},
        }


async def _json(request: Request) -> dict[str, Any]:
    try:
        document = await request.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _wrong(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)
