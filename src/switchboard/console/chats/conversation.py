"""What the page of one chat shows beside the words: facts, answers, tickets, deliveries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.console.chats.known import chat_path, person_path, ticket_path
from switchboard.console.chats.listing import LIVE_SECONDS, who_of
from switchboard.console.chats.mails import MailLine, Trouble, mail_line, trouble_of
from switchboard.console.chats.talk import Bubble, bubbles
from switchboard.console.chats.words import (
    STAGES,
    Chip,
    counted,
    need_chip,
    stage_chip,
    ticket_chip,
    titled,
)
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.records import ChatRecord
from switchboard.flows.chat_to_ticket.taking_up import TakenUp
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.approvals import Approval
from switchboard.store.deliveries import Received
from switchboard.store.tickets import Ticket

_PERSONAL = {"email", "phone", "person", "username"}
_CONTACT = {"name", "email", "phone"}
_SOURCES = {"profile": "as SalesIQ knew it", "missing": ""}
_FAILURES = {
    1001: "Outside the operators' hours",
    1002: "No operator took it",
    1003: "The operators named are not known to SalesIQ",
    1005: "The answer was too long",
    1007: "The answer could not be carried out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    label: str
    value: str
    note: str
    personal: bool


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
    chat = state.conversation if state else None
    undecided = any(each.decision is None for each in record.approvals)
    return ConversationView(
        id=row.id,
        path=chat_path(row.id),
        who=who_of(visitor)[0],
        stage=stage_chip("closed" if closed else row.stage),
        need=need_chip((each.state for each in record.tickets), undecided=undecided),
        live=not closed and now - row.updated_at < LIVE_SECONDS,
        forgotten=state is None,
        closed=closed,
        bubbles=tuple(bubbles(record.said, chat.attachments if chat else (), zone=zone)),
        version=row.version,
        facts=_facts(record, workflows),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        expires_at=row.expires_at,
        verification=_verification(record),
        verified_at=next(
            (each.at for each in reversed(record.facts) if each.what == "verified"), None
        ),
        verified=row.verified,
        person=person_path(visitor.get("email"), visitor.get("phone")),
        slots=_slots(record, workflows),
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


def _facts(record: ChatRecord, workflows: Mapping[str, Workflow]) -> tuple[tuple[str, str], ...]:
    row, state, account = record.row, record.state, record.account
    chat = state.conversation if state else None
    workflow = workflows.get(row.workflow or "")
    pairs = [("Topic", titled(workflows, row.workflow) or "Not clear yet")]
    if chat and chat.first_words:
        pairs.append(("In their words", masked(chat.first_words)))
    if chat and chat.current and row.closed_at is None:
        asked = [
            workflow.questions[name].label if workflow and name in workflow.questions else name
            for name in chat.current
        ]
        pairs.append(("Asked now", ", ".join(asked)))
    if row.closed_at is not None:
        pairs.append(("Last step", STAGES.get(row.stage, row.stage)) if row.stage != "closed"
                     else ("Step", "Closed"))  # fmt: skip
    else:
        pairs.append(("Step", STAGES.get(row.stage, row.stage)))
    if account and account.why:
        pairs.append(("Came to", account.why))
    if state and state.escalated:
        pairs.append(("Handed over", state.escalated))
    pairs += [
        (label, str(row.visitor[name]))
        for label, name in (
            ("E-mail", "email"), ("Phone", "phone"), ("Country", "country"),
            ("Language", "language"), ("Came from", "page_url"),
        )
        if row.visitor.get(name)
    ]  # fmt: skip
    if row.channel:
        pairs.append(("Channel", row.channel))
    return tuple(pairs)


def _verification(record: ChatRecord) -> str:
    if record.state is None:
        return "Confirmed by a code" if record.row.verified else "Not known any more"
    found = record.state.conversation.verification
    to = f" sent to {found.email}" if found.email else ""
    return {
        "none": "Not asked for",
        "sending": "A code is on its way",
        "sent": f"Waiting for the code{to}",
        "verified": f"Confirmed by a code{to}",
        "unverified": "Not confirmed: call before changing anything",
    }[found.state]


def _slots(record: ChatRecord, workflows: Mapping[str, Workflow]) -> tuple[Slot, ...]:
    if record.state is None:
        return ()
    workflow = workflows.get(record.row.workflow or "")
    questions = workflow.questions if workflow else {}
    return tuple(
        Slot(
            label=questions[name].label
            if name in questions
            else name.replace("_", " ").capitalize(),
            value=masked(each.shown),
            note=_SOURCES.get(each.source, ""),
            personal=name in _CONTACT or (name in questions and questions[name].kind in _PERSONAL),
        )
        for name, each in record.state.conversation.slots.items()
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
