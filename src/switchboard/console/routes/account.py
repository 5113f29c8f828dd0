"""Your own account: password, second factor, where you are signed in."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response

from switchboard.console import second_factor
from switchboard.console.routes.setup import wrong_passwords
from switchboard.console.signing_in import enter, wrong_password
from switchboard.console.visit import Viewer, Visit
from switchboard.errors import OperatorError
from switchboard.store import accounts, audit, console_sessions

router = APIRouter()
_OFFER_SECONDS = 900.0


@router.get("/account")
async def account(visit: Viewer) -> Response:
    return await _page(visit)


@router.post("/account/password")
async def change_password(
    visit: Viewer,
    current: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    repeated: Annotated[str, Form()] = "",
) -> Response:
    errors = await _wrong_current(visit, current) or wrong_passwords(
        password, repeated, visit.account.name
    )
    if errors:
        return await _page(visit, 422, errors=errors, form="password")
    hashed = await visit.service.passwords.hash(password)
    me, actor, device, now = visit.account, visit.actor, visit.device, visit.now()

    def work(conn: sa.Connection) -> str:
        accounts.set_password(conn, me.id, hashed, now, actor=actor)
        console_sessions.end_of_account(conn, me.id)
        return enter(conn, me, now, device)

    session_id = await visit.run(work)
    response = await visit.go("/account?changed=password")
    visit.cookies.keep_session(response, session_id)
    return response


@router.post("/account/second-factor/offer")
async def offer_second_factor(visit: Viewer) -> Response:
    if visit.account.has_second_factor:
        return await visit.go("/account")
    return await _offer(visit, second_factor.new_secret())


@router.post("/account/second-factor/on")
async def turn_on(
    visit: Viewer,
    offer: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    current: Annotated[str, Form()] = "",
) -> Response:
    secret = _offered(visit, offer)
    if secret is None:
        return await visit.go("/account", "That took too long. Please begin again.", kind="fail")
    errors = await _wrong_current(visit, current)
    step = second_factor.fitting_step(secret, code, visit.now())
    if step is None:
        errors["code"] = "This code does not fit. Type the one the app shows now."
    if errors or step is None:
        return await _offer(visit, secret, errors)
    codes, sealer = accounts.new_recovery_codes(), visit.service.sealer()
    me, session = visit.account, visit.session

    def work(conn: sa.Connection) -> None:
        accounts.turn_on_totp(
            conn, sealer, me.id, secret=secret, step=step, codes=codes, actor=visit.actor
        )
        console_sessions.end_of_account(conn, me.id, but=session)

    await visit.run(work)
    return await visit.page("recovery_codes.html", codes=codes)


@router.post("/account/second-factor/off")
async def turn_off(visit: Viewer, current: Annotated[str, Form()] = "") -> Response:
    errors = await _wrong_current(visit, current)
    if errors:
        return await _page(visit, 422, errors=errors, form="off")
    await visit.run(partial(accounts.turn_off_totp, account_id=visit.account.id, actor=visit.actor))
    return await visit.go("/account", "Signing in needs your password alone now.")


@router.post("/account/recovery-codes")
async def renew_codes(visit: Viewer, current: Annotated[str, Form()] = "") -> Response:
    errors = await _wrong_current(visit, current)
    if errors:
        return await _page(visit, 422, errors=errors, form="codes")
    if not visit.account.has_second_factor:
        return await visit.go("/account")
    codes = accounts.new_recovery_codes()
    me, actor = visit.account, visit.actor

    def work(conn: sa.Connection) -> None:
        accounts.renew_recovery_codes(conn, me.id, codes)
        subject = f"account:{me.name}"
        audit.append(conn, actor=actor, action="account.recovery_codes", subject=subject)

    await visit.run(work)
    return await visit.page("recovery_codes.html", codes=codes)


@router.post("/account/sessions/end")
async def end_sessions(visit: Viewer, handle: Annotated[str, Form()] = "") -> Response:
    """End one session of one's own, or all but this one."""
    me, session, actor = visit.account, visit.session, visit.actor

    def work(conn: sa.Connection) -> int:
        ended = console_sessions.end_of_account(conn, me.id, handle=handle, but=session)
        if ended:
            detail = {"ended": ended}
            subject = f"account:{me.name}"
            audit.append(conn, actor=actor, action="session.revoke", subject=subject, detail=detail)
        return ended

    ended = await visit.run(work)
    words = "Signed out there." if handle else f"Signed out on {ended} other device(s)."
    return await visit.go("/account", words)


async def _wrong_current(visit: Visit, current: str) -> dict[str, str]:
    wrong = await wrong_password(visit.service, visit.account, current)
    return {"current": wrong} if wrong else {}


async def _page(visit: Visit, status: int = 200, **context: Any) -> Response:
    me, now = visit.account, visit.now()

    def look(conn: sa.Connection) -> tuple[list[console_sessions.Session], int]:
        sessions = console_sessions.of_account(conn, me.id, now)
        return sessions, accounts.recovery_codes_left(conn, me.id)

    sessions, left = await visit.read(look)
    changed = visit.request.query_params.get("changed") == "password"
    shown: dict[str, Any] = {"errors": {}, "form": "", "sessions": sessions, "codes_left": left}
    if changed:
        words = "Your password is changed. Other devices were signed out."
        shown["notice"] = {"kind": "ok", "text": words}
    return await visit.page("account.html", status, this=visit.session, **{**shown, **context})


async def _offer(visit: Visit, secret: str, errors: dict[str, str] | None = None) -> Response:
    sealed = visit.service.sealer().seal(_place(visit), [secret, visit.now()])
    picture = second_factor.picture(second_factor.address(secret, visit.account.name))
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return await visit.page(
        "second_factor.html",
        422 if errors else 200,
        offer=sealed,
        picture=picture,
        secret=spaced,
        errors=errors or {},
    )


def _offered(visit: Visit, offer: str) -> str | None:
    """Return the secret we offered this very account a moment ago."""
    try:
        secret, at = visit.service.sealer().unseal(_place(visit), offer)
    except OperatorError as error:
        if error.code != "DATA-001":
            raise
        return None
    return str(secret) if at + _OFFER_SECONDS > visit.now() else None


def _place(visit: Visit) -> str:
    return f"offer {visit.account.id}"
