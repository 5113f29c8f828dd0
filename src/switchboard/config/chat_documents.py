"""The documents of the chat half: where tickets go, and which SalesIQ bot talks to us."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from switchboard.config.documents import Document, MailAddress, Text

TicketPriority = Literal["High", "Medium", "Low"]
Hours = Annotated[float, Field(gt=0)]


class ResolutionHours(Document):
    """What customers are told to expect, by priority; hours of the office calendar."""

    High: Hours = Field(4, description="Hours in which a ticket of high priority is solved.")
    Medium: Hours = Field(8, description="Hours for medium priority.")
    Low: Hours = Field(24, description="Hours for low priority.")


class TicketFields(Document):
    """API names of the ticket's custom fields in Zoho Desk; null leaves a field out."""

    workflow_type: Text | None = Field("cf_workflow_type", description="Which workflow it was.")
    automation_source: Text | None = Field(
        "cf_automation_source", description="Always AceBuddy: raised by the bot."
    )
    salesiq_chat_id: Text | None = Field("cf_salesiq_chat_id", description="The chat's id.")
    salesiq_visitor_id: Text | None = Field("cf_salesiq_visitor_id", description="The visitor's.")


class DeskConfig(Document):
    """`data/zoho_desk_config.json`: the portal's ids, who is told, and what is promised."""

    org_id: Text | None = Field(None, description="The portal; or ZOHO_DESK_ORG_ID.")
    department_id: Text | None = Field(
        None, description="Where tickets go; or ZOHO_DESK_DEPARTMENT_ID."
    )
    departments: dict[str, Text] = Field(
        default_factory=dict, description="Name used by a workflow → department id in Zoho Desk."
    )
    default_assignee: Text | None = Field(
        None, description="Id of the agent who gets the tickets; none: Zoho Desk's own rules."
    )
    ticket_source: Text = Field("SalesIQ", description="How the ticket says where it came from.")
    priorities: dict[str, TicketPriority] = Field(
        default_factory=dict, description="Workflow → priority, in place of the workflow's own."
    )
    custom_fields: TicketFields = TicketFields()
    team_emails: tuple[MailAddress, ...] = Field(
        (), description="Who gets a mail about every new ticket."
    )
    support_contact: str = Field(
        "", description="How customers reach the team: a telephone number or an address."
    )
    resolution_hours: ResolutionHours = ResolutionHours()
    extend_open_tickets: bool = Field(
        default=True, description="Add to a person's open ticket on the same matter."
    )
    ask_satisfaction: bool = Field(
        default=True, description="Ask the customer how it was, once a ticket is closed."
    )
    webhook_id: Text | None = Field(
        None, description="Zoho Desk's webhook to /webhook/desk; none: tickets are polled."
    )
    poll_minutes: Annotated[float, Field(gt=0)] = Field(
        10, description="How often open tickets are read where no webhook tells of them."
    )


class SalesiqConfig(Document):
    """`data/salesiq_config.json`: the bot whose deliveries are taken, and its portal."""

    public_keys: tuple[Text, ...] = Field(
        (), description="Of the bot's signed deliveries: one, or two while they are changed."
    )
    screen_name: Text | None = Field(
        None, description="The portal's name in its addresses; needed for answers given later."
    )
    address: Text | None = Field(
        None, description="The portal's server; none: the one of the account's data centre."
    )
    department_id: Text | None = Field(
        None, description="Which operators take a chat over; none: SalesIQ chooses."
    )
    hand_over: bool = Field(default=True, description="Whether operators take chats over at all.")


DESK_KEY, DESK_ORG, DESK_DEPARTMENT = (
    "ZOHO_DESK_API_KEY",
    "ZOHO_DESK_ORG_ID",
    "ZOHO_DESK_DEPARTMENT_ID",
)
