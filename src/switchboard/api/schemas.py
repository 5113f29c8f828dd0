"""The documents of the API: what programs send, and what they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchboard.config.chat_documents import TicketPriority

MOST_FURTHER = 30
TicketState = Literal["wanted", "raised", "refused", "parked"]
Scalar = Annotated[str, Field(max_length=2000)] | int | float | bool | None


def words(most: int) -> object:
    """A text that says something."""
    return Field(min_length=1, max_length=most, pattern=r"\S")


class TicketMetadata(BaseModel):
    """What is known besides the words; further names become lines of the ticket."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Scalar] = Field(init=False)

    subject: Annotated[str, words(250)] | None = Field(
        None, description="The ticket's subject; without it, the beginning of the query."
    )
    priority: TicketPriority | None = Field(
        None, description="Without it, that of the workflow, or Medium."
    )
    workflow_type: Annotated[str, words(100)] | None = Field(
        None, description="What it is about: one of our workflows, or a word of your own."
    )
    name: Annotated[str, words(200)] | None = Field(None, description="Who it is for.")
    email: Annotated[str, words(254)] | None = Field(
        None, description="Their address, where `user_id` is something else."
    )
    phone: Annotated[str, words(50)] | None = Field(None, description="Their number.")


class CreateTicket(BaseModel):
    """A ticket that is wanted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "query": "Test",
                    "user_id": "test@company.com",
                    "metadata": {"subject": "Test", "priority": "Low", "workflow_type": "test"},
                },
                {
                    "query": "The printer on the second floor prints blank pages.",
                    "user_id": "ines@example.com",
                    "metadata": {
                        "subject": "Printer prints blank pages",
                        "priority": "Low",
                        "workflow_type": "printer_issues",
                        "name": "Ines Marlowe",
                        "phone": "+1 415 555 0100",
                        "printer": "HP M428, second floor",
                    },
                },
            ]
        },
    )

    query: Annotated[str, words(10_000)] = Field(description="What is wanted, in their words.")
    user_id: Annotated[str, words(254)] = Field(
        description="Whose ticket it is: an e-mail address, or a name of yours for them."
    )
    metadata: TicketMetadata = Field(default_factory=TicketMetadata)


class TicketAnswer(BaseModel):
    """A ticket that was asked for."""

    reference: str = Field(description="Our name for it; it stands in the ticket's subject.")
    state: TicketState = Field(
        description="`raised`: it is in Zoho Desk. `wanted`: it will be, as soon as Zoho Desk "
        "answers. `refused`, `parked`: a person has to look."
    )
    ticket_id: str | None = Field(description="Zoho Desk's id, once it is there.")
    ticket_number: str | None = Field(description="The number people quote, once it is there.")
    status: str | None = Field(description="As Zoho Desk calls it: Open, ...")
    priority: str
    workflow_type: str
    added_to_existing: bool = Field(
        description="It was added to the person's open ticket on the same matter."
    )
    created_at: datetime = Field(description="When it was asked for.")

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "reference": "AB-7F3K2M",
                "state": "raised",
                "ticket_id": "1892000000042034",
                "ticket_number": "1000001",
                "status": "Open",
                "priority": "Low",
                "workflow_type": "test",
                "added_to_existing": False,
                "created_at": "2026-03-01T16:00:00Z",
            }
        }
    )


class TicketDetails(BaseModel):
    """A ticket as Zoho Desk has it now."""

    ticket_id: str | None = Field(description="Zoho Desk's id, once it is there.")
    ticket_number: str | None
    state: TicketState
    stale: bool = Field(description="Zoho Desk does not answer: this is what was known last.")
    subject: str | None
    status: str | None = Field(description="The portal's own name for it.")
    status_type: str | None = Field(description="Open, On Hold or Closed.")
    priority: str | None
    email: str | None = Field(description="Of the contact.")
    created_at: datetime | None
    modified_at: datetime | None
    closed_at: datetime | None
    url: str | None = Field(description="For agents of the portal.")
    reference: str = Field(description="Our name for it.")
    workflow_type: str
    conversation_id: str | None = Field(description="The chat it came from.")


class AddComment(BaseModel):
    """A comment that is to be added."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"comment": "The toner was replaced.", "public": True}]},
    )

    comment: Annotated[str, words(30_000)] = Field(description="Plain text.")
    public: bool = Field(
        default=True, description="Whether the customer sees it; false: agents alone."
    )


