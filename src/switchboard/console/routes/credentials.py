"""Credentials: what is set, what was refused, and new ones. Secrets go in and never come out."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Response

from switchboard.config.load import Configuration
from switchboard.config.places import CREDENTIALS
from switchboard.console.credentials import keeping, parts
from switchboard.console.credentials.asking import Asking
from switchboard.console.credentials.parts import FOR_A_CODE, PARTS, Part
from switchboard.console.credentials.state import (
    Changed,
    Held,
    Refused,
    State,
    changes,
    look,
    needed,
    refusals,
    states,
)
from switchboard.console.signing_in import wrong_password
from switchboard.console.visit import Administrator, Visit
from switchboard.doctor.connection_checks import ConnectionCheck
from switchboard.error_reference import about
from switchboard.errors import SwitchboardError
from switchboard.store import tokens
from switchboard.vendors.credentials import ZohoCredentials

router = APIRouter(prefix="/configuration/credentials")
HOME = "/configuration/credentials"
Errors = dict[str, str]


@router.get("")
async def shown(visit: Administrator) -> Response:
    return await _index(visit)


@router.get("/{name}")
async def one(visit: Administrator, name: str) -> Response:
    return await _one(visit, _part(name))


@router.post("/{name}")
async def change(visit: Administrator, name: str) -> Response:
    """Put what was entered into the vault, for whoever gives the own password with it."""
    part, sent = _part(name), await _sent(visit)
    seen = await _seen(visit)
    if (closed := await _closed(visit, part, seen)) is not None:
        return closed
    known = parts.held(seen.contents, part.name)
    errors = parts.mistakes(part, part.asked, known, sent)
    errors |= await _password(visit, sent, "current")
    if errors:
        return await _one(visit, part, errors=errors)
    return await _kept(visit, part, "set", keeping.entered(part, sent))


@router.post("/{name}/code")
async def exchange(visit: Administrator, name: str) -> Response:
    """Exchange the code of a self client for a refresh token, and keep that."""
    part = _part(name)
    if part.zoho is None:
        raise HTTPException(404)
    sent, seen = await _sent(visit, "code-"), await _seen(visit)
    if (closed := await _closed(visit, part, seen)) is not None:
        return closed
    known = parts.reusable(parts.held(seen.contents, part.name))
    errors = parts.mistakes(part, FOR_A_CODE, known, sent)
    errors = {f"code-{key}": words for key, words in errors.items()}
    errors |= await _password(visit, sent, "code-current")
    if errors:
        return await _one(visit, part, code_errors=errors)
    whole = parts.laid_over(FOR_A_CODE, known, sent)

    async def keep(credentials: ZohoCredentials) -> None:
        await keeping.keep(visit, part, "code exchanged", keeping.exchanged(part, credentials))

    try:
        await _asking(visit).redeem(visit.service.configuration(), part, whole, keep)
    except SwitchboardError as error:
        return await _one(visit, part, refused_code=_told(error))
    return await visit.go(
        f"{HOME}#{part.name}", f"Zoho took the code. Test {part.title} to see that it works."
    )


@router.post("/{name}/remove")
async def remove(visit: Administrator, name: str) -> Response:
    part = _part(name)
    if not part.needless:
        raise HTTPException(404)
    sent, seen = await _sent(visit, "remove-"), await _seen(visit)
    if (closed := await _closed(visit, part, seen)) is not None:
        return closed
    if errors := await _password(visit, sent, "remove-current"):
        return await _one(visit, part, remove_errors=errors)
    return await _kept(visit, part, "removed", keeping.removed(part))


@router.post("/{name}/test")
async def test(visit: Administrator, name: str) -> Response:
    """Sign in there now, whatever was refused a moment ago, and say what was answered."""
    part, configuration = _part(name), visit.service.configuration()
    connection = (await _seen(visit)).connections.get(part.name)
    if connection is not None:
        await visit.run(partial(tokens.forget_refusal, connection=connection))
    answer = await _asking(visit).test(configuration, part)
    keeping.look_anew(visit)
    return await _index(visit, tested=part.name, answer=answer)


def _part(name: str) -> Part:
    if name not in PARTS:
        raise HTTPException(404)
    return PARTS[name]


def _asking(visit: Visit) -> Asking:
    found: Asking = visit.request.app.state.credentials
    return found


async def _sent(visit: Visit, prefix: str = "") -> dict[str, str]:
    """Return what was entered; a password may begin or end with a space."""
    form = await visit.request.form()
    texts = {key: value for key, value in form.items() if isinstance(value, str)}
    return {
        key.removeprefix(prefix): value if key == f"{prefix}current" else value.strip()
        for key, value in texts.items()
        if key.startswith(prefix)
    }


async def _password(visit: Visit, sent: dict[str, str], name: str) -> Errors:
    typed = sent.get("current", "")
    if not typed:
        return {name: "Enter the password you sign in here with."}
    wrong = await wrong_password(visit.service, visit.account, typed)
    return {name: wrong} if wrong else {}


async def _closed(visit: Visit, part: Part, seen: Held) -> Response | None:
    """Answer where nothing can be changed: the page says why."""
    set_on_the_server = part.name == "desk" and seen.desk_key
    if seen.problem is None and not set_on_the_server:
        return None
    return await _one(visit, part, status=422)


async def _kept(visit: Visit, part: Part, what: str, make: keeping.Change) -> Response:
    try:
        await keeping.keep(visit, part, what, make)
    except SwitchboardError as error:
        return await _one(visit, part, failed=_told(error))
    if what == "removed":
        return await visit.go(HOME, f"Switchboard no longer signs in to {part.title}.")
    return await visit.go(f"{HOME}#{part.name}", f"Saved. Test {part.title} to see that it works.")


async def _seen(visit: Visit) -> Held:
    return await asyncio.to_thread(look, visit.service.configuration())


async def _states(visit: Visit) -> tuple[Held, list[State]]:
    configuration, seen = visit.service.configuration(), await _seen(visit)
    believed = configuration.settings.vendors.budgets.window_seconds

    def read(conn: sa.Connection) -> tuple[dict[str, Refused], dict[str, Changed]]:
        return refusals(conn, seen.connections, believed), changes(conn)

    refused, changed = await visit.read(read)
    return seen, states(seen, needed(configuration), refused, changed)


async def _index(
    visit: Visit, *, tested: str = "", answer: ConnectionCheck | None = None
) -> Response:
    seen, found = await _states(visit)
    return await visit.page(
        "configuration/credentials.html",
        seen=seen,
        states=found,
        mail=_mail(seen, visit.service.configuration()),
        file=CREDENTIALS,
        problem=_told(seen.problem) if seen.problem else None,
        tested=tested,
        answer=answer,
        helps=about(answer.code) if answer is not None and answer.code else None,
    )


async def _one(visit: Visit, part: Part, *, status: int = 200, **more: Any) -> Response:
    seen, found = await _states(visit)
    configuration = visit.service.configuration()
    known = parts.held(seen.contents, part.name)
    shown: dict[str, Any] = {
        "errors": {}, "code_errors": {}, "remove_errors": {},
        "failed": None, "refused_code": None, **more,
    }  # fmt: skip
    return await visit.page(
        "configuration/credential.html",
        422 if any(more.values()) else status,
        part=part,
        seen=seen,
        state=next(each for each in found if each.part is part),
        problem=_told(seen.problem) if seen.problem else None,
        kept=set(known),
        for_a_code=FOR_A_CODE,
        api_console=parts.api_console(configuration.settings.vendors.zoho_accounts_url),
        scopes=",".join(part.scopes),
        **shown,
    )


def _mail(seen: Held, configuration: Configuration) -> tuple[str, str]:
    if seen.problem is not None:
        return "Cannot be read", "fail"
    if seen.contents.smtp is not None:
        return "Set", "ok"
    return ("Not set" if configuration.email is None else "Signs in without"), ""


def _told(error: SwitchboardError) -> dict[str, str]:
    """Return an error for people: its code, what was said, what it means, what helps."""
    known = about(error.code)
    return {
        "code": error.code,
        "message": error.message,
        "meaning": known.meaning if known else "",
        "you": known.you if known else "",
    }
