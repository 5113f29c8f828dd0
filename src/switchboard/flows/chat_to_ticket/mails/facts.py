"""What a mail is made of: a ticket, an approval or a closing as the templates' values.

Until an address is proved, a mail to it says our own words alone, so that nobody can have us send
theirs: such values are blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from switchboard.config.load import Configuration
from switchboard.flows.call_to_lead.hours import OpeningHours, opening_hours
from switchboard.flows.chat_to_ticket.mails import words
from switchboard.flows.chat_to_ticket.mails.samples import SCORES, Facts
from switchboard.flows.chat_to_ticket.models import TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools

if TYPE_CHECKING:
    from switchboard.store.approvals import Approval
    from switchboard.store.tickets import Ticket

Moment = float | datetime
_IDENTITY = {
    "not_needed": "not asked for by this workflow",
    "verified": "confirmed by a code sent to the e-mail address",
    "unverified": "NOT confirmed",
}


def common_facts(configuration: Configuration) -> Facts:
    """Return what every mail may say."""
    desk = configuration.desk
    return {
        "help_desk": help_desk_of(configuration),
        "bot_name": configuration.settings.chat.bot_name,
        "support": desk.support_contact if desk else "",
    }


def customer_facts(tools: ChatTools, ticket: Ticket, draft: TicketDraft, at: datetime) -> Facts:
    return {
        **_ticket_facts(tools, ticket, draft, at),
        "name": words.greeting_name(draft.contact_name),
        "fields": _fields(draft) if draft.verified else (),
        "approval": draft.approval_needed,
    }


def team_facts(
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, at: datetime, web_url: str = ""
) -> Facts:
    facts = _ticket_facts(tools, ticket, draft, at)
    return {
        **facts,
        "workflow": draft.workflow,
        "reference": words.line(draft.reference),
        "priority": draft.priority,
        "actions": actions(draft, facts["expected"]),
        "name": words.line(draft.contact_name),
        "email": words.line(draft.contact_email),
        "phone": words.line(draft.contact_phone),
        "identity": _IDENTITY[draft.verification],
        "fields": _fields(draft),
        "files": len(draft.attachments),
        "link": _web(web_url),
    }


def asked_facts(  # noqa: PLR0917 - what a question is mailed with.
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, name: str, what: str, link: str,
    expires_at: float,
) -> Facts:  # fmt: skip
    """*link* is the page on which they decide; both choices lead there."""
    return {
        "name": words.greeting_name(name),
        "number": words.line(ticket.number),
        "what": words.unlinked(what),
        "requester": words.greeting_name(draft.contact_name),
        "requester_email": words.unlinked(draft.contact_email) or "no address given",
        "until": moment_words(tools, expires_at),
        "approve_link": f"{link}?choice=approve",
        "decline_link": f"{link}?choice=decline",
    }


def decided_facts(approval: Approval, ticket: Ticket | None, draft: TicketDraft | None) -> Facts:
    """Return the facts for who asked; the team's have `for_team`."""
    return {
        "for_team": False,
        "number": words.line(ticket.number if ticket else ""),
        "approved": approval.decision == "approved",
        "what": words.unlinked(approval.subject),
        "by": words.line(approval.by),
        "reason": words.unlinked(approval.reason),
        "link": "",
        "name": words.greeting_name(draft.contact_name if draft else ""),
    }


def closed_facts(tools: ChatTools, ticket: Ticket, draft: TicketDraft, feedback_link: str) -> Facts:
    """Without a link nobody is asked how it was."""
    scores = [
        {"score": score, "word": word, "link": f"{feedback_link}?score={score}"}
        for score, word in SCORES
    ]
    return {
        "name": words.greeting_name(draft.contact_name),
        "number": words.line(ticket.number),
        "title": title_of(tools, ticket.workflow),
        "took": words.duration(ticket.resolution_minutes) if ticket.resolution_minutes else "",
        "scores": scores if feedback_link else (),
    }


def note_facts(headline: str, lines: Sequence[str], number: str | None) -> Facts:
    return {
        "headline": headline,
        "lines": [words.unlinked(each, 2000) for each in lines],
        "number": words.line(number),
        "link": "",
    }


def actions(draft: TicketDraft, promised: str) -> tuple[str, ...]:
    """Return what the team has to do, the most pressing first."""
    found: list[str] = []
    if draft.verification == "unverified":
        found.append("Call the contact before changing anything: nobody proved the address.")
    if draft.approval_needed:
        found.append("Wait for the approval of the point of contact: it was asked for by mail.")
    if not found:
        what = f"Take the ticket and solve it {promised}." if promised else "Take the ticket."
        found.append(what)
    return tuple(found)


def title_of(tools: ChatTools, workflow: str) -> str:
    """Return what people call a workflow."""
    known = tools.library.workflows.get(workflow)
    return known.title if known else words.line(workflow.replace("_", " ").capitalize())


def help_desk(tools: ChatTools) -> str:
    """Return the name under which the help desk speaks."""
    return help_desk_of(tools.configuration)


def help_desk_of(configuration: Configuration) -> str:
    settings = configuration.settings
    return settings.chat.help_desk or settings.company.name


def opening_of(tools: ChatTools) -> OpeningHours:
    """Return the opening hours chats go by."""
    configuration = tools.configuration
    wanted = configuration.settings.chat.office
    office = next((each for each in configuration.offices if each.id == wanted), None)
    return opening_hours(office or configuration.offices[0])


def expected_words(tools: ChatTools, priority: str, at: datetime) -> str:
    """Return by when a ticket of this priority is to be solved; blank without a promise."""
    desk = tools.configuration.desk
    if desk is None:
        return ""
    hours = float(getattr(desk.resolution_hours, priority))
    return words.expected(hours, opening_of(tools), at)


def moment_words(tools: ChatTools, at: Moment) -> str:
    """Return a moment as the office's clock shows it."""
    return words.moment(moment_of(at), opening_of(tools).zone)


def moment_of(at: Moment) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)


def _ticket_facts(tools: ChatTools, ticket: Ticket, draft: TicketDraft, at: datetime) -> Facts:
    return {
        "number": words.line(ticket.number),
        "title": title_of(tools, draft.workflow),
        "extends": ticket.extends,
        "expected": expected_words(tools, draft.priority, at),
        "unverified": draft.verification == "unverified",
    }


def _fields(draft: TicketDraft) -> tuple[tuple[str, str], ...]:
    return tuple((words.line(label), words.line(value)) for label, value in draft.fields)


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""
