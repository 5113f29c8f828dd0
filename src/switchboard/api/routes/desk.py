"""What Zoho Desk itself delivers: a hint that something happened to a ticket."""

from __future__ import annotations

from fastapi import APIRouter, Request

from switchboard.api.describing import problems
from switchboard.api.problems import RequestError
from switchboard.api.routes.common import Service, Tools
from switchboard.api.schemas import Received
from switchboard.api.strict import StrictRoute
from switchboard.errors import RejectedError, SwitchboardError
from switchboard.flows.chat_to_ticket.following import UNPROVEN, receive_desk

router = APIRouter(tags=["Zoho Desk"], route_class=StrictRoute)

_BODY = {
    "requestBody": {
        "description": "Events, as Zoho Desk sends them.",
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    }
}


@router.post("/webhook/desk", openapi_extra=_BODY, responses=problems(400, 401, 408, 413, 422, 503))
async def receive(request: Request, service: Service, tools: Tools) -> Received:
    """Take events of tickets; each ticket is then read anew.

    A delivery is known by the token that Zoho Desk signs it with.
    """
    outcome = "taken"
    try:
        await receive_desk(tools, await request.body(), request.headers)
    except SwitchboardError as error:
        outcome = "refused" if isinstance(error, RejectedError) else "failed"
        if error.code == UNPROVEN:
            raise RequestError(401, error.message, code=error.code) from error
        raise
    finally:
        service.metrics.deliveries.labels("zoho_desk", outcome).inc()
    return Received()


@router.get("/webhook/desk", responses=problems())
@router.head("/webhook/desk", include_in_schema=False)
async def check() -> Received:
    """Tell Zoho Desk that somebody is there."""
    return Received()
