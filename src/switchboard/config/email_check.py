"""Check the mail settings: nothing leaves this machine unprotected, and the company's CA is one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

from switchboard.config.documents import EmailConfig
from switchboard.config.findings import Finding, finding
from switchboard.config.reading import Place, Raw, key_text
from switchboard.vendors.settings import is_loopback


def check_email(document: EmailConfig | None, raw: Raw, root: Path) -> Iterator[Finding]:
    """Compare the keys of `email_config.json` with each other and with the files they name."""
    if document is None:
        return
    if not document.use_tls and not is_loopback(document.smtp_server):
        message = (
            f"is false, so that reports and the password would travel unprotected to "
            f"{document.smtp_server}"
        )
        yield _found("CFG-037", raw, ("use_tls",), message)
    if document.tls_ca_file is not None:
        fault = _ca_fault(root / document.tls_ca_file)
        if fault:
            hint = "Name a file in PEM form, below the configuration directory or with its path."
            yield _found("CFG-007", raw, ("tls_ca_file",), fault, hint)
    first: dict[str, int] = {}
    for index, each in enumerate(document.recipients):
        other = first.setdefault(each.email.casefold(), index)
        if other != index:
            message = f"is also that of recipients[{other}], who gets every mail once"
            yield finding(
                "CFG-008",
                raw.file,
                message,
                key=key_text(("recipients", index, "email")),
                line=raw.line(("recipients", index, "email")),
                severity="warning",
            )


def resolved(document: EmailConfig | None, root: Path) -> EmailConfig | None:
    """Return the document with the path of its CA file made absolute."""
    if document is None or document.tls_ca_file is None:
        return document
    return document.model_copy(update={"tls_ca_file": str(root / document.tls_ca_file)})


def _ca_fault(path: Path) -> str | None:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "is not a file of certificates in PEM form"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None


def _found(code: str, raw: Raw, place: Place, message: str, hint: str = "") -> Finding:
    return finding(code, raw.file, message, key=key_text(place), hint=hint, line=raw.line(place))
