"""SalesIQ's deliveries and our answers to them, in typed values."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Form = Literal["flat", "bot"]
Kind = Literal[
    "check",  # An empty body: somebody tries whether the address answers.
    "trigger",  # The chat was opened; nothing has been written.
    "message",
    "context",  # All questions of an earlier `context` answer are answered.
    "failure",  # An earlier answer of ours could not be carried out.
    "other",  # Operator widgets, general webhooks: acknowledged, never part of a conversation.
]
Action = Literal["reply", "forward", "operator_busy", "end", "pending", "context"]
InputType = Literal[
    "select",
    "multiple-select",
    "drop-down",
    "calendar",
    "range-calendar",
    "timeslots",
    "date-timeslots",
    "email",
    "tel",
    "name",
    "url",
    "file",
    "location",
    "happiness-rating",
    "star-rating",
    "like",
    "slider",
    "range-slider",
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Visitor(_Value):
    """Who writes. Everything but the id is a claim made in a browser: zoho-salesiq.md §9."""

    id: str = ""
    name: str = Field("", repr=False)
    email: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    channel: str = ""
    language: str = ""
    country: str = ""
    time_zone: str = ""
    page_url: str = Field("", repr=False)


class Attachment(_Value):
    """A file the visitor sent; `url` is blank where the delivery's shape was not understood."""

    url: str = Field("", repr=False)
    name: str = ""
    type: str = ""
    size: int | None = None


class Cause(_Value):
    """Why an answer of ours was not carried out: zoho-salesiq.md §5, "Failure codes"."""

    code: int = 0
    text: str = ""


class Delivery(_Value):
    """One thing SalesIQ, or a sender of the flat form, tells us."""

    form: Form
    kind: Kind
    received_at: AwareDatetime
    dedupe_key: str
    dedupe_seconds: float | None = None
    """How long the key names one delivery; None: for ever, because the sender gave it an id."""
    conversation_id: str = ""  # Blank where none was sent, as on some triggers: keep nothing then.
    request_id: str = ""  # Names this delivery alone, and is the key of callbacks.
    org_id: str = ""
    visitor: Visitor = Visitor()
    text: str = Field("", repr=False)
    text_cut: bool = False
    attachments: tuple[Attachment, ...] = ()
    context_id: str = ""
    answers: dict[str, str] = Field(default_factory=dict, repr=False)
    cause: Cause | None = None
    failed_action: str = ""  # The action of ours that failed, where it was told.
    operation: str = ""  # "chat" for the first message of a chat, "message" after that.
    handler: str = ""
    preview: bool = False  # From the bot builder: REST calls with its ids fail by nature.


class Input(_Value):
    """One input card."""

    type: InputType
    options: tuple[str, ...] = ()
    placeholder: str = ""
    label: str = ""
    value: str = ""
    error: tuple[str, ...] = ()  # Shown when SalesIQ itself refuses what was typed.
    least: int | None = None  # Of `file` and the sliders.
    most: int | None = None
    first: str = ""  # Of the calendars: "2026-11-21", or what SalesIQ's page allows ("+1").
    last: str = ""
    time_zone: str = ""
    with_time: bool = False


class Bubble(_Value):
    """One thing to say, with what the visitor may choose from or fill in."""

    text: str
    options: tuple[str, ...] = ()
    input: Input | None = None


class Question(_Value):
    """One of the questions SalesIQ asks by itself."""

    name: str
    bubble: Bubble


class Ticket(_Value):
    """A ticket as the flat form's answer names it."""

    id: str
    number: str
