"""Check what `switchboard serve` needs to answer: its address, certificate and API keys."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from cryptography import x509

from switchboard.config.load import Configuration
from switchboard.config.server_check import certificate_files
from switchboard.config.settings import ServerSettings
from switchboard.doctor.results import Check, error, info, ok, warning
from switchboard.store.api_keys import ApiKey
from switchboard.vendors.settings import is_loopback

GROUP = "Service"
SOON_DAYS = 14
PROBE_SECONDS = 2.0
ALIVE = {"status": "alive"}

Port = Literal["free", "ours", "taken", "impossible"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What matters of a certificate."""

    begins: datetime
    ends: datetime
    names: tuple[str, ...]


def examine(configuration: Configuration, keys: Sequence[ApiKey], at: float) -> Iterator[Check]:
    server = configuration.settings.server
    if not server.enabled:
        message = "Nobody is answered over HTTP, so no chat arrives: server.enabled is false."
        yield info(GROUP, "Address", message)
        return
    files = certificate_files(server, configuration.root)
    yield judge_port(server, probe(server, https=files is not None))
    if files is not None:
        found = read_certificate(files[0])
        host = urlsplit(server.public_url).hostname or ""
        yield judge_certificate(found, host, datetime.fromtimestamp(at, UTC))
    check = judge_public_address(server)
    if check is not None:
        yield check
    signed = configuration.salesiq is not None and bool(configuration.salesiq.public_keys)
    yield judge_keys(sum(each.state(at) == "active" for each in keys), signed=signed)


def probe(server: ServerSettings, *, https: bool) -> tuple[Port, str]:
    """Try to listen for a moment; where somebody does already, ask whether it is us."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            server.host, server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        socket.create_server(address[:2], family=family).close()
    except (OSError, UnicodeError) as problem:
        if getattr(problem, "errno", None) == errno.EADDRINUSE:
            return ("ours", "") if _answers(server, https=https) else ("taken", "")
        return "impossible", getattr(problem, "strerror", None) or "it is no address"
    return "free", ""


def judge_port(server: ServerSettings, found: tuple[Port, str]) -> Check:
    state, reason = found
    if server.port == 0:
        return ok(GROUP, "Address", f"`switchboard serve` takes a free port of {server.host}.")
    where = f"{server.host}:{server.port}"
    match state:
        case "ours":
            return ok(GROUP, "Address", f"The service is running at {where}.")
        case "free":
            return ok(GROUP, "Address", f"{where} is free; `switchboard serve` listens there.")
        case "taken":
            message = f"Another program listens at {where}."
            return error(GROUP, "Address", "API-001", message)
        case _:
            message = f"{where} cannot be listened at: {reason}."
            return error(GROUP, "Address", "API-001", message)


def read_certificate(path: Path) -> Certificate:
    found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    return Certificate(
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        (
            *names.get_values_for_type(x509.DNSName),
            *(str(each) for each in names.get_values_for_type(x509.IPAddress)),
        ),
    )


def judge_certificate(found: Certificate, host: str, at: datetime) -> Check:
    """*host*: the name the world uses; blank where none is set."""
    until = f"{found.ends:%Y-%m-%d}"
    if at >= found.ends:
        return error(
            GROUP, "Certificate", "DOC-015", f"It was valid until {until}: nobody trusts it."
        )
    if at < found.begins:
        message = f"It is not valid before {found.begins:%Y-%m-%d}."
        return error(GROUP, "Certificate", "DOC-015", message)
    if host and not any(_is_for(each.casefold(), host.casefold()) for each in found.names):
        message = f"It is not for {host}, the name of server.public_url: nobody trusts it."
        return error(GROUP, "Certificate", "DOC-015", message)
    if found.ends - at < timedelta(days=SOON_DAYS):
        return warning(GROUP, "Certificate", "DOC-015", f"It is valid until {until} only.")
    return ok(GROUP, "Certificate", f"It is valid until {until}.")


def judge_public_address(server: ServerSettings) -> Check | None:
    """Say where links in mails lead; what `config check` finds wrong has its line there."""
    if server.public_url:
        return ok(GROUP, "Public address", f"The world reaches it at {server.public_url}.")
    if server.behind_proxy or not is_loopback(server.host):
        return None
    message = "Links in mails lead to this machine itself, and nobody else can open them."
    advice = "Set server.public_url to the address the world uses; docs/salesiq-bot.md says how."
    return info(GROUP, "Public address", message, advice)


def judge_keys(active: int, *, signed: bool) -> Check:
    if active:
        noun = "key is" if active == 1 else "keys are"
        return ok(GROUP, "API keys", f"{active} {noun} in force.")
    advice = "`switchboard keys create NAME --scope SCOPE` makes one."
    if signed:
        message = "There is none: SalesIQ's signed deliveries alone are answered."
        return info(GROUP, "API keys", message, advice)
    message = "There is none, and no public key of a bot either: nobody can talk to the service."
    return warning(GROUP, "API keys", "DOC-016", message, advice)


def _is_for(name: str, host: str) -> bool:
    """Compare as browsers do: a star stands for one label."""
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _answers(server: ServerSettings, *, https: bool) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    url = f"http{'s' if https else ''}://{host}:{server.port}/healthz"
    try:
        # Whose certificate it is has a line of its own; nothing but a word is asked for.
        answer = httpx.get(url, timeout=PROBE_SECONDS, verify=False, trust_env=False)  # noqa: S501
        return bool(answer.json() == ALIVE)
    except (httpx.HTTPError, ValueError):
        return False
