"""Hash, check and judge passwords."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
RULE = f"At least {SHORTEST} characters. A few unrelated words are easy to remember."
_AT_ONCE = 2  # Each takes 64 MB for a moment: more at once would be an attack on the memory.
_FEW_SIGNS = 4
# What people choose first when twelve characters are demanded; compared without case and ends.
_COMMONEST = frozenset((Path(__file__).parent / "common_passwords.txt").read_text("utf-8").split())
_COUNTING = "0123456789012345678901234567890123456789"


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right, and its hash anew where the parameters have changed."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Argon2, off the event loop and a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, normal(password))

    async def check(self, held: str | None, password: str) -> Checked:
        """Compare; where there is no hash a wrong one takes as long to fail."""
        async with self._turn:
            return await asyncio.to_thread(self._check, held, normal(password)[: LONGEST + 1])

    def _check(self, held: str | None, password: str) -> Checked:
        nobodys = self._nobodys  # Made on either path, or the first one would tell them apart.
        try:
            self._hasher.verify(held or nobodys, password)
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if held is None:
            return Checked(right=False)
        anew = self._hasher.hash(password) if self._hasher.check_needs_rehash(held) else None
        return Checked(right=True, rehashed=anew)


def normal(password: str) -> str:
    """Return what is hashed: the same password from every keyboard. Pure."""
    return unicodedata.normalize("NFKC", password)


def why_not(password: str, name: str) -> str:
    """Say why a password cannot be taken; nothing when it can. Pure."""
    text = normal(password)
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters; this has {len(text)}."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    plain = text.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if plain in _COMMONEST or core in _COMMONEST or len(set(plain)) <= _FEW_SIGNS:
        return "This is one of the first passwords anybody would try. Choose another one."
    if plain in _COUNTING or plain in _COUNTING[::-1] or not core:
        return "Digits alone are guessed quickly. Use a few unrelated words."
    if core == name.casefold():
        return "This is your name. Choose something only you know."
    return ""
