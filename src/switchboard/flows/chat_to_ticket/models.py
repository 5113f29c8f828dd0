"""The words this flow speaks: one visitor's chat, and what is to happen because of it.

Every value is frozen and survives JSON, so that a conversation can be stored between two
messages and a step can be replayed in a test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LABELS = (
    "disk_space_upgrade",
    "password_reset",
    "user_management",
    "monitor_setup",
    "printer_issues",
    "server_slowness",
    "rdp_connection",
    "server_reboot",
    "quickbooks_mfa",
    "email_issues",
    "quickbooks_issues",
    "windows_update",
    "account_locked",
)
"""The workflows that ship, which the detector tells apart."""

GENERAL = "general_request"  # What a matter becomes that fits none of them.
AUTOMATION_SOURCE = "AceBuddy"

Outcome = Literal["start", "ask", "none", "human", "smalltalk"]
Priority = Literal["High", "Medium", "Low"]
EventKind = Literal[
    "opened",
    "said",
    "answers",  # Several questions answered at once (SalesIQ's context).
    "handover_failed",
    "ticket_created",  # detail: reference, id, number
    "code_sent",  # detail: salt, digest, expires_at (ISO 8601): never the code itself
    "code_failed",
    "approval",  # detail: reference, decision (approved|declined)
    "timeout",  # Nobody wrote for a while, or something behind us takes long.
    "closed_by_operator",
]
Stage = Literal[
    "new",  # Nothing has been said yet.
    "open",  # The visitor is asked, in their own words, what is wrong.
    "choosing",  # Among the workflows offered.
    "confirming",  # That the one workflow understood is meant.
    "asking",  # A question of the workflow is open.
    "checking",  # Known data (name, e-mail, phone) are shown: right or not?
    "guiding",  # First aid was given: did that solve it?
    "verifying",  # A one-time code is awaited.
    "reviewing",  # The summary is shown: log it?
    "amending",  # Which answer is to be changed?
    "raised",  # A ticket was asked for; nothing else is open.
    "after",  # Anything else?
    "handed_over",
    "closed",
]
AsideKind = Literal[
    "cancel",  # Really drop it?
    "start_over",
    "switch",  # To another workflow, or finish this one first?
    "stuck",  # An answer was refused twice: skip it, or a person?
    "person",  # Nobody is there: log it, or carry on?
    "resume",  # The visitor is back after a while.
    "own_words",  # "Something else" was chosen: what is it?
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(_Value):
    """What the detector makes of one message."""

    outcome: Outcome
    labels: tuple[str, ...] = LABELS  # All of them, best first.
    offered: tuple[str, ...] = ()  # What an ask would show: at most three.
    p: float = 0.0  # The chance that the first label is right.
    guard: str | None = None  # The rule that overruled the model, if one did.


Classify = Callable[[str], Verdict]
Learning = Literal["learnt", "learning", "refused"]
"""How the detector in use stands to the examples on the disk; refused: an error keeps them out."""


class Visitor(_Value):
    """Who writes. Name, e-mail and phone are claims, never proofs: zoho-salesiq.md §9."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    channel: str | None = None
    language: str | None = None
    country: str | None = None
    time_zone: str | None = None
    page_url: str | None = None


class Attachment(_Value):
    url: str
    name: str = ""
    type: str = ""
    size: int | None = None


class Event(_Value):
    """Something that happened to a conversation."""

    kind: EventKind
    at: AwareDatetime
    text: str = ""
    answers: dict[str, str] = Field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    detail: dict[str, str] = Field(default_factory=dict)


class Row(_Value):
    """One line of a card: a number the visitor can say, a label and a value."""

    number: int
    label: str
    value: str


class Card(_Value):
    """A part of a reply that a channel may draw: a summary, or an input of a certain kind."""

    kind: Literal["summary", "email", "phone", "name", "date"]
    title: str = ""
    rows: tuple[Row, ...] = ()


class Reply(_Value):
    """One bubble. With options a web visitor cannot type: zoho-salesiq.md §5, `suggestions`."""

    text: str
    options: tuple[str, ...] = ()
    card: Card | None = None


class Answer(_Value):
    """A slot's value as a machine compares it, and as a person reads it."""

    value: str
    shown: str
    source: Literal["visitor", "profile", "missing"] = "visitor"


