"""Check that a delivery comes from the customer's own SalesIQ: `x-siqsignature`.

RSA, PKCS#1 v1.5, SHA-256 over the raw body (zoho-salesiq.md §3). It proves who sent it and not
when: a delivery that was listened in on can be repeated, and is caught by its dedupe key.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from switchboard.errors import OperatorError
from switchboard.vendors.zoho_salesiq.refusals import KEY_UNREADABLE

HEADER = "x-siqsignature"
LEAST_BITS = 1024
LONGEST_HEADER = 4096
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def load_keys(texts: Iterable[str]) -> tuple[RSAPublicKey, ...]:
    """Read public keys: PEM with real or written line breaks, or bare Base64.

    Raises OperatorError SIQ-445, which says by position which key is meant and never quotes it. A
    wrong key makes us refuse every delivery, and the fourth refusal switches the bot off: so this
    is for the start, not for the first delivery.
    """
    return tuple(_load(text, number) for number, text in enumerate(texts, 1))


def signature_ok(raw: bytes, header: str | None, keys: Sequence[RSAPublicKey]) -> bool:
    """Tell whether one of *keys* signed *raw*; during a rotation there are two."""
    text = (header or "").strip()
    if len(text) > LONGEST_HEADER or not _BASE64.fullmatch(text):
        return False
    try:
        signature = base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return any(_signed(key, signature, raw) for key in keys)


def _signed(key: RSAPublicKey, signature: bytes, raw: bytes) -> bool:
    try:
        key.verify(signature, raw, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _load(text: str, number: int) -> RSAPublicKey:
    plain = text.strip().replace("\\r", "").replace("\\n", "\n").replace("\r", "").strip()
    if "PRIVATE KEY" in plain:
        raise _unreadable(number, "it is a private key; SalesIQ shows a public one")
    try:
        if "-----BEGIN" in plain:
            key = serialization.load_pem_public_key(plain.encode())
        else:
            compact = "".join(plain.split())
            if not _BASE64.fullmatch(compact):
                raise _unreadable(number, "it is neither PEM nor Base64")
            key = serialization.load_der_public_key(base64.b64decode(compact, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:  # binascii.Error is a ValueError.
        raise _unreadable(number, "it is cut short or of another kind") from error
    if not isinstance(key, RSAPublicKey):
        raise _unreadable(number, "it is not an RSA key")
    if key.key_size < LEAST_BITS:
        raise _unreadable(number, f"it has fewer than {LEAST_BITS} bits")
    return key


def _unreadable(number: int, reason: str) -> OperatorError:
    return OperatorError(
        KEY_UNREADABLE,
        f"Public key {number} of the SalesIQ webhook cannot be used: {reason}. Copy it again from "
        "the bot's settings, Secure your webhook.",
    )
