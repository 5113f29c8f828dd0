"""Compose the mails of chats, ready for the outbox, their texts sealed.

Who gets one may be a stranger whose address somebody typed. Until an address is proved, a mail to
it says our own words alone, so that nobody can have us send theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from switchboard.flows.call_to_lead.hours import OpeningHours, opening_hours
from switchboard.flows.chat_to_ticket.mails import words
from switchboard.flows.chat_to_ticket.mails.samples import Facts
from switchboard.flows.chat_to_ticket.mails.templates import load_templates
from switchboard.flows.chat_to_ticket.models import AskApproval, TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.reports.outgoing import MailKind, compose
from switchboard.reports.sending import as_row
from switchboard.store.outbox import NewMail, sealed

if TYPE_CHECKING:
    from switchboard.store.approvals import Approval
    from switchboard.store.tickets import Ticket

Moment = float | datetime
SCORES = ((5, "Very good"), (4, "Good"), (3, "So so"), (2, "Not good"), (1, "Bad"))
_IDENTITY = {
    "not_needed": "not asked for by this workflow",
    "verified": "confirmed by a code sent to the e-mail address",
    "unverified": "NOT confirmed",
}


def code_mail(
    tools: ChatTools, email: str, code: str, minutes: float, *, key: str, at: Moment
) -> NewMail | None:
    """Return the mail with a one-time code, known to the outbox as *key*; None: it cannot be.

    The same words to everybody, with nothing of the person in them, whether we know the address or
    not. The subject leaves the code out: locked screens, and mail servers' logs, show subjects.
    """
    facts = {"code": code, "minutes": words.duration(round(minutes))}
    found = _mails(tools, "code", "code", [(email, "")], facts, occasion=key, at=at, key=key)
    over = _moment(at).timestamp() + minutes * 60
    return replace(found[0], give_up_at=over) if found else None


def ticket_mails(
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, at: Moment, *, web_url: str = ""
) -> list[NewMail]:
    """Return the mails about a ticket that was raised or added to: customer's and team's."""
    when = _moment(at)
    facts: Facts = {
        "number": words.line(ticket.number),
        "title": title_of(tools, draft.workflow),
        "extends": ticket.extends,
        "expected": expected_words(tools, draft.priority, when),
        "unverified": draft.verification == "unverified",
    }
    proved = draft.verified
    for_customer: Facts = {
        **facts,
        "name": words.greeting_name(draft.contact_name),
        "fields": _fields(draft) if proved else (),
        "approval": draft.approval_needed,
    }
    for_team: Facts = {
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
    occasion = f"ticket:{draft.reference}"
    customer = [(draft.contact_email or "", for_customer["name"])]
    return [
        *_mails(tools, "customer_ticket", "ticket", customer, for_customer,
                occasion=occasion, at=at),
        *team_mails(tools, "team_ticket", for_team, occasion=occasion, at=at),
    ]  # fmt: skip


def approval_mail(  # noqa: PLR0917 - what a question is mailed with.
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, wish: AskApproval, token: str,
    expires_at: float, *, key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return the mail that asks the point of contact; they get two links, to the same page."""
    link = f"{tools.public_url.rstrip('/')}/approve/{token}"
    name = words.greeting_name(wish.approver_name)
    facts: Facts = {
        "name": name,
        "number": words.line(ticket.number),
        "what": words.unlinked(wish.what),
        "requester": words.greeting_name(draft.contact_name),
        "requester_email": words.unlinked(draft.contact_email) or "no address given",
        "until": moment_words(tools, expires_at),
        "approve_link": f"{link}?choice=approve",
        "decline_link": f"{link}?choice=decline",
    }
    to = [(wish.approver_email, name)]
    return _mails(tools, "approval_request", "approval", to, facts, occasion=key, at=at)


def result_mails(
    tools: ChatTools, approval: Approval, ticket: Ticket | None, draft: TicketDraft | None, *,
    key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return the mails about a decision: to who asked for it, and to the team."""
    facts: Facts = {
        "number": words.line(ticket.number if ticket else ""),
        "approved": approval.decision == "approved",
        "what": words.unlinked(approval.subject),
        "by": words.line(approval.by),
        "reason": words.unlinked(approval.reason),
        "link": "",
        "name": words.greeting_name(draft.contact_name if draft else ""),
    }
    requester = [(draft.contact_email or "", facts["name"])] if draft else []
    asked = {**facts, "for_team": False}
    kind: MailKind = "approval_result"
    mails = _mails(tools, "approval_result", kind, requester, asked, occasion=key, at=at)
    told = {**facts, "for_team": True}
    # Another occasion: a requester may be one of the team, and is to read both.
    return [*mails, *team_mails(tools, "approval_result", told, occasion=f"{key}:team", at=at)]


def closed_mail(
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, feedback_link: str, *,
    key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return the mail that tells of a closing; without a link nobody is asked how it was."""
    name = words.greeting_name(draft.contact_name)
    scores = [
        {"score": score, "word": word, "link": f"{feedback_link}?score={score}"}
        for score, word in SCORES
    ]
    facts: Facts = {
        "name": name,
        "number": words.line(ticket.number),
        "title": title_of(tools, ticket.workflow),
        "took": words.duration(ticket.resolution_minutes) if ticket.resolution_minutes else "",
        "scores": scores if feedback_link else (),
    }
    to = [(draft.contact_email or "", name)]
    return _mails(tools, "closed", "closed", to, facts, occasion=key, at=at)


def note_mails(
    tools: ChatTools, headline: str, lines: Sequence[str], *, number: str | None,
    key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return a short mail to the team."""
    facts = {
        "headline": headline,
        "lines": [words.unlinked(each, 2000) for each in lines],
        "number": words.line(number),
        "link": "",
    }
    return team_mails(tools, "team_note", facts, occasion=key, at=at)


def team_mails(
    tools: ChatTools, name: str, facts: Mapping[str, Any], *, occasion: str, at: Moment
) -> list[NewMail]:
    """Return a mail to everybody of the team."""
    desk = tools.configuration.desk
    team = [(each, "") for each in desk.team_emails] if desk else []
    return _mails(tools, name, "team", team, facts, occasion=occasion, at=at)


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
    settings = tools.configuration.settings
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
    return words.moment(_moment(at), opening_of(tools).zone)


def _fields(draft: TicketDraft) -> tuple[tuple[str, str], ...]:
    return tuple((words.line(label), words.line(value)) for label, value in draft.fields)


def _mails(
    tools: ChatTools, name: str, kind: MailKind, to: Sequence[tuple[str, str]],
    facts: Mapping[str, Any], *, occasion: str, at: Moment, key: str = "",
) -> list[NewMail]:  # fmt: skip
    email = tools.configuration.email
    to = [(good, who) for address, who in to if (good := words.address(address))]
    if email is None or not tools.can_mail or not to:
        return []
    desk = tools.configuration.desk
    common = {
        "help_desk": help_desk(tools),
        "bot_name": tools.configuration.settings.chat.bot_name,
        "support": desk.support_contact if desk else "",
    }
    made = load_templates(tools.configuration.root).render(name, {**common, **facts})
    rows: list[NewMail] = []
    for address, who in to:
        mail = compose(
            email,
            occasion=occasion,
            kind=kind,
            recipient=address,
            recipient_name=who,
            subject=made.subject,
            text=made.text,
            html=made.html,
            at=_moment(at),
        )
        row = as_row(mail)
        rows.append(sealed(tools.sealer, replace(row, key=key or row.key)))
    return rows


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _moment(at: Moment) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
