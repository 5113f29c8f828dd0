"""Let in who has an API key of the right scope.

A key is checked before anything is counted, so that nobody can lock others out: with 256 random
bits there is nothing to guess, and the throttle only keeps failed attempts from filling the log.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from switchboard.api.problems import RequestError
from switchboard.store import api_keys
from switchboard.store.api_keys import ApiKey
from switchboard.store.database import Database

log = structlog.get_logger(__name__)

FAILURES_PER_MINUTE = 20
NEIGHBOURS = 64  # Whoever has one IPv6 address has all of its /64.
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="switchboard"'}

_HEADER = APIKeyHeader(
    name="X-Api-Key",
    scheme_name="ApiKey",
    description="A key of `switchboard keys create`.",
    auto_error=False,
)
_BEARER = HTTPBearer(
    scheme_name="Bearer", description="The same key as a bearer token.", auto_error=False
)
Header = Annotated[str | None, Security(_HEADER)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


class Doorkeeper:
    """Checks keys against the store, and counts who fails."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.time) -> None:
        self._db, self._clock = db, clock
        self._failures = FixedWindowRateLimiter(MemoryStorage())
        self._most = RateLimitItemPerMinute(FAILURES_PER_MINUTE)

    async def known(self, presented: str) -> ApiKey | None:
        """Return the key that is presented, None when it may not be used."""
        check = partial(api_keys.check, presented=presented, now=self._clock())
        return await self._db.run(check)

    async def demand(self, presented: str | None, scope: str, address: str) -> ApiKey:
        """Return the key; RequestError API-401, API-403 or API-429."""
        key = await self.known(presented or "")
        if key is None:
            self.refused(address, given=presented is not None)
            said = "The API key is not valid." if presented else "An API key is needed."
            raise RequestError(401, said, headers=CHALLENGE)
        if not key.allows(scope):
            raise out_of_scope(scope)
        return key

    def refused(self, address: str, *, given: bool) -> None:
        """Note a failed attempt; RequestError API-429 after too many from one address."""
        if not given:
            return
        who = neighbourhood(address)
        if self._failures.hit(self._most, who):
            log.info("api_key_refused", address=who)
            return
        until = self._failures.get_window_stats(self._most, who).reset_time
        wait = max(1, round(until - self._clock()))
        raise RequestError(
            429, "Too many wrong API keys came from here.", headers={"Retry-After": str(wait)}
        )


def out_of_scope(scope: str) -> RequestError:
    return RequestError(403, f"This API key lacks the scope {scope}.")


def presented_key(header: str | None, bearer: HTTPAuthorizationCredentials | None) -> str | None:
    """Return the key of a request, wherever it stands."""
    return header or (bearer.credentials if bearer else None)


def needs(scope: str) -> Callable[..., Coroutine[Any, Any, ApiKey]]:
    """Return the dependency that lets a request in."""

    async def allowed(request: Request, header: Header = None, bearer: Bearer = None) -> ApiKey:
        keeper: Doorkeeper = request.app.state.doorkeeper
        return await keeper.demand(presented_key(header, bearer), scope, address_of(request))

    return allowed


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def neighbourhood(address: str) -> str:
    """Return what is counted together. Pure."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, NEIGHBOURS), strict=False))
    return str(found)
