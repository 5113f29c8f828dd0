"""Ask the vendors: whether they let us in, and what a code of Zoho's is worth."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from switchboard.bootstrap import redeem_zoho_code
from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.console.credentials.parts import Part
from switchboard.doctor.connection_checks import ConnectionCheck, check_connection
from switchboard.errors import SwitchboardError, TransientError
from switchboard.vendors.credentials import ZohoCredentials

T = TypeVar("T")
LIMIT_SECONDS = 20.0
_FAMILY = {"ringcentral": "RC", "zoho": "ZOHO", "desk": "DESK", "salesiq": "SIQ"}


@dataclass(slots=True)
class Asking:
    """What one process asks on somebody's behalf: one question at a time."""

    limit: float = LIMIT_SECONDS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _used: set[str] = field(default_factory=set, repr=False)  # Codes that were taken, hashed.

    async def test(self, configuration: Configuration, part: Part) -> ConnectionCheck:
        """Ask one vendor; silence is an answer as well."""
        try:
            return await self._bounded(lambda: check_connection(configuration, part.name))
        except TimeoutError:
            said = (
                f"{part.title} did not answer within {self.limit:g} seconds, or was asked as often "
                "as it allows in a minute. Try again in a minute."
            )
            code = f"{_FAMILY[part.name]}-000"
            return ConnectionCheck(part.title, ok=False, message=said, code=code)
        except SwitchboardError as error:
            return ConnectionCheck(part.title, ok=False, message=error.message, code=error.code)

    async def redeem(
        self,
        configuration: Configuration,
        part: Part,
        sent: dict[str, str],
        keep: Callable[[ZohoCredentials], Awaitable[None]],
    ) -> None:
        """Exchange a code and *keep* what it is worth; the same form sent twice counts once."""
        mark = hashlib.sha256("\0".join((part.name, *sent.values())).encode()).hexdigest()
        async with self._turn:
            if mark in self._used:
                return
            try:
                credentials = await self._within(lambda: _redeemed(configuration, sent))
            except TimeoutError:
                said = f"Zoho did not answer within {self.limit:g} seconds. Generate a new code."
                raise TransientError("ZOHO-000", said) from None
            await keep(credentials)
            self._used.add(mark)

    async def _bounded(self, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            return await self._within(ask)

    async def _within(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask in a thread with a loop of its own: files are read, and a store is opened."""

        async def bounded() -> T:
            async with asyncio.timeout(self.limit):
                return await ask()

        return await asyncio.to_thread(lambda: asyncio.run(bounded()))


async def _redeemed(configuration: Configuration, sent: dict[str, str]) -> ZohoCredentials:
    vault = Vault.open(configuration.root, create=True)
    vault.load()  # One that cannot be opened would waste the code.
    return await redeem_zoho_code(configuration, vault.cipher, **sent)
