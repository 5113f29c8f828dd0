"""Zoho's token endpoint as values: its errors come with HTTP 200, its answer names the API host."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from switchboard.errors import OperatorError, SwitchboardError, TransientError
from switchboard.vendors.allowances import ZOHO_ACCOUNTS
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.exchange import Answer, Request, Signals, UnreadableError, Vendor
from switchboard.vendors.keeper import Grant
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.settings import ZOHO_DATA_CENTRES, is_loopback, unsafe_address

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105 - a path, not a secret.
THROTTLED = "access denied"  # With a blank; `access_denied` is a matter of configuration.
LONGEST_PAUSE_WINDOWS = 10  # Zoho's token window is ten minutes long.
LONGEST_LIFETIME_SECONDS = 86_400.0  # Older answers gave `expires_in` in milliseconds.
_CLIENT_ERROR, _SERVER_ERROR, _TOO_MANY = 400, 500, 429

_HINTS = {
    "invalid_code": "the refresh token was revoked, replaced or belongs to another data centre; "
    "create a new one and store it with `switchboard credentials set`",
    "invalid_client": "the client id is wrong, or belongs to another data centre: check "
    "zoho_accounts_url",
    "invalid_client_secret": "the client secret is wrong",
    "invalid_soid": "the organisation id is not one this client may act for",
    "missing_org_info": "the organisation id is missing, or not one this client may act for",
}


def refresh_request(
    accounts_url: str, client_id: str, client_secret: str, refresh_token: str
) -> Request:
    """Ask for an access token with a refresh token."""
    grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _asking(accounts_url, "token", client_id, client_secret, grant)


def token_request(accounts_url: str, credentials: ZohoCredentials | ZohoSelfClient) -> Request:
    """Ask for an access token with whichever credentials there are."""
    secret = credentials.client_secret.get_secret_value()
    if isinstance(credentials, ZohoCredentials):
        token = credentials.refresh_token.get_secret_value()
        return refresh_request(accounts_url, credentials.client_id, secret, token)
    # Zoho's answer to a self client holds no refresh token, and none is needed: zoho-desk.md §3.
    grant = {
        "grant_type": "client_credentials",
        "scope": ",".join(credentials.scopes),
        "soid": credentials.soid,
    }
    return _asking(accounts_url, "token", credentials.client_id, secret, grant)


def code_request(accounts_url: str, client_id: str, client_secret: str, code: str) -> Request:
    """Ask for a refresh token with the code of a self client (zoho-crm.md §1.2), usable once."""
    grant = {"grant_type": "authorization_code", "code": code}
    return _asking(accounts_url, "redeem_code", client_id, client_secret, grant)


def _asking(
    accounts_url: str, operation: str, client_id: str, client_secret: str, grant: dict[str, str]
) -> Request:
    """Put everything into a form body, which keeps the secrets out of access logs."""
    return Request(
        vendor=ZOHO_ACCOUNTS_VENDOR,
        operation=operation,
        method="POST",
        url=accounts_url + TOKEN_PATH,
        form={"client_id": client_id, "client_secret": client_secret, **grant},
        costs={ZOHO_ACCOUNTS: 1.0},
        priority=Urgency.TOKEN,
    )


def read_refresh_token(answer: Answer) -> str:
    """Read the refresh token that a code was worth."""
    token = _object(answer).get("refresh_token")
    if not isinstance(token, str) or not token:
        raise OperatorError(
            "ZOHO-401",
            "Zoho's answer holds no refresh token: generate a new code, with offline access, "
            "and use it within its few minutes.",
        )
    return token


def read_grant(answer: Answer, accounts_url: str, used_at: str | None = None) -> Grant:
    """Read the token, for use at *used_at* or where the answer says; judge() let it pass."""
    document = _object(answer)
    token, lifetime = document.get("access_token"), document.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(lifetime, int | float):
        raise UnreadableError("The answer holds no access token.")
    seconds = float(lifetime)
    if seconds > LONGEST_LIFETIME_SECONDS:
        seconds /= 1000.0
    base_url = used_at or str(document.get("api_domain") or default_api_domain(accounts_url))
    scopes = str(document.get("scope") or "").replace(",", " ").split()
    return Grant(
        access_token=token,
        lifetime=seconds,
        base_url=base_url.rstrip("/"),
        scopes=tuple(scopes),
    )


def default_api_domain(accounts_url: str) -> str:
    """Return the API address of the accounts host's data centre, for answers that name none."""
    host = urlsplit(accounts_url).hostname
    for accounts_host, domain in ZOHO_DATA_CENTRES.values():
        if host == accounts_host:
            return f"https://www.{domain}"
    raise UnreadableError("The answer names no api_domain.")


