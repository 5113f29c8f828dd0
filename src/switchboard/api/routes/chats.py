"""Chats: the door of SalesIQ and of other channels, and how a chat stands."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from switchboard.api.describing import problems
from switchboard.api.keys import (
    CHALLENGE,
    Bearer,
    Doorkeeper,
    Header,
    address_of,
    out_of_scope,
    presented_key,
)
from switchboard.api.problems import RequestError
from switchboard.api.routes.common import (
    ReadsChats,
    Service,
    SessionId,
    Tools,
    WritesChats,
    actor_of,
)
from switchboard.api.schemas import FLAT_EXAMPLE, Session, SessionClosed
from switchboard.api.sessions import find_session, read_session
from switchboard.api.strict import StrictRoute
from switchboard.errors import TransientError
from switchboard.flows.chat_to_ticket.conversing import close_chat
from switchboard.flows.chat_to_ticket.door.starting import not_yet
from switchboard.flows.chat_to_ticket.door.values import DoorAnswer
from switchboard.vendors.zoho_salesiq.deliveries import CHECK_ANSWER

router = APIRouter(tags=["Chats"], route_class=StrictRoute)

SCOPE = "chat:write"
RETRY = {"Retry-After": "5"}
_ANSWER = {
    "action": "reply",
    "reply": "I can help with that. Which of these fits?",
    "replies": ["I can help with that. Which of these fits?"],
    "suggestions": ["Reset my password", "Something else"],
    "session_id": "test_123",
    "chat_id": "test_123",
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/FlatMessage"},
                "examples": {"flat": {"summary": "A message", "value": FLAT_EXAMPLE}},
            }
        },
    }
}


@router.post(
    "/webhook/salesiq",
    openapi_extra=_BODY,
    response_class=JSONResponse,
    responses={
        200: {
            "description": "What to say, in the sender's form: that of SalesIQ's bots, or flat.",
            "content": {"application/json": {"schema": {"type": "object"}, "example": _ANSWER}},
        },
        **problems(400, 401, 403, 408, 413, 422, 429, 503),
    },
)
async def receive(
    request: Request, service: Service, header: Header = None, bearer: Bearer = None
) -> JSONResponse:
    """Take a chat message and answer it.

    SalesIQ's own deliveries are known by their signature; the flat form needs a key with the
    scope chat:write in a header.
    """
    raw = await request.body()
    if not raw.strip():  # SalesIQ looks whether somebody is there.
        return JSONResponse(CHECK_ANSWER)
    keeper: Doorkeeper = request.app.state.doorkeeper
    presented = presented_key(header, bearer)
    key = await keeper.known(presented) if presented else None
    trusted = key is not None and key.allows(SCOPE)
    try:
        await service.tools()  # Waits for a service that is starting.
    except TransientError:
        soon = not_yet(raw, request.headers)
        if soon is None:
            raise
        answer = soon
    else:
        answer = await service.door.receive(raw, request.headers, trusted=trusted)
    service.metrics.deliveries.labels("salesiq", answer.outcome).inc()
    if answer.status < HTTPStatus.BAD_REQUEST:
        return JSONResponse(answer.document, answer.status)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        if key is not None and not trusted:
            raise out_of_scope(SCOPE)
        keeper.refused(address_of(request), given=presented is not None)
    raise _refusal(answer)


@router.get("/webhook/salesiq", responses=problems())
@router.head("/webhook/salesiq", include_in_schema=False)
async def check() -> dict[str, str]:
    """Tell SalesIQ that somebody is there."""
    return CHECK_ANSWER


@router.get(
    "/salesiq/session/{session_id}", responses=problems(401, 403, 404, 408, 413, 422, 429, 503)
)
async def session(session_id: SessionId, _key: ReadsChats, tools: Tools) -> Session:
    """Return a chat as it stands: where it is, what was said, and its tickets."""
    found = await tools.db.run(lambda conn: read_session(conn, tools, session_id))
    if found is None:
        raise _unknown()
    return found


@router.post(
    "/salesiq/session/{session_id}/close",
    responses=problems(401, 403, 404, 408, 413, 422, 429, 503),
)
async def close(session_id: SessionId, key: WritesChats, tools: Tools) -> SessionClosed:
    """Close a chat: its next message begins a new conversation. Tickets stay as they are."""
    conversation_id = await tools.db.run(lambda conn: find_session(conn, session_id))
    if conversation_id is None:
        raise _unknown()
    closed = await close_chat(tools, conversation_id, actor=actor_of(key))
    return SessionClosed(conversation_id=conversation_id, already=not closed)


def _unknown() -> RequestError:
    return RequestError(404, "There is no such chat.")


def _refusal(answer: DoorAnswer) -> RequestError:
    """Say in our form why the door does not take it."""
    headers = {401: CHALLENGE, 429: RETRY, 503: RETRY}.get(answer.status, {})
    said = str((answer.document or {}).get("title", "The delivery is not taken."))
    return RequestError(answer.status, said, code=answer.code, headers=headers)
