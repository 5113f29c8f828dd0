"""The story of one ticket: what happened, in its order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from switchboard.console.chats.happening import Happening, file_name, happened
from switchboard.console.chats.known import chat_path, person_path, ticket_path, web_link
from switchboard.console.chats.mails import Trouble, trouble_of
from switchboard.console.chats.words import (
    Chip,
    duration,
    ticket_chip,
    titled,
)
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.feedback import SCORES
from switchboard.flows.chat_to_ticket.records import TicketRecord
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.people.phone import international
from switchboard.store.audit import Entry
from switchboard.store.journal import Effect

_VERIFIED = {
    "not_needed": "Not asked for",
    "verified": "Confirmed by a code",
    "unverified": "Not confirmed: call before changing anything",
}
_STATES = {
    "intended": ("Waiting", "run"),
    "sending": ("Being sent", "run"),
    "settled": ("Done", "ok"),
    "refused": ("Refused", "fail"),
    "parked": ("Needs a person", "fail"),
    "superseded": ("No longer wanted", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLine:
    what: str
    key: str
    chip: Chip
    vendor_id: str
    attempts: int
    trouble: Trouble | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    path: str
    reference: str
    name: str
    subject: str
    forgotten: bool
    chip: Chip
    trouble: Trouble | None
    next_try: float | None
    tries: int
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    chat: str
    person: str
    web_url: str
    in_desk: bool
    look_at: float | None
    first_response: str
    resolution: str
    score: int | None
    score_words: str
    feedback: str
    happened: tuple[Happening, ...]
    writes: tuple[WriteLine, ...]
    waits: bool  # Retry would do something.


def story_of(
    record: TicketRecord,
    workflows: Mapping[str, Workflow],
    trail: Sequence[Entry],
    *,
    waits: bool,
    now: float,
) -> TicketView:
    row, draft = record.row, record.draft
    email, phone = draft.get("contact_email"), draft.get("contact_phone")
    return TicketView(
        path=ticket_path(row.reference),
        reference=row.reference,
        name=f"Ticket {row.number}" if row.number else "Ticket without a number yet",
        subject=str(draft.get("subject") or ""),
        forgotten=row.request is None,
        chip=ticket_chip(row),
        trouble=trouble_of(row.error_code, row.why) if row.error_code or row.why else None,
        next_try=row.work_at if row.state == "wanted" else None,
        tries=row.tries,
        fields=tuple(
            (str(label), masked(str(value))) for label, value in draft.get("fields") or ()
        ),
        files=tuple(file_name(each) for each in draft.get("attachments") or ()),
        facts=tuple(_facts(record, workflows)),
        chat=chat_path(row.conversation_id) if row.conversation_id else "",
        person=person_path(str(email or "") or None, str(phone or "") or None),
        web_url=web_link(record.web_url),
        in_desk=row.desk_id is not None,
        look_at=row.look_at,
        first_response=duration(row.first_response_minutes),
        resolution=duration(row.resolution_minutes),
        score=row.satisfaction,
        score_words=dict(SCORES).get(row.satisfaction or 0, ""),
        feedback=row.feedback or "",
        happened=tuple(happened(record, workflows, trail, now)),
        writes=tuple(_write(each) for each in record.effects),
        waits=waits,
    )


def _facts(record: TicketRecord, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, str]]:
    row, draft = record.row, record.draft
    yield "Topic", titled(workflows, row.workflow)
    yield "Priority", row.priority
    answered = {str(value) for _, value in draft.get("fields") or ()}
    for label, name in (("Customer", "contact_name"), ("E-mail", "contact_email")):
        if draft.get(name) and str(draft[name]) not in answered:
            yield label, str(draft[name])
    if (phone := draft.get("contact_phone")) and str(phone) not in answered:
        yield "Phone", international(str(phone))
    yield "Identity", _VERIFIED.get(row.verification, row.verification)
    for label, value in (
        ("Reference", row.reference),
        ("Id in Zoho Desk", row.desk_id),
        ("Contact there", row.contact_id),
        ("Department there", row.department_id),
    ):
        if value:
            yield label, value


def _write(each: Effect) -> WriteLine:
    word, kind = _STATES[each.state]
    return WriteLine(
        what=each.kind.removeprefix("desk_").replace("_", " ").capitalize(),
        key=each.key,
        chip=Chip(word, kind),
        vendor_id=each.vendor_id or "",
        attempts=each.attempts,
        trouble=trouble_of(each.error_code, each.error) if each.state != "settled" else None,
    )
