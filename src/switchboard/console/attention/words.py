"""What a cause means, what helps, and where it is put right. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from switchboard.console.attention.fixes import Fix, fix_of
from switchboard.error_reference import about


@dataclass(frozen=True, slots=True)
class Explained:
    """A cause for people; `fix` is a page of the console and what its link says."""

    code: str  # Blank: no error, only late.
    title: str
    you: str
    we: str = ""
    fix: Fix | None = None


# Why things wait that no error explains.
REASONS: dict[str, tuple[str, str]] = {
    "parked": (
        "Stopped without a code",
        "Open it: its story says what happened. Then try it again",
    ),
    "late-call": (
        "Calls have been waiting for more than a day",
        "Start a run of their offices. If they still wait, open one: its story says for what",
    ),
    "doubt": (
        "Something was being written when the process ended; it may have happened or not",
        "Nothing at first: it is looked up before anything is sent again. If it stays, start a run",
    ),
    "lost": (
        "A recording or voicemail was gone before it could be attached",
        "Nothing brings it back. Run more often, or keep recordings longer at RingCentral",
    ),
    "late-call-back": (
        "The task for a call-back should have been written by now",
        "Call back by hand if it is urgent; the call's story says what it waits for",
    ),
    "late-mail": (
        "Mails wait to be sent",
        "Check that a mail server is set up and answers",
    ),
    "late-ticket": (
        "Tickets, or what is to be added to them, have been waiting for more than an hour",
        "Check that Zoho Desk is connected; the ticket says what it waits for",
    ),
    "late-reply": (
        "Visitors of chats wait for an answer",
        "Open the chat; if Zoho SalesIQ is in trouble, write to the visitor from there",
    ),
    "approval-ends": (
        "Approvals run out within a day, and nobody has decided",
        "Remind whoever was asked; after that the request counts as declined",
    ),
    "run-died": (
        "A run has no end: its process was killed, or the machine went down",
        "Nothing is lost, and the next run goes on. If it happens again, look at memory and disk",
    ),
    "run-failed": (
        "A run ended with a mistake of ours",
        "Nothing is lost, and the next run goes on. Report it with the log of that run",
    ),
}


def explained(cause: str) -> Explained:
    """Return what a person is told of a cause."""
    if cause in REASONS:
        title, you = REASONS[cause]
        return Explained("", title, you, fix=fix_of(cause))
    known = about(cause)
    if known is None:
        said = "This code is not known to this version; the log may say more"
        return Explained(cause, "Something went wrong", said, fix=fix_of(cause))
    return Explained(known.code, known.meaning, known.you, known.we, fix_of(cause))
