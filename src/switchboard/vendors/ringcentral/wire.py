"""RingCentral's requests and answers as values: nothing here waits, sends or knows the time."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from switchboard.errors import OperatorError
from switchboard.vendors.allowances import RINGCENTRAL, group_bucket
from switchboard.vendors.exchange import Answer, Request, UnreadableError
from switchboard.vendors.keeper import Grant
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.ringcentral.refusals import RINGCENTRAL_VENDOR

ACCOUNT = "/restapi/v1.0/account/~"
TOKEN_PATH = "/restapi/oauth/token"  # noqa: S105 - a path, not a secret.
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NEEDED_SCOPES = ("ReadCallLog", "ReadAccounts")
MEDIA_SCOPES = ("ReadCallRecording", "ReadMessages")  # Calls and leads do without.
SCOPES_IMPLIED = {"ReadCallLog": "ReadCallRecording"}  # The right one includes the left one.
BULK_IDS = 50
# Either form of a bulk answer will do; §7.4 of the vendor notes: only the first is promised.
BULK_ACCEPT = "multipart/mixed, application/vnd.ringcentral.multipart+json, application/json"


def call_log_request(date_from: datetime, date_to: datetime, per_page: int) -> Request:
    """Ask for the company's voice calls that began in [date_from, date_to], with their legs."""
    return _get(
        "read_call_log",
        f"{ACCOUNT}/call-log",
        "heavy",
        {
            "dateFrom": format_time(date_from),
            "dateTo": format_time(date_to),
            "type": "Voice",
            "view": "Detailed",
            "perPage": str(per_page),
            "page": "1",
        },
    )


def call_session_request(session: str, date_from: datetime, date_to: datetime) -> Request:
    """Ask for the records of one telephony session."""
    return _get(
        "read_call_session",
        f"{ACCOUNT}/call-log",
        "heavy",
        {
            "telephonySessionId": session,
            "dateFrom": format_time(date_from),
            "dateTo": format_time(date_to),
            "type": "Voice",
            "view": "Detailed",
        },
    )


def call_records_request(ids: list[str]) -> Request:
    """Ask for up to 50 records by id: one request, however many there are."""
    joined = ",".join(quote(one, safe="") for one in ids)
    request = _get(
        "read_call_records", f"{ACCOUNT}/call-log/{joined}", "heavy", {"view": "Detailed"}
    )
    return dataclasses.replace(request, headers={"Accept": BULK_ACCEPT})


def extensions_request() -> Request:
    return _get(
        "read_extensions",
        f"{ACCOUNT}/extension",
        "medium",
        {"perPage": "1000", "page": "1"},
    )


def account_request() -> Request:
    return _get("read_account", ACCOUNT, "light", {})


def next_page_request(request: Request, path: str) -> Request:
    """Ask for the page whose path and query the last page named."""
    return dataclasses.replace(request, url=path, params=None)


def token_request(
    base_url: str, client_id: str, client_secret: str, form: Mapping[str, str]
) -> Request:
    """Ask for a token; the secrets travel in the header and the body, never in the address."""
    pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")
    return Request(
        vendor=RINGCENTRAL_VENDOR,
        operation="token",
        method="POST",
        url=base_url + TOKEN_PATH,
        headers={"Authorization": f"Basic {pair}"},
        form=form,
        costs={RINGCENTRAL: 1.0, group_bucket("auth"): 1.0},
        priority=Urgency.TOKEN,
    )


def jwt_form(jwt: str) -> dict[str, str]:
    return {"grant_type": JWT_GRANT, "assertion": jwt}


def refresh_form(refresh_token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def read_token(answer: Answer, base_url: str) -> Grant:
    """Read a token answer; `expires_in` is trusted, whatever the documentation says."""
    document = _object(answer.document)
    token, lifetime = document.get("access_token"), document.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(lifetime, int | float):
        raise UnreadableError("The answer holds no access token.")
    refresh = document.get("refresh_token")
    return Grant(
        access_token=token,
        lifetime=float(lifetime),
        base_url=base_url,
        scopes=tuple(str(document.get("scope") or "").split()),
        refresh_token=refresh if isinstance(refresh, str) else None,
        refresh_lifetime=float(document.get("refresh_token_expires_in") or 0.0),
    )


def missing_scopes(scopes: tuple[str, ...], wanted: tuple[str, ...] = NEEDED_SCOPES) -> list[str]:
    """Name the app permissions the token lacks; none if the vendor did not say."""
    if not scopes:
        return []
    return [
        needed
        for needed in wanted
        if needed not in scopes and SCOPES_IMPLIED.get(needed) not in scopes
    ]


def read_account(answer: Answer) -> dict[str, Any]:
    """Return the account's id, name and time zone, and its main number."""
    document = _object(answer.document)
    if "id" not in document:
        raise UnreadableError("The account has no id.")
    regional = document.get("regionalSettings") or {}
    zone = regional.get("timezone") or {}
    return {
        "id": str(document["id"]),
        # The company's name is no documented part of this answer; the main number tells accounts.
        "name": document.get("companyName") or document.get("mainNumber") or str(document["id"]),
        "timezone": zone.get("name"),
        "main_number": document.get("mainNumber"),
    }


def next_page(document: Mapping[str, Any], base_url: str) -> str | None:
    """Return path and query of the next page, below *base_url*; None on the last page.

    The vendor's address is followed only if it leads to the host we already talk to.
    """
    navigation = document.get("navigation")
    page = navigation.get("nextPage") if isinstance(navigation, dict) else None
    uri = page.get("uri") if isinstance(page, dict) else None
    if not isinstance(uri, str) or not uri:
        return None
    base, target = urlsplit(base_url), urlsplit(uri)
    path = target.path
    same = (target.scheme, target.netloc.lower()) in {(base.scheme, base.netloc.lower()), ("", "")}
    if same and path.startswith(base.path.rstrip("/") + "/"):
        path = path[len(base.path.rstrip("/")) :]
    elif not same or not path.startswith("/restapi/"):
        raise OperatorError(
            "RC-400",
            "RingCentral named a next page on another host; our token goes to the configured "
            "one only. Check ringcentral_base_url.",
        )
    return f"{path}?{target.query}" if target.query else path


def format_time(moment: datetime) -> str:
    """Write a moment as RingCentral writes its own."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def _get(operation: str, path: str, group: str, params: Mapping[str, str]) -> Request:
    return Request(
        vendor=RINGCENTRAL_VENDOR,
        operation=operation,
        method="GET",
        url=path,
        params=params,
        costs={RINGCENTRAL: 1.0, group_bucket(group): 1.0},
        priority=Urgency.READ,
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableError("The answer is not an object.")
    return value
