"""Tickets in Zoho Desk: raise, read, comment, change; and is Zoho Desk there at all?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from switchboard.api import ticket_documents as documents
from switchboard.api.describing import problems
from switchboard.api.routes.common import (
    IdempotencyKey,
    ReadsTickets,
    TicketId,
    Tools,
    WritesTickets,
    actor_of,
)
from switchboard.api.schemas import (
    AddComment,
    CommentAnswer,
    CreateTicket,
    DeskConnection,
    SetStatus,
    StatusAnswer,
    TicketAnswer,
    TicketDetails,
)
from switchboard.api.strict import StrictRoute
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.delivery import requests

router = APIRouter(tags=["Tickets"], route_class=StrictRoute)

_SENT = (400, 401, 403, 408, 409, 413, 415, 422, 429, 503)
_READ = (401, 403, 404, 408, 413, 422, 429, 503)
_LATER = "Wanted: Zoho Desk has not answered yet, and it follows by itself."
_TICKET_LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": TicketAnswer, "description": _LATER}
}
_COMMENT_LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": CommentAnswer, "description": _LATER}
}


@router.post(
    "/zoho/ticket/create", status_code=201, responses={**problems(*_SENT), **_TICKET_LATER}
)
async def create(
    wanted: CreateTicket,
    key: WritesTickets,
    tools: Tools,
    response: Response,
    repeatable: IdempotencyKey = None,
) -> TicketAnswer:
    """Raise a ticket, once.

    Without an Idempotency-Key the same request within ten minutes counts as a repetition.
    """
    request = documents.request_of(wanted, tools)
    ticket = await requests.raise_by_request(tools, request, key=repeatable, actor=actor_of(key))
    if ticket.desk_id is None:
        response.status_code = HTTPStatus.ACCEPTED
    return documents.answer_of(ticket)


@router.get("/zoho/ticket/{ticket_id}", responses=problems(*_READ))
async def read(ticket_id: TicketId, _key: ReadsTickets, tools: Tools) -> TicketDetails:
    """Return one of our tickets as it is in Zoho Desk now."""
    return documents.details_of(await requests.read_ticket(tools, ticket_id))


@router.post(
    "/zoho/ticket/{ticket_id}/comment",
    status_code=201,
    responses={**problems(404, *_SENT), **_COMMENT_LATER},
)
async def comment(  # noqa: PLR0917 - FastAPI hands all of them over by name.
    ticket_id: TicketId,
    wanted: AddComment,
    key: WritesTickets,
    tools: Tools,
    response: Response,
    repeatable: IdempotencyKey = None,
) -> CommentAnswer:
    """Add a comment to one of our tickets, once."""
    view = await requests.add_comment(
        tools,
        ticket_id,
        wanted.comment,
        public=wanted.public,
        key=repeatable,
        actor=actor_of(key),
    )
    answer = documents.comment_of(view)
    if answer.state == "wanted":
        response.status_code = HTTPStatus.ACCEPTED
    return answer


@router.patch("/zoho/ticket/{ticket_id}/status", responses=problems(404, *_SENT))
async def set_status(
    ticket_id: TicketId, wanted: SetStatus, key: WritesTickets, tools: Tools
) -> StatusAnswer:
    """Give one of our tickets another status; doing so twice does no harm."""
    view = await requests.set_status(tools, ticket_id, wanted.status, actor=actor_of(key))
    return documents.status_of_ticket(view)


@router.get("/zoho/test", responses=problems(401, 403, 408, 413, 422, 429, 503))
async def test(_key: ReadsTickets, tools: Tools) -> DeskConnection:
    """Ask Zoho Desk who it is; a problem says what to do when that fails."""
    desk = tools.desk
    if desk is None:
        raise OperatorError("API-003", "Zoho Desk is not set up here.")
    portals = {each.id: each for each in await desk.read_organizations()}
    portal = portals.get(desk.org_id)
    if portal is None:
        said = f"The credentials lead to no portal with the id {desk.org_id}."
        raise OperatorError("DESK-401", said)
    departments = {each.id: each for each in await desk.read_departments()}
    department = departments.get(tools.department_id)
    if department is None or not department.is_enabled:
        said = f"The portal has no active department with the id {tools.department_id}."
        raise OperatorError("DESK-404", said)
    return DeskConnection(
        organization=portal.name or portal.portal or portal.id,
        organization_id=portal.id,
        department=department.name or department.id,
        department_id=department.id,
    )
