"""Make the certificate of the simulated mail server: self-signed, for this machine, for a day."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "localhost"
ADDRESSES = ("127.0.0.1", "::1")
_DAYS = 30
_USES = ("digital_signature", "key_cert_sign")
_NOT = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "crl_sign", "encipher_only", "decipher_only")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that vouches for itself: clients trust it as their company's authority."""

    pem: str
    key_pem: bytes

    def context(self) -> ssl.SSLContext:
        """Return what a server needs to speak TLS with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:  # OpenSSL reads both from files only.
            chain = Path(folder) / "chain.pem"
            chain.touch(mode=0o600)
            chain.write_bytes(self.pem.encode() + self.key_pem)
            context.load_cert_chain(chain)
        return context


def make_certificate(now: dt.datetime) -> Certificate:
    """Return a new key and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Switchboard simulated mail server")])
    names = [x509.DNSName(NAME), *(x509.IPAddress(ipaddress.ip_address(ip)) for ip in ADDRESSES)]
    uses = dict.fromkeys(_USES, True) | dict.fromkeys(_NOT, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**uses), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
