"""Who may use the HTTP API, and for what: for administrators."""

from __future__ import annotations

import json
import shlex
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response

from switchboard.console.visit import Administrator, Visit
from switchboard.errors import OperatorError
from switchboard.store import api_keys, audit
from switchboard.store.api_keys import DAY, SCOPES, ApiKey

router = APIRouter(prefix="/configuration/keys")
LIVES = {
    "90": "After 90 days",
    "365": "After a year",
    "30": "After 30 days",
    "never": "Never",
}
# The simplest request each scope is good for: the example that comes with a new key.
_EXAMPLES = {
    "tickets:read": "/zoho/test",
    "metrics:read": "/metrics",
    "tickets:write": "/zoho/ticket/create",
    "chat:read": "/salesiq/session/SESSION_ID",
    "chat:write": "/webhook/salesiq",
}
_POSTED = {
    "tickets:write": {"query": "Test", "user_id": "test@example.com"},
    "chat:write": {"chat_id": "test_1", "visitor_id": "test", "message": "I forgot my password"},
}


@router.get("")
async def keys(visit: Administrator) -> Response:
    return await _page(visit)


@router.post("")
async def create(
    visit: Administrator,
    name: Annotated[str, Form()] = "",
    scope: Annotated[list[str] | None, Form()] = None,
    ends: Annotated[str, Form()] = "90",
) -> Response:
    """Make a key and show it: this once, for only its hash is stored."""
    name, wanted = name.strip(), [each for each in SCOPES if each in (scope or ())]
    errors = {}
    if not api_keys.fits(name):
        errors["name"] = f"Give it a name of 1 to {api_keys.LONGEST_NAME} characters."
    if not wanted:
        errors["scope"] = "Choose at least one thing it may do."
    if ends not in LIVES:
        errors["ends"] = "Choose when it ends."
    chosen = {"name": name, "wanted": wanted, "ends": ends}
    if errors:
        return await _page(visit, 422, errors=errors, **chosen)
    now, actor = visit.now(), visit.actor
    until = None if ends == "never" else now + int(ends) * DAY

    def work(conn: sa.Connection) -> tuple[ApiKey, str]:
        made, secret = api_keys.create(conn, name, wanted, now, expires_at=until)
        detail = {"id": made.id, "scopes": made.scopes, "expires_at": until}
        _note(conn, actor, "key.create", made, detail)
        return made, secret

    try:
        made, secret = await visit.run(work)
    except OperatorError as error:
        return await _page(visit, 422, errors={"name": error.message}, **chosen)
    return await visit.page(
        "key.html",
        made=made,
        secret=secret,
        may=[SCOPES[each] for each in made.scopes],
        example=_example(visit, made),
    )


@router.post("/{key_id}/revoke")
async def revoke(visit: Administrator, key_id: str) -> Response:
    actor, now = visit.actor, visit.now()

    def work(conn: sa.Connection) -> ApiKey:
        ended = api_keys.revoke(conn, key_id, now)
        _note(conn, actor, "key.revoke", ended, {"id": ended.id})
        return ended

    ended = await visit.run(work)
    return await visit.go("/configuration/keys", f"{ended.name} cannot be used any more.")


def _note(
    conn: sa.Connection, actor: str, action: str, key: ApiKey, detail: dict[str, Any]
) -> None:
    audit.append(conn, actor=actor, action=action, subject=f"key:{key.name}", detail=detail)


def _example(visit: Visit, key: ApiKey) -> str:
    """Return a command that shows that the key works; it takes the key from a variable."""
    reached = str(visit.request.base_url).rstrip("/").removesuffix(visit.root)
    base = visit.service.address() or reached
    scope = next(each for each in _EXAMPLES if key.allows(each))
    url = shlex.quote(f"{base}{_EXAMPLES[scope]}")
    if scope not in _POSTED:
        return f'curl -H "X-Api-Key: $KEY" {url}'
    body = shlex.quote(json.dumps(_POSTED[scope]))
    return f'curl -H "X-Api-Key: $KEY" -H "Content-Type: application/json" -d {body} {url}'


async def _page(visit: Visit, status: int = 200, **context: Any) -> Response:
    found = await visit.read(api_keys.every)
    order = {"active": 0, "expired": 1, "revoked": 2}
    now = visit.now()
    found.sort(key=lambda each: (order[each.state(now)], -each.created_at))
    shown: dict[str, Any] = {"errors": {}, "name": "", "wanted": [], "ends": "90", **context}
    return await visit.page(
        "keys.html", status, keys=found, scopes=SCOPES, lives=list(LIVES.items()), at=now, **shown
    )
