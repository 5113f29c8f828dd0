"""Hand out the one access token of a connection; whoever finds it stale renews it for all."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from switchboard.errors import OperatorError, TransientError
from switchboard.store import tokens
from switchboard.store.database import Database
from switchboard.store.holders import Holder, this_process
from switchboard.vendors.queueing import Sleep

EARLY_SECONDS = 60.0  # Renew this long before the end, as RingCentral's own logger does.
EARLY_SHARE = 0.1
LOOK_AGAIN_SECONDS = 0.1
CLAIM_SECONDS = 20.0  # Renewed while a grant waits for its slot; a dead refresher is replaced.


class Cipher(Protocol):
    """What seals tokens in the store: the vault's."""

    def encrypt(self, data: bytes) -> bytes: ...

    def decrypt(self, token: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What a vendor's token endpoint gave."""

    access_token: str = field(repr=False)
    lifetime: float
    base_url: str
    scopes: tuple[str, ...] = ()
    refresh_token: str | None = field(default=None, repr=False)
    refresh_lifetime: float = 0.0


@dataclass(frozen=True, slots=True)
class Access:
    """An access token ready for use, and the address it belongs to."""

    token: str = field(repr=False)
    base_url: str
    scopes: tuple[str, ...]
    renew_at: float
    refresh_token: str | None = field(default=None, repr=False)

    @property
    def mark(self) -> str:
        """Tell tokens apart without showing them."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:16]


def connection_of(vendor: str, identity: tuple[str, ...]) -> str:
    """Name a connection: other credentials or another address are another one. Pure."""
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:24]
    return f"{vendor}:{digest}"


class TokenKeeper:
    """One connection's token: in memory, in the store for all processes, renewed by one of them."""

    def __init__(
        self,
        *,
        database: Database,
        cipher: Cipher,
        vendor: str,
        code: str,
        title: str,
        identity: tuple[str, ...],
        grant: Callable[[str | None], Awaitable[Grant]],
        scheme: str,
        usable: Callable[[str], bool],
        patience: float,
        refusal_seconds: float,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database, self._cipher, self._grant = database, cipher, grant
        self.connection = connection_of(vendor, identity)
        # Two keepers of one process must not both hold the claim.
        self._holder = f"{this_process()}#{secrets.token_hex(4)}"
        self._code, self._title = code, title
        self._scheme, self._usable = scheme, usable
        self._patience, self._refusal_seconds = patience, refusal_seconds
        self._clock, self._sleep = clock, sleep
        self._access: Access | None = None
        self._renewing = asyncio.Lock()

    def header(self, access: Access) -> str:
        return f"{self._scheme} {access.token}"

    async def access(self, rejected: Access | None = None) -> Access:
        """Return a token that is fresh and is not *rejected* (one the vendor answered 401 to)."""
        found = self._fresh(self._access, rejected)
        if found is not None:
            return found
        async with self._renewing:
            found = self._fresh(self._access, rejected)
            if found is None:
                found = self._access = await self._shared(rejected)
            return found

    async def forget(self) -> None:
        """Drop the token everywhere, so that the next use proves the credentials anew."""
        self._access = None
        await self._database.run(lambda conn: tokens.discard(conn, self.connection))

    def _fresh(self, access: Access | None, rejected: Access | None) -> Access | None:
        if access is None or access.renew_at <= self._clock():
            return None
        return None if rejected is not None and access.mark == rejected.mark else access

    async def _shared(self, rejected: Access | None) -> Access:
        give_up_at = time.monotonic() + self._patience
        while True:
            row = await self._database.run(lambda conn: tokens.load(conn, self.connection))
            found = self._fresh(self._opened(row), rejected)
            if found is not None:
                return found
            self._raise_if_refused(row)
            async with self._claimed(row) as claimed:
                if claimed:
                    # Somebody may have renewed it between our look and our claim.
                    row = await self._database.run(lambda conn: tokens.load(conn, self.connection))
                    found = self._fresh(self._opened(row), rejected)
                    return found if found is not None else await self._renew(row)
            if time.monotonic() > give_up_at:
                raise TransientError(
                    f"{self._code}-000",
                    f"{self._title}: another process has been renewing the token for too long.",
                    retry_after=CLAIM_SECONDS,
                )
            await self._sleep(LOOK_AGAIN_SECONDS)

    async def _renew(self, row: tokens.StoredToken | None) -> Access:
        try:
            given = await self._grant(self._refresh_token(row))
        except OperatorError as error:
            refusal: dict[str, Any] = {
                "refused": {
                    "code": error.code,
                    "message": error.message,
                    "until": self._clock() + self._refusal_seconds,
                }
            }
            await self._database.run(
                lambda conn: tokens.note(conn, self.connection, self._holder, refusal)
            )
            raise
        now = self._clock()
        secret = {"access": given.access_token, "refresh": given.refresh_token}
        sealed = self._cipher.encrypt(json.dumps(secret).encode()).decode("ascii")
        document: dict[str, Any] = {
            "base_url": given.base_url,
            "scopes": list(given.scopes),
            "renew_at": now + given.lifetime - min(EARLY_SECONDS, EARLY_SHARE * given.lifetime),
            "refresh_until": now + given.refresh_lifetime,
        }
        expires_at = now + given.lifetime

        def save(conn: sa.Connection) -> None:
            tokens.save(
                conn,
                self.connection,
                self._holder,
                ciphertext=sealed,
                expires_at=expires_at,
                document=document,
                now=now,
            )

        await self._database.run(save)
        return Access(
            token=given.access_token,
            base_url=given.base_url,
            scopes=given.scopes,
            renew_at=document["renew_at"],
            refresh_token=given.refresh_token,
        )

    @contextlib.asynccontextmanager
    async def _claimed(self, row: tokens.StoredToken | None) -> AsyncIterator[bool]:
        """Try to be the one who renews; stay so while renewing, and stop being so afterwards."""
        gone = _gone(row)

        def claim(conn: sa.Connection) -> bool:
            now = self._clock()
            until = now + CLAIM_SECONDS
            if gone and tokens.take_over(conn, self.connection, gone, self._holder, until):
                return True
            return tokens.claim(conn, self.connection, self._holder, until, now)

        if not await self._database.run(claim):
            yield False
            return

        async def stay() -> None:
            while True:
                await asyncio.sleep(CLAIM_SECONDS / 4)
                await self._database.run(claim)

        staying = asyncio.ensure_future(stay())
        try:
            yield True
        finally:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
            await asyncio.shield(
                self._database.run(lambda conn: tokens.release(conn, self.connection, self._holder))
            )

    def _opened(self, row: tokens.StoredToken | None) -> Access | None:
        secret = self._unsealed(row)
        if row is None or not secret or "base_url" not in row.document:
            return None
        base_url = str(row.document["base_url"])
        if not self._usable(base_url):  # The allow-list may be stricter today than then.
            return None
        return Access(
            token=str(secret["access"]),
            base_url=base_url,
            scopes=tuple(row.document.get("scopes", ())),
            renew_at=min(float(row.document.get("renew_at", 0.0)), row.expires_at),
            refresh_token=secret.get("refresh"),
        )

    def _refresh_token(self, row: tokens.StoredToken | None) -> str | None:
        secret = self._unsealed(row)
        if row is None or float(row.document.get("refresh_until", 0.0)) <= self._clock():
            return None
        return secret.get("refresh")

    def _unsealed(self, row: tokens.StoredToken | None) -> Mapping[str, Any]:
        if row is None or not row.ciphertext:
            return {}
        try:
            secret = json.loads(self._cipher.decrypt(row.ciphertext.encode("ascii")))
        except Exception:  # noqa: BLE001 - whatever a cipher raises for an old key: ask for a new token.
            return {}
        return secret if isinstance(secret, dict) else {}

    def _raise_if_refused(self, row: tokens.StoredToken | None) -> None:
        refused = row.document.get("refused") if row is not None else None
        if isinstance(refused, dict) and float(refused.get("until", 0.0)) > self._clock():
            raise OperatorError(str(refused["code"]), str(refused["message"]))


def _gone(row: tokens.StoredToken | None) -> str | None:
    if row is None or row.holder is None:
        return None
    holder = Holder.read(row.holder)
    return row.holder if holder is not None and holder.is_gone(this_process()) else None
