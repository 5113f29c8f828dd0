"""What a workflow document says: the questions, the first aid and the ticket of one matter."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from switchboard.flows.chat_to_ticket.conditions import Condition, read_condition
from switchboard.flows.chat_to_ticket.models import Priority

Kind = Literal[
    "text",
    "choice",
    "plan",  # A choice with prices.
    "yes_no",
    "email",
    "phone",
    "person",
    "server",
    "username",
    "percent",
    "number",
    "date",
]
OPTION_KINDS = frozenset({"choice", "plan", "yes_no"})
SlotId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Sentence = Annotated[str, Field(min_length=1)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Option(_Document):
    """One answer to choose. In YAML a plain text is an option whose id is made from it."""

    id: SlotId
    label: Sentence
    also: tuple[str, ...] = ()  # Other ways in which visitors say the same.
    price: str = ""  # As the visitor and the point of contact read it.

    @property
    def shown(self) -> str:
        """The label with its price: what the button, the summary and the ticket say."""
        return f"{self.label} ({self.price})" if self.price else self.label


class _Step(_Document):
    condition: Condition | None = Field(default=None, alias="if")

    @field_validator("condition", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        return read_condition(value) if isinstance(value, str) else value


class Question(_Step):
    """One slot: what is asked, and what counts as an answer."""

    id: SlotId = Field(alias="ask")
    question: Sentence
    label: Sentence  # In the summary and on the ticket.
    kind: Kind
    options: tuple[Option, ...] = ()
    other: bool = False  # Offers "Something else", answered in the visitor's own words.
    optional: bool = False
    essential: bool = False  # Asked even when the visitor wants it logged without more questions.
    shared: bool = False  # The answer also serves the next workflow of the same chat.
    listen: bool = True  # The first message may hold the answer already.
    prefill: Literal["name", "email", "phone", "words"] | None = None
    why: str = ""  # What to say when the visitor asks what it is needed for.
    error: str = ""  # Instead of our words when an answer is refused.
    words: tuple[str, ...] = ()  # How visitors name it when they correct themselves.
    pattern: str = ""  # A regular expression the whole answer has to fit.
    minimum: float | None = None
    maximum: float | None = None


class Guidance(_Step):
    """First aid: what the visitor can try, and whether it helped."""

    id: SlotId = Field(alias="guide")
    text: tuple[Sentence, ...] = Field(min_length=1)
    question: Sentence = "Did that solve it?"


def _which(step: Any) -> str:
    if isinstance(step, dict):
        return "ask" if "ask" in step else "guide"
    return "ask" if isinstance(step, Question) else "guide"


StepOf = Annotated[
    Annotated[Question, Tag("ask")] | Annotated[Guidance, Tag("guide")], Discriminator(_which)
]


class Escalation(_Step):
    """Another priority where the answers call for it; the first that applies wins."""

    to: Priority


class Approval(_Step):
    """Who has to agree before the help desk acts: the slots that hold name and address."""

    name: SlotId
    email: SlotId
    requester: Condition | None = Field(default=None, alias="requester_if")  # Is that person.
    what: Sentence  # With {slot} placeholders, for the mail to the point of contact.
    notice: Sentence  # What the visitor is told.

    @field_validator("requester", mode="before")
    @classmethod
    def _read_requester(cls, value: Any) -> Any:
        return read_condition(value) if isinstance(value, str) else value


class TicketTemplate(_Document):
    subject: Sentence  # With {slot} placeholders.
    category: str = ""
    fields: tuple[SlotId, ...] = ()  # These first; the others follow in the order asked.
    department: str | None = None


class Workflow(_Document):
    """One document of `workflows/`, or of an operator's `chat/workflows/`."""

    id: SlotId
    title: Sentence
    description: Sentence
    detected: bool = True  # Offered by the detector; false for the general request.
    priority: Priority
    escalate: tuple[Escalation, ...] = ()
    verification: Literal["none", "email_code"] = "none"
    approval: Approval | None = None
    handling_minutes: int = Field(gt=0)  # A technician's time for one such request by hand.
    intro: str = ""
    steps: tuple[StepOf, ...]
    ticket: TicketTemplate
    closing: str = ""  # Said when the ticket exists.

    @cached_property
    def questions(self) -> dict[str, Question]:
        return {step.id: step for step in self.steps if isinstance(step, Question)}

    @cached_property
    def guidances(self) -> dict[str, Guidance]:
        return {step.id: step for step in self.steps if isinstance(step, Guidance)}
