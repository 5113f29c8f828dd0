"""Sessions and their tokens: five per user, single-use refresh with a moment of grace."""

from __future__ import annotations

import random
from dataclasses import dataclass

from switchboard.simulators.core.clock import SimClock

SESSIONS_PER_USER = 5
ACCESS_SECONDS, REFRESH_SECONDS = 3600, 604_800
GRACE_USED_SECONDS, GRACE_UNUSED_SECONDS = 10.0, 3600.0  # ringcentral.md §1.2


@dataclass(slots=True)
class Session:
    id: str
    owner: str
    access: str
    access_expires: float
    refresh: str
    refresh_expires: float
    access_seconds: int
    refresh_seconds: int
    first_used: float | None = None
    previous_refresh: str | None = None
    refreshed_at: float = 0.0


class TokenError(Exception):
    """Why a token is no good: the vendor's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sessions:
    """Token lifetimes run on the wall clock, for `expires_in` is a promise in real seconds."""

    def __init__(self, clock: SimClock, rng: random.Random) -> None:
        self._clock, self._rng = clock, rng
        self._open: list[Session] = []
        self.issued = 0

    def log_in(
        self,
        owner: str,
        access_seconds: int = ACCESS_SECONDS,
        refresh_seconds: int = REFRESH_SECONDS,
    ) -> Session:
        session = Session(
            self._token("ses"), owner, "", 0.0, "", 0.0, access_seconds, refresh_seconds
        )
        self._renew(session)
        own = [s for s in self._open if s.owner == owner]
        for oldest in own[: max(0, len(own) - SESSIONS_PER_USER + 1)]:
            self._open.remove(oldest)
        self._open.append(session)
        return session

    def refresh(self, token: str) -> Session:
        now = self._clock.now()
        for session in self._open:
            if session.refresh == token:
                if now >= session.refresh_expires:
                    raise TokenError("OAU-210")
                session.previous_refresh, session.refreshed_at = token, now
                self._renew(session)
                return session
            if session.previous_refresh == token and self._graceful(session, now):
                return session
        raise TokenError("OAU-213")

    def check(self, token: str) -> Session:
        """Return the session of an access token, or raise `TokenError`."""
        now = self._clock.now()
        for session in self._open:
            if session.access == token:
                if now >= session.access_expires:
                    raise TokenError("OAU-128")
                if session.first_used is None:
                    session.first_used = now
                return session
        raise TokenError("OAU-213" if token.startswith("simrc-") else "OAU-149")

    def revoke(self, token: str) -> None:
        self._open = [s for s in self._open if token not in (s.access, s.refresh)]

    def expire_all(self) -> None:
        for session in self._open:
            session.access_expires = 0.0

    def as_json(self) -> list[dict[str, object]]:
        return [
            {"id": s.id, "owner": s.owner, "access_expires": s.access_expires} for s in self._open
        ]

    def _renew(self, session: Session) -> None:
        now = self._clock.now()
        session.access, session.refresh = self._token("at"), self._token("rt")
        session.access_expires = now + session.access_seconds
        session.refresh_expires = now + session.refresh_seconds
        session.first_used = None
        self.issued += 1

    @staticmethod
    def _graceful(session: Session, now: float) -> bool:
        if session.first_used is None:
            return now - session.refreshed_at < GRACE_UNUSED_SECONDS
        return now - session.first_used < GRACE_USED_SECONDS

    def _token(self, kind: str) -> str:
        return f"simrc-{kind}-{self._rng.getrandbits(128):032x}"
