"""Who may sign in: for administrators."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response

from switchboard.console.links import setup_link
from switchboard.console.visit import Administrator, Visit
from switchboard.errors import OperatorError
from switchboard.store import accounts, setup_links
from switchboard.store.accounts import Account, Role

router = APIRouter()
MAY = {
    "viewer": "sees everything, changes nothing",
    "operator": "also runs, retries and answers",
    "administrator": "also configures, and decides who may sign in",
}


@router.get("/team")
async def team(visit: Administrator) -> Response:
    return await _page(visit)


@router.post("/team/invite")
async def invite(
    visit: Administrator,
    role: Annotated[Role, Form()],
    name: Annotated[str, Form()] = "",
) -> Response:
    actor, now = visit.actor, visit.now()

    def work(conn: sa.Connection) -> tuple[Account, str]:
        made = accounts.create(conn, name, role, now, actor=actor)
        return made, setup_links.make(conn, made.id, now)

    try:
        made, token = await visit.run(work)
    except OperatorError as error:
        return await _page(visit, 422, errors={"name": error.message}, name=name, chosen=role)
    return await _show_link(visit, made, token, "invited")


@router.post("/team/{account_id}/reset")
async def reset(visit: Administrator, account_id: str) -> Response:
    """Take back password and second factor, and give a link to choose anew."""
    actor, now = visit.actor, visit.now()

    def work(conn: sa.Connection) -> tuple[Account, str]:
        found = accounts.get(conn, account_id)
        if found.disabled_at is not None:
            raise OperatorError("CON-002", f"{found.name} is disabled: enable the account first.")
        accounts.reset(conn, account_id, actor=actor)
        return found, setup_links.make(conn, account_id, now)

    _not_oneself(visit, account_id)
    found, token = await visit.run(work)
    return await _show_link(visit, found, token, "reset")


@router.post("/team/{account_id}/role")
async def change_role(
    visit: Administrator, account_id: str, role: Annotated[Role, Form()]
) -> Response:
    change = partial(accounts.set_role, account_id=account_id, role=role, actor=visit.actor)
    await visit.run(change)
    found = await visit.read(partial(accounts.get, account_id=account_id))
    if found.id == visit.account.id and role != "administrator":
        return await visit.go("/", f"You are {role} now.")
    return await visit.go("/team", f"{found.name} is {role} now.")


@router.post("/team/{account_id}/disable")
async def disable(visit: Administrator, account_id: str) -> Response:
    _not_oneself(visit, account_id)
    work = partial(accounts.disable, account_id=account_id, now=visit.now(), actor=visit.actor)
    await visit.run(work)
    return await visit.go("/team", "Signed out everywhere, and kept out from now on.")


@router.post("/team/{account_id}/enable")
async def enable(visit: Administrator, account_id: str) -> Response:
    await visit.run(partial(accounts.enable, account_id=account_id, actor=visit.actor))
    return await visit.go("/team", "The account can be used again.")


def _not_oneself(visit: Visit, account_id: str) -> None:
    if account_id == visit.account.id:
        raise OperatorError("CON-003", "This is your own account: another administrator can do it.")


async def _page(visit: Visit, status: int = 200, **context: Any) -> Response:
    everybody = await visit.read(accounts.every)
    shown: dict[str, Any] = {"errors": {}, "name": "", "chosen": "operator", **context}
    return await visit.page("team.html", status, everybody=everybody, may=MAY, **shown)


async def _show_link(visit: Visit, found: Account, token: str, what: str) -> Response:
    reached = str(visit.request.base_url).rstrip("/").removesuffix(visit.root)
    link = setup_link(visit.service.address() or reached, token)
    return await visit.page("link.html", link=link, who=found, what=what)
