"""Ask Zoho CRM what pages compare the configuration with, and remember it for some minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from switchboard.bootstrap import open_session
from switchboard.config.load import Configuration
from switchboard.errors import SwitchboardError, TransientError
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import CrmField, CrmUser

T = TypeVar("T")
REMEMBERED_SECONDS = 600.0  # Each question costs credits of the organisation.
PATIENCE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """An answer and when it was given, or why there is none."""

    value: T | None = None
    at: float = 0.0
    problem: SwitchboardError | None = None


@dataclass(slots=True)
class VendorFacts:
    """What one process has asked; documents of another configuration ask anew."""

    clock: Callable[[], float] = time.time
    _known: dict[str, tuple[object, Known[object]]] = field(default_factory=dict)

    async def users(
        self, configuration: Configuration, *, again: bool = False
    ) -> Known[Mapping[str, CrmUser]]:
        """Return Zoho's users by id."""

        async def ask(crm: ZohoCrmClient) -> Mapping[str, CrmUser]:
            return {each.id: each for each in await crm.read_users()}

        return await self._ask("users", configuration, ask, again=again)

    async def lead_fields(
        self, configuration: Configuration, *, again: bool = False
    ) -> Known[Mapping[str, CrmField]]:
        """Return the fields of the Leads module by their API names."""

        async def ask(crm: ZohoCrmClient) -> Mapping[str, CrmField]:
            return {each.api_name: each for each in await crm.read_fields("Leads")}

        return await self._ask("fields", configuration, ask, again=again)

    def forget(self) -> None:
        """Ask anew: it may be another account now."""
        self._known.clear()

    async def _ask(
        self,
        name: str,
        configuration: Configuration,
        ask: Callable[[ZohoCrmClient], Awaitable[T]],
        *,
        again: bool,
    ) -> Known[T]:
        account = (configuration.root, configuration.settings.vendors)
        before = self._known.get(name)
        if before is not None and before[0] == account and not again:
            known: Known[T] = before[1]  # type: ignore[assignment]  # Kept under this name alone.
            if known.at > self.clock() - REMEMBERED_SECONDS:
                return known
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), open_session(configuration) as session:
                found = Known(await ask(session.tools.crm), self.clock())
        except TimeoutError:
            said = "Zoho CRM did not answer in time."
            return Known(problem=TransientError("ZOHO-000", said))
        except SwitchboardError as error:
            return Known(problem=error)
        self._known[name] = (account, found)  # type: ignore[assignment]
        return found
