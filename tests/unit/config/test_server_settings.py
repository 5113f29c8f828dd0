"""The service is reached beyond this machine under HTTPS only, with files that exist and fit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.config_files import a_company

from switchboard.config.findings import Finding
from switchboard.config.load import inspect


def certificate_and_key(ends: dt.datetime | None = None) -> tuple[str, str]:
    """Make a certificate of its own authority, valid until *ends*."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example.com")])
    ends = ends or dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends - dt.timedelta(days=365))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), pem.decode()


def _found(root: Path, **server: Any) -> list[Finding]:
    a_company(root, settings={"server": server})
    return [each for each in inspect(root)[1] if each.code != "CFG-025"]


def _codes(root: Path, **server: Any) -> list[tuple[str, str, str]]:
    return [(each.code, each.key, each.severity) for each in _found(root, **server)]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_needs_no_certificate(tmp_path: Path, host: str) -> None:
    assert _codes(tmp_path, host=host) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "chat.example.com"])
def test_beyond_this_machine_needs_https(tmp_path: Path, host: str) -> None:
    """Chats, codes and API keys never cross a network in the clear."""
    public = "https://chat.example.com"
    assert _codes(tmp_path, host=host, public_url=public) == [("CFG-044", "server.host", "error")]
    assert _codes(tmp_path, host=host, public_url=public, behind_proxy=True) == []
    assert _codes(tmp_path, host=host, public_url=public, enabled=False) == []


def test_a_certificate_serves_as_well(tmp_path: Path) -> None:
    certificate, key = certificate_and_key()
    (tmp_path / "c.pem").write_text(certificate)
    (tmp_path / "k.pem").write_text(key)
    given = {"host": "0.0.0.0", "public_url": "https://chat.example.com"}
    assert _codes(tmp_path, **given, tls_certificate="c.pem", tls_key="k.pem") == []
    (tmp_path / "both.pem").write_text(certificate + key)
    assert _codes(tmp_path, **given, tls_certificate=str(tmp_path / "both.pem")) == []


def test_files_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """A service that cannot speak HTTPS must say so before it starts."""
    certificate, _ = certificate_and_key()
    _, other = certificate_and_key()
    (tmp_path / "c.pem").write_text(certificate)
    (tmp_path / "k.pem").write_text(other)
    wrong = ("CFG-045", "server.tls_certificate", "error")
    assert _codes(tmp_path, tls_certificate="c.pem", tls_key="k.pem") == [wrong]
    assert _codes(tmp_path, tls_certificate="c.pem") == [wrong]
    assert _codes(tmp_path, tls_certificate="none.pem", tls_key="k.pem") == [wrong]
    missing_key = ("CFG-045", "server.tls_key", "error")
    assert _codes(tmp_path, tls_certificate="c.pem", tls_key="none.pem") == [missing_key]
    assert _codes(tmp_path, tls_key="k.pem") == [missing_key]


@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example.com",
        "chat.example.com",
        "https://",
        "https://a.example/?x=1",
        "https://[",
    ],
)
def test_links_in_mails_lead_to_https(tmp_path: Path, url: str) -> None:
    assert _codes(tmp_path, public_url=url) == [("CFG-047", "server.public_url", "error")]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://chat.example.com/desk"])
def test_good_addresses_pass(tmp_path: Path, url: str) -> None:
    assert _codes(tmp_path, public_url=url) == []


def test_links_that_would_lead_nowhere_are_told(tmp_path: Path) -> None:
    found = [("CFG-047", "server.public_url", "warning")]
    assert _codes(tmp_path, behind_proxy=True) == found


def test_the_variable_is_named_where_it_is_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_SERVER__PUBLIC_URL", "http://chat.example.com")
    [found] = _found(tmp_path)
    assert (found.file, found.key) == ("environment", "SWITCHBOARD_SERVER__PUBLIC_URL")
    (tmp_path / ".env").write_text("SWITCHBOARD_SERVER__HOST=0.0.0.0\n")
    (tmp_path / ".env").chmod(0o600)
    keys = {each.key for each in _found(tmp_path) if each.code == "CFG-044"}
    assert keys == {"SWITCHBOARD_SERVER__HOST"}
