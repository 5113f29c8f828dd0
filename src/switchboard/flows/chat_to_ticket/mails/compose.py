"""Compose the mails of chats, ready for the outbox, their texts sealed.

Who gets one may be a stranger whose address somebody typed: what such a mail may say is decided in
facts.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from switchboard.flows.chat_to_ticket.mails import facts as made_of
from switchboard.flows.chat_to_ticket.mails import words
from switchboard.flows.chat_to_ticket.mails.facts import Moment, moment_of
from switchboard.flows.chat_to_ticket.mails.templates import load_templates
from switchboard.flows.chat_to_ticket.models import AskApproval, TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.reports.outgoing import MailKind, compose
from switchboard.reports.sending import as_row
from switchboard.store.outbox import NewMail, sealed

if TYPE_CHECKING:
    from switchboard.store.approvals import Approval
    from switchboard.store.tickets import Ticket


def code_mail(
    tools: ChatTools, email: str, code: str, minutes: float, *, key: str, at: Moment
) -> NewMail | None:
    """Return the mail with a one-time code, known to the outbox as *key*; None: it cannot be.

    The same words to everybody, with nothing of the person in them, whether we know the address or
    not. The subject leaves the code out: locked screens, and mail servers' logs, show subjects.
    """
    facts = {"code": code, "minutes": words.duration(round(minutes))}
    found = _mails(tools, "code", "code", [(email, "")], facts, occasion=key, at=at, key=key)
    over = moment_of(at).timestamp() + minutes * 60
    return replace(found[0], give_up_at=over) if found else None


def ticket_mails(
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, at: Moment, *, web_url: str = ""
) -> list[NewMail]:
    """Return the mails about a ticket that was raised or added to: customer's and team's."""
    when = moment_of(at)
    for_customer = made_of.customer_facts(tools, ticket, draft, when)
    for_team = made_of.team_facts(tools, ticket, draft, when, web_url)
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
    facts = made_of.asked_facts(
        tools, ticket, draft, wish.approver_name, wish.what, link, expires_at
    )
    to = [(wish.approver_email, facts["name"])]
    return _mails(tools, "approval_request", "approval", to, facts, occasion=key, at=at)


def result_mails(
    tools: ChatTools, approval: Approval, ticket: Ticket | None, draft: TicketDraft | None, *,
    key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return the mails about a decision: to who asked for it, and to the team."""
    asked = made_of.decided_facts(approval, ticket, draft)
    requester = [(draft.contact_email or "", asked["name"])] if draft else []
    kind: MailKind = "approval_result"
    mails = _mails(tools, "approval_result", kind, requester, asked, occasion=key, at=at)
    told = {**asked, "for_team": True}
    # Another occasion: a requester may be one of the team, and is to read both.
    return [*mails, *team_mails(tools, "approval_result", told, occasion=f"{key}:team", at=at)]


def closed_mail(
    tools: ChatTools, ticket: Ticket, draft: TicketDraft, feedback_link: str, *,
    key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return the mail that tells of a closing; without a link nobody is asked how it was."""
    facts = made_of.closed_facts(tools, ticket, draft, feedback_link)
    to = [(draft.contact_email or "", facts["name"])]
    return _mails(tools, "closed", "closed", to, facts, occasion=key, at=at)


def note_mails(
    tools: ChatTools, headline: str, lines: Sequence[str], *, number: str | None,
    key: str, at: Moment,
) -> list[NewMail]:  # fmt: skip
    """Return a short mail to the team."""
    facts = made_of.note_facts(headline, lines, number)
    return team_mails(tools, "team_note", facts, occasion=key, at=at)


def team_mails(
    tools: ChatTools, name: str, facts: Mapping[str, Any], *, occasion: str, at: Moment
) -> list[NewMail]:
    """Return a mail to everybody of the team."""
    desk = tools.configuration.desk
    team = [(each, "") for each in desk.team_emails] if desk else []
    return _mails(tools, name, "team", team, facts, occasion=occasion, at=at)


def _mails(
    tools: ChatTools, name: str, kind: MailKind, to: Sequence[tuple[str, str]],
    facts: Mapping[str, Any], *, occasion: str, at: Moment, key: str = "",
) -> list[NewMail]:  # fmt: skip
    email = tools.configuration.email
    to = [(good, who) for address, who in to if (good := words.address(address))]
    if email is None or not tools.can_mail or not to:
        return []
    common = made_of.common_facts(tools.configuration)
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
            at=moment_of(at),
        )
        row = as_row(mail)
        rows.append(sealed(tools.sealer, replace(row, key=key or row.key)))
    return rows
