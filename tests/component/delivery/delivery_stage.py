"""A chat's stage with the simulated portal behind it, all in a hurry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from tests.component.conversing.chat_stage import ChatStage
from tests.desk_stage import SPEED, desk_client, desk_of, rows

from switchboard.config.chat_documents import DeskConfig
from switchboard.config.settings import JournalSettings
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.state import Chat
from switchboard.simulators.server import SimulatorServer
from switchboard.store import tickets
from switchboard.store.database import Database
from switchboard.store.tables import effect
from switchboard.store.tickets import Ticket
from switchboard.vendors.settings import BudgetSettings

_OPEN = sa.select(effect.c.key).where(effect.c.state.in_(["intended", "sending"]))


@asynccontextmanager
async def delivering(
    simulator: SimulatorServer,
    root: Path,
    *,
    patience: float = 0.15,
    store: str = "tickets.db",
) -> AsyncIterator[ChatStage]:
    """A chat's stage with the portal behind it, all in a hurry."""
    database = Database.open(f"sqlite:///{root / store}")
    try:
        stage = ChatStage(database, root)
        configuration = stage.tools.configuration
        hasty = configuration.settings.vendors.model_copy(
            update={"budgets": BudgetSettings(window_seconds=60.0 / SPEED)}
        )
        patient = JournalSettings(reconcile_after_seconds=patience, lease_seconds=10)
        settings = configuration.settings.model_copy(update={"vendors": hasty, "journal": patient})
        stage.change(
            configuration=replace(configuration, settings=settings, desk=DeskConfig()),
            department_id=next(iter(desk_of(simulator).departments)),
        )
        async with desk_client(simulator, database, read_timeout_seconds=0.5) as desk:
            stage.change(desk=desk)
            yield stage
    finally:
        await database.aclose()


async def settled(stage: ChatStage, seconds: float = 60.0) -> Ticket:
    """Work until the ticket and all that belongs on it are there."""
    async with asyncio.timeout(seconds):
        while True:
            assert await work_tickets(stage.tools) is None
            found = await newest(stage)
            if all(row.state != "wanted" for row in found) and not await stage.rows(_OPEN):
                return found[0]
            await asyncio.sleep(0.03)


async def wants_space(stage: ChatStage, chat: Chat | None = None) -> None:
    """Ask for a workflow that needs no proof of identity, so that a ticket may be extended."""
    await stage.say("I need more disk space", chat=chat)
    await stage.to_stage("raised", chat)


async def newest(stage: ChatStage) -> list[Ticket]:
    return await stage.db.run(lambda conn: tickets.newest(conn, stage.tools.sealer))


async def attempts(stage: ChatStage, kind: str) -> list[str]:
    """The states of the effects of a kind."""
    query = sa.select(effect.c.state).where(effect.c.kind == kind).order_by(effect.c.intended_at)
    return [row.state for row in await stage.rows(query)]


def once(simulator: SimulatorServer) -> tuple[int, int, int]:
    """How many contacts, tickets and comments the portal holds."""
    contacts, raised, said = (
        len(rows(simulator, name)) for name in ("contacts", "tickets", "comments")
    )
    return contacts, raised, said
