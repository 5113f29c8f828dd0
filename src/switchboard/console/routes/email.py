"""E-mail: the server, its password, who gets reports, and a mail to try it."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from pydantic import SecretStr

from switchboard.config.documents import is_mail_address
from switchboard.config.places import CREDENTIALS, EMAIL
from switchboard.config.vault import Vault, VaultContents
from switchboard.console.configuration import email
from switchboard.console.configuration.email import EmailForm
from switchboard.console.configuration.forms import Errors, as_seen, entered, opened, propose
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.reports.trial import try_mail_server
from switchboard.store import audit
from switchboard.vendors.credentials import SmtpCredentials

router = APIRouter(prefix="/configuration/email")
HOME = "/configuration/email"
_PATIENCE_SECONDS = 30.0


@router.get("")
async def shown(visit: Viewer) -> Response:
    document = await opened(visit, EMAIL)
    return await _page(visit, email.form_of(document.value), document.digest)


@router.post("")
async def change(visit: Administrator) -> Response:
    sent = await entered(visit)
    seen, form = sent.get("seen", ""), email.form_from(sent)

    async def again(errors: Errors) -> Response:
        return await _page(visit, form, seen, errors)

    if errors := email.mistakes(form):
        return await again(errors)
    document = await as_seen(visit, EMAIL, seen)
    return await propose(
        visit,
        [(document, email.with_email(document.value, form))],
        title="E-mail",
        back=HOME,
        field_of=email.field_of,
        again=again,
    )


@router.post("/password")
async def password(visit: Administrator) -> Response:
    """Put a new user name and password into the vault; they are never shown again."""
    sent = await visit.request.form()
    username, secret = str(sent.get("username", "")).strip(), str(sent.get("secret", ""))
    errors = {
        name: words
        for name, words, value in (
            ("username", "Enter the user name the mail server knows.", username),
            ("secret", "Enter the password.", secret),
        )
        if not value
    }
    if errors:
        document = await opened(visit, EMAIL)
        form = email.form_of(document.value)
        return await _page(visit, form, document.digest, secret_errors=errors, username=username)
    root = visit.service.configuration().root
    credentials = SmtpCredentials(username=username, password=SecretStr(secret))
    await asyncio.to_thread(_keep, root, credentials)
    await _told(visit, "set")
    return await visit.go(HOME, "The password is in the vault. Send a test to see that it works.")


@router.post("/password/forget")
async def forget(visit: Administrator) -> Response:
    await asyncio.to_thread(_keep, visit.service.configuration().root, None)
    await _told(visit, "removed")
    return await visit.go(HOME, "Switchboard no longer signs in at the mail server.")


@router.post("/test")
async def test(visit: Administrator) -> Response:
    """Send a mail as a run would, and show what the server said."""
    sent = await entered(visit)
    to, configuration = sent.get("to", ""), visit.service.configuration()
    document = await opened(visit, EMAIL)
    form = email.form_of(document.value)
    show = partial(_page, visit, form, document.digest, to=to)
    if not is_mail_address(to):
        return await show(test_errors={"to": "Enter one e-mail address, such as ana@example.com."})
    if configuration.email is None:
        return await show(test_errors={"to": "Save the mail server first."})
    try:
        credentials = (await asyncio.to_thread(_kept, configuration.root)).smtp
        async with asyncio.timeout(_PATIENCE_SECONDS):
            said = await try_mail_server(configuration.email, credentials, to)
    except TimeoutError:
        return await show(failed=("", f"No answer within {_PATIENCE_SECONDS:g} seconds."))
    except SwitchboardError as error:
        return await show(failed=(error.code, error.message))
    await visit.run(
        partial(audit.append, actor=visit.actor, action="mail.test", subject=EMAIL, detail={})
    )
    return await show(said=said)


async def _page(
    visit: Visit,
    form: EmailForm,
    seen: str,
    errors: Errors | None = None,
    *,
    secret_errors: Errors | None = None,
    test_errors: Errors | None = None,
    **more: Any,
) -> Response:
    wrong = errors or secret_errors or test_errors
    shown = {"to": "", "said": "", "failed": None, "username": "", **more}
    configuration = visit.service.configuration()
    return await visit.page(
        "configuration/email.html",
        422 if wrong else 200,
        form=form,
        seen=seen,
        errors=errors or {},
        secret_errors=secret_errors or {},
        test_errors=test_errors or {},
        password=await asyncio.to_thread(_password_state, configuration.root),
        there=configuration.email is not None,
        **shown,
    )


def _kept(root: Path) -> VaultContents:
    return Vault.open(root).load()


def _keep(root: Path, credentials: SmtpCredentials | None) -> None:
    vault = Vault.open(root, create=credentials is not None)
    vault.update(lambda known: known.model_copy(update={"smtp": credentials}))


def _password_state(root: Path) -> tuple[str, str]:
    """Say whether there is a password: "set", "not set", or why nobody can tell."""
    try:
        found = _kept(root).smtp
    except OperatorError as error:
        missing = error.code == "CFG-025"
        return ("not set", "") if missing else ("unknown", error.message)
    return ("set", found.username) if found else ("not set", "")


async def _told(visit: Visit, what: str) -> None:
    detail = {"connection": "mail server", "what": what}
    append = partial(
        audit.append,
        actor=visit.actor,
        action="credentials.change",
        subject=CREDENTIALS,
        detail=detail,
    )
    await visit.run(append)
