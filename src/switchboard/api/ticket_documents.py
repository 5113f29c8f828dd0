"""Turn the API's documents of tickets into ours, and ours into the API's. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from switchboard.api.problems import RequestError, Wrong
from switchboard.api.schemas import (
    MOST_FURTHER,
    CommentAnswer,
    CreateTicket,
    StatusAnswer,
    TicketAnswer,
    TicketDetails,
)
from switchboard.flows.chat_to_ticket.delivery.requests import (
    CommentView,
    TicketRequest,
    TicketView,
)
from switchboard.flows.chat_to_ticket.models import GENERAL, Priority
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store.tickets import Ticket

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_SUBJECT = 100  # Made of the query, where none is given.
_LONGEST_NAME = 60


def request_of(wanted: CreateTicket, tools: ChatTools) -> TicketRequest:
    """Return what is wanted; RequestError API-422 where a value cannot be used."""
    about = wanted.metadata
    further = about.model_extra or {}
    if len(further) > MOST_FURTHER:
        raise _wrong("metadata", f"It may hold {MOST_FURTHER} further names at most")
    if about.email and not _MAIL.fullmatch(about.email.strip()):
        raise _wrong("metadata.email", "It is no e-mail address")
    user = wanted.user_id.strip()
    is_mail = _MAIL.fullmatch(user) is not None
    workflow = (about.workflow_type or GENERAL).strip()
    lines = [
        f"{_one_line(name, _LONGEST_NAME)}: {value}"
        for name, value in further.items()
        if value is not None
    ]
    return TicketRequest(
        subject=_one_line(
            about.subject or wanted.query, None if about.subject else _LONGEST_SUBJECT
        ),
        description="\n".join([wanted.query.strip(), *(["", *lines] if lines else [])]),
        workflow=workflow,
        priority=about.priority or _usual_priority(workflow, tools),
        contact_name=about.name or (None if is_mail else user),
        contact_email=(about.email or user).strip() if about.email or is_mail else None,
        contact_phone=about.phone,
    )


def answer_of(ticket: Ticket) -> TicketAnswer:
    return TicketAnswer(
        reference=ticket.reference,
        state=ticket.state,
        ticket_id=ticket.desk_id,
        ticket_number=ticket.number,
        status=ticket.status,
        priority=ticket.priority,
        workflow_type=ticket.workflow,
        added_to_existing=ticket.extends,
        created_at=_moment(ticket.wanted_at),
    )


def details_of(view: TicketView) -> TicketDetails:
    ours, live = view.ticket, view.live
    return TicketDetails(
        ticket_id=ours.desk_id,
        ticket_number=live.number if live else ours.number,
        state=ours.state,
        stale=view.stale,
        subject=live.subject if live else None,
        status=live.status if live else ours.status,
        status_type=live.status_type if live else ours.status_type,
        priority=live.priority if live else ours.priority,
        email=live.email if live else None,
        created_at=live.created_time if live else None,
        modified_at=live.modified_time if live else None,
        closed_at=live.closed_time if live else _moment_of(ours.closed_at),
        url=live.web_url if live else None,
        reference=ours.reference,
        workflow_type=ours.workflow,
        conversation_id=ours.conversation_id,
    )


def comment_of(view: CommentView) -> CommentAnswer:
    """Return what became of a comment; RequestError where Zoho Desk refused it."""
    if view.state in {"refused", "parked"}:
        said = view.why or "Zoho Desk does not take the comment."
        raise RequestError(422, said, code=view.code or "DESK-422")
    return CommentAnswer(
        reference=view.ticket.reference,
        ticket_id=view.ticket.desk_id,
        state="added" if view.state == "settled" else "wanted",
        comment_id=view.id,
    )


def status_of_ticket(view: TicketView) -> StatusAnswer:
    live = view.live
    return StatusAnswer(
        reference=view.ticket.reference,
        ticket_id=view.ticket.desk_id,
        status=live.status if live else view.ticket.status,
        status_type=live.status_type if live else view.ticket.status_type,
    )


def _usual_priority(workflow: str, tools: ChatTools) -> Priority:
    desk, known = tools.configuration.desk, tools.library.workflows.get(workflow)
    configured = desk.priorities.get(workflow) if desk else None
    return configured or (known.priority if known else "Medium")


def _one_line(text: str, most: int | None) -> str:
    line = " ".join(text.split())
    return line if most is None or len(line) <= most else f"{line[: most - 1]}…"


def _wrong(where: str, what: str) -> RequestError:
    said = "The request cannot be used as it is."
    return RequestError(422, said, wrong=[Wrong(where=where, what=what)])


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _moment_of(at: float | None) -> datetime | None:
    return None if at is None else _moment(at)
