"""What keeps a page from being shown, by our codes."""

from __future__ import annotations

from switchboard.api.problems import status_of
from switchboard.errors import RejectedError, SwitchboardError

_STATUSES = {
    "CON-001": 409,
    "CON-002": 404,
    "CON-003": 409,
    "CON-004": 422,
    "CON-005": 410,
    "CON-006": 409,
    "CON-403": 403,
    "CON-404": 404,
    "CON-405": 405,
    "CON-422": 422,
    "CON-429": 429,
}


class NeedSignInError(Exception):
    """Nobody is signed in here (any more); `wanted` is where they were going."""

    def __init__(self, wanted: str = "", *, notice: str = "") -> None:
        super().__init__(notice)
        self.wanted, self.notice = wanted, notice


def refused(why: str) -> RejectedError:
    return RejectedError("CON-403", why)


def console_status(error: SwitchboardError) -> int:
    return _STATUSES.get(error.code) or status_of(error)
