"""Render the pages behind links in mails. Pure.

Forms post to the address the page was read from. Serve them with `CSP`, and with
`Referrer-Policy: no-referrer` and `Cache-Control: no-store`: their addresses hold tokens.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from switchboard.flows.chat_to_ticket.approving import Answered, Question
from switchboard.flows.chat_to_ticket.feedback import LONGEST_TEXT, SCORES, FeedbackPage, Given

_HERE = Path(__file__).parent
STYLE = (_HERE / "page.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
CSP = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

Text = tuple[str, str]
_UNKNOWN: Text = ("This link is not valid", "It may be incomplete: open it from the mail again.")
_STANDINGS: dict[str, Text] = {
    "approved": ("This request was approved", "There is nothing left to decide."),
    "declined": ("This request was declined", "There is nothing left to decide."),
    "expired": ("The time to decide is over", "Ask the help desk if it is still wanted."),
    "unknown": _UNKNOWN,
}
_DECIDED: dict[str, Text] = {
    "approved": ("Approved", "Thank you. The help desk and who asked for it have been told."),
    "declined": ("Declined", "Thank you. The help desk and who asked for it have been told."),
}
_GIVEN: dict[str, Text] = {
    "stored": ("Thank you", "You can change your answer for 14 days with the same link."),
    "changed": ("Thank you", "Your answer was changed."),
    "over": ("The time to answer is over", "Tell the help desk directly, if you like."),
    "invalid": ("That was no answer", "Choose one of the five, then send it."),
    "unknown": _UNKNOWN,
}


def render(
    name: Literal["approve", "feedback", "outcome"],
    facts: Answered | Given | Question | FeedbackPage,
    *,
    choice: str = "",
) -> str:
    """Return a page as HTML.

    *choice* is what the link in the mail said (`?choice=`, `?score=`): it is offered first, and
    decides nothing.
    """
    if name == "approve" and isinstance(facts, Question):
        return _approve(facts, choice)
    if name == "feedback" and isinstance(facts, FeedbackPage):
        return _feedback(facts, choice)
    return _outcome(facts)


def _approve(question: Question, choice: str) -> str:
    if not question.is_open:
        return _outcome(question)
    return _page("approve.html", question=question, choice=choice, help_desk=question.help_desk)


def _feedback(page: FeedbackPage, score: str) -> str:
    if not page.is_open:
        return _outcome(page)
    wanted = int(score) if score in {str(each) for each, _ in SCORES} else page.score
    return _page(
        "feedback.html", page=page, scores=SCORES, wanted=wanted, longest=LONGEST_TEXT,
        help_desk=page.help_desk,
    )  # fmt: skip


def _outcome(of: Answered | Given | Question | FeedbackPage) -> str:
    """Return the page after a button was pressed, or where there is nothing to press."""
    shown = of.question if isinstance(of, Answered) else of.page if isinstance(of, Given) else of
    if isinstance(of, Given):
        title, text = _GIVEN[of.verdict]
    elif isinstance(shown, FeedbackPage):
        title, text = _GIVEN.get(shown.standing, _UNKNOWN)
    else:
        decided = isinstance(of, Answered) and of.verdict == "decided"
        title, text = (_DECIDED if decided else _STANDINGS).get(shown.standing, _UNKNOWN)
    return _page(
        "outcome.html",
        title=title,
        text=text,
        help_desk=shown.help_desk,
        what=shown.what if isinstance(shown, Question) else "",
        number=shown.number,
        decided_at=shown.decided_at if isinstance(shown, Question) else "",
    )


def _page(name: str, **facts: Any) -> str:
    return _templates().get_template(name).render(style=STYLE, **facts)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
