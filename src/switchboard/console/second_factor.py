"""Make and check time-based one-time codes (RFC 6238), and show their secret as a picture."""

from __future__ import annotations

import hmac

import pyotp
import segno
from markupsafe import Markup

STEP_SECONDS = 30
ISSUER = "Switchboard"
_DRIFT = (0, -1, 1)  # A clock may be half a minute off.


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """Return what an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def fitting_step(secret: str, typed: str, now: float) -> int | None:
    """Return the time a code belongs to, None when it does not fit now."""
    code = "".join(typed.split())
    if not (code.isascii() and code.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    for drift in _DRIFT:
        step = int(now // STEP_SECONDS) + drift
        if hmac.compare_digest(totp.at(step * STEP_SECONDS), code):
            return step
    return None


def picture(text: str) -> Markup:
    """Return a QR code as SVG; without style attributes, which our policy forbids."""
    code = segno.make(text, micro=False)
    svg = code.svg_inline(
        omitsize=True, border=2, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 - made of modules, not of the text.
