"""What the OpenAPI document says besides the routes: problems, groups, security."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from switchboard import __version__
from switchboard.api.problems import MEDIA_TYPE, Problem
from switchboard.api.schemas import FlatMessage

TITLE = "Switchboard"
DESCRIPTION = """\
Chats become tickets: SalesIQ and other chat channels deliver messages, programs raise tickets and
look at chats, Zoho Desk tells what becomes of them.

**Keys.** `switchboard keys create NAME --scope SCOPE` makes one. Send it as `X-Api-Key: KEY` or as
`Authorization: Bearer KEY`; in an address it would end up in logs and is not read.

**Problems** are `application/problem+json` (RFC 9457) with a stable `code`: `switchboard explain
CODE` says what it means and what to do. Every answer carries its `X-Request-Id`, which is also in
our log.

**Repeating.** A request that raises a ticket or adds a comment can carry an `Idempotency-Key`: sent
again with the same key it does nothing twice, and gets the answer of the first.
"""
TAGS = [
    {"name": "Chats", "description": "Messages in, answers out, and how a chat stands."},
    {"name": "Tickets", "description": "Tickets in Zoho Desk."},
    {"name": "Zoho Desk", "description": "What Zoho Desk itself delivers."},
    {"name": "People", "description": "Pages behind the links of mails; the link is the key."},
    {"name": "Operation", "description": "For whoever runs the service."},
]
# What no route declares itself: it reads the body, or answers, in a way of its own.
_BESIDE: tuple[type[BaseModel], ...] = (Problem, FlatMessage)
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_WORDS = {
    400: "The body is not JSON as it should be.",
    401: "There is no valid API key.",
    403: "The key lacks the scope.",
    404: "There is no such thing.",
    405: "Not with this method.",
    408: "The request took too long to arrive.",
    409: "It does not fit what is there already.",
    413: "The request is too large.",
    415: "The body is not declared as JSON.",
    422: "Something is missing, or a value has the wrong form; or Zoho Desk refused it.",
    429: "Too many wrong keys, or too many requests.",
    500: "Our own mistake; it is in our log.",
    503: "Zoho Desk, the store or the service itself is not available: try again later.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems a route can answer with, as FastAPI wants them."""
    return {status: _response(status) for status in sorted({*statuses, 500})}


def _response(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _WORDS[status],
        "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
    }
    if status in {429, 503}:
        words = "Seconds after which trying again makes sense."
        response["headers"] = {"Retry-After": {"description": words, "schema": {"type": "integer"}}}
    if status == 401:  # noqa: PLR2004
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document: the same for the same version of ours."""
    made = get_openapi(
        title=TITLE,
        version=__version__,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        separate_input_output_schemas=False,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for model in _BESIDE:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    return made
