"""Decide what to do when SalesIQ could not carry out an answer: zoho-salesiq.md §5.

Answering a failure with `forward` again loops, each round under a new request id, so this is the
one place that knows what may follow.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from switchboard.vendors.zoho_salesiq.models import Cause

OFFLINE_HOURS, NO_OPERATOR, INVALID_OPERATORS = 1001, 1002, 1003
TOO_LONG, EXECUTION_FAILED = 1005, 1007
_HAND_OVER = {OFFLINE_HOURS, NO_OPERATOR, INVALID_OPERATORS}


class AfterFailure(BaseModel):
    """What follows a failure."""

    model_config = ConfigDict(frozen=True)

    say: Literal[
        "nobody_is_there",  # Offer a ticket instead: somebody will write.
        "shorter",  # What was said last was too long: say it again in one sentence.
        "again",  # Something went wrong on our side; ask for the message once more.
        "give_up",  # The same twice: take a message, and let a person answer by mail.
    ]
    action: Literal["reply", "operator_busy"]
    handover_failed: bool  # Remember it: this conversation must not be forwarded again.
    alarm: bool  # A setting of ours is wrong, or our answers do not arrive: tell somebody.


def after_failure(cause: Cause | None, *, already_failed: bool) -> AfterFailure:
    """Return the next step; *already_failed*: a failure of this kind was met here before."""
    code = cause.code if cause else 0
    hand_over = code in _HAND_OVER
    if already_failed:
        return AfterFailure(
            say="give_up", action="operator_busy", handover_failed=hand_over, alarm=True
        )
    if hand_over:
        return AfterFailure(
            say="nobody_is_there",
            action="reply",
            handover_failed=True,
            alarm=code == INVALID_OPERATORS,
        )
    return AfterFailure(
        say="shorter" if code == TOO_LONG else "again",
        action="reply",
        handover_failed=False,
        alarm=True,
    )
