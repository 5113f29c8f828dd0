"""What a call counts as: the one definition behind every number of calls, wherever it is shown.

The manual calls a call accepted when an extension of ours answered it, and missed when none did,
with or without a voicemail. Both came from outside: a call we placed is neither, whoever did not
answer it, nor is one between colleagues. Pure, but for the two that say the same in SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store.tables import interaction

CallKind = Literal["answered", "voicemail", "missed", "reached", "unreached", "open", "other"]

ANSWERED_OUTCOMES = ("accepted", "answered_elsewhere")
UNANSWERED_OUTCOMES = ("missed", "voicemail")
PLACED = "outbound"  # The reason for which a call of ours is skipped.
NOT_FROM_OUTSIDE = frozenset({PLACED, "internal", "deleted"})

MISSED: tuple[CallKind, ...] = ("missed", "voicemail")
"""Nobody of ours answered a caller from outside: `voicemail` with a message, `missed` without."""
PLACED_BY_US: tuple[CallKind, ...] = ("reached", "unreached")
"""We called: somebody answered (`reached`) or nobody did (`unreached`)."""


def kind_of(outcome: str, reason: str) -> CallKind:
    """Return what a call counts as, by how it went and the reason of its fate.

    `open`: RingCentral may still change it. `other`: between colleagues, deleted, blocked, failed,
    a fax, no conversation.
    """
    if reason == PLACED and outcome in {*ANSWERED_OUTCOMES, *UNANSWERED_OUTCOMES}:
        return "reached" if outcome in ANSWERED_OUTCOMES else "unreached"
    if outcome == "unsettled":
        return "open"
    if reason in NOT_FROM_OUTSIDE:
        return "other"
    if outcome in ANSWERED_OUTCOMES:
        return "answered"
    return outcome if outcome in MISSED else "other"


def kinds_by_outcome(outcomes: Mapping[str, int]) -> dict[CallKind, int]:
    """Sum up what old runs kept: of their calls it is not known which came from outside."""
    found: dict[CallKind, int] = {}
    for outcome, number in outcomes.items():
        kind = kind_of(outcome, "")
        found[kind] = found.get(kind, 0) + number
    return found


def kind_column() -> sa.ColumnElement[Any]:
    """Return `kind_of` of an interaction's row."""
    # Literals, for PostgreSQL groups only by an expression that is the same to the letter.
    rules: list[tuple[sa.ColumnElement[bool], sa.ColumnElement[Any]]] = [
        (_rule(kind), sa.literal_column(f"'{kind}'")) for kind in _RULES
    ]
    return sa.case(*rules, else_=sa.literal_column("'other'"))


def is_one_of(kinds: Collection[CallKind]) -> sa.ColumnElement[bool]:
    """Tell in SQL whether an interaction counts as one of *kinds*."""
    rules = [_rule(kind) for kind in kinds if kind != "other"]
    if "other" in kinds:
        outcome, ours = interaction.c.outcome, sorted(NOT_FROM_OUTSIDE - {PLACED})
        final = sa.and_(outcome != "unsettled", interaction.c.reason.in_(ours))
        rules.append(sa.or_(outcome.not_in(_NAMED), final))
    return sa.or_(*rules)


_NAMED = (*ANSWERED_OUTCOMES, *UNANSWERED_OUTCOMES, "unsettled")
# Each rule stands alone: no call fits two of them.
_RULES: Mapping[CallKind, tuple[tuple[str, ...], bool | None]] = {
    "answered": (ANSWERED_OUTCOMES, False),
    "voicemail": (("voicemail",), False),
    "missed": (("missed",), False),
    "reached": (ANSWERED_OUTCOMES, True),
    "unreached": (UNANSWERED_OUTCOMES, True),
    "open": (("unsettled",), None),
}


def _rule(kind: CallKind) -> sa.ColumnElement[bool]:
    outcomes, placed = _RULES[kind]
    rule = interaction.c.outcome.in_(outcomes)
    if placed is None:
        return rule
    whose = interaction.c.reason == PLACED if placed else from_outside()
    return sa.and_(rule, whose)


def from_outside() -> sa.ColumnElement[bool]:
    """Tell in SQL whether a call came from outside and still stands at RingCentral."""
    return interaction.c.reason.not_in(sorted(NOT_FROM_OUTSIDE))