def refused_api_domain(
    base_url: str, accounts_url: str, allowed: tuple[str, ...], *, loopback: bool
) -> str | None:
    """Say why the token must not be sent to *base_url*, or None when it may.

    A name from the allow-list; or this machine itself, but only if the accounts server that
    named it is this machine as well: a real answer must never lead to a port of ours.
    """
    host = urlsplit(base_url).hostname or ""
    reason = unsafe_address(base_url, loopback=loopback)
    if reason is not None:
        return f"{host or 'its address'} {reason}"
    if is_loopback(host):
        if is_loopback(urlsplit(accounts_url).hostname or ""):
            return None
        return f"{host} is this machine, but the accounts server is not"
    if host not in allowed:
        return f"{host} is not in allowed_api_domains"
    return None


def judge(request: Request, answer: Answer) -> SwitchboardError | None:
    """Turn a token answer into what to do next: by its body, whatever its status."""
    error, text = error_of(answer)
    detail = answer.describe(f"{error} {text}")
    if _throttled(answer, error):
        return TransientError(
            "ZOHO-429",
            "Zoho gives no more access tokens for now (10 per 10 minutes).",
            detail=detail,
        )
    if answer.status >= _SERVER_ERROR:
        return TransientError(
            "ZOHO-500",
            f"Zoho's accounts server failed (HTTP {answer.status}).",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if error == "invalid_code" and request.operation == "redeem_code":
        return OperatorError(
            "ZOHO-401",
            "Zoho refused the code (invalid_code): it was used before, is older than the minutes "
            "chosen for it, or belongs to another client or data centre. Generate a new one.",
            detail=detail,
        )
    if error or answer.status >= _CLIENT_ERROR:
        hint = _HINTS.get(error, "check client id, client secret, refresh token and data centre")
        return OperatorError(
            "ZOHO-401",
            f"Zoho refused to give an access token ({error or f'HTTP {answer.status}'}): {hint}.",
            detail=detail,
        )
    return None


def signals(_request: Request, answer: Answer, window: float, strikes: int) -> Signals:
    """Stop asking for tokens when throttled: a minute at first, ten minutes in the end."""
    error, _ = error_of(answer)
    if not _throttled(answer, error):
        return Signals()
    pause = answer.retry_after()
    if pause is None:
        pause = window * min(2.0 ** max(strikes - 1, 0), LONGEST_PAUSE_WINDOWS)
    return Signals({ZOHO_ACCOUNTS: max(pause, window)})


def error_of(answer: Answer) -> tuple[str, str]:
    """Return `error` and its description, or blanks."""
    try:
        document = answer.document
    except UnreadableError:
        return "", ""
    if not isinstance(document, dict):
        return "", ""
    return str(document.get("error") or ""), str(document.get("error_description") or "")


def _throttled(answer: Answer, error: str) -> bool:
    return error.lower() == THROTTLED or answer.status == _TOO_MANY


def _object(answer: Answer) -> dict[str, Any]:
    document = answer.document
    if not isinstance(document, dict):
        raise UnreadableError("The answer is not an object.")
    return document


ZOHO_ACCOUNTS_VENDOR = Vendor(
    name="zoho_accounts", title="Zoho Accounts", code="ZOHO", judge=judge, signals=signals
)
