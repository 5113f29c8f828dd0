"""The portal's signing keys: two at most, and the oldest signs.

Real RSA keys, made when first needed: they are the one thing here that no seed repeats.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BITS, EXPONENT = 2048, 65537
MOST_KEYS = 2


@dataclass(slots=True)
class SigningKey:
    id: str
    private: rsa.RSAPrivateKey

    def public_pem(self) -> str:
        return (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )


class KeyRing:
    def __init__(self) -> None:
        self._keys: list[SigningKey] = []
        self._made = 0

    def all(self) -> list[SigningKey]:
        if not self._keys:
            self.add()
        return list(self._keys)

    def add(self) -> SigningKey | None:
        """Make another key, or None when there are two already."""
        if len(self._keys) >= MOST_KEYS:
            return None
        self._made += 1
        private = rsa.generate_private_key(public_exponent=EXPONENT, key_size=BITS)
        self._keys.append(SigningKey(f"key-{self._made}", private))
        return self._keys[-1]

    def remove(self, key_id: str) -> bool:
        kept = [key for key in self._keys if key.id != key_id]
        found, self._keys = len(kept) < len(self._keys), kept
        return found

    def sign(self, raw: bytes) -> str:
        oldest = self.all()[0].private
        return base64.b64encode(oldest.sign(raw, padding.PKCS1v15(), hashes.SHA256())).decode()
