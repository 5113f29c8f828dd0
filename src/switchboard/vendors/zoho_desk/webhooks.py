"""Prove that a delivery is Zoho Desk's and read what it hints at. Pure.

The signature does not cover the body (zoho-desk.md §12): an event tells which record to read
again, and nothing else in it may be believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt

from switchboard.vendors.values import text_of
from switchboard.vendors.zoho_desk.answers import time_of
from switchboard.vendors.zoho_desk.models import DeskEvent

HEADER = "x-zdesk-jwt"
ALGORITHM = "RS256"  # Never the one the token itself asks for.
LEEWAY_SECONDS = 60.0
LONGEST_LIFE_SECONDS = 3_600.0  # A proof that lives longer is not one of a single delivery.
MOST_EVENTS = 1_000
LONGEST_PROOF = 8_192
_CLAIMS = ("iss", "aud", "iat", "exp")


def verify_delivery(
    proof: str, keys: Mapping[str, Any], *, org_id: str, webhook_id: str, now: datetime
) -> str | None:
    """Say why *proof* does not show that Desk sent this, or None when it does.

    *keys* is the portal's key set; `knows_key` tells whether it is too old for this proof.
    """
    if not webhook_id or not org_id:
        return "the id of the webhook or of the organisation is not configured"
    if len(proof) > LONGEST_PROOF:
        return "the token is too long"
    try:
        key = _key(proof, keys)
        if key is None:
            return "no key of the portal belongs to the token"
        claims = jwt.decode(
            proof,
            key,
            algorithms=[ALGORITHM],
            audience=f"webhookId:{webhook_id}",
            issuer=f"orgId:{org_id}",
            # Times are compared below: with the time given, not with this machine's.
            options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        return f"the token is not valid ({type(error).__name__})"
    return _out_of_time(claims, now.timestamp())


def knows_key(proof: str, keys: Mapping[str, Any]) -> bool:
    """Tell whether the key *proof* names is in the set; if not, it may be worth reading anew."""
    try:
        return len(proof) <= LONGEST_PROOF and _key(proof, keys) is not None
    except (jwt.PyJWTError, ValueError, TypeError):
        return False


def read_events(body: bytes) -> list[DeskEvent]:
    """Return the events of a delivery; what cannot be understood is left out."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    items = document if isinstance(document, list) else [document]
    found = [_event(item) for item in items[:MOST_EVENTS] if isinstance(item, dict)]
    events = {event.key: event for event in found if event is not None}
    return list(events.values())


def _key(proof: str, keys: Mapping[str, Any]) -> jwt.PyJWK | None:
    wanted = jwt.get_unverified_header(proof).get("kid")
    listed = keys.get("keys")
    fitting = [
        each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
        and each.get("kty") == "RSA"
        and each.get("use", "sig") == "sig"
        and (wanted is None or each.get("kid") == wanted)
    ]
    # Without a name in the token there must be no choice between keys.
    return jwt.PyJWK(fitting[0], ALGORITHM) if len(fitting) == 1 else None


def _out_of_time(claims: Mapping[str, Any], now: float) -> str | None:
    issued, expires = claims["iat"], claims["exp"]
    for moment in (issued, expires):
        if isinstance(moment, bool) or not isinstance(moment, int | float):
            return "the token's times are no numbers"
    if issued > now + LEEWAY_SECONDS:
        return "the token is from the future"
    if expires <= now - LEEWAY_SECONDS:
        return "the token has run out"
    if expires - issued > LONGEST_LIFE_SECONDS:
        return "the token lives too long"
    return None


def _event(item: Mapping[str, Any]) -> DeskEvent | None:
    kind, payload = text_of(item.get("eventType")), item.get("payload")
    if kind is None or not isinstance(payload, dict):
        return None
    record, time = text_of(payload.get("id")), text_of(item.get("eventTime"))
    if record is None or not (record.isascii() and record.isdigit()):
        return None
    ticket = record if kind.startswith("Ticket_") else None
    if kind.startswith(("Ticket_Comment_", "Ticket_Thread_", "Ticket_Attachment_")):
        ticket = text_of(payload.get("ticketId")) or text_of(payload.get("entityId"))
    return DeskEvent(
        type=kind,
        record_id=record,
        ticket_id=ticket if ticket and ticket.isascii() and ticket.isdigit() else None,
        org_id=text_of(item.get("orgId")),
        at=time_of(item.get("eventTime")),
        key=f"{kind}:{record}:{time or ''}",
    )
