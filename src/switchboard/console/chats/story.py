"""The story of one ticket: what happened, in its order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchboard.console.chats.conversation import approval_line
from switchboard.console.chats.known import chat_path, person_path, ticket_path, web_link
from switchboard.console.chats.mails import Trouble, mail_line, trouble_of
from switchboard.console.chats.words import (
    STOPPED,
    Chip,
    counted,
    duration,
    ticket_chip,
    titled,
)
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.records import TicketRecord
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.audit import Entry
from switchboard.store.journal import Effect
from switchboard.store.outbox import Mail

SCORES = {1: "Very bad", 2: "Bad", 3: "Fair", 4: "Good", 5: "Very good"}
_CHAT = "chat-"
_COMMENTS = {
    "approval": "Decision noted on the ticket",
    "approval-expired": "Noted that nobody decided",
    "low-score": "Low score noted on the ticket",
    "low-score-words": "The customer's words noted on the ticket",
}
_KINDS = {
    keys.CONTACT: "Contact in Zoho Desk",
    keys.TICKET: "Ticket in Zoho Desk",
    keys.COMMENT: "Comment on the ticket",
    keys.FILE: "File on the ticket",
    keys.LINK: "Ticket noted in SalesIQ",
}
_SYMBOLS = {
    keys.CONTACT: "person",
    keys.TICKET: "ticket",
    keys.COMMENT: "note",
    keys.FILE: "report",
    keys.LINK: "link",
}
_VERIFIED = {
    "not_needed": "Not asked for",
    "verified": "Confirmed by a code",
    "unverified": "Not confirmed: call before changing anything",
}
_TRAIL = {
    "ticket.retry": ("Taken up again", "retry"),
    "mail.retry": ("Mails taken up again", "retry"),
    "ticket.reopen": ("Opened again in Zoho Desk", "undo"),
    "ticket.gone": ("Gone from Zoho Desk, or hidden from us", "cross"),
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
class Happening:
    """One line of the story."""

    title: str
    at: float
    kind: str = ""
    symbol: str = "dash"
    lines: tuple[str, ...] = ()
    trouble: Trouble | None = None
    waits: bool = False  # Has not happened yet.


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
        files=tuple(_file_name(each) for each in draft.get("attachments") or ()),
        facts=tuple(_facts(record, workflows)),
        chat=chat_path(row.conversation_id) if row.conversation_id else "",
        person=person_path(str(email or "") or None, str(phone or "") or None),
        web_url=web_link(record.web_url),
        in_desk=row.desk_id is not None,
        look_at=row.look_at,
        first_response=duration(row.first_response_minutes),
        resolution=duration(row.resolution_minutes),
        score=row.satisfaction,
        score_words=SCORES.get(row.satisfaction or 0, ""),
        feedback=row.feedback or "",
        happened=tuple(_happened(record, workflows, trail, now)),
        writes=tuple(_write(each) for each in record.effects),
        waits=waits,
    )


def _facts(record: TicketRecord, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, str]]:
    row, draft = record.row, record.draft
    yield "Topic", titled(workflows, row.workflow)
    yield "Priority", row.priority
    names = (("Customer", "contact_name"), ("E-mail", "contact_email"), ("Phone", "contact_phone"))
    for label, name in names:
        if draft.get(name):
            yield label, str(draft[name])
    yield "Identity", _VERIFIED.get(row.verification, row.verification)
    for label, value in (
        ("Number", row.number),
        ("Id in Zoho Desk", row.desk_id),
        ("Contact", row.contact_id),
        ("Department", row.department_id),
        ("Status", row.status),
        ("Reference", row.reference),
    ):
        if value:
            yield label, value


def _happened(
    record: TicketRecord, workflows: Mapping[str, Workflow], trail: Sequence[Entry], now: float
) -> list[Happening]:
    row = record.row
    found = [
        Happening(
            title="Asked for in the chat" if row.conversation_id else "Asked for by a program",
            at=row.wanted_at,
            kind="run",
            symbol="chat" if row.conversation_id else "flow",
            lines=tuple(filter(None, (titled(workflows, row.workflow), _summary(record.draft)))),
        ),
        *_written(record),
        *(_mailed(each) for each in record.mails),
        *_approved(record, now),
        *_closed(record),
        *(_trailed(each) for each in trail if each.action in _TRAIL),
    ]
    return sorted(found, key=lambda each: each.at)


def _summary(draft: Mapping[str, Any]) -> str:
    """Return the visitor's own words of the summary, which says nothing else that is not shown."""
    begin = "In the visitor's words: "
    lines = str(draft.get("summary") or "").split("\n")
    said = next((each.removeprefix(begin) for each in lines if each.startswith(begin)), "")
    return f"“{masked(said)}”" if said else ""


def _written(record: TicketRecord) -> Iterator[Happening]:
    """Tell each write; the parts of one comment together."""
    parts: dict[str, list[Effect]] = {}
    for each in record.effects:
        name = _name_of(each)
        together = each.kind == keys.COMMENT and name.startswith(_CHAT)
        parts.setdefault(name.rpartition("-")[0] if together else each.key, []).append(each)
    for effects in parts.values():
        worst = min(effects, key=lambda each: _worse(each.state))
        title, symbol, lines = _said(record, effects)
        done = worst.state == "settled"
        stopped = worst.state in STOPPED
        yield Happening(
            title=title,
            at=worst.finished_at or worst.sending_at or worst.intended_at,
            kind="ok" if done else "fail" if stopped else "run",
            symbol=symbol if done else "alert" if stopped else "clock",
            lines=lines,
            trouble=trouble_of(worst.error_code, worst.error) if not done else None,
            waits=worst.state in {"intended", "sending"},
        )