class CommentAnswer(BaseModel):
    """A comment that was asked for."""

    reference: str
    ticket_id: str | None
    state: Literal["added", "wanted"] = Field(
        description="`wanted`: it will be added as soon as Zoho Desk answers."
    )
    comment_id: str | None = Field(description="Zoho Desk's id, once it is there.")


class SetStatus(BaseModel):
    """A status that is to be set."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"status": "Closed"}]}
    )

    status: Annotated[str, words(100)] = Field(
        description="One of the portal's names for a status, or Open, On Hold, Closed."
    )


class StatusAnswer(BaseModel):
    """The status a ticket has now."""

    reference: str
    ticket_id: str | None
    status: str | None
    status_type: str | None


class DeskConnection(BaseModel):
    """A connection that works."""

    status: Literal["ok"] = "ok"
    organization: str = Field(description="Who answered: the portal's name.")
    organization_id: str
    department: str = Field(description="Where tickets go.")
    department_id: str


class SessionVisitor(BaseModel):
    """Who writes, as they say."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class SessionMessage(BaseModel):
    """One message of the transcript."""

    at: datetime
    sender: Literal["visitor", "bot", "operator", "system"]
    text: str | None = Field(description="Null once it was deleted.")
    options: list[str] = Field(description="What could be chosen.")


class SessionAnswer(BaseModel):
    """One answer of the visitor's."""

    shown: str
    source: Literal["visitor", "profile", "missing"]


class SessionTicket(BaseModel):
    """One ticket of the chat."""

    reference: str
    workflow_type: str
    state: TicketState
    ticket_id: str | None
    ticket_number: str | None
    status: str | None


class Session(BaseModel):
    """A chat as it stands."""

    conversation_id: str
    session_id: str = Field(description="As the sender calls it.", examples=["test_123"])
    stage: str = Field(description="Where the dialogue is: asking, verifying, raised, closed, ...")
    workflow: str | None
    verified: bool = Field(description="The visitor proved control of their address.")
    escalated: str = Field(description="Why a person was asked to take over; empty: nobody was.")
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    visitor: SessionVisitor
    answers: dict[str, SessionAnswer] = Field(description="By the workflow's names of questions.")
    messages: list[SessionMessage]
    tickets: list[SessionTicket]


class SessionClosed(BaseModel):
    """A chat that is closed now."""

    conversation_id: str
    status: Literal["closed"] = "closed"
    already: bool = Field(description="It was closed before.")


class Check(BaseModel):
    """One thing readiness depends on."""

    name: str
    ok: bool
    code: str | None = None
    detail: str = ""


class Readiness(BaseModel):
    """Whether work can be taken."""

    status: Literal["ready", "not_ready"]
    checks: list[Check]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


FLAT_EXAMPLE = {
    "chat_id": "test_123",
    "visitor_id": "visitor_456",
    "visitor_email": "test@company.com",
    "visitor_name": "Test User",
    "message": "I forgot my password",
}


class FlatMessage(BaseModel):
    """A chat message in the flat form; further names are ignored."""

    chat_id: str = Field(max_length=200, description="Which chat it belongs to.")
    visitor_id: str | None = None
    visitor_email: str | None = None
    visitor_name: str | None = None
    visitor_phone: str | None = None
    message: str = Field(description="What the visitor wrote.")
    message_id: str | None = Field(None, description="A repeated one gets the same answer again.")


class Received(BaseModel):
    """A delivery that was taken."""

    status: Literal["ok"] = "ok"
