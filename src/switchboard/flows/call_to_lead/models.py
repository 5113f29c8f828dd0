"""The words this flow speaks: one customer's call, and what is to happen because of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["answered", "queue", "rung", "dialled"]
Direction = Literal["inbound", "outbound", "internal"]
CallType = Literal["accepted", "missed"]
StatusKey = Literal["accepted_call", "missed_call", "missed_call_with_voicemail"]
Outcome = Literal[
    "accepted",  # A person talked to the caller.
    "answered_elsewhere",  # A person did, but the records at hand do not say who.
    "voicemail",  # Nobody answered and the caller left a message.
    "missed",  # Nobody answered.
    "blocked",
    "failed",
    "fax",
    "noise",  # Monitoring, paging, a phone logging in: no conversation with a customer.
    "unsettled",  # RingCentral may still rewrite the records: look again later.
]
UnsettledReason = Literal[
    "settling",  # Over, but so recently that the records may change.
    "in_progress",
    "provisional_result",  # Stopped, IP Phone Offline, Unknown or nothing at all.
    "ring_out_only",  # Only the ringing of company phones is recorded so far.
]
SkipReason = Literal[
    "deleted",
    "outbound",
    "internal",
    "fax",
    "noise",
    "blocked_by_ringcentral",
    "failed",
    "no_number",
    "block_list",
    "unattributed",
    "extension_off",
    "outside_window",
    "not_requested_type",
]

RUN_REASONS: frozenset[SkipReason] = frozenset({"outside_window", "not_requested_type"})
"""Skips that say something about a run, not about the call: never a call's final fate."""

LEAD_SOURCE = "RingCentral Integration"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Call(_Value):
    """One customer interaction: every record and leg of a session collapsed into one outcome."""

    account: str
    session: str
    started_at: datetime
    ended_at: datetime
    direction: Direction
    outcome: Outcome
    unsettled_reason: UnsettledReason | None = None
    settles_at: datetime | None = None  # When an unsettled call is taken as it then stands.
    deleted: bool = False

    caller: str | None = None  # E.164; None when withheld, masked or not a telephone number.
    caller_raw: str | None = None
    caller_name: str | None = None  # Without queue prefix; None when only a city or a carrier.
    caller_location: str | None = None
    called_number: str | None = None  # What the caller dialled, as RingCentral wrote it.

    queue_name: str | None = None
    queue_extension_id: str | None = None
    queue_extension_number: str | None = None
    agent_name: str | None = None
    agent_extension_id: str | None = None
    agent_extension_number: str | None = None
    extension_ids: tuple[str, ...] = ()  # In order of involvement.
    extension_numbers: tuple[str, ...] = ()

    ring_seconds: int = 0  # Until somebody answered, or until the end.
    talk_seconds: int = 0
    duration_seconds: int = 0  # As RingCentral counts: menu, queue and hold included.

    recording_ids: tuple[str, ...] = ()
    voicemail_message_id: str | None = None
    callback_requested: bool = False
    result_raw: str | None = None
    reason_raw: str | None = None
    record_ids: tuple[str, ...] = ()
    last_modified: datetime | None = None

    @property
    def id(self) -> str:
        """The interaction's id in the ledger."""
        return f"call:{self.account}:{self.session}"

    @property
    def person(self) -> str:
        """Whose work this is: one number at a time; calls without a number stand alone."""
        return self.caller or self.id

    @property
    def call_type(self) -> CallType | None:
        """The manual's two kinds of call; None for whatever is neither."""
        if self.outcome in {"accepted", "answered_elsewhere"}:
            return "accepted"
        return "missed" if self.outcome in {"missed", "voicemail"} else None

    @property
    def status_key(self) -> StatusKey | None:
        """The entry of `lead_status` this call asks for."""
        if self.outcome == "voicemail":
            return "missed_call_with_voicemail"
        if self.call_type is None:
            return None
        return "accepted_call" if self.call_type == "accepted" else "missed_call"


class Window(_Value):
    """The time a run looks at: calls that started in [start, end)."""

    start: datetime
    end: datetime


class Skip(_Value):
    """Nothing is to be done about a call, and why."""

    reason: SkipReason
    why: str


class Attribution(_Value):
    """Whose call it was: the office, the configured extension, and what tied them to the call."""

    office_id: str
    extension_id: str
    extension_name: str
    role: Role
    process_calls: bool  # Of the extension the call was for: `decided_by`.
    decided_by: str


class KnownPerson(Protocol):
    """What matching needs of a directory entry; the store's DirectoryEntry has it."""

    @property
    def module(self) -> str: ...
    @property
    def record_id(self) -> str: ...
    @property
    def full_name(self) -> str | None: ...
    @property
    def lead_status(self) -> str | None: ...
    @property
    def converted(self) -> bool: ...
    @property
    def converted_contact_id(self) -> str | None: ...


class Match(_Value):
    """Who the caller is in the CRM. 'unusable': known, but there is nowhere to write."""

    kind: Literal["lead", "contact", "none", "unusable"]
    module: str | None = None
    record_id: str | None = None
    lead_status: str | None = None
    why: str


AssignmentRule = Literal[
    "after_hours", "department", "rotation", "fallback", "nobody", "earlier", "by_hand"
]


class ChosenOwner(_Value):
    """The owner a person chose for a call that was not written yet."""

    owner_id: str
    name: str
    by: str


class Assignment(_Value):
    """The owner of a new lead (None: Zoho's own default), why, and the rotation that turned.

    `pool` names that rotation in the store, and None says that nobody's turn was taken; `shares`
    is what each of its owners should get of such a lead.
    """

    owner_id: str | None
    why: str
    rule: AssignmentRule
    department: str | None = None
    pool: str | None = None
    rotation_after: dict[str, float] = Field(default_factory=dict)
    shares: dict[str, float] = Field(default_factory=dict)


class FieldProblem(_Value):
    """Something about a mapped field. Fatal: Zoho would refuse the record (ZOHO-422)."""

    field: str
    message: str
    fatal: bool = True
    section: str | None = None  # Of the mapping document, when the document is at fault.


class NoteText(_Value):
    """A note; its title ends in the marker by which it is found again."""

    title: str
    content: str
