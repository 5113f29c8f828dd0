"""Let only our own forms change something: a token in each, and what the browser says of itself."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request

from switchboard.console.problems import NeedSignInError, refused
from switchboard.console.visit import Anybody

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OURS = {"same-origin", "none"}
_ELSEWHERE = "This came from another site, so nothing was changed."
_OLD_FORM = "The page had been open for too long. Nothing was changed; please do it again."


async def guard(request: Request, visit: Anybody) -> None:
    """Refuse what another site made the browser send; a dependency of every route."""
    if request.method in _SAFE:
        return
    if not _of_this_site(request):
        raise refused(_ELSEWHERE)
    sent = request.headers.get("x-csrf-token") or (await request.form()).get("csrf", "")
    if fits(str(sent), visit.form_secret):
        return
    if visit.session is None:
        raise NeedSignInError(notice=_OLD_FORM)
    raise refused(_OLD_FORM)


def token(secret: str) -> str:
    """Return a form's token, another one each time: compressed pages then tell nothing of it."""
    raw = bytes.fromhex(secret)
    pad = secrets.token_bytes(len(raw))
    return (pad + _xor(pad, raw)).hex()


def fits(sent: str, secret: str) -> bool:
    try:
        both, raw = bytes.fromhex(sent), bytes.fromhex(secret)
    except ValueError:
        return False
    half = len(both) // 2
    if not raw or len(both) != 2 * len(raw):
        return False
    return hmac.compare_digest(_xor(both[:half], both[half:]), raw)


def _of_this_site(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OURS
    origin = request.headers.get("origin", "null")  # "null": sent where no referrer is.
    return origin == "null" or urlsplit(origin).netloc == request.headers.get("host")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
