"""Ask customers how it was: a link in the closing mail, a page, a score from 1 to 5.

The token holds the ticket's reference, sealed: it cannot be guessed, tells nothing, and opens that
one ticket's page only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.delivery import intend_comment
from switchboard.flows.chat_to_ticket.mails import compose, facts, samples, words
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import audit, outbox, tickets
from switchboard.store.tickets import Ticket

PLACE = "feedback link"
DAY = 86_400.0
CHANGE_DAYS = 14  # Counted from the closing, or from the first answer where there is one.
LOW_SCORE = 2
LONGEST_TEXT = 2000
LONGEST_TOKEN = 2048
SCORES = samples.SCORES

Verdict = Literal["stored", "changed", "over", "invalid", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """What the page behind a feedback link shows."""

    standing: Literal["open", "over", "unknown"]
    help_desk: str
    title: str = ""
    number: str = ""
    score: int | None = None  # What was given before.

    @property
    def is_open(self) -> bool:
        return self.standing == "open"


@dataclass(frozen=True, slots=True)
class Given:
    """What came of an answer."""

    verdict: Verdict
    page: FeedbackPage


def link(tools: ChatTools, reference: str) -> str:
    """Return the address of a ticket's feedback page."""
    token = tools.sealer.seal(PLACE, reference).rstrip("=")
    return f"{tools.public_url.rstrip('/')}/feedback/{token}"


async def look(tools: ChatTools, token: str) -> FeedbackPage:
    """Return what a link's page shows; looking changes nothing."""
    reference = _reference(tools, token)
    if reference is None:
        return _unknown(tools)
    row = await tools.db.run(lambda conn: tickets.load(conn, tools.sealer, reference))
    return _page(tools, row)


async def give(tools: ChatTools, token: str, score: int, text: str = "") -> Given:
    """Store an answer, or change it; the team hears at once of a low one."""
    reference = _reference(tools, token)
    if reference is None:
        return Given("unknown", _unknown(tools))
    at = tools.now().timestamp()
    said = words.line(text, LONGEST_TEXT)

    def write(conn: sa.Connection) -> tuple[Verdict, Ticket | None]:
        row = tickets.load(conn, tools.sealer, reference)
        if row is None:
            return "unknown", None
        if score not in dict(SCORES):
            return "invalid", row
        if _is_over(row, at):
            return "over", row
        first = row.satisfaction is None
        # The days of changing count from the first answer.
        since = at if first or row.satisfaction_at is None else row.satisfaction_at
        tickets.put_feedback(conn, tools.sealer, reference, score=score, text=said, at=since)
        if score <= LOW_SCORE:
            _tell_team(conn, tools, row, score, said, at)
        detail = {"score": score, "ticket": row.number or ""}
        audit.append(
            conn, actor="customer", action="ticket.feedback", subject=reference,
            detail=detail, at=at,
        )  # fmt: skip
        return ("stored" if first else "changed"), tickets.load(conn, tools.sealer, reference)

    verdict, row = await tools.db.run(write)
    if verdict in {"stored", "changed"} and score <= LOW_SCORE:
        tools.wake("tickets")
        tools.wake("mails")
    return Given(verdict, _page(tools, row))


def _tell_team(  # noqa: PLR0917 - what it needs, each once.
    conn: sa.Connection, tools: ChatTools, row: Ticket, score: int, said: str, at: float
) -> None:
    """Tell ticket and team of a low score: once as it is, once more when words come with it."""
    lines = [f"The customer gave {score} of {len(SCORES)}."]
    if said:
        lines.append(f"Their words: {said}")
    name = "low-score-words" if said else "low-score"
    intend_comment(
        conn, tools, reference=row.reference, text="\n".join(lines), public=False, key=name, at=at
    )
    mails = compose.note_mails(
        tools, "A customer was not content", lines, number=row.number,
        key=f"feedback:{_short(row.reference)}:{name}", at=at,
    )  # fmt: skip
    outbox.queue(conn, mails, at)


def _reference(tools: ChatTools, token: str) -> str | None:
    """Return the ticket a token was made for; None for what is none of our tokens."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        found = tools.sealer.unseal(PLACE, token + "=" * (-len(token) % 4))
    except (OperatorError, ValueError):
        return None
    return found if isinstance(found, str) else None


def _is_over(row: Ticket, at: float) -> bool:
    since = row.satisfaction_at or row.closed_at
    return since is not None and at > since + CHANGE_DAYS * DAY


def _page(tools: ChatTools, row: Ticket | None) -> FeedbackPage:
    if row is None:
        return _unknown(tools)
    return FeedbackPage(
        standing="over" if _is_over(row, tools.now().timestamp()) else "open",
        help_desk=facts.help_desk(tools),
        title=facts.title_of(tools, row.workflow),
        number=words.line(row.number),
        score=row.satisfaction,
    )


def _unknown(tools: ChatTools) -> FeedbackPage:
    return FeedbackPage(standing="unknown", help_desk=facts.help_desk(tools))


def _short(reference: str) -> str:
    return hashlib.sha256(reference.encode()).hexdigest()[:24]
