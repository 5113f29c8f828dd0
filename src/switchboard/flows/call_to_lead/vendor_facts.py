"""Ask the vendors what the configuration has to fit: fields, users and extensions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead.owners import Users
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.vendors.ringcentral.models import Extension
from switchboard.vendors.zoho_crm.models import CrmField

T = TypeVar("T")

PATIENCE_SECONDS = 20.0  # A check that waits longer for a vendor says so and ends.


@dataclass(frozen=True, slots=True)
class Unasked:
    """Something that could not be learned, and why."""

    vendor: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class VendorFacts:
    """What the vendors know; None: they could not be asked, and `unasked` says why."""

    fields: Mapping[str, CrmField] | None = None
    users: Users | None = None
    extensions: tuple[Extension, ...] | None = None
    unasked: tuple[Unasked, ...] = ()


async def ask(tools: Tools, *, patience: float = PATIENCE_SECONDS) -> VendorFacts:
    """Ask all at once; what one vendor does not answer is missing, and nothing else."""
    unasked: list[Unasked] = []

    async def part(vendor: str, what: str, read: Callable[[], Awaitable[T]]) -> T | None:
        try:
            async with asyncio.timeout(patience):
                return await read()
        except SwitchboardError as error:
            unasked.append(Unasked(vendor, what, str(error)))
        except TimeoutError:
            unasked.append(Unasked(vendor, what, f"{vendor} did not answer in {patience:g} s."))
        return None

    fields, users, extensions = await asyncio.gather(
        part("Zoho CRM", "fields and picklists", lambda: tools.crm.read_fields("Leads")),
        part("Zoho CRM", "lead owners", tools.crm.read_users),
        part("RingCentral", "names of queues and extensions", tools.ringcentral.read_extensions),
    )
    return VendorFacts(
        fields=None if fields is None else {each.api_name: each for each in fields},
        users=None if users is None else {each.id: each for each in users},
        extensions=extensions,
        unasked=tuple(unasked),
    )
