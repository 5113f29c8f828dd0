"""Choose a password by a one-time link: the first administrator's, an invitation, a reset."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from switchboard.console.passwords import why_not
from switchboard.console.signing_in import enter
from switchboard.console.visit import Anybody, Visit
from switchboard.errors import OperatorError
from switchboard.store import accounts, setup_links
from switchboard.store.setup_links import SetupLink

router = APIRouter()
_OF_THE_NAME = {"CON-001", "CON-004"}


@router.get("/setup/{token}")
async def ask(visit: Anybody, token: str) -> Response:
    link = await _look(visit, token)
    return await _form(visit, 200, link)


@router.post("/setup/{token}")
async def choose(
    visit: Anybody,
    token: str,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    repeated: Annotated[str, Form()] = "",
) -> Response:
    link = await _look(visit, token)
    who = link.account.name if link.account else accounts.sign_in_name(name)
    errors = wrong_passwords(password, repeated, who)
    if errors:
        return await _form(visit, 422, link, errors, name)
    hashed, device, now = await visit.service.passwords.hash(password), visit.device, visit.now()

    def work(conn: sa.Connection) -> str:
        if link.account is None:
            account_id = setup_links.use_first(conn, token, name, hashed, now)
        else:
            account_id = setup_links.use(conn, token, hashed, now)
        return enter(conn, accounts.get(conn, account_id), now, device)

    try:
        session_id = await visit.run(work)
    except OperatorError as error:
        if error.code not in _OF_THE_NAME:
            raise
        return await _form(visit, 422, link, {"name": error.message}, name)
    response = RedirectResponse(f"{visit.root}/", 303)
    visit.cookies.keep_session(response, session_id)
    return response


def wrong_passwords(password: str, repeated: str, name: str) -> dict[str, str]:
    """Return what has to be corrected, by field. Pure."""
    why = why_not(password, name)
    if why:
        return {"password": why}
    if password != repeated:
        return {"repeated": "This is not the same as above. Type it once more."}
    return {}


async def _look(visit: Visit, token: str) -> SetupLink:
    link = await visit.run(partial(setup_links.look, token=token, now=visit.now()))
    if link is None:
        raise OperatorError("CON-005", "This link was used, has been replaced or is too old.")
    return link


async def _form(
    visit: Visit, status: int, link: SetupLink, errors: dict[str, str] | None = None, name: str = ""
) -> Response:
    return await visit.page("setup.html", status, link=link, errors=errors or {}, name=name)
