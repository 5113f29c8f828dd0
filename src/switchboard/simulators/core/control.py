"""The control door /_sim: reset, look inside, move the clock, plan faults, add calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.faults import Fault
from switchboard.simulators.core.stage import Stage
from switchboard.simulators.core.world import World, WorldSpec

Collections = Mapping[str, Callable[[], list[dict[str, Any]]]]
_FAULTS: TypeAdapter[Fault | list[Fault]] = TypeAdapter(Fault | list[Fault])
_SPEC = TypeAdapter(WorldSpec)


@dataclass(frozen=True, slots=True)
class Control:
    """What the control door needs to know about the vendors."""

    collections: Callable[[World, str], Collections | None]
    add_calls: Callable[[World, Any], list[dict[str, Any]]]


class ControlDoor:
    """Every answer is JSON; whatever makes no sense gets 400 and the reason."""

    def __init__(self, stage: Stage, control: Control) -> None:
        self._stage, self._control = stage, control

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/health", self._health),
            Route("/reset", self._reset, methods=["POST"]),
            Route("/state/{vendor}/{collection}", self._state),
            Route("/requests", self._requests, methods=["GET", "DELETE"]),
            Route("/calls", self._calls, methods=["POST"]),
            Route("/clock", self._clock, methods=["POST"]),
            Route("/faults", self._faults, methods=["GET", "POST", "DELETE"]),
        ]

    async def _health(self, _: Request) -> Response:
        clock = self._stage.world.clock
        lively = {"ok": True, "speed": clock.speed, "now": clock.now()}
        return JSONResponse({**asdict(self._stage.spec), **lively})

    async def _reset(self, request: Request) -> Response:
        wanted = await _body(request) or {}
        unknown = sorted(set(wanted) - set(asdict(self._stage.spec)))
        if unknown:
            return _wrong(f"Unknown keys: {', '.join(unknown)}.")
        try:
            self._stage.reset(_SPEC.validate_python(asdict(self._stage.spec) | wanted))
        except ValueError as error:
            return _wrong(str(error))
        return JSONResponse(asdict(self._stage.spec))

    async def _state(self, request: Request) -> Response:
        vendor, name = request.path_params["vendor"], request.path_params["collection"]
        found = self._control.collections(self._stage.world, vendor)
        if found is None or name not in found:
            known = ", ".join(sorted(found or ())) or "none"
            return _wrong(f"No collection {vendor}/{name}; known: {known}.", 404)
        return JSONResponse(found[name]())

    async def _requests(self, request: Request) -> Response:
        log = self._stage.world.requests
        if request.method == "DELETE":
            log.clear()
        return JSONResponse(log.as_json(request.query_params.get("vendor")))

    async def _calls(self, request: Request) -> Response:
        try:
            added = self._control.add_calls(self._stage.world, await _body(request))
        except (ValueError, KeyError, TypeError) as error:
            return _wrong(f"{type(error).__name__}: {error}")
        return JSONResponse(added, 201)

    async def _clock(self, request: Request) -> Response:
        wanted = await _body(request) or {}
        clock = self._stage.world.clock
        try:
            if "speed" in wanted:
                clock.speed = float(wanted["speed"])
            clock.advance(float(wanted.get("advance_s", 0)))
        except (TypeError, ValueError) as error:
            return _wrong(str(error))
        return JSONResponse({"now": clock.now(), "speed": clock.speed})

    async def _faults(self, request: Request) -> Response:
        plan = self._stage.world.faults
        if request.method == "DELETE":
            plan.clear()
        elif request.method == "POST":
            try:
                planned = _FAULTS.validate_python(await _body(request))
            except ValidationError as error:
                return _wrong(str(error))
            for fault in planned if isinstance(planned, list) else [planned]:
                plan.add(fault)
        return JSONResponse([fault.model_dump() for fault in plan.all()])


async def _body(request: Request) -> Any:
    return await request.json() if await request.body() else None


def _wrong(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)
