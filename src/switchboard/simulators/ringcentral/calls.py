"""One call as it happened, small enough to keep 100,000 of them; records are written on reading."""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchboard.simulators.ringcentral.company import Caller

SHORT_RECORDING_SECONDS = 30  # ringcentral.md §4: shorter recordings are not kept.
_RECORD_ID = re.compile(r"Qx(\d{9})([AB])(?:zUA|u(\d+))")
_SESSION_ID = re.compile(r"s-[0-9a-f]{8}([0-9a-f]{12})")
_SESSION_BASE, _SESSION_STEP = 880_000_000_004, 10_000
_RECORDING_BASE, _MESSAGE_BASE = 990_000_000_004, 1_900_000_000_004


@dataclass(frozen=True, slots=True)
class Kind:
    """How calls of one kind look in the log once they are final."""

    direction: str = "Inbound"
    action: str = "Phone Call"
    result: str = "Accepted"
    reason: str = "Accepted"
    type: str = "Voice"
    parts: int = 1  # Records of one session in the company log.
    message: str | None = None
    answered: bool = False


def _missed(result: str, reason: str) -> Kind:
    return Kind(result=result, reason=reason)


def _outbound(result: str, reason: str, *, answered: bool = False) -> Kind:
    return Kind("Outbound", "VoIP Call", result, reason, answered=answered)


KINDS: dict[str, Kind] = {
    "accepted": Kind(answered=True),
    "forwarded": Kind(answered=True),
    "missed": _missed("Missed", "No Answer"),
    "hang_up": _missed("Hang Up", "Hang Up"),
    "busy": _missed("Busy", "Line Busy"),
    "rejected": _missed("Rejected", "Calls Not Accepted"),
    "voicemail": Kind(result="Voicemail", reason="No Answer", message="VoiceMail"),
    "queue_accepted": Kind(answered=True),
    "queue_elsewhere": Kind(answered=True, parts=2),
    "queue_missed": _missed("Missed", "No Answer"),
    "queue_abandoned": _missed("Abandoned", "Hang Up"),
    "queue_voicemail": Kind(result="Voicemail", reason="No Answer", message="VoiceMail"),
    "queue_callback": _missed("Callback requested", "Accepted"),
    "menu_abandoned": _missed("Abandoned", "Hang Up"),
    "blocked": _missed("Blocked", "Number Blocked"),
    "failed": _missed("Call Failed", "Internal Error"),
    "internal": _outbound("Call connected", "Accepted", answered=True),
    "internal_missed": _outbound("No Answer", "No Answer"),
    "outbound": _outbound("Call connected", "Accepted", answered=True),
    "outbound_no_answer": _outbound("No Answer", "No Answer"),
    "outbound_busy": _outbound("Busy", "Line Busy"),
    "outbound_wrong": _outbound("Wrong Number", "Bad Number"),
    "ringout": Kind("Outbound", "RingOut Web", "Call connected", answered=True, parts=2),
    "monitoring": Kind("Outbound", "Monitoring", "Call connected", answered=True),
    "fax_in": Kind(
        action="Incoming Fax", result="Received", reason="Accepted", type="Fax", message="Fax"
    ),
    "fax_out": Kind("Outbound", "Outgoing Fax", "Sent", type="Fax"),
}


@dataclass(slots=True)
class Living:
    """Of a call that was not over when it was first seen. Moments are on the stopwatch."""

    settles_at: float
    style: str = "In Progress"  # Or "Stopped", "IP Phone Offline": the provisional result.
    shown_at: float = 0.0
    audio_at: float = 0.0
    transcript_at: float = 0.0
    settled_wall: float = 0.0  # The lastModifiedTime the settled record will carry.


@dataclass(slots=True)
class SimCall:
    key: int
    seed: int
    kind: str
    start: float
    office: str
    caller: Caller
    dialled: str
    queue: str | None = None
    rung: tuple[tuple[str, int], ...] = ()  # Extensions tried, in order, and for how long.
    agent: str | None = None  # Who answered, or who called out.
    menu_seconds: int = 0
    talk_seconds: int = 0  # Also the length of a voicemail.
    wording: str | None = None  # A drifted spelling of the result.
    recorded: bool = False
    living: Living | None = None
    deleted: bool = False

    @property
    def facts(self) -> Kind:
        return KINDS[self.kind]

    @property
    def session(self) -> str:
        return f"s-{self.seed & 0xFFFFFFFF:08x}{self.key:012x}"

    @property
    def duration(self) -> int:
        return self.menu_seconds + sum(ring for _, ring in self.rung) + self.talk_seconds

    @property
    def result(self) -> str:
        return self.wording or self.facts.result

    @property
    def modified(self) -> float:
        """When the final record was last written, on the wall."""
        if self.living is not None:
            return self.living.settled_wall
        return self.start + self.duration + 21.0

    @property
    def message_id(self) -> int | None:
        return _MESSAGE_BASE + self.key * 10 if self.facts.message else None

    @property
    def mailbox(self) -> str | None:
        """The extension whose message store holds this call's message."""
        if self.facts.message is None:
            return None
        return self.queue or (self.rung[0][0] if self.rung else self.agent)

    @property
    def recording_id(self) -> str | None:
        kept = self.recorded and self.talk_seconds >= SHORT_RECORDING_SECONDS
        return str(_RECORDING_BASE + self.key * 10) if kept else None

    @property
    def involved(self) -> tuple[str, ...]:
        """Extension ids in the order they came into the call, each once."""
        found = [self.queue, *(extension for extension, _ in self.rung), self.agent]
        return tuple(dict.fromkeys(e for e in found if e is not None))

    def session_id(self, part: int) -> str:
        return str(_SESSION_BASE + self.key * _SESSION_STEP + part * 1000)

    def record_id(self, part: int, extension: str | None = None) -> str:
        tail = "zUA" if extension is None else f"u{extension}"
        return f"Qx{self.key:09d}{'AB'[part]}{tail}"

    def settled(self, elapsed: float) -> bool:
        return self.living is None or elapsed >= self.living.settles_at

    def shown(self, elapsed: float) -> bool:
        return self.living is None or elapsed >= self.living.shown_at


def parse_record_id(value: str) -> tuple[int, int, str | None] | None:
    """Return (key, part, extension or None) of a record id of ours."""
    found = _RECORD_ID.fullmatch(value)
    return (int(found[1]), "AB".index(found[2]), found[3]) if found else None


def key_of_telephony_session(value: str) -> int | None:
    found = _SESSION_ID.fullmatch(value)
    return int(found[1], 16) if found else None


def key_of_session(value: str) -> int | None:
    """Of a numeric session id; the two halves of a RingOut lie 1000 apart."""
    return (int(value) - _SESSION_BASE) // _SESSION_STEP if value.isdigit() else None


def key_of_recording(value: str) -> int | None:
    return (int(value) - _RECORDING_BASE) // 10 if value.isdigit() else None


def key_of_message(value: str) -> int | None:
    return (int(value) - _MESSAGE_BASE) // 10 if value.isdigit() else None
