"""Check where the service listens: nothing personal travels beyond this machine without HTTPS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from switchboard.config.findings import Finding, Severity, finding
from switchboard.config.reading import Place, Raw, key_text
from switchboard.config.settings import ENV_PREFIX, ServerSettings, Settings
from switchboard.vendors.settings import is_loopback

_EVERYWHERE = {"0.0.0.0", "::", "*"}  # noqa: S104 - recognised, not bound.


def check_server(
    settings: Settings, raw: Raw, root: Path, environ: Mapping[str, str]
) -> Iterator[Finding]:
    """Compare the settings of the service with each other and with the files they name."""
    server = settings.server
    if not server.enabled:
        return
    found = _Places(raw, environ)
    beyond = not is_loopback(server.host)
    if beyond and not (server.tls_certificate or server.behind_proxy):
        message = f"is {server.host}, which others reach, and neither certificate nor proxy is set"
        yield found.at("CFG-044", "host", message)
    yield from _certificate(server, root, found)
    yield from _public_url(server, found, beyond=beyond)


def certificate_files(server: ServerSettings, root: Path) -> tuple[Path, Path] | None:
    """Return certificate and key of the service; None where it speaks no HTTPS itself."""
    if not server.tls_certificate:
        return None
    # One PEM file may hold both.
    return root / server.tls_certificate, root / (server.tls_key or server.tls_certificate)


class _Places:
    """Makes findings that say whether the document or a variable has to be changed."""

    def __init__(self, raw: Raw, environ: Mapping[str, str]) -> None:
        self._raw, self._environ = raw, {name.upper() for name in environ}

    def at(
        self, code: str, key: str, message: str, hint: str = "", severity: Severity | None = None
    ) -> Finding:
        place: Place = ("server", key)
        variable = f"{ENV_PREFIX}SERVER__{key}".upper()
        if variable in self._environ:
            return finding(code, "environment", message, key=variable, hint=hint, severity=severity)
        return finding(
            code,
            self._raw.file,
            message,
            key=key_text(place),
            hint=hint,
            severity=severity,
            line=self._raw.line(place),
        )


def _certificate(server: ServerSettings, root: Path, found: _Places) -> Iterator[Finding]:
    files = certificate_files(server, root)
    if files is None:
        if server.tls_key:
            yield found.at("CFG-045", "tls_key", "is given without tls_certificate")
        return
    certificate, key = files
    for name, path in (("tls_certificate", certificate), ("tls_key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            yield found.at("CFG-045", name, f"cannot be read: {error.strerror}")
            return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (ssl.SSLError, ValueError):
        message = "is no certificate in PEM form, or its key is not the one of tls_key"
        yield found.at("CFG-045", "tls_certificate", message)


def _public_url(server: ServerSettings, found: _Places, *, beyond: bool) -> Iterator[Finding]:
    if not server.public_url:
        if server.behind_proxy or beyond:
            hint = "Write the address the world uses, such as https://chat.example.com."
            message = "is empty: links in mails would lead to this machine's own address"
            yield found.at("CFG-047", "public_url", message, hint=hint, severity="warning")
        return
    try:
        parts = urlsplit(server.public_url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or host in _EVERYWHERE or parts.query or parts.fragment or parts.username:
        yield found.at("CFG-047", "public_url", "is no address such as https://chat.example.com")
    elif parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        message = "must begin with https:// (http:// is accepted for this machine itself only)"
        yield found.at("CFG-047", "public_url", message)
