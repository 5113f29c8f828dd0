"""Deliveries as SalesIQ posts them, and keys it might sign them with."""

from __future__ import annotations

import base64
import functools
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from switchboard.vendors.zoho_salesiq.deliveries import read_delivery
from switchboard.vendors.zoho_salesiq.models import Delivery

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FLAT = {
    "chat_id": "test_123",
    "visitor_id": "visitor_456",
    "visitor_email": "test@company.com",
    "visitor_name": "Test User",
    "message": "I forgot my password",
}


def a_delivery(handler: str = "message", **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "handler": handler,
        "org_id": "60001",
        "request": {"id": "req-1"},
        "visitor": {
            "id": "v-1",
            "active_conversation_id": "LD_1",
            "name": "Ada Example",
            "email": "ada@example.com",
            "channel": "Website",
        },
    }
    if handler == "message":
        document |= {"operation": "chat", "message": {"text": "Hello"}, "attachments": []}
    return document | changes


def read(document: Any, **headers: str) -> Delivery:
    return read_delivery(json.dumps(document).encode(), headers, now=NOW)


@functools.cache
def a_key(name: str = "first") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(name: str = "first") -> str:
    return (
        a_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def signed(raw: bytes, name: str = "first") -> str:
    return base64.b64encode(a_key(name).sign(raw, padding.PKCS1v15(), hashes.SHA256())).decode()
