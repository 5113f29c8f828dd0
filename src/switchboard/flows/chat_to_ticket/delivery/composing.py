"""Put a wanted ticket into the values Zoho Desk is sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from switchboard.config.chat_documents import DeskConfig
from switchboard.flows.chat_to_ticket.models import GENERAL, TicketDraft
from switchboard.vendors.zoho_desk import text
from switchboard.vendors.zoho_desk.models import DeskField, NewContact, NewTicket

# What Desk calls a field, and what we call it: these a ticket can do without.
OPTIONAL = {
    "channel": "channel",
    "priority": "priority",
    "category": "category",
    "language": "language",
    "assigneeId": "assignee_id",
    "dueDate": "due",
    "email": "email",
    "phone": "phone",
    "cf": "custom",
}
CHAT_CHANNEL = "Chat"  # Among the names a portal has by default (zoho-desk.md §5).
_LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "ja": "Japanese",
    "nl": "Dutch",
    "pt": "Portuguese",
    "zh": "Chinese",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ticket's row asks for."""

    draft: TicketDraft
    session: str = ""
    language: str = ""

    @property
    def email(self) -> str:
        return (self.draft.contact_email or "").strip()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket goes, and what the portal lets be filled in there."""

    department_id: str
    fields: Mapping[str, DeskField] = field(default_factory=dict)  # Empty: not known.


def contact_of(wanted: Wanted) -> NewContact:
    """Return the person a ticket is for; Desk demands a last name, and anything serves as one."""
    draft = wanted.draft
    words = text.one_line(draft.contact_name or "").split(" ")
    first, last = " ".join(words[:-1]), words[-1]
    return NewContact(
        last_name=last or wanted.email or text.one_line(draft.contact_phone or "") or "Visitor",
        first_name=first,
        email=wanted.email,
        phone=draft.contact_phone or "",
    )


def ticket_of(
    wanted: Wanted,
    config: DeskConfig,
    place: Place,
    *,
    marker: str,
    contact_id: str | None,
    due: datetime | None,
) -> tuple[NewTicket, list[str]]:
    """Return the ticket, and what had to be left out because the portal has no place for it."""
    draft, left_out = wanted.draft, []

    def listed(name: str, value: str) -> str:
        """Return a value if the portal lists it, or lists none."""
        known = place.fields.get(name)
        if not value or known is None or not known.allowed or value in known.allowed:
            return value
        left_out.append(f"{name}: the portal has no {value!r}")
        return ""

    custom = {}
    for name, value in custom_values(wanted, config).items():
        if place.fields and name not in place.fields:
            left_out.append(f"{name}: the portal has no such field")
            continue
        known = place.fields.get(name)
        most = min(text.FIELD_LENGTH, (known and known.max_length) or text.FIELD_LENGTH)
        custom[name] = text.fit(text.clean(value), most)
    language = _LANGUAGES.get(wanted.language[:2].lower(), "")
    languages = place.fields["language"].allowed if "language" in place.fields else ()
    ticket = NewTicket(
        subject=draft.subject,
        marker=marker,
        department_id=place.department_id,
        contact_id=contact_id,
        contact=None if contact_id else contact_of(wanted),
        description=description(wanted),
        phone=text.fit(text.one_line(draft.contact_phone or ""), text.PHONE_LENGTH),
        priority=listed("priority", draft.priority),
        channel=listed("channel", _channel(config.ticket_source, place)),
        category=listed("category", draft.category),
        language=language if language in languages else "",
        assignee_id=config.default_assignee,
        due=due,
        custom=custom,
    )
    return ticket, left_out


def without(ticket: NewTicket, names: Sequence[str]) -> NewTicket | None:
    """Return the ticket without the fields Desk complains about; None when it needs them."""
    wrong = {name.replace(".", "/").split("/")[0]: name for name in names}
    if not wrong or not set(wrong) <= set(OPTIONAL):
        return None
    changes: dict[str, object] = {OPTIONAL[name]: _nothing(OPTIONAL[name]) for name in wrong}
    single = {re.split(r"[/.]", name)[-1] for name in names if re.match(r"cf[/.]", name)}
    if single:
        changes["custom"] = {k: v for k, v in ticket.custom.items() if k not in single}
    slim = ticket.model_copy(update=changes)
    return None if slim == ticket else slim


def bare(ticket: NewTicket) -> NewTicket:
    """Return the ticket with nothing but what Desk demands of every ticket."""
    return ticket.model_copy(update={name: _nothing(name) for name in OPTIONAL.values()})


def custom_values(wanted: Wanted, config: DeskConfig) -> dict[str, str]:
    """Return the custom fields by the API names the portal calls them."""
    names = config.custom_fields.model_dump()
    values = dict(wanted.draft.custom_fields)
    if wanted.session:
        values["salesiq_chat_id"] = wanted.session
    return {name: values[ours] for ours, name in names.items() if name and values.get(ours)}


def description(wanted: Wanted) -> str:
    """Return the summary, and where it came from; plain text, which the client escapes."""
    draft = wanted.draft
    facts = [f"Reference: {draft.reference}"]
    if wanted.session:
        facts.append(f"SalesIQ chat: {wanted.session}")
    visitor = draft.custom_fields.get("salesiq_visitor_id")
    if visitor:
        facts.append(f"SalesIQ visitor: {visitor}")
    return "\n".join([draft.summary, "", *facts])


def added_text(wanted: Wanted) -> str:
    """Return the comment by which an open ticket is extended."""
    return f"The customer has come back on this matter.\n\n{description(wanted)}"


def may_extend(wanted: Wanted, *, from_chat: bool) -> bool:
    """Tell whether the request may be added to an open ticket.

    Never what fits no workflow, for two such matters are not the same; never for a program, which
    says itself what it wants; and never for somebody who failed to prove the address is theirs.
    """
    draft = wanted.draft
    return from_chat and draft.workflow != GENERAL and draft.verification != "unverified"


def _channel(source: str, place: Place) -> str:
    """Return the portal's own channel for chats where it lists none that is called as ours is."""
    known = place.fields.get("channel")
    names = {each.casefold(): each for each in known.allowed} if known else {}
    if source and names and source.casefold() not in names:
        return names.get(CHAT_CHANNEL.casefold(), source)
    return names.get(source.casefold(), source)


def _nothing(name: str) -> object:
    return {"custom": {}, "assignee_id": None, "due": None}.get(name, "")
