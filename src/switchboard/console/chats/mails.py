"""Say in plain words what became of a mail. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from switchboard.console.chats.words import Chip
from switchboard.error_reference import about
from switchboard.store.outbox import Mail

_KINDS = {
    "code": "One-time code",
    "confirmation": "Confirmation",
    "ticket": "Confirmation",
    "approval": "Question to approve",
    "approved": "Approval told",
    "declined": "Refusal told",
    "closed": "Closing, with the question how it was",
    "team": "Note to the team",
    "note": "Note to the team",
    "approval_result": "Decision told to the team",
}
_STATES = {
    "queued": Chip("Waiting", "run", "clock"),
    "sending": Chip("Being sent", "run", "mail"),
    "sent": Chip("Sent", "ok", "check"),
    "refused": Chip("Refused", "fail", "cross"),
    "parked": Chip("Needs a person", "fail", "alert"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An error in words: what it means, and what a person can do."""

    code: str
    said: str
    meaning: str = ""
    solution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    what: str
    to: str
    subject: str
    chip: Chip
    at: float
    trouble: Trouble | None


def trouble_of(code: str | None, said: str | None) -> Trouble | None:
    if not code:
        return None
    known = about(code)
    if known is None:
        return Trouble(code=code, said=said or "")
    return Trouble(code=code, said=said or "", meaning=known.meaning, solution=known.you)


def mail_line(each: Mail) -> MailLine:
    chip = _STATES[each.state]
    if each.state == "queued" and each.error_code:
        chip = Chip("Tried again later", "warn", "clock")
    return MailLine(
        what=_KINDS.get(each.kind, each.kind.replace("_", " ").capitalize()),
        to=each.recipient,
        subject=each.subject,
        chip=chip,
        at=each.finished_at or each.created_at,
        trouble=trouble_of(each.error_code, each.error),
    )
