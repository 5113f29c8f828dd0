"""The portal's part of the control door: /_sim/salesiq sets up bot, keys, people and faults."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.stage import Stage
from switchboard.simulators.salesiq.portal import NotPossibleError, Portal
from switchboard.simulators.salesiq.values import Rules, SalesIqFault

_FAULTS: TypeAdapter[SalesIqFault | list[SalesIqFault]] = TypeAdapter(
    SalesIqFault | list[SalesIqFault]
)
_RULES = TypeAdapter(Rules)
_BOT_KEYS = {"url", "secure", "enabled", "check"}


def salesiq_routes(stage: Stage) -> list[BaseRoute]:
    """Return the routes of the control door that concern SalesIQ."""
    door = _Door(stage)
    both = ["GET", "POST"]
    return [
        Route("/salesiq/bot", door.bot, methods=both),
        Route("/salesiq/rules", door.rules, methods=both),
        Route("/salesiq/keys", door.keys, methods=both),
        Route("/salesiq/keys/{id}", door.key, methods=["DELETE"]),
        Route("/salesiq/operators", door.operators, methods=both),
        Route("/salesiq/faults", door.faults, methods=["GET", "POST", "DELETE"]),
        Route("/salesiq/conversations/{id}/operator", door.operator_says, methods=["POST"]),
        Route("/salesiq/conversations/{id}/end", door.end, methods=["POST"]),
    ]


class _Door:
    """Every answer is JSON; whatever makes no sense gets 400 and the reason."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def _portal(self) -> Portal:
        return self._stage.world.salesiq

    async def bot(self, request: Request) -> Response:
        bot = self._portal.state.bot
        if request.method == "POST":
            wanted = await _body(request)
            if not set(wanted) <= _BOT_KEYS:
                return _wrong(f"Known keys: {', '.join(sorted(_BOT_KEYS))}.")
            url = str(wanted.get("url", bot.url))
            if url and urlsplit(url).scheme not in {"http", "https"}:
                return _wrong("The bot's address begins with https://, or http:// on this machine.")
            if url and wanted.get("check", True) and not await self._answers(url):
                return _wrong(f"{url} answers neither GET nor HEAD with 200.")
            bot.url = url
            bot.secure = bool(wanted.get("secure", bot.secure))
            if wanted.get("enabled"):
                bot.enabled, bot.failures, bot.off_because = True, 0, ""
            elif "enabled" in wanted:
                bot.enabled, bot.off_because = False, "by hand"
        return JSONResponse(self._portal.state.bot_shown())

    async def _answers(self, url: str) -> bool:
        return await self._portal.courier.answers_a_check(url)

    async def rules(self, request: Request) -> Response:
        state = self._portal.state
        if request.method == "POST":
            wanted = await _body(request)
            if not set(wanted) <= set(asdict(state.rules)):
                return _wrong(f"Known keys: {', '.join(asdict(state.rules))}.")
            try:
                state.rules = _RULES.validate_python(asdict(state.rules) | wanted)
            except ValidationError as error:
                return _wrong(str(error))
        return JSONResponse(asdict(state.rules))

    async def keys(self, request: Request) -> Response:
        ring = self._portal.state.keys
        if request.method == "POST":
            ring.all()  # The first key is there from the start.
            if ring.add() is None:
                return _wrong("There are two keys already; delete the oldest first.")
        return JSONResponse([{"id": key.id, "public_key": key.public_pem()} for key in ring.all()])

    async def key(self, request: Request) -> Response:
        ring = self._portal.state.keys
        if not ring.remove(request.path_params["id"]):
            return _wrong("There is no such key.", 404)
        return JSONResponse([{"id": key.id, "public_key": key.public_pem()} for key in ring.all()])

    async def operators(self, request: Request) -> Response:
        state = self._portal.state
        if request.method == "POST":
            wanted = await _body(request)
            if "available" in wanted:
                for each in state.operators:
                    if wanted.get("email") in (None, each.email):
                        each.available = bool(wanted["available"])
            if "open" in wanted:
                state.open_for_business = bool(wanted["open"])
        return JSONResponse(state.bot_shown())

    async def faults(self, request: Request) -> Response:
        faults = self._portal.state.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            try:
                planned = _FAULTS.validate_python(await request.json())
            except ValueError as error:  # Also of JSON; pydantic's own is one.
                return _wrong(str(error))
            faults += planned if isinstance(planned, list) else [planned]
        return JSONResponse([fault.model_dump() for fault in faults])

    async def operator_says(self, request: Request) -> Response:
        conversation = self._portal.state.find(request.path_params["id"])
        if conversation is None:
            return _wrong("There is no such conversation.", 404)
        try:
            self._portal.operator_says(conversation, str((await _body(request)).get("text", "")))
        except NotPossibleError as error:
            return _wrong(str(error), 409)
        return JSONResponse({"ok": True})

    async def end(self, request: Request) -> Response:
        conversation = self._portal.state.find(request.path_params["id"])
        if conversation is None:
            return _wrong("There is no such conversation.", 404)
        self._portal.end(conversation, "The chat has been closed.")
        return JSONResponse({"ok": True})


async def _body(request: Request) -> dict[str, Any]:
    if not await request.body():
        return {}
    try:
        document = await request.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _wrong(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)
