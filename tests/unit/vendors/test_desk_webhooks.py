"""A delivery is believed to be Zoho Desk's only if everything about its proof is right."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from switchboard.vendors.zoho_desk import webhooks

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
CLAIMS = {"iss": "orgId:700", "aud": "webhookId:9", "iat": SECONDS, "exp": SECONDS + 300}


@cache
def a_key(name: str = "one") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def keys(name: str = "one") -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(a_key(name).public_key(), as_dict=True)
    return {"keys": [{**public, "kid": name, "use": "sig", "alg": "RS256"}]}


def a_proof(*, key: str = "one", kid: str | None = "one", **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    headers = {"kid": kid} if kid else None
    return jwt.encode(claims, a_key(key), algorithm="RS256", headers=headers)


def why(proof: str, given_keys: dict[str, Any] | None = None, **changes: Any) -> str | None:
    values: dict[str, Any] = {"org_id": "700", "webhook_id": "9", "now": NOW} | changes
    return webhooks.verify_delivery(proof, given_keys or keys(), **values)


def test_desks_own_delivery_is_accepted() -> None:
    assert why(a_proof()) is None
    assert why(a_proof(kid=None)) is None  # One key, so there is no choice.


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "orgId:701"},
        {"iss": None},
        {"aud": "webhookId:10"},
        {"aud": None},
        {"iat": None},
        {"exp": None},
        {"exp": SECONDS - 61},
        {"iat": SECONDS + 61},
        {"exp": SECONDS + 86_400},
        {"exp": str(SECONDS + 300)},
        {"iat": True},
        {"key": "two"},
        {"kid": "unknown"},
    ],
    ids=str,
)
def test_a_proof_with_anything_wrong_is_refused(changes: dict[str, Any]) -> None:
    """Another portal's, another webhook's, too old, from the future, or another key's."""
    assert why(a_proof(**changes))


def test_other_algorithms_are_refused() -> None:
    """A token must not choose how it is checked: neither "none" nor a shared secret."""
    bare = jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": "one"})
    shared = jwt.encode(CLAIMS, "s" * 64, algorithm="HS256", headers={"kid": "one"})
    assert why(bare)
    assert why(shared)


def test_a_small_difference_of_clocks_is_forgiven() -> None:
    assert why(a_proof(iat=SECONDS + 30)) is None
    assert why(a_proof(iat=SECONDS - 300, exp=SECONDS - 30)) is None


@pytest.mark.parametrize("missing", [{"webhook_id": ""}, {"org_id": ""}])
def test_without_the_webhooks_id_nothing_is_believed(missing: dict[str, Any]) -> None:
    """An unset value must not match an unset claim."""
    assert why(a_proof(aud="webhookId:", iss="orgId:"), **missing)


@pytest.mark.parametrize("broken", [{}, {"keys": None}, {"keys": [7]}, {"keys": [{"kty": "RSA"}]}])
def test_broken_keys_prove_nothing(broken: dict[str, Any]) -> None:
    assert webhooks.verify_delivery(a_proof(), broken, org_id="700", webhook_id="9", now=NOW)


def test_a_new_key_is_noticed() -> None:
    """Only then are the portal's keys worth reading again."""
    assert webhooks.knows_key(a_proof(), keys())
    assert not webhooks.knows_key(a_proof(kid="two", key="two"), keys())
    assert not webhooks.knows_key("no token", keys())


@given(st.text(max_size=200))
def test_rubbish_is_refused_calmly(proof: str) -> None:
    assert why(proof)


EVENT = {
    "eventType": "Ticket_Update",
    "payload": {"id": "4007", "status": "Closed"},
    "eventTime": "1763640000000",
    "orgId": "700",
}


def test_events_say_which_ticket_to_read_again() -> None:
    comment = {
        "eventType": "Ticket_Comment_Add",
        "payload": {"id": "5001", "ticketId": "4007"},
        "eventTime": "1763640000001",
    }
    update, added = webhooks.read_events(json.dumps([EVENT, comment, EVENT]).encode())
    assert (update.type, update.record_id, update.ticket_id) == ("Ticket_Update", "4007", "4007")
    assert update.at == datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
    assert (added.record_id, added.ticket_id) == ("5001", "4007")
    assert update.key == "Ticket_Update:4007:1763640000000"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"7", b"[[]]", b'[{"eventType": "Ticket_Add"}]', b"\xff\xfe",
     b'[{"eventType": "Ticket_Add", "payload": {"id": "../../etc"}}]', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_event_is_left_out(body: bytes) -> None:
    """A body proves nothing, so nothing in it may break us either."""
    assert webhooks.read_events(body) == []


@given(st.binary(max_size=300))
def test_any_body_is_read_calmly(body: bytes) -> None:
    assert isinstance(webhooks.read_events(body), list)
