"""Sign in, give the second factor, sign out."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse

from switchboard.console.problems import NeedSignInError
from switchboard.console.signing_in import Outcome, give_code, in_words, sign_in, sign_out
from switchboard.console.visit import Anybody, Viewer, Visit
from switchboard.store import accounts
from switchboard.store.accounts import Account
from switchboard.store.console_sessions import Session

router = APIRouter()
_WRONG = "Name or password is not right."
_WRONG_CODE = "This code does not fit. Codes change every 30 seconds, and each works once."
_TOO_OLD = "The page had been open for too long. Please sign in again."
_PAGE = re.compile(r"/(?!/)[A-Za-z0-9/_.~-]*")  # Of ours: no host, nothing that could be one.


@router.get("/sign-in")
async def ask(
    visit: Anybody, to: Annotated[str, Query()] = "", again: Annotated[str, Query()] = ""
) -> Response:
    if visit.signed_in:
        return await visit.go(_page_of_ours(to))
    return await _form(visit, 200, to=to, why=_TOO_OLD if again else "")


@router.post("/sign-in")
async def check(
    visit: Anybody,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    outcome = await sign_in(visit.service, name, password, visit.device)
    if not outcome.session_id:
        return await _refuse(visit, outcome, _WRONG, name=name, to=to)
    if outcome.stage == "code":
        query = f"?to={_page_of_ours(to)}" if _page_of_ours(to) != "/" else ""
        return await _enter(visit, outcome, f"/sign-in/code{query}")
    return await _enter(visit, outcome, _page_of_ours(to))


@router.get("/sign-in/code")
async def ask_code(visit: Anybody, to: Annotated[str, Query()] = "") -> Response:
    if visit.signed_in:
        return await visit.go(_page_of_ours(to))
    _half_way(visit)
    return await visit.page("code.html", to=to, why="")


@router.post("/sign-in/code")
async def check_code(
    visit: Anybody, code: Annotated[str, Form()] = "", to: Annotated[str, Form()] = ""
) -> Response:
    session, holder = _half_way(visit)
    outcome = await give_code(visit.service, session, holder, code, visit.device)
    if outcome.session_id:
        return await _enter(visit, outcome, _page_of_ours(to))
    status, why = _refusal(outcome, _WRONG_CODE)
    return await visit.page("code.html", status, to=to, why=why)


@router.post("/sign-out")
async def leave(visit: Viewer) -> Response:
    assert visit.session is not None  # noqa: S101 - a viewer has one.
    await sign_out(visit.service, visit.session, visit.account)
    response = await visit.go("/sign-in")
    visit.cookies.end_session(response)
    return response


async def _form(visit: Visit, status: int, *, to: str, why: str, name: str = "") -> Response:
    known = await visit.read(accounts.anybody)
    return await visit.page("sign_in.html", status, to=to, why=why, name=name, anybody=known)


async def _refuse(visit: Visit, outcome: Outcome, words: str, *, name: str, to: str) -> Response:
    status, why = _refusal(outcome, words)
    response = await _form(visit, status, to=to, why=why, name=name)
    if outcome.wait_seconds:
        response.headers["Retry-After"] = str(max(1, round(outcome.wait_seconds)))
    return response


def _refusal(outcome: Outcome, words: str) -> tuple[int, str]:
    if not outcome.wait_seconds:
        return 422, words
    wait = in_words(outcome.wait_seconds)
    return 429, f"Too many attempts have failed. Please wait {wait} before you try again."


async def _enter(visit: Visit, outcome: Outcome, path: str) -> Response:
    response = RedirectResponse(f"{visit.root}{path}", 303)
    visit.cookies.keep_session(response, outcome.session_id)
    return response


def _half_way(visit: Visit) -> tuple[Session, Account]:
    """Return who has given the password, and not yet the code."""
    if visit.session is None or visit.holder is None or visit.session.stage != "code":
        raise NeedSignInError
    return visit.session, visit.holder


def _page_of_ours(to: str) -> str:
    return to if _PAGE.fullmatch(to) else "/"
