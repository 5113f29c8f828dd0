"""Act as the portal's people: an agent who works, an administrator who changes rules."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.stage import Stage
from switchboard.simulators.zoho_desk import render
from switchboard.simulators.zoho_desk.records import Ticket
from switchboard.simulators.zoho_desk.state import DeskState, Rules

_RULES = TypeAdapter(Rules)


class Act(BaseModel):
    """What an agent does to a ticket, all of it optional."""

    model_config = ConfigDict(extra="forbid")

    status: str | None = None
    comment: str | None = None
    public: bool = True
    priority: str | None = None
    assignee: str | None = None
    resolution: str | None = None
    agent: str | None = None  # Who does it; None: the first of the portal's people.


def desk_routes(stage: Stage) -> list[BaseRoute]:
    """Return the routes of the control door that concern Desk."""

    async def act(request: Request) -> Response:
        desk = stage.world.desk
        ticket = desk.tickets.get(request.path_params["ticket"])
        if ticket is None:
            return _wrong("There is no such ticket.", 404)
        try:
            _work(desk, ticket, Act.model_validate_json(await request.body() or b"{}"))
        except ValueError as error:
            return _wrong(str(error))
        return JSONResponse(render.ticket(desk, ticket))

    async def rules(request: Request) -> Response:
        desk = stage.world.desk
        if request.method == "POST":
            try:
                _rule(desk, dict(await request.json()))
            except (ValueError, TypeError) as error:
                return _wrong(str(error))
        return JSONResponse(asdict(desk.rules))

    return [
        Route("/desk/tickets/{ticket}", act, methods=["POST"]),
        Route("/desk/rules", rules, methods=["GET", "POST"]),
    ]


def _work(desk: DeskState, ticket: Ticket, wanted: Act) -> None:
    by = wanted.agent or desk.human_agent
    if by not in desk.agents:
        raise ValueError("There is no such agent.")
    if wanted.status is not None and wanted.status not in {each.name for each in desk.statuses}:
        raise ValueError("There is no such status.")
    if wanted.assignee is not None and wanted.assignee not in desk.agents:
        raise ValueError("There is no such assignee.")
    if wanted.comment:
        desk.comment(ticket, wanted.comment, public=wanted.public, by=by)
    changes: dict[str, Any] = {
        "status": wanted.status,
        "priority": wanted.priority,
        "assigneeId": wanted.assignee,
        "resolution": wanted.resolution,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if changes:
        desk.change_ticket(ticket, changes, by=by)


def _rule(desk: DeskState, wanted: dict[str, Any]) -> None:
    unknown = sorted(set(wanted) - set(asdict(desk.rules)))
    if unknown:
        raise ValueError(f"Unknown keys: {', '.join(unknown)}.")
    checked = _RULES.validate_python(asdict(desk.rules) | wanted)
    for name, value in asdict(checked).items():
        setattr(desk.rules, name, value)


def _wrong(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status)
