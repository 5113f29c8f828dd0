"""Hide personal content in the store: sealed where it is read, hashed where it is looked up.

Every key of the vault can unseal, the first one seals. Look-up hashes are HMACs under keys derived
from the same keys (HKDF), so that a database without its vault tells nobody who wrote, and a
rotation loses nobody: a look-up asks for the hashes under all keys, `reseal` moves rows to the
first. Why: docs/adr/0034-sealed-conversations.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from switchboard.errors import OperatorError

_KEY_BYTES = 32
_LOOK_UPS = "look-up hashes v1"


class Cipher(Protocol):
    """What the vault offers; InvalidToken when none of its keys fits."""

    def encrypt(self, data: bytes) -> bytes: ...

    def decrypt(self, data: bytes) -> bytes: ...


class KeyRing(Protocol):
    """The vault's keys, newest first; they may change while the process runs."""

    @property
    def lines(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals, unseals and hashes for the store."""

    cipher: Cipher
    ring: KeyRing

    def seal(self, place: str, value: Any) -> str:
        """Encrypt a JSON value for one *place*; moved to another row it does not open."""
        plain = json.dumps([place, value], ensure_ascii=False, separators=(",", ":"))
        return self.cipher.encrypt(plain.encode()).decode("ascii")

    def unseal(self, place: str, sealed: str) -> Any:
        """Return the value again; OperatorError where the key is missing or the text was moved."""
        try:
            found, value = json.loads(self.cipher.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise OperatorError(
                "DATA-001", f"{_table(place)} cannot be decrypted with the keys of the vault."
            ) from error
        if found != place:
            raise OperatorError(
                "DATA-001", f"{_table(place)} holds what was sealed for another row.", detail=place
            )
        return value

    def hash(self, kind: str, value: str) -> str:
        """Return what stands in the index for a value, under the newest key."""
        return _hash(self.ring.lines[0], kind, value)

    def hashes(self, kind: str, value: str) -> list[str]:
        """Return what may stand in the index: the hash under each key of the vault."""
        return [_hash(line, kind, value) for line in self.ring.lines]

    def keys_for(self, purpose: str) -> list[bytes]:
        """Return keys of their own for another purpose, such as signing links; newest first."""
        return [_derived(line, purpose) for line in self.ring.lines]


@lru_cache(maxsize=64)
def _derived(line: str, purpose: str) -> bytes:
    material = base64.urlsafe_b64decode(line.encode("ascii"))
    info = f"switchboard {purpose}".encode()
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=info).derive(material)


def _hash(line: str, kind: str, value: str) -> str:
    text = f"{kind}\0{value}".encode()
    return hmac.new(_derived(line, _LOOK_UPS), text, hashlib.sha256).hexdigest()


def _table(place: str) -> str:
    return f"The store's table {place.partition(' ')[0]}"
