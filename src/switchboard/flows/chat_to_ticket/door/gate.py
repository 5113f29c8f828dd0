"""Let deliveries in: their size, their signature, their sender, and only then what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from switchboard.errors import RejectedError
from switchboard.vendors.zoho_salesiq.deliveries import read_delivery
from switchboard.vendors.zoho_salesiq.models import Delivery
from switchboard.vendors.zoho_salesiq.reading import header
from switchboard.vendors.zoho_salesiq.refusals import SIGNATURE_REFUSED, TOO_LARGE
from switchboard.vendors.zoho_salesiq.signature import HEADER, signature_ok

_NO_KEYS = (
    "Send an API key in X-Api-Key; for SalesIQ's own deliveries, put the bot's public key into "
    "salesiq_config.json."
)


def admit(
    raw: bytes,
    headers: Mapping[str, str],
    *,
    trusted: bool,
    keys: Sequence[RSAPublicKey],
    most_bytes: int,
    now: datetime,
) -> Delivery:
    """Return the delivery of a sender we know; *trusted*: it came with a valid API key.

    RejectedError SIQ-441 to 444, in the order in which a stranger learns least.
    """
    if len(raw) > most_bytes:
        raise RejectedError(TOO_LARGE, f"The delivery is larger than {most_bytes // 1024} KB.")
    signed = bool(keys) and signature_ok(raw, header(headers, HEADER), keys)
    if raw.strip() and not signed and not trusted:
        raise RejectedError(
            SIGNATURE_REFUSED,
            "The delivery is not signed with the bot's key." if keys else _NO_KEYS,
        )
    delivery = read_delivery(raw, headers, now=now)
    if delivery.kind == "check":
        return delivery
    if delivery.form == "bot" and keys and not signed:
        # Whoever has an API key is still not SalesIQ: it could speak for any visitor.
        raise RejectedError(SIGNATURE_REFUSED, "The delivery is not signed with the bot's key.")
    if delivery.form == "flat" and not trusted:
        raise RejectedError(SIGNATURE_REFUSED, _NO_KEYS)
    return delivery


def from_salesiq(raw: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether a refused delivery looks like SalesIQ's own: then our settings are wrong."""
    return bool(header(headers, HEADER)) or b'"handler"' in raw