def _said(record: TicketRecord, effects: Sequence[Effect]) -> tuple[str, str, tuple[str, ...]]:
    """Return title, symbol and details of a write, or of the parts of one comment."""
    one, name = effects[0], _name_of(effects[0])
    done = all(each.state == "settled" for each in effects)
    title, symbol = _KINDS.get(one.kind, one.kind), _SYMBOLS.get(one.kind, "dash")
    lines: tuple[str, ...] = ()
    match one.kind:
        case keys.CONTACT:
            lines = (f"Contact {one.vendor_id}",) if one.vendor_id else ()
        case keys.TICKET if done:
            row = record.row
            added = f"Added to the open ticket {row.number}"
            title = added if row.extends else f"Ticket {row.number} raised in Zoho Desk"
            lines = (f"Id {row.desk_id}",)
        case keys.COMMENT if name.startswith(_CHAT):
            again = int(name.split("-")[1]) > 1
            title = "What was said since passed on" if again else "The chat passed on"
            passed = counted(_passed_on(record, name), "message")
            symbol, lines = "chat", (f"{passed} in {counted(len(effects), 'comment')}",)
        case keys.COMMENT:
            title = _COMMENTS.get(name, title)
        case keys.FILE:
            known = _file_of(record, name)
            lines = (known,) if known else ()
        case _:
            pass
    return title, symbol, lines


def _passed_on(record: TicketRecord, name: str) -> int:
    """Return how many messages a transcript passed on: up to where the next one begins."""
    begins = {
        int(_name_of(each).split("-")[1])
        for each in record.effects
        if each.kind == keys.COMMENT and _name_of(each).startswith(_CHAT)
    }
    first = int(name.split("-")[1])
    return min((each for each in begins if each > first), default=record.row.told + 1) - first


def _mailed(each: Mail) -> Happening:
    line = mail_line(each)
    kind = line.chip.kind
    sent = each.state == "sent"
    return Happening(
        title=f"Mail: {line.what}",
        at=line.at,
        kind=kind,
        symbol="mail" if sent else line.chip.symbol,
        lines=(f"{line.chip.word} to {line.to}" if sent else f"{line.chip.word}: {line.to}",),
        trouble=line.trouble,
        waits=each.state in {"queued", "sending"},
    )


def _approved(record: TicketRecord, now: float) -> Iterator[Happening]:
    for each in record.approvals:
        line = approval_line(each, now)
        yield Happening(
            title="Approval asked for",
            at=each.created_at,
            kind="run",
            symbol="clock",
            lines=tuple(filter(None, (line.asked, line.what))),
            waits=each.decision is None,
        )
        if each.decision is not None and each.decided_at is not None:
            reason = f"“{each.reason}”" if each.reason else ""
            yield Happening(
                title=line.chip.word if each.decision != "expired" else "The approval ran out",
                at=each.decided_at,
                kind=line.chip.kind,
                symbol=line.chip.symbol,
                lines=tuple(filter(None, (each.by and f"By {each.by}", reason))),
            )


def _closed(record: TicketRecord) -> Iterator[Happening]:
    row = record.row
    if row.closed_at is not None:
        times = (
            row.first_response_minutes is not None
            and f"First response after {duration(row.first_response_minutes)}",
            row.resolution_minutes is not None
            and f"Solved after {duration(row.resolution_minutes)}",
        )
        lines = tuple(each for each in times if each)
        yield Happening(title="Closed", at=row.closed_at, kind="ok", symbol="check", lines=lines)
    if row.satisfaction is not None and row.satisfaction_at is not None:
        good = row.satisfaction > 2  # noqa: PLR2004 - feedback.LOW_SCORE
        words = (f"“{row.feedback}”",) if row.feedback else ()
        yield Happening(
            title=f"The customer gave {row.satisfaction} of {len(SCORES)}",
            at=row.satisfaction_at,
            kind="ok" if good else "warn",
            symbol="chat",
            lines=words,
        )


def _trailed(each: Entry) -> Happening:
    title, symbol = _TRAIL[each.action]
    return Happening(title=title, at=each.at, symbol=symbol, lines=(f"By {each.actor}",))


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


def _worse(state: str) -> int:
    order = ("refused", "parked", "sending", "intended", "superseded", "settled")
    return order.index(state)


def _name_of(effect: Effect) -> str:
    """Return the last part of a key: keys.effect_key."""
    return effect.key.partition(f":{effect.kind}")[2].removeprefix(":")


def _file_of(record: TicketRecord, name: str) -> str:
    files: Iterable[Mapping[str, Any]] = record.draft.get("attachments") or ()
    return next(
        (_file_name(each) for each in files
         if keys.mark(str(each.get("url") or each.get("name") or "")) == name), "",
    )  # fmt: skip


def _file_name(each: Mapping[str, Any]) -> str:
    return str(each.get("name") or "File without a name")
