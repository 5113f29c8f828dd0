"""What fields tickets and contacts have here, and what may stand in them (zoho-desk.md §5, §7)."""

from __future__ import annotations

from dataclasses import dataclass

PRIORITIES = ("High", "Medium", "Low")
CHANNELS = ("Phone", "Email", "Web", "Chat", "Twitter", "Facebook", "Forums")
CLASSIFICATIONS = ("Problem", "Request", "Question", "Others")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module as the portal's administrator set it up."""

    api_name: str
    label: str
    type: str = "Text"
    max_length: int = 255
    allowed: tuple[str, ...] = ()
    mandatory: bool = False
    encrypted: bool = False

    @property
    def custom(self) -> bool:
        return self.api_name.startswith("cf_")


@dataclass(frozen=True, slots=True)
class Status:
    name: str
    type: str  # Open, On Hold, Closed.


STATUSES = (
    Status("Open", "Open"),
    Status("On Hold", "On Hold"),
    Status("Escalated", "Open"),
    Status("Closed", "Closed"),
)


def ticket_fields() -> dict[str, Field]:
    """Return a ticket's fields, the customer's own four at the end."""
    fields = (
        Field("subject", "Subject", mandatory=True),
        Field("departmentId", "Department", "LookUp", 100, mandatory=True),
        Field("contactId", "Contact Name", "LookUp", 100),
        Field("accountId", "Account Name", "LookUp", 100),
        Field("productId", "Product Name", "LookUp", 100),
        Field("email", "Email", "Email", 150),
        Field("phone", "Phone", "Phone", 120),
        Field("description", "Description", "LargeText", 65_535),
        Field("status", "Status", "Picklist", 120),
        Field("priority", "Priority", "Picklist", 120, PRIORITIES),
        Field("channel", "Channel", "Picklist", 120, CHANNELS),
        Field("classification", "Classifications", "Picklist", 120, CLASSIFICATIONS),
        Field("language", "Language", "Picklist", 120),
        Field("category", "Category", "Picklist", 120),
        Field("subCategory", "Sub Category", "Picklist", 120),
        Field("assigneeId", "Ticket Owner", "LookUp", 100),
        Field("teamId", "Team", "LookUp", 100),
        Field("dueDate", "Due Date", "DateTime", 100),
        Field("resolution", "Resolution", "LargeText", 65_535),
        Field("cf_workflow_type", "workflow_type"),
        Field("cf_automation_source", "automation_source"),
        Field("cf_salesiq_chat_id", "salesiq_chat_id"),
        Field("cf_salesiq_visitor_id", "salesiq_visitor_id"),
    )
    return {field.api_name: field for field in fields}


def contact_fields() -> dict[str, Field]:
    fields = (
        Field("lastName", "Last Name", max_length=200, mandatory=True),
        Field("firstName", "First Name", max_length=40),
        Field("email", "Email", "Email", 255),
        Field("secondaryEmail", "Secondary Email", "Email", 100),
        Field("phone", "Phone", "Phone", 50),
        Field("mobile", "Mobile", "Phone", 50),
        Field("accountId", "Account Name", "LookUp", 100),
        Field("ownerId", "Contact Owner", "LookUp", 100),
        Field("type", "Type", "Picklist", 120),
        Field("title", "Title", max_length=100),
        Field("description", "Description", "LargeText", 65_535),
        Field("street", "Street", max_length=250),
        Field("city", "City", max_length=30),
        Field("state", "State", max_length=30),
        Field("country", "Country", max_length=30),
        Field("zip", "Zip", max_length=30),
        Field("twitter", "Twitter", max_length=100),
        Field("facebook", "Facebook", max_length=100),
    )
    return {field.api_name: field for field in fields}


# A contact within a new ticket has fewer fields: §5.
INLINE_CONTACT = ("lastName", "firstName", "email", "phone")
INLINE_LENGTHS = {"lastName": 200, "firstName": 100, "email": 255, "phone": 100}
