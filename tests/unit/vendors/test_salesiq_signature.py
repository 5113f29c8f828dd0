"""Only what the customer's own SalesIQ signed is believed."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.vendors.salesiq_makers import a_key, pem, signed

from switchboard.errors import OperatorError
from switchboard.vendors.zoho_salesiq.signature import load_keys, signature_ok

RAW = '{"handler": "message", "message": {"text": "Grüße"}}'.encode()


def bare(name: str = "first") -> str:
    return "".join(line for line in pem(name).splitlines() if "-----" not in line)


@pytest.mark.parametrize(
    "written",
    [
        pem(),
        pem().replace("\n", "\\n"),
        pem().replace("\n", "\r\n"),
        bare(),
        f"  {bare()[:60]}\n{bare()[60:]}  ",
    ],
    ids=["pem", "written breaks", "windows", "bare", "bare in lines"],
)
def test_a_key_is_read_however_it_was_pasted(written: str) -> None:
    """Environment files flatten a PEM; SalesIQ itself shows bare Base64."""
    assert signature_ok(RAW, signed(RAW), load_keys([written]))


def test_a_changed_body_is_not_believed() -> None:
    assert not signature_ok(RAW + b" ", signed(RAW), load_keys([pem()]))


def test_during_a_rotation_either_key_will_do() -> None:
    """The new key is installed here before SalesIQ signs with it."""
    keys = load_keys([pem("second"), pem("first")])
    assert signature_ok(RAW, signed(RAW, "first"), keys)
    assert signature_ok(RAW, signed(RAW, "second"), keys)
    assert not signature_ok(RAW, signed(RAW, "third"), keys)


@pytest.mark.parametrize("header", [None, "", " ", "abc", "=", "é", "A" * 10_000, "AAAA\x00"])
def test_a_missing_or_broken_header_is_not_believed(header: str | None) -> None:
    assert not signature_ok(RAW, header, load_keys([pem()]))


def test_without_keys_nothing_is_believed() -> None:
    assert not signature_ok(RAW, signed(RAW), ())


@given(st.text(max_size=80) | st.binary(max_size=300).map(lambda b: base64.b64encode(b).decode()))
@settings(max_examples=60, deadline=None)
def test_no_header_is_believed_by_chance(header: str) -> None:
    assert not signature_ok(RAW, header, load_keys([pem()]))


def private() -> str:
    return (
        a_key()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "neither PEM nor Base64"),
        ("not a key!", "neither PEM nor Base64"),
        (bare()[:80], "cut short"),
        (pem()[:120], "cut short"),
        (private(), "private key"),
        (elliptic(), "not an RSA key"),
    ],
    ids=["blank", "words", "bare cut", "pem cut", "private", "elliptic"],
)
def test_a_bad_key_stops_the_start_with_its_reason(written: str, reason: str) -> None:
    """Found out later, it would switch the customer's bot off after four deliveries."""
    with pytest.raises(OperatorError, match=reason) as caught:
        load_keys([pem(), written])
    assert caught.value.code == "SIQ-445"
    assert "Public key 2" in caught.value.message
    assert not written.strip() or written[:30] not in caught.value.message
