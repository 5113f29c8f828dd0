"""Make and read the tokens of approval links. Pure: keys and chance are handed in.

The signature keeps guesses and tampered links away from the database; that a link works once and
not for ever is the table's business (approvals.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadSignature, URLSafeSerializer

_SALT = "switchboard approval link"


def make(keys: Sequence[bytes], token_id: str) -> str:
    """Return a token for a link; *keys* newest first, *token_id* at least 128 random bits."""
    return str(_serializer(keys).dumps(token_id))


def read(keys: Sequence[bytes], token: str) -> str | None:
    """Return the hash under which the approval is stored; None for what is none of our tokens."""
    try:
        token_id = _serializer(keys).loads(token)
    except (BadSignature, UnicodeEncodeError):  # Half a surrogate pair has no bytes.
        return None
    return digest(token_id) if isinstance(token_id, str) else None


def digest(token_id: str) -> str:
    """Return what the store keeps in place of a token."""
    return hashlib.sha256(token_id.encode()).hexdigest()


def _serializer(keys: Sequence[bytes]) -> URLSafeSerializer:
    # itsdangerous wants the oldest first and signs with the last.
    return URLSafeSerializer(
        list(reversed(keys)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )
