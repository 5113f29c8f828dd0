"""What `switchboard serve` does between the runs of the timetable.

Each lane first asks the store whether anything is due; vendors are only called when something is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa
import structlog

from switchboard.bootstrap import Session, open_session
from switchboard.cli.serve_chat_lanes import Bells, chat_lanes
from switchboard.cli.serve_chats import Chats
from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.errors import SwitchboardError, TransientError
from switchboard.flows.call_to_lead import owner_change
from switchboard.flows.call_to_lead.accounts import OfficeReport
from switchboard.flows.call_to_lead.callbacks import work_callbacks
from switchboard.flows.call_to_lead.media_work import work_media
from switchboard.flows.call_to_lead.offices import LANE, work_offices
from switchboard.flows.call_to_lead.owner_change import work_owners
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.run import read_rules
from switchboard.flows.call_to_lead.working import working
from switchboard.housekeeping import clean_up
from switchboard.jobs.at_work import registered
from switchboard.jobs.chores import Chore
from switchboard.jobs.sweep import EVERY_SECONDS, due_offices
from switchboard.reports.sending import mail_client, send_due
from switchboard.store import callbacks, leases, media, outbox
from switchboard.store.callback_order import State
from switchboard.store.database import Database
from switchboard.store.database import now as store_now
from switchboard.store.sealing import Sealer

log = structlog.get_logger(__name__)

DAY_SECONDS = 86_400.0

Current = Callable[[], Configuration]  # The configuration as it is at that moment.
Due = Callable[[sa.Connection, float], bool]
Work = Callable[[Session], Awaitable[str | None]]  # Returns what stopped it: "RC-429: ...".


def lanes(current: Current, db: Database, chats: Chats, bells: Bells) -> list[Chore]:
    """Return the chores in the order in which `--once` does them."""

    async def calls() -> None:
        await work_calls(current(), db)
        configuration = current()
        after = configuration.settings.journal.reconcile_after_seconds
        await work_lane(configuration, db, partial(_owners_due, after=after), work_owners_of)

    async def recordings() -> None:
        configuration = current()
        if configuration.settings.media.enabled:
            await work_lane(configuration, db, _media_due, work_media_of)

    async def call_backs() -> None:
        configuration = current()
        # Switched off, tasks that exist are still looked after.
        opening: tuple[State, ...] = ("owed",) if configuration.settings.callbacks.enabled else ()
        due = partial(_callbacks_due, states=("closing", *opening))
        await work_lane(configuration, db, due, work_callbacks_of)

    async def mails() -> None:
        await send_mails(current(), db)

    async def old_files() -> None:
        cleaned = await clean_up(current(), db, datetime.now(UTC))
        for problem in cleaned.problems:
            log.warning("cleaning_up_incomplete", problem=problem)

    return [
        Chore("waiting calls", EVERY_SECONDS, calls, bells.of("calls")),
        Chore("recordings and voicemails", EVERY_SECONDS, recordings, bells.of("recordings")),
        Chore("call-backs", EVERY_SECONDS, call_backs, bells.of("call-backs")),
        *chat_lanes(chats, db, bells),
        Chore("mails", EVERY_SECONDS, mails, bells.of("mails")),
        Chore("retention", DAY_SECONDS, old_files),
    ]


async def work_calls(configuration: Configuration, db: Database) -> None:
    """Work calls whose time has come since a run left them waiting, and that nobody is at."""
    find = due_offices(LANE, leases.worker_identity().id)
    due: set[str] = set()

    def look(conn: sa.Connection, at: float) -> bool:
        due.update(offer.reference for offer in find(conn, at))
        return bool(due & {office.id for office in configuration.offices})

    async def work(session: Session) -> str | None:
        parts = {
            office.id: OfficeReport(office=office.id, name=office.name)
            for office in configuration.offices
            if office.id in due
        }
        await refresh(session.tools)
        rules, _ = await read_rules(session.tools)  # Its warnings are told by the runs.
        return await work_offices(session.tools, rules, parts)

    await work_lane(configuration, db, look, work)


async def work_lane(configuration: Configuration, db: Database, due: Due, work: Work) -> None:
    """Do *work* as a worker if *due* says so; what stops it is an error, so that it is put off."""
    host = leases.host_identity()

    def look(conn: sa.Connection) -> bool:
        leases.bury_dead(conn, host)
        return due(conn, store_now(conn))

    if not await db.run(look):
        return
    async with open_session(configuration) as session, working(session.tools):
        try:
            stopped_by = await work(session)
        finally:
            session.transport.log_usage()
    if stopped_by is not None:
        code, _, message = stopped_by.partition(": ")
        raise TransientError(code, message)


async def work_media_of(session: Session) -> str | None:
    return await work_media(session.tools)


async def work_callbacks_of(session: Session) -> str | None:
    return await work_callbacks(session.tools, None)


async def send_mails(configuration: Configuration, db: Database) -> None:
    """Send the mails of earlier runs that are due now."""

    def waiting(conn: sa.Connection) -> bool:
        at = store_now(conn)
        rows = outbox.in_states(conn, ("queued", "sending"))
        return any((row.due_at or 0.0) <= at for row in rows)

    if configuration.email is None or not await db.run(waiting):
        return
    vault = Vault.open(configuration.root)
    client = mail_client(configuration, vault.load())
    if client is None:
        return
    sealer = Sealer(vault.cipher, vault.keys)
    worker = leases.worker_identity().id
    async with registered(db, worker, configuration.settings.journal.lease_seconds):
        result = await send_due(db, client, worker, sealer=sealer)
    if isinstance(result.stopped_by, SwitchboardError):
        raise result.stopped_by


async def work_owners_of(session: Session) -> str | None:
    return await work_owners(session.tools)


def _owners_due(conn: sa.Connection, at: float, *, after: float) -> bool:
    del at  # The store's own, as the journal writes it.
    return owner_change.due(conn, after)


def _media_due(conn: sa.Connection, at: float) -> bool:
    return media.count_due(conn, by=at) > 0


def _callbacks_due(conn: sa.Connection, at: float, *, states: Sequence[State]) -> bool:
    row = callbacks.soonest(conn, states)
    return row is not None and row.due_at is not None and row.due_at <= at
