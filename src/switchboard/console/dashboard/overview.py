"""Put the first page together: one look at the store, one at this process and its files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import sqlalchemy as sa

from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration
from switchboard.config.settings import Settings
from switchboard.config.vault import Vault as StoredVault
from switchboard.console.attention import running, stopped
from switchboard.console.attention.items import Cause, Item, causes, tally_of
from switchboard.console.dashboard import activity, allowances, coming, first_steps, numbers, owed
from switchboard.console.dashboard.activity import Happening
from switchboard.console.dashboard.allowances import Gauge, Pace
from switchboard.console.dashboard.connections import Connection, Known, Vault, connections
from switchboard.console.dashboard.counting import Remembered
from switchboard.console.dashboard.days import Range, Zones
from switchboard.console.dashboard.examining import Examiner
from switchboard.console.dashboard.first_steps import Begun
from switchboard.console.dashboard.numbers import Numbers
from switchboard.console.dashboard.observed import Observed, observe
from switchboard.console.dashboard.owed import Owed
from switchboard.console.dashboard.problems import Problem, problems
from switchboard.console.service import ConsoleService
from switchboard.errors import SwitchboardError
from switchboard.reports.charts import Chart
from switchboard.store import schedules

KEPT_SECONDS = 5.0


@dataclass(slots=True)
class Dashboard:
    """What one process remembers between two looks at the first page."""

    counts: Remembered = field(default_factory=Remembered)
    pace: Pace = field(default_factory=Pace)
    examiner: Examiner = field(default_factory=Examiner)
    _seen: dict[Range, tuple[float, Stored]] = field(default_factory=dict)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """Look anew the next time: somebody has just changed how things are."""
        self._seen.clear()

    async def stored(self, service: ConsoleService, wanted: Range, facts: Facts) -> Stored:
        """Look at the store; whoever comes within some seconds is told the same."""
        async with self._looking:
            now = service.clock()
            known = self._seen.get(wanted)
            if known is not None and 0 <= now - known[0] < KEPT_SECONDS:
                return known[1]
            found = await service.db.read(partial(look, facts, wanted, now, self.counts))
            self._seen[wanted] = (now, found)
            return found


@dataclass(frozen=True, slots=True)
class Facts:
    """What the documents and this process say, as far as they can be read."""

    settings: Settings
    zones: Zones
    ticket_zone: str
    names: Mapping[str, str]
    used: frozenset[str]
    configuration: Configuration | None
    vault: Vault
    live: list[Item]


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says."""

    observed: Observed
    numbers: Numbers
    calls: Chart
    tickets: Chart
    owed: Owed
    activity: list[Happening]
    causes: list[Cause]
    timetable: Mapping[str, schedules.Row]
    milliseconds: float
    begun: Begun


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page."""

    stored: Stored
    problems: list[Problem]
    connections: list[Connection]
    gauges: list[Gauge]
    runs: list[coming.Coming]
    put_off: list[coming.PutOff]
    zones: Zones
    configuration: Configuration | None

    @property
    def waiting(self) -> int:
        return sum(cause.number for cause in self.stored.causes)

    @property
    def retryable(self) -> int:
        return sum(cause.retryable for cause in self.stored.causes)


async def overview(service: ConsoleService, memory: Dashboard, wanted: Range) -> Overview:
    """Return what the page shows; no vendor is asked."""
    facts = await asyncio.to_thread(facts_of, service)
    stored = await memory.stored(service, wanted, facts)
    states = connections(known_of(service, facts, stored))
    now, configuration = service.clock(), facts.configuration
    runs = coming.next_runs(configuration, stored.timetable, now) if configuration else []
    budgets = facts.settings.vendors.budgets
    return Overview(
        stored=stored,
        problems=problems(stored.causes, states),
        connections=states,
        gauges=allowances.gauges(stored.observed, budgets, facts.used, memory.pace),
        runs=runs,
        put_off=coming.put_off(service.diary),
        zones=facts.zones,
        configuration=configuration,
    )


def known_of(service: ConsoleService, facts: Facts, stored: Stored) -> Known:
    problem = service.chats_problem()
    return Known(
        observed=stored.observed,
        vault=facts.vault,
        used=facts.used,
        lanes=service.diary.entries,
        chats_code=problem.code if problem else "",
        chats_message=problem.message if problem else "",
        store_milliseconds=stored.milliseconds,
    )


def look(
    facts: Facts, wanted: Range, now: float, counts: Remembered, conn: sa.Connection
) -> Stored:
    """Ask the store for everything at once."""
    before = perf_counter()
    conn.execute(sa.select(sa.literal(1)))
    milliseconds = 1000 * (perf_counter() - before)
    settings, zones, zone = facts.settings, facts.zones, facts.ticket_zone
    alarm = settings.media.alarm_days
    single = [*facts.live, *running.of_store(conn, now)]
    counts.begin(conn)
    return Stored(
        observed=observe(conn, now, settings.vendors.budgets.window_seconds),
        numbers=numbers.of_today(conn, zones, zone, now, counts),
        calls=numbers.calls_chart(conn, zones, wanted, now, counts),
        tickets=numbers.tickets_chart(conn, zone, wanted, now, counts),
        owed=owed.owed(conn, now, alarm),
        activity=activity.latest(conn, facts.names),
        causes=causes([*map(tally_of, single), *stopped.tallies(conn, now, alarm)]),
        timetable=coming.rows_of(conn),
        milliseconds=milliseconds,
        begun=first_steps.begun(conn),
    )


def facts_of(service: ConsoleService) -> Facts:
    """Read what is in files; not for the event loop."""
    live = running.of_service(service)
    try:
        found = service.configuration()
    except SwitchboardError:
        own = service.zone()
        return Facts(Settings(), Zones(own), own, {}, frozenset(), None, Vault(), live)
    zones = Zones(service.zone(), {each.id: each.timezone for each in found.offices})
    return Facts(
        settings=found.settings,
        zones=zones,
        ticket_zone=zones.own,  # As insights and `chat stats` count them.
        names={each.id: each.name for each in found.offices},
        used=_used(found),
        configuration=found,
        vault=_vault(found),
        live=live,
    )


def _used(configuration: Configuration) -> frozenset[str]:
    found = set()
    if configuration.calls:
        found |= {"ringcentral", "zoho_crm"}
    if configuration.chats:
        found |= {"zoho_desk", "zoho_salesiq"}
    if configuration.email is not None:
        found.add("mail")
    return frozenset(found)


def _vault(configuration: Configuration) -> Vault:
    try:
        vault = StoredVault.open(configuration.root)
        contents = vault.load()
    except ConfigError as error:
        return Vault() if error.code == "CFG-025" else Vault(code=error.code, message=error.message)
    names = (name for name in type(contents).model_fields if getattr(contents, name) is not None)
    changed = vault.path.stat().st_mtime if vault.path.exists() else None
    return Vault(held=frozenset(names), changed_at=changed)
