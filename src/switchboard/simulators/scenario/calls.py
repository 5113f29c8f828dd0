"""Make single calls of any kind: who was rung, for how long, who took it, how it ended."""

from __future__ import annotations

from random import Random

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.calls import KINDS, SimCall
from switchboard.simulators.ringcentral.company import Caller, Extension
from switchboard.simulators.scenario.company import OFFICES

RECORDED_SHARE = 0.7
_QUEUE_ANSWERED = ("queue_accepted", "queue_elsewhere")


class CallMaker:
    """Draws from its own chance, so that a history does not depend on what else was drawn."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world, self._rng = world, rng
        company = world.ringcentral.company
        self._offices = {office.id: office for office in OFFICES}
        self._users = {o.id: company.of_office(o.id, "User") for o in OFFICES}
        self._queues = {o.id: company.of_office(o.id, "Department") for o in OFFICES}

    def make(
        self,
        kind: str,
        start: float,
        office: str,
        caller: Caller,
        *,
        extension: str | None = None,
        talk_seconds: int | None = None,
        wording: str | None = None,
    ) -> SimCall:
        """Return a call that is not in the log yet; *extension* is the user or queue called."""
        if kind not in KINDS:
            raise ValueError(f"Unknown kind of call {kind!r}; known: {', '.join(KINDS)}.")
        call = SimCall(
            key=self._world.ringcentral.next_key(),
            seed=self._world.seed,
            kind=kind,
            start=start,
            office=office,
            caller=caller,
            dialled=self._offices[office].number,
            wording=wording,
        )
        if kind.startswith("queue_"):
            self._ring_queue(call, extension)
        elif kind == "menu_abandoned":
            call.menu_seconds = self._rng.randrange(4, 40)
        elif call.facts.direction == "Outbound":
            self._call_out(call, extension)
        else:
            self._ring_user(call, extension)
        self._talk(call, talk_seconds)
        return call

    def _ring_queue(self, call: SimCall, extension: str | None) -> None:
        queue = self._chosen(self._queues[call.office], extension)
        call.queue, call.menu_seconds = queue.id, self._rng.randrange(3, 12)
        if self._rng.random() < 0.6:
            call.dialled = queue.phone or call.dialled
        most = min(len(queue.members), 3 if call.kind in _QUEUE_ANSWERED else 4)
        least = 2 if call.kind == "queue_elsewhere" and most > 1 else 1
        members = self._rng.sample(queue.members, self._rng.randint(least, most))
        if call.kind == "queue_callback":
            members = []
        call.rung = tuple((member, self._rng.randrange(5, 21)) for member in members)
        if call.facts.answered:
            call.agent = members[-1]

    def _ring_user(self, call: SimCall, extension: str | None) -> None:
        user = self._chosen(self._users[call.office], extension)
        call.dialled = user.phone or call.dialled
        ring = 0 if call.kind in ("blocked", "failed") else self._rng.randrange(4, 28)
        call.rung = ((user.id, ring),)
        if call.facts.answered or call.kind == "fax_in":
            call.agent = user.id

    def _call_out(self, call: SimCall, extension: str | None) -> None:
        users = self._users[call.office]
        agent = self._chosen(users, extension)
        call.agent, call.dialled = agent.id, call.caller.e164 or ""
        call.menu_seconds = self._rng.randrange(5, 35)  # Until the other side answered, or not.
        if call.kind.startswith("internal"):
            others = [user for user in users if user.id != agent.id]
            callee = self._rng.choice(others)
            call.rung = ((callee.id, 0),)
            call.dialled, call.caller = callee.number, Caller(None, None)

    def _talk(self, call: SimCall, talk_seconds: int | None) -> None:
        drawn = int(min(1500, self._rng.lognormvariate(4.9, 0.9))) + 6
        recorded = self._rng.random() < RECORDED_SHARE
        if call.facts.answered:
            call.talk_seconds = drawn if talk_seconds is None else talk_seconds
            call.recorded = recorded
        elif call.facts.message == "VoiceMail":
            call.talk_seconds = 8 + drawn % 50 if talk_seconds is None else talk_seconds
        elif call.facts.type == "Fax":
            call.talk_seconds = 20 + drawn % 90

    def _chosen(self, among: list[Extension], wanted: str | None) -> Extension:
        if wanted is None:
            return self._rng.choice(among)
        for extension in among:
            if wanted in (extension.id, extension.number, extension.name):
                return extension
        known = ", ".join(extension.id for extension in among)
        raise ValueError(f"No extension {wanted!r} can take such a call; known: {known}.")
