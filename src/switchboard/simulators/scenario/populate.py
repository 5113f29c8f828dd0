"""Fill a world: the company, the people its CRM knows, and the calls of the last days."""

from __future__ import annotations

from random import Random

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.calls import KINDS, Living, SimCall
from switchboard.simulators.ringcentral.company import Caller
from switchboard.simulators.scenario.calls import CallMaker
from switchboard.simulators.scenario.company import OFFICE_WEIGHTS, OFFICES, add_company
from switchboard.simulators.scenario.crm import Clerk
from switchboard.simulators.scenario.mixes import DRIFT, MIXES, Mix, deal
from switchboard.simulators.scenario.people import People

DAY = 86400.0
QUIET_SECONDS = 2400.0  # History ends this long ago: its longest call is over and settled by now.
AUDIO_LAG_SECONDS, TRANSCRIPT_LAG_SECONDS = 30.0, 90.0  # ringcentral.md §4, §5.
SCENARIOS = ("default", "settled", "benchmark", "empty")
_LIVING_KINDS = ("queue_accepted", "accepted", "queue_voicemail", "missed")
_LIVING_STYLES = ("In Progress", "In Progress", "Stopped", "IP Phone Offline")
_OPENING_HOURS, _HOUR_OF_NOW = (8, 19), 17


def populate(
    world: World, scenario: str = "default", calls: int = 300, *, days: float = 3.0
) -> None:
    """Make the company and exactly *calls* call sessions of the last *days* days."""
    if scenario not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise ValueError(f"There is no scenario {scenario!r}; there are: {known}.")
    if calls < 0 or days * DAY <= QUIET_SECONDS:
        raise ValueError("A scenario needs a number of calls and at least a few hours for them.")
    add_company(world)
    if scenario != "empty":
        _History(world, MIXES[scenario]).write(calls, days)


class _History:
    def __init__(self, world: World, mix: Mix) -> None:
        self._world, self._mix = world, mix
        seed = world.seed
        self._rng, self._times = Random(f"{seed}:history"), Random(f"{seed}:times")
        self._people, self._clerk = People(seed), Clerk(world, seed)
        self._maker = CallMaker(world, Random(f"{seed}:calls"))
        self._met: list[Caller] = []

    def write(self, count: int, days: float) -> None:
        living = max(2, min(12, count // 100)) if self._mix.living and count >= 20 else 0
        kinds = deal(self._mix.kinds, count - living, self._rng, each_once=True)
        callers = deal(self._mix.callers, count - living, self._rng, each_once=False)
        offices = self._rng.choices(OFFICES, OFFICE_WEIGHTS, k=count - living)
        starts = self._starts(count - living, days)
        for kind, how, office, start in zip(kinds, callers, offices, starts, strict=True):
            caller = self._caller(how, reachable=KINDS[kind].direction == "Outbound")
            call = self._maker.make(kind, start, office.id, caller)
            if self._rng.random() < self._mix.drift:
                call.wording = DRIFT.get(call.facts.result)
            self._world.ringcentral.add_call(call)
        for place in range(living):
            self._world.ringcentral.add_call(self._living(place))
        self._clerk.strangers(self._people, min(200, 10 + count // 20))

    def _caller(self, how: str, *, reachable: bool) -> Caller:
        """Who is at the other end; *reachable* people have a number one can call."""
        if how == "again" and self._met:
            return self._rng.choice(self._met[-400:])
        if how == "abroad":
            return self._people.abroad()
        if how in ("anonymous", "masked") and not reachable:
            return self._people.anonymous() if how == "anonymous" else self._people.masked()
        caller = self._people.fresh()
        if how == "known":
            self._clerk.enter(caller)
        self._met.append(caller)
        return caller

    def _starts(self, count: int, days: float) -> list[float]:
        """Moments in order, most of them in office hours.

        How long ago each call began depends on the seed alone, so the clock of every world is
        taken to show the same hour: a failing run must replay at any time of day.
        """
        now = self._world.clock.now()
        span = days * DAY - QUIET_SECONDS - 60
        found = []
        for _ in range(count):
            for _attempt in range(4):
                age = QUIET_SECONDS + self._times.random() * span
                hour = (_HOUR_OF_NOW * 3600 - age) % DAY / 3600
                if _OPENING_HOURS[0] <= hour < _OPENING_HOURS[1]:
                    break
            found.append(round(now - age, 3))
        return sorted(found)

    def _living(self, place: int) -> SimCall:
        """A call that was not over when the world began."""
        clock = self._world.clock
        kind = _LIVING_KINDS[place % len(_LIVING_KINDS)]
        style = _LIVING_STYLES[place % len(_LIVING_STYLES)]
        age = 2000.0 if style == "IP Phone Offline" else self._rng.uniform(40, 110)
        office = self._rng.choices(OFFICES, OFFICE_WEIGHTS)[0]
        call = self._maker.make(
            kind, clock.now() - age, office.id, self._caller("fresh", reachable=True)
        )
        lasts = self._rng.uniform(60, 200)
        settle(self._world, call, lasts, style)
        spent = call.duration - call.talk_seconds
        if call.talk_seconds and style == "In Progress":
            call.talk_seconds = max(1, int(age + clock.real(lasts) - spent))
        return call


def settle(world: World, call: SimCall, in_seconds: float, style: str = "In Progress") -> None:
    """Let *call* be provisional until that many simulated seconds from now."""
    clock = world.clock
    settles = clock.elapsed() + in_seconds
    call.living = Living(
        settles_at=settles,
        style=style,
        shown_at=clock.elapsed(),
        audio_at=settles + AUDIO_LAG_SECONDS,
        transcript_at=settles + TRANSCRIPT_LAG_SECONDS,
        settled_wall=clock.now() + clock.real(in_seconds),
    )
