"""Tell the story of a ticket: what was asked for, what became of it, and why it waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.chat_store import Mask, from_iso, iso, moment, solution_of
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.records import read_ticket
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.redaction import initials, redact_text
from switchboard.store.approvals import Approval
from switchboard.store.journal import Effect
from switchboard.store.outbox import Mail
from switchboard.store.tickets import Ticket

KINDS = {
    keys.CONTACT: "contact",
    keys.TICKET: "ticket",
    keys.COMMENT: "comment",
    keys.FILE: "file",
    keys.LINK: "note in SalesIQ",
}


def brief(row: Ticket) -> dict[str, Any]:
    """Return the line of a list; who wanted the ticket is masked."""
    draft = (row.request or {}).get("draft") or {}
    return {
        "reference": row.reference,
        "number": row.number,
        "state": row.state,
        "status": row.status,
        "workflow": row.workflow,
        "priority": row.priority,
        "wanted_at": iso(row.wanted_at),
        "contact": _who(draft),
        "chat": row.conversation_id,
        "error_code": row.error_code,
        "why": row.why,
        "next_try": iso(row.work_at) if row.state == "wanted" else None,
    }


def story_of(conn: sa.Connection, tools: ChatTools, row: Ticket) -> dict[str, Any]:
    """Return everything known of one ticket, in the order it happened; people are masked."""
    record = read_ticket(conn, tools.sealer, row)
    draft = record.draft
    mask = Mask(str(draft.get("contact_name") or ""))
    return {
        **brief(row),
        "solution": solution_of(row.error_code),
        "tries": row.tries,
        "asked_for": {
            "subject": mask(draft.get("subject")),
            "fields": {str(label): mask(value) for label, value in draft.get("fields") or ()},
            "files": len(draft.get("attachments") or ()),
            "forgotten": row.request is None,
        },
        "verification": row.verification,
        "desk": {
            "id": row.desk_id,
            "number": row.number,
            "web_url": record.web_url,
            "contact_id": row.contact_id,
            "department_id": row.department_id,
            "status": row.status,
            "extends": row.extends,
            "raised_at": iso(row.raised_at),
        },
        "writes": [_write(each) for each in record.effects],
        "mails": [_mail(each, mask) for each in record.mails],
        "approvals": [_approval(each, mask) for each in record.approvals],
        "follow_up": {
            "first_response_minutes": row.first_response_minutes,
            "resolution_minutes": row.resolution_minutes,
            "closed_at": iso(row.closed_at),
            "customer_told_at": iso(row.closing_told_at),
            "next_look": iso(row.look_at),
            "satisfaction": row.satisfaction,
            "satisfaction_at": iso(row.satisfaction_at),
            "feedback": mask(row.feedback) or None,
        },
    }


def print_story(story: dict[str, Any], zone: tzinfo) -> None:
    """Print a story for a person."""
    console = output.out()
    lines = [*_request(story, zone), *_course(story, zone), *_end(story, zone)]
    width = 2 + max(len(label) for label, _ in lines)
    for label, said in lines:
        output.say(console, Text(f"{label:<{width}}", "bold") + Text(said))


def _request(story: dict[str, Any], zone: tzinfo) -> list[tuple[str, str]]:
    asked = story["asked_for"]
    lines = [
        ("Ticket", " ".join(filter(None, (story["reference"], story["number"])))),
        ("Wanted", f"{_at(story['wanted_at'], zone)}, by {story['chat'] or 'a program'}"),
    ]
    if asked["forgotten"]:
        lines.append(("Request", "what was asked for has been forgotten"))
    else:
        lines.append(("Subject", asked["subject"]))
        lines += [(label, value) for label, value in asked["fields"].items()]
        lines.append(("Contact", f"{story['contact'] or 'not named'}, {story['verification']}"))
    about = f"{story['workflow']}, {story['priority']}"
    return [*lines, ("Workflow", about), ("State", _state(story, zone))]


def _state(story: dict[str, Any], zone: tzinfo) -> str:
    said = str(story["state"])
    if story["error_code"] or story["why"]:
        said += f". {': '.join(filter(None, (story['error_code'], story['why'])))}"
    if story["next_try"]:
        said += f" Next try {_at(story['next_try'], zone)}, {story['tries']} failed in a row."
    return f"{said} → {story['solution']}." if story["solution"] else said


def _course(story: dict[str, Any], zone: tzinfo) -> list[tuple[str, str]]:
    desk = story["desk"]
    lines = []
    if desk["id"]:
        how = "added to an open ticket" if desk["extends"] else "raised"
        contact = f"contact {desk['contact_id'] or '-'}, department {desk['department_id'] or '-'}"
        lines.append(("Zoho Desk", f"{how} {_at(desk['raised_at'], zone)}, id {desk['id']}"))
        lines.append(("", contact))
        lines += [("", desk["web_url"])] if desk["web_url"] else []
    for each in story["writes"]:
        said = f"{each['state']} {each['vendor_id'] or ''}".strip()
        lines.append((_capital(each["what"]), _with_error(said, each)))
    for each in story["mails"]:
        said = f"{each['kind']} to {each['to']}: {each['state']}"
        if each["finished_at"]:
            said += f" {_at(each['finished_at'], zone)}"
        lines.append(("Mail", _with_error(said, each)))
    for each in story["approvals"]:
        said = f"{each['what']}: {each['decision'] or 'not decided'}, asked {each['asked']}"
        when = each["decided_at"] or each["expires_at"]
        until = "" if each["decided_at"] else "until "
        lines.append(("Approval", f"{said}, {until}{_at(when, zone)}"))
    return lines


def _end(story: dict[str, Any], zone: tzinfo) -> list[tuple[str, str]]:
    desk, after = story["desk"], story["follow_up"]
    if not desk["id"]:
        return []
    said = str(desk["status"] or "not known")
    if after["closed_at"]:
        said += f", closed {_at(after['closed_at'], zone)}"
        told = after["customer_told_at"]
        said += f", customer told {_at(told, zone)}" if told else ", customer not told"
    elif after["next_look"]:
        said += f", read again {_at(after['next_look'], zone)}"
    lines = [("Status", said)]
    times = {"first response": "first_response_minutes", "resolution": "resolution_minutes"}
    known = [f"{label} {after[name]} min" for label, name in times.items() if after[name]]
    lines += [("Times", ", ".join(known))] if known else []
    if after["satisfaction"]:
        words = f": {after['feedback']}" if after["feedback"] else ""
        lines.append(("Satisfaction", f"{after['satisfaction']} of 5{words}"))
    return lines


def _who(draft: Mapping[str, Any]) -> str | None:
    name, email, phone = (draft.get(f"contact_{each}") for each in ("name", "email", "phone"))
    known = [initials(name) if name else "", *(redact_text(each or "") for each in (email, phone))]
    return ", ".join(filter(None, known)) or None


def _write(each: Effect) -> dict[str, Any]:
    return {
        "key": each.key,
        "what": KINDS.get(each.kind, each.kind),
        "state": each.state,
        "vendor_id": each.vendor_id,
        "error_code": each.error_code,
        "error": redact_text(each.error) if each.error else None,
        "solution": solution_of(each.error_code),
        "attempts": each.attempts,
        "intended_at": iso(each.intended_at),
        "finished_at": iso(each.finished_at),
    }


def _mail(each: Mail, mask: Mask) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "to": redact_text(each.recipient),
        "subject": mask(each.subject),
        "state": each.state,
        "error_code": each.error_code,
        "error": redact_text(each.error) if each.error else None,
        "solution": solution_of(each.error_code),
        "queued_at": iso(each.created_at),
        "finished_at": iso(each.finished_at),
    }


def _approval(each: Approval, mask: Mask) -> dict[str, Any]:
    return {
        "asked": redact_text(each.asked or "") or None,
        "what": mask(each.subject),
        "asked_at": iso(each.created_at),
        "expires_at": iso(each.expires_at),
        "decision": each.decision,
        "decided_at": iso(each.decided_at),
        "reason": mask(each.reason) or None,
    }


def _with_error(said: str, each: dict[str, Any]) -> str:
    if not each["error_code"]:
        return said
    said += f". {each['error_code']}: {each['error'] or ''}".rstrip()
    return f"{said} → {each['solution']}." if each["solution"] else said


def _at(text: str | None, zone: tzinfo) -> str:
    return moment(from_iso(text), zone)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
