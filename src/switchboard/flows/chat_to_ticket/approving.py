"""Ask the point of contact, show what was asked, and carry what they decide to everybody.

The link alone decides nothing: mail scanners follow links. The page behind it shows the question,
and the button on it decides, once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket import conversing
from switchboard.flows.chat_to_ticket.delivery import intend_comment
from switchboard.flows.chat_to_ticket.mails import compose, facts, words
from switchboard.flows.chat_to_ticket.models import AskApproval, Event, TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import approval_tokens, approvals, audit, outbox, tickets
from switchboard.store.approvals import Approval, Decision
from switchboard.store.tickets import Ticket

DAY = 86_400.0
TOKEN_BYTES = 32
LONGEST_REASON = 1000
PURPOSE = "approval links"

Standing = Literal["open", "approved", "declined", "expired", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the page behind an approval's link shows."""

    standing: Standing
    help_desk: str
    what: str = ""
    requester: str = ""
    number: str = ""
    until: str = ""
    decided_at: str = ""

    @property
    def is_open(self) -> bool:
        return self.standing == "open"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a decision, and how the question now stands."""

    verdict: Literal["decided", "already", "expired", "unknown"]
    question: Question


def ask_approval(  # noqa: PLR0917 - the contract of a settled ticket.
    conn: sa.Connection,
    tools: ChatTools,
    ticket: Ticket,
    draft: TicketDraft,
    wish: AskApproval,
    at: facts.Moment,
) -> bool:
    """Ask, in the transaction that settles the ticket; once for each ticket. Tell whether asked."""
    if approvals.of_reference(conn, tools.sealer, ticket.reference):
        return False
    at = at.timestamp() if isinstance(at, datetime) else at
    token_id = secrets.token_urlsafe(TOKEN_BYTES)
    token_hash = approval_tokens.digest(token_id)
    expires_at = at + tools.configuration.settings.chat.approval_days * DAY
    wanted = Approval(
        token_hash=token_hash,
        conversation_id=ticket.person,
        reference=ticket.reference,
        created_at=at,
        expires_at=expires_at,
        asked=wish.approver_email,
        subject=wish.what,
    )
    approvals.create(conn, tools.sealer, wanted)
    token = approval_tokens.make(tools.sealer.keys_for(PURPOSE), token_id)
    key = f"approval:{ticket.reference}"
    mails = compose.approval_mail(tools, ticket, draft, wish, token, expires_at, key=key, at=at)
    outbox.queue(conn, mails, at)
    detail = {"ticket": ticket.number or "", "mailed": bool(mails)}
    audit.append(
        conn, actor="chat", action="approval.ask", subject=ticket.reference, detail=detail, at=at
    )
    return True


async def look(tools: ChatTools, token: str) -> Question:
    """Return what a link's page shows; looking changes nothing, however often."""
    token_hash = approval_tokens.read(tools.sealer.keys_for(PURPOSE), token)
    if token_hash is None:
        return _unknown(tools)
    at = tools.now().timestamp()

    def read(conn: sa.Connection) -> tuple[Approval | None, Ticket | None]:
        found = approvals.load(conn, tools.sealer, token_hash)
        return found, tickets.load(conn, tools.sealer, found.reference) if found else None

    return _question(tools, *await tools.db.run(read), at)


async def decide(tools: ChatTools, token: str, decision: Decision, reason: str = "") -> Answered:
    """Decide once: ticket, chat, requester and team hear of it in the same transaction."""
    token_hash = approval_tokens.read(tools.sealer.keys_for(PURPOSE), token)
    if token_hash is None:
        return Answered("unknown", _unknown(tools))
    at = tools.now().timestamp()
    said = words.line(reason, LONGEST_REASON)

    def write(conn: sa.Connection) -> tuple[approvals.Outcome, Ticket | None]:
        found = approvals.load(conn, tools.sealer, token_hash)
        by = (found.asked if found else None) or ""
        outcome = approvals.decide(
            conn, tools.sealer, token_hash, decision, by=by, now=at, reason=said
        )
        row = tickets.load(conn, tools.sealer, found.reference) if found else None
        if outcome.verdict == "decided" and outcome.approval is not None:
            _tell(conn, tools, outcome.approval, row, at)
        return outcome, row

    outcome, row = await tools.db.run(write)
    if outcome.verdict == "decided":
        for lane in ("tickets", "mails", "replies"):
            tools.wake(lane)
    return Answered(outcome.verdict, _question(tools, outcome.approval, row, at))


def expire_approvals(conn: sa.Connection, tools: ChatTools, at: float) -> int:
    """Close questions nobody answered in time, and tell ticket and team; return how many."""
    late = approvals.expire(conn, at)
    for _, reference in late:
        row = tickets.load(conn, tools.sealer, reference)
        text = "Nobody approved or declined the request in time. Ask the point of contact."
        if row is not None:
            intend_comment(
                conn, tools, reference=reference, text=text, public=False,
                key="approval-expired", at=at,
            )  # fmt: skip
        number = row.number if row else ""
        key = f"approval:{reference}:expired"
        headline = "An approval ran out"
        lines = [text, f"Reference: {reference}"]
        mails = compose.note_mails(tools, headline, lines, number=number, key=key, at=at)
        outbox.queue(conn, mails, at)
        audit.append(conn, actor="chat", action="approval.expire", subject=reference, at=at)
    return len(late)


def draft_of(row: Ticket | None) -> TicketDraft | None:
    """Return what a ticket was made of; None once that was emptied."""
    document = (row.request or {}).get("draft") if row else None
    return TicketDraft.model_validate(document) if document else None


def _tell(
    conn: sa.Connection, tools: ChatTools, decided: Approval, row: Ticket | None, at: float
) -> None:
    decision = decided.decision or ""
    detail = {"reference": decided.reference, "decision": decision}
    event = Event(kind="approval", at=datetime.fromtimestamp(at, UTC), detail=detail)
    conversing.apply(conn, tools, decided.conversation_id, event)
    if row is not None:
        intend_comment(
            conn, tools, reference=row.reference, text=_comment(decided), public=False,
            key="approval", at=at,
        )  # fmt: skip
    key = f"approval:{decided.reference}:{decision}"
    mails = compose.result_mails(tools, decided, row, draft_of(row), key=key, at=at)
    outbox.queue(conn, mails, at)
    audit.append(
        conn, actor="approver", action=f"approval.{decision}", subject=decided.reference,
        detail={"ticket": row.number if row else ""}, at=at,
    )  # fmt: skip


def _comment(decided: Approval) -> str:
    done = "Approved" if decided.decision == "approved" else "Declined"
    lines = [f"{done} by {decided.by} through the link mailed to them.", decided.subject or ""]
    if decided.reason:
        lines.append(f"Their words: {decided.reason}")
    return "\n".join(each for each in lines if each)


def _question(tools: ChatTools, found: Approval | None, row: Ticket | None, at: float) -> Question:
    if found is None:
        return _unknown(tools)
    over = found.decision is None and found.expires_at <= at
    standing: Standing = "expired" if over else (found.decision or "open")
    draft = draft_of(row)
    decided = found.decided_at if found.decision in {"approved", "declined"} else None
    return Question(
        standing=standing,
        help_desk=facts.help_desk(tools),
        what=words.line(found.subject),
        requester=words.line(draft.contact_name or draft.contact_email) if draft else "",
        number=words.line(row.number) if row else "",
        until=facts.moment_words(tools, found.expires_at),
        decided_at=facts.moment_words(tools, decided) if decided else "",
    )


def _unknown(tools: ChatTools) -> Question:
    return Question(standing="unknown", help_desk=facts.help_desk(tools))
