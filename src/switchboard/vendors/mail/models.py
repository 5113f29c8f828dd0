"""What a mail server and we say to each other, in typed values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# Where in the dialogue something happened. Up to `data` nothing was handed over; `content` is the
# answer to the message itself.
Stage = Literal["connect", "tls", "sign-in", "sender", "recipient", "data", "content"]

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: three digits and its words."""

    code: int
    text: str = ""

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463) where the server gave one."""
        found = _ENHANCED.match(self.text)
        return found.group() if found else ""

    def __str__(self) -> str:
        words = " ".join("".join(c if c.isprintable() else " " for c in self.text).split())
        return f"{self.code} {words[:200]}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long we wait, in seconds; RFC 5321 §4.5.3.2 allows servers more than people would."""

    connect: float = 20.0
    command: float = 60.0
    stalled: float = 60.0  # The message is on its way and not a byte moves.
    accepted: float = 120.0  # From the end of the message to the server's answer.


def ascii_domain(email: str) -> str:
    """Return *email* with a domain every mail server understands (`xn--...` for other scripts)."""
    local, _, domain = email.strip().rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def needs_utf8(email: str) -> bool:
    """Tell whether only a server with SMTPUTF8 can carry it: the part before the @ is not ASCII."""
    return not ascii_domain(email).isascii()
