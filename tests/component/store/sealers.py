"""Make sealers for store tests: real keys, as the vault would hand them out."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.fernet import Fernet, MultiFernet

from switchboard.store.sealing import Sealer


@dataclass(slots=True)
class Ring:
    """The keys of a vault, newest first."""

    lines: tuple[str, ...]

    def encrypt(self, data: bytes) -> bytes:
        return MultiFernet([Fernet(line) for line in self.lines]).encrypt(data)

    def decrypt(self, data: bytes) -> bytes:
        return MultiFernet([Fernet(line) for line in self.lines]).decrypt(data)


def a_key() -> str:
    return Fernet.generate_key().decode()


def a_sealer(*keys: str) -> Sealer:
    ring = Ring(keys or (a_key(),))
    return Sealer(ring, ring)
