"""Check the chat half: the service, Zoho Desk and SalesIQ, first without asking anybody."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.doctor import desk, salesiq, service, storage
from switchboard.doctor.results import Check
from switchboard.doctor.salesiq import DoorFacts
from switchboard.store import api_keys
from switchboard.store.api_keys import ApiKey
from switchboard.store.budgets import credits_in_24_hours
from switchboard.store.database import now
from switchboard.vendors.allowances import ZOHO_DESK

ASKED = (*desk.ASKED, *salesiq.ASKED)


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """What the store says; of a new one nothing."""

    keys: tuple[ApiKey, ...] = ()
    door: DoorFacts = field(default_factory=DoorFacts)
    spent: float = 0.0


def examine(configuration: Configuration) -> Iterator[Check]:
    facts = None
    with contextlib.suppress(Exception):  # What is wrong with the store has a line of its own.
        facts = storage.read(configuration, _facts)
    facts = facts or ChatFacts()
    yield from service.examine(configuration, facts.keys, time.time())
    yield from desk.examine(configuration, facts.spent)
    yield from salesiq.examine(configuration, facts.door)


def _facts(conn: sa.Connection) -> ChatFacts:
    return ChatFacts(
        tuple(api_keys.every(conn)),
        salesiq.read_door(conn),
        credits_in_24_hours(conn, ZOHO_DESK, now(conn)),
    )
