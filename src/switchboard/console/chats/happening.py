"""What happened to a ticket, line by line: writes, mails, approvals, its end. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchboard.console.chats.conversation import approval_line
from switchboard.console.chats.mails import Trouble, mail_line, trouble_of
from switchboard.console.chats.words import STOPPED, counted, duration, titled
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.feedback import LOW_SCORE, SCORES
from switchboard.flows.chat_to_ticket.records import TicketRecord
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.audit import Entry
from switchboard.store.journal import Effect
from switchboard.store.outbox import Mail

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
_TRAIL = {
    "ticket.retry": ("Taken up again", "retry"),
    "ticket.set_aside": ("Set aside by a person", "check"),
    "ticket.bring_back": ("Brought back to what needs attention", "undo"),
    "mail.retry": ("Mails taken up again", "retry"),
    "ticket.status": ("Status changed by a program", "flow"),
    "ticket.reopen": ("Opened again in Zoho Desk", "undo"),
    "ticket.gone": ("Gone from Zoho Desk, or hidden from us", "cross"),
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


def happened(
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
            row, number = record.row, f" {record.row.number}" if record.row.number else ""
            added = f"Added to the open ticket{number}"
            title = added if row.extends else f"Ticket{number} raised in Zoho Desk"
            lines = tuple(f"Id {each}" for each in (one.vendor_id or row.desk_id,) if each)
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
        good = row.satisfaction > LOW_SCORE
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
    status = json.loads(each.detail).get("status")
    reason = json.loads(each.detail).get("reason")
    to = [f"To {status}"] if status else []
    to += [str(reason)] if reason else []
    return Happening(title=title, at=each.at, symbol=symbol, lines=(*to, f"By {each.actor}"))


def _worse(state: str) -> int:
    order = ("refused", "parked", "sending", "intended", "superseded", "settled")
    return order.index(state)


def _name_of(effect: Effect) -> str:
    """Return the last part of a key: keys.effect_key."""
    return effect.key.partition(f":{effect.kind}")[2].removeprefix(":")


def _file_of(record: TicketRecord, name: str) -> str:
    files: Iterable[Mapping[str, Any]] = record.draft.get("attachments") or ()
    return next(
        (file_name(each) for each in files
         if keys.mark(str(each.get("url") or each.get("name") or "")) == name), "",
    )  # fmt: skip


def file_name(each: Mapping[str, Any]) -> str:
    return str(each.get("name") or "File without a name")
