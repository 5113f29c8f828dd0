"""RingCentral's memory: the company, its calls, who is logged in and what they may do."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import asdict
from random import Random
from typing import TYPE_CHECKING, Any

from switchboard.simulators.ringcentral.calls import SimCall
from switchboard.simulators.ringcentral.company import SERVICE_USER_ID, Company
from switchboard.simulators.ringcentral.formats import stamp
from switchboard.simulators.ringcentral.limits import RateLimits
from switchboard.simulators.ringcentral.sessions import Sessions

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

CLIENT_ID, CLIENT_SECRET, JWT = "sim-rc-client", "sim-rc-secret", "sim-rc-jwt"
APP_PERMISSIONS = ("ReadCallLog", "ReadCallRecording", "ReadAccounts", "ReadMessages")
USER_PERMISSIONS = (
    "ReadCompanyCallLog",
    "ReadCallLog",
    "ReadCallRecording",
    "ReadExtensions",
    "ReadCompanyInfo",
    "ReadCompanyPhoneNumbers",
    "ReadUserPhoneNumbers",
    "ReadMessages",
)


class RingCentralState:
    """Calls are kept by start time; records are written when somebody reads them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.company = Company()
        self.owner = SERVICE_USER_ID
        self.app_permissions = set(APP_PERMISSIONS)
        self.user_permissions = set(USER_PERMISSIONS)
        self.issue_refresh_tokens = True
        self.sessions = Sessions(world.clock, Random(f"{world.seed}:sessions"))
        self.limits = RateLimits(world.clock)
        self._by_key: list[SimCall] = []
        self._by_start: list[SimCall] = []
        self.changing: list[SimCall] = []  # Calls with a change after the world began.

    def __len__(self) -> int:
        return len(self._by_key)

    def next_key(self) -> int:
        return len(self._by_key) + 1

    def add_call(self, call: SimCall) -> SimCall:
        """Keep a call; its key must be `next_key()`."""
        if call.key != self.next_key():
            raise ValueError(f"Call {call.key} comes out of turn; {self.next_key()} is next.")
        self._by_key.append(call)
        if not self._by_start or self._by_start[-1].start <= call.start:
            self._by_start.append(call)
        else:
            place = bisect_right(self._by_start, call.start, key=_start)
            self._by_start.insert(place, call)
        if call.living is not None:
            self.changing.append(call)
        return call

    def call(self, key: int | None) -> SimCall | None:
        """The call with that key, once the log shows it."""
        if key is None or not 1 <= key <= len(self._by_key):
            return None
        call = self._by_key[key - 1]
        return call if call.shown(self._world.clock.elapsed()) else None

    def calls(self) -> list[SimCall]:
        return list(self._by_key)

    def newest_first(self, start: float, end: float) -> Iterator[SimCall]:
        """Calls that began in the window [start, end] and that the log shows by now."""
        elapsed = self._world.clock.elapsed()
        low = bisect_left(self._by_start, start, key=_start)
        high = bisect_right(self._by_start, end, key=_start)
        for index in range(high - 1, low - 1, -1):
            call = self._by_start[index]
            if call.living is None or call.shown(elapsed):
                yield call

    def collections(self) -> dict[str, Callable[[], list[dict[str, Any]]]]:
        return {
            "calls": lambda: [self.describe(call) for call in self._by_key],
            "extensions": lambda: [asdict(e) for e in self.company.extensions.values()],
            "offices": lambda: [asdict(o) for o in self.company.offices.values()],
            "sessions": self._voice_sessions,
            "logins": self.sessions.as_json,
            "limits": self.limits.as_json,
        }

    def _voice_sessions(self) -> list[dict[str, Any]]:
        """What a reader of the whole call log with `type=Voice` has to account for, once each."""
        elapsed = self._world.clock.elapsed()
        return [
            self.describe(call)
            for call in self._by_key
            if call.facts.type == "Voice" and call.shown(elapsed) and not call.deleted
        ]

    def describe(self, call: SimCall) -> dict[str, Any]:
        """The truth about a call, whatever its records show."""
        elapsed = self._world.clock.elapsed()
        return {
            "session": call.session,
            "kind": call.kind,
            "type": call.facts.type,
            "direction": call.facts.direction,
            "result": call.result,
            "answered": call.facts.answered,
            "office": call.office,
            "caller": call.caller.e164,
            "caller_name": call.caller.name,
            "start": stamp(call.start),
            "duration": call.duration,
            "talk_seconds": call.talk_seconds,
            "queue": call.queue,
            "rung": [extension for extension, _ in call.rung],
            "agent": call.agent,
            "recording": call.recording_id,
            "message": call.message_id,
            "mailbox": call.mailbox,
            "records": [call.record_id(part) for part in range(call.facts.parts)],
            "shown": call.shown(elapsed),
            "settled": call.settled(elapsed),
        }


def _start(call: SimCall) -> float:
    return call.start
