"""What the page of one chat shows beside the words: facts, answers, tickets, deliveries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.console.chats.facts import Slot, facts_of, slots_of, verification_of
from switchboard.console.chats.known import chat_path, person_path, ticket_path
from switchboard.console.chats.listing import LIVE_SECONDS, who_of
from switchboard.console.chats.mails import MailLine, Trouble, mail_line, trouble_of
from switchboard.console.chats.talk import Bubble, bubbles
from switchboard.console.chats.words import (
    Chip,
    counted,
    need_chip,
    stage_chip,
    ticket_chip,
)
from switchboard.flows.chat_to_ticket.records import ChatRecord
from switchboard.flows.chat_to_ticket.taking_up import TakenUp
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.approvals import Approval
from switchboard.store.deliveries import Received
from switchboard.store.tickets import Ticket

_FAILURES = {
    1001: "Outside the operators' hours",
    1002: "No operator took it",
    1003: "The operators named are not known to SalesIQ",
    1005: "The answer was too long",
    1007: "The answer could not be carried out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    at: float
    repeated: int  # How often it came again.
    milliseconds: int | None  # None: not answered.


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLine:
    what: str
    asked: str
    chip: Chip
    at: float
    until: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTicketLine:
    name: str
    path: str
    subject: str
    chip: Chip
    trouble: Trouble | None
    next_try: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    id: str
    path: str
    who: str
    stage: Chip
    need: Chip | None
    live: bool
    forgotten: bool
    closed: bool
    bubbles: tuple[Bubble, ...]
    version: int
    facts: tuple[tuple[str, str], ...]
    opened_at: float
    updated_at: float
    closed_at: float | None
    expires_at: float | None
    verification: str
    verified_at: float | None
    verified: bool
    person: str
    slots: tuple[Slot, ...]
    tickets: tuple[OwnTicketLine, ...]
    approvals: tuple[ApprovalLine, ...]
    deliveries: tuple[DeliveryLine, ...]
    failures: tuple[tuple[int, str], ...]
    mails: tuple[MailLine, ...]
    unsent: tuple[str, ...]
    owed_at: float | None
    waits: tuple[str, ...]  # What Retry would take up, in words.
    judged: bool  # There is a detector to ask.


def view_of(
    record: ChatRecord,
    workflows: Mapping[str, Workflow],
    waits: TakenUp,
    *,
    zone: str,
    now: float,
    judged: bool,
) -> ConversationView:
    row, state = record.row, record.state
    closed = row.closed_at is not None
    visitor = row.visitor
    who, known = who_of(visitor)
    chat = state.conversation if state else None
    undecided = any(each.decision is None for each in record.approvals)
    return ConversationView(
        id=row.id,
        path=chat_path(row.id),
        who=who if known else "Visitor without a name",
        stage=stage_chip("closed" if closed else row.stage),
        need=need_chip((each.state for each in record.tickets), undecided=undecided),
        live=not closed and now - row.updated_at < LIVE_SECONDS,
        forgotten=state is None,
        closed=closed,
        bubbles=tuple(bubbles(record.said, chat.attachments if chat else (), zone=zone)),
        version=row.version,
        facts=facts_of(record, workflows),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        expires_at=row.expires_at,
        verification=verification_of(record),
        verified_at=next(
            (each.at for each in reversed(record.facts) if each.what == "verified"), None
        ),
        verified=row.verified,
        person=person_path(visitor.get("email"), visitor.get("phone")),
        slots=slots_of(record, workflows),
        tickets=tuple(_ticket(each) for each in record.tickets),
        approvals=tuple(approval_line(each, now) for each in record.approvals),
        deliveries=tuple(_delivery(each) for each in record.deliveries),
        failures=tuple(
            (code, _FAILURES.get(code, "SalesIQ gave no reason we know"))
            for code in (state.failures if state else ())
        ),
        mails=tuple(mail_line(each) for each in record.mails),
        unsent=tuple(each.text for each in state.unsent) if state else (),
        owed_at=record.owed_at,
        waits=in_words(waits),
        judged=judged,
    )


def in_words(waits: TakenUp) -> tuple[str, ...]:
    """Say what a retry takes up."""
    counts = (
        (len(waits.tickets), "ticket"),
        (len(waits.mails), "mail"),
    )
    said = [counted(number, what) for number, what in counts if number]
    return (*said, *(("what the visitor was to be told",) if waits.words else ()))


def approval_line(each: Approval, now: float) -> ApprovalLine:
    chips = {
        "approved": Chip("Approved", "ok", "check"),
        "declined": Chip("Declined", "fail", "cross"),
        "expired": Chip("Ran out", "", "clock"),
    }
    late = each.decision is None and each.expires_at <= now
    open_chip = Chip("Ran out", "", "clock") if late else Chip("Not decided yet", "warn", "clock")
    return ApprovalLine(
        what=each.subject or "What was asked has been forgotten.",
        asked=each.asked or "",
        chip=chips.get(each.decision or "", open_chip),
        at=each.decided_at or each.created_at,
        until=each.expires_at if each.decision is None and not late else None,
        reason=each.reason or "",
    )


def _ticket(row: Ticket) -> OwnTicketLine:
    draft = (row.request or {}).get("draft") or {}
    return OwnTicketLine(
        name=f"#{row.number}" if row.number else row.reference,
        path=ticket_path(row.reference),
        subject=str(draft.get("subject") or ""),
        chip=ticket_chip(row),
        trouble=trouble_of(row.error_code, row.why),
        next_try=row.work_at if row.state == "wanted" and row.error_code else None,
    )


def _delivery(each: Received) -> DeliveryLine:
    took = None if each.answered_at is None else each.answered_at - each.received_at
    return DeliveryLine(
        at=each.received_at,
        repeated=each.attempts - 1,
        milliseconds=None if took is None else round(took * 1000),
    )
