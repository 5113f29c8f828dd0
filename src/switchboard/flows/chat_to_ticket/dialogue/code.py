"""One-time codes: what the state keeps of one, and whether what a visitor typed is it.

Six digits are guessed from any digest by trying all of them, so the digest is slow and salted, the
code lives for minutes and only a few tries are taken.
"""

from __future__ import annotations

import hashlib
import hmac
import re

ROUNDS = 20_000  # About 5 ms: nothing for one try, hours for a stolen table of digests.
DIGITS = 6

_TYPED = re.compile(r"(?<!\d)(\d[\s.-]?){6}(?!\d)")


def digest_code(code: str, salt: str) -> str:
    """Return what may be kept of *code*; the shell puts it into the event `code_sent`."""
    raw = hashlib.pbkdf2_hmac("sha256", code.encode(), salt.encode(), ROUNDS)
    return raw.hex()


def typed_code(text: str) -> str | None:
    """Return the six digits in *text*, typed with blanks or hyphens or not."""
    found = _TYPED.search(text[:200])
    return re.sub(r"\D", "", found[0]) if found else None


def matches(code: str, *, salt: str, digest: str) -> bool:
    """Compare in constant time; an empty digest (nothing was sent) fits no code."""
    computed = digest_code(code, salt)
    return bool(digest) and hmac.compare_digest(computed.encode(), digest.encode())
