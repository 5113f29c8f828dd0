"""The portal's REST API: callbacks and conversations, with its errors in HTTP 200."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.requests import row_of
from switchboard.simulators.salesiq import errors
from switchboard.simulators.salesiq.answers import unusable
from switchboard.simulators.salesiq.portal import NotPossibleError, Portal
from switchboard.simulators.salesiq.state import DEPARTMENTS
from switchboard.simulators.salesiq.values import Conversation

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
WINDOW_S = 60.0
MOST_LISTED = 99
Handle = Callable[[Portal, Request, dict[str, Any]], Any]
READ, CREATE, UPDATE = (f"SalesIQ.conversations.{name}" for name in ("READ", "CREATE", "UPDATE"))
CALLBACKS = "SalesIQ.callbacks.UPDATE"


def routes(world: World) -> list[BaseRoute]:
    """Return the endpoints; *world* is asked anew on each request."""
    table: dict[str, dict[str, tuple[str, Handle]]] = {
        "/callbacks/{request_id}/progress": {"POST": (CALLBACKS, _progress)},
        "/callbacks/{request_id}/response": {"POST": (CALLBACKS, _response)},
        "/conversations": {"GET": (READ, _list)},
        "/conversations/{id}": {"GET": (READ, _one)},
        "/conversations/{id}/messages": {"GET": (READ, _messages), "POST": (CREATE, _say)},
        "/conversations/{id}/notes": {"POST": (CREATE, _note)},
        "/conversations/{id}/close": {"PUT": (UPDATE, _close)},
        "/conversations/{id}/transfer": {"PUT": (UPDATE, _transfer)},
    }
    found: list[BaseRoute] = [
        Route(f"/api/v2/{{screen}}{path}", _endpoint(world, methods), methods=METHODS)
        for path, methods in table.items()
    ]

    async def file(request: Request) -> Response:
        kept = world.salesiq.state.files.get(request.path_params["id"])
        if kept is None:
            return errors.no_such().response()
        return Response(
            kept[2],
            media_type="application/octet-stream",
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
        )

    async def elsewhere(request: Request) -> Response:
        row_of(request).group = "not imitated"
        return errors.not_imitated(f"{request.method} {request.url.path}")

    found.append(Route("/files/{id}", file))
    found.append(Route("/{path:path}", elsewhere, methods=METHODS))
    return found


def _endpoint(world: World, methods: dict[str, tuple[str, Handle]]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        portal = world.salesiq
        try:
            _check_pace(portal)
            if request.path_params["screen"] != portal.state.screen_name:
                raise errors.wrong_portal()
            if request.method not in methods:
                raise errors.wrong_method()
            scope, handle = methods[request.method]
            _check_token(world, request, scope)
            return _success(request, handle(portal, request, await _body(request)))
        except errors.Refusal as refusal:
            return refusal.response()
        except NotPossibleError as error:
            return errors.Refusal(1011, str(error)).response()

    return endpoint


def _check_pace(portal: Portal) -> None:
    """Lock the address after too many calls: §8 names the lock, and no rate."""
    state = portal.state
    now = state.world.clock.elapsed()
    if now < state.locked_until:
        raise errors.locked()
    state.calls = [at for at in state.calls if at > now - WINDOW_S]
    if len(state.calls) >= state.rules.calls_per_minute:
        state.locked_until = now + state.rules.lock_s
        raise errors.locked()
    state.calls.append(now)


def _check_token(world: World, request: Request, scope: str) -> None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "Zoho-oauthtoken" or not token:
        raise errors.no_token()
    access = world.accounts.check(token.strip())
    if access is None:
        raise errors.invalid_token()
    area = scope.rpartition(".")[0]
    if not {scope, f"{area}.ALL"} & set(access.scopes):
        raise errors.scope_missing()


async def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET" or not await request.body():
        return {}
    try:
        document = await request.json()
    except ValueError as error:
        raise errors.wrong_body() from error
    if not isinstance(document, dict):
        raise errors.wrong_body()
    return document


def _success(request: Request, data: Any) -> Response:
    kind = "list" if isinstance(data, list) else "object"
    return JSONResponse({"url": request.url.path, "object": kind, "data": data})


def _progress(portal: Portal, request: Request, body: dict[str, Any]) -> Any:
    conversation = portal.waiting_for(request.path_params["request_id"])
    if conversation is None or conversation.pending is None:
        raise errors.no_such()
    if not body.get("text"):
        raise errors.too_little()
    conversation.pending.progress = str(body["text"])
    conversation.touch()
    return {}


def _response(portal: Portal, request: Request, body: dict[str, Any]) -> Any:
    """Take a late answer once: a second one on the same id is refused here, §6 does not say."""
    request_id = request.path_params["request_id"]
    conversation = portal.waiting_for(request_id)
    if conversation is None:
        raise errors.no_such()
    if unusable(body):
        raise errors.wrong_body()
    conversation.pending = None
    portal.apply(conversation, body, request_id, "message")
    return {}


def _list(portal: Portal, _request: Request, _body: dict[str, Any]) -> Any:
    newest = list(portal.state.conversations.values())[: -MOST_LISTED - 1 : -1]
    return [_shown(each) for each in newest]


def _one(portal: Portal, request: Request, _body: dict[str, Any]) -> Any:
    return _shown(_find(portal, request))


def _messages(portal: Portal, request: Request, _body: dict[str, Any]) -> Any:
    return [
        {
            "id": f"{each.number}",
            "time": str(round(each.at * 1000)),
            "sender": {"type": each.sender},
            "message": {"text": each.text},
        }
        for each in _find(portal, request).messages
    ]


def _say(portal: Portal, request: Request, body: dict[str, Any]) -> Any:
    if not body.get("text"):
        raise errors.too_little()
    portal.operator_says(_find(portal, request), str(body["text"]))
    return {}


def _note(portal: Portal, request: Request, body: dict[str, Any]) -> Any:
    if not body.get("notes"):
        raise errors.too_little()
    now = str(round(portal.state.world.clock.now() * 1000))
    note = {"creator": {"type": "app"}, "note": str(body["notes"]), "created_time": now}
    _find(portal, request).notes.append(note)
    return note


def _close(portal: Portal, request: Request, _body: dict[str, Any]) -> Any:
    portal.end(_find(portal, request), "The chat has been closed.")
    return {}


def _transfer(portal: Portal, request: Request, body: dict[str, Any]) -> Any:
    conversation = _find(portal, request)
    if str(body.get("department_id")) not in DEPARTMENTS:
        raise errors.no_such(1025)
    known = {each.id: each for each in portal.state.operators}
    operator = known.get(str(body.get("operator_id") or ""))
    if body.get("operator_id") and operator is None:
        raise errors.no_such(1020)
    conversation.department = str(body["department_id"])
    if operator is not None:
        conversation.status, conversation.operator = "operator", operator.name
    conversation.touch()
    return {}


def _find(portal: Portal, request: Request) -> Conversation:
    conversation = portal.state.find(request.path_params["id"])
    if conversation is None:
        raise errors.no_such()
    return conversation


def _shown(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.number,
        "visitor_conversation_id": conversation.id,
        "question": conversation.visitor.get("question", ""),
        "department_id": conversation.department or None,
        "visitor": {
            "id": conversation.visitor.get("id"),
            "name": conversation.visitor.get("name"),
            "email_id": conversation.visitor.get("email"),
            "phone": conversation.visitor.get("phone"),
            "channel": conversation.visitor.get("channel"),
        },
        "opened_time": str(round(conversation.opened_at * 1000)),
        "status": conversation.status,
    }