class Verification(_Value):
    """The state of a one-time code. It never holds the code."""

    state: Literal["none", "sending", "sent", "verified", "unverified"] = "none"
    email: str = ""
    salt: str = ""
    digest: str = ""
    expires_at: datetime | None = None
    tries: int = 0
    sends: int = 0


class Aside(_Value):
    """A question put on top of the open one, which is asked again afterwards."""

    kind: AsideKind
    workflow: str = ""
    text: str = ""  # What the visitor said that led to it.


class Mention(_Value):
    """A second problem named on the way, with the words it was named in."""

    workflow: str
    text: str = ""


class TicketRef(_Value):
    """A ticket asked for by this conversation; id and number arrive when Desk has made it."""

    reference: str
    workflow: str
    email: str = ""
    id: str = ""
    number: str = ""


class TicketDraft(_Value):
    """Everything a ticket needs, in the words of the help desk and not of a vendor."""

    reference: str  # Stable for one confirmed request: the key under which it exists once.
    workflow: str
    subject: str
    summary: str  # Plain text of several lines; whoever renders it escapes it.
    fields: tuple[tuple[str, str], ...]  # Label and value, in the order of the workflow.
    priority: Priority
    category: str = ""
    department: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    verification: Literal["not_needed", "verified", "unverified"] = "not_needed"
    approval_needed: bool = False
    handling_minutes: int | None = None
    attachments: tuple[Attachment, ...] = ()
    custom_fields: dict[str, str] = Field(default_factory=dict)

    @property
    def verified(self) -> bool:
        """Whether the visitor proved control of the contact's address."""
        return self.verification == "verified"


class RaiseTicket(_Value):
    type: Literal["raise_ticket"] = "raise_ticket"
    draft: TicketDraft


class SendCode(_Value):
    """Ask the shell for a code; it answers with code_sent or code_failed.

    The shell answers code_sent whether or not it knows the address, so that a stranger cannot
    find out whose addresses we know.
    """

    type: Literal["send_code"] = "send_code"
    email: str


class HandOver(_Value):
    type: Literal["hand_over"] = "hand_over"
    reason: str
    department: str | None = None
    summary: str = ""


class AskApproval(_Value):
    """Ask the point of contact, once the ticket of the same reference exists."""

    type: Literal["ask_approval"] = "ask_approval"
    reference: str
    approver_name: str
    approver_email: str
    subject: str
    what: str


class EndChat(_Value):
    type: Literal["end_chat"] = "end_chat"


class Remember(_Value):
    """Something worth counting; no personal data."""

    type: Literal["remember"] = "remember"
    what: Literal[
        "started",
        "solved",
        "cancelled",
        "switched",
        "verified",
        "unverified",
        "not_understood",
        "person_wanted",
        "expired",
    ]
    workflow: str = ""


Effect = Annotated[
    RaiseTicket | SendCode | HandOver | AskApproval | EndChat | Remember,
    Field(discriminator="type"),
]


class Conversation(_Value):
    """The whole state of a dialogue between two events."""

    id: str  # The visitor's chat as SalesIQ or the sender calls it.
    key: str = ""  # What its tickets' references begin with, the same nowhere else; blank: the id.
    visitor: Visitor
    version: int = 0
    stage: Stage = "new"
    started_at: AwareDatetime | None = None
    last_at: AwareDatetime | None = None

    first_words: str = ""  # What the visitor said the matter was, shortened.
    workflow: str = ""
    request: int = 0  # Counts confirmed and begun requests: one ticket each at most.
    slots: dict[str, Answer] = Field(default_factory=dict)
    asked: tuple[str, ...] = ()  # Step ids in the order they were answered, for "back".
    done: tuple[str, ...] = ()  # Guidance already given.
    current: tuple[str, ...] = ()  # The open step; several when known data are checked at once.
    express: bool = False  # Raise it with what we have: ask for the contact only.
    misses: int = 0
    lost: int = 0  # Messages not understood in a row.

    offered: tuple[str, ...] = ()
    later: tuple[Mention, ...] = ()  # To be taken up afterwards.
    aside: Aside | None = None
    verification: Verification = Verification()
    tickets: tuple[TicketRef, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    handover_failed: bool = False
    hinted: bool = False  # The words that always work were named.


class Step(_Value):
    """What one event leads to."""

    conversation: Conversation
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
