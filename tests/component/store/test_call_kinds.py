"""Every number of calls rests on one definition of what is answered and what is missed."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any, get_args

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW, an_interaction

from switchboard.console.calls.words import KINDS
from switchboard.console.dashboard import counting
from switchboard.console.dashboard.days import Span as Day
from switchboard.flows.call_to_lead.models import Outcome
from switchboard.store import call_counts, call_search, ledger
from switchboard.store.call_counts import Span
from switchboard.store.call_kinds import MISSED, CallKind, is_one_of, kind_column, kind_of
from switchboard.store.call_search import CallFilter
from switchboard.store.database import Database
from switchboard.store.tables import interaction

REASONS = ("", "none", "lead", "outbound", "internal", "deleted", "no_number", "by_hand")


@pytest.fixture
async def every(db: Database) -> Database:
    """A call of each outcome and reason there is."""
    rows = [
        an_interaction(number, started_at=NOW, outcome=outcome, reason=reason)
        for number, (outcome, reason) in enumerate(product(get_args(Outcome), REASONS))
    ]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    return db


@pytest.mark.parametrize(
    ("outcome", "reason", "kind"),
    [
        ("accepted", "lead", "answered"), ("answered_elsewhere", "", "answered"),
        ("missed", "none", "missed"), ("voicemail", "no_number", "voicemail"),
        ("missed", "outbound", "unreached"), ("voicemail", "outbound", "unreached"),
        ("accepted", "outbound", "reached"), ("missed", "internal", "other"),
        ("missed", "deleted", "other"), ("unsettled", "", "open"), ("fax", "fax", "other"),
    ],
)  # fmt: skip
def test_missed_is_who_called_us_and_was_not_answered(
    outcome: str, reason: str, kind: CallKind
) -> None:
    """The manual's glossary: by no extension of ours; whom we called and did not reach is not."""
    assert kind_of(outcome, reason) == kind


async def test_the_database_sorts_calls_as_we_do(every: Database) -> None:
    """Pages count in SQL, reports in Python: a call is of the same kind for both."""

    def look(conn: sa.Connection) -> list[Any]:
        c = interaction.c
        return list(conn.execute(sa.select(c.outcome, c.reason, kind_column())))

    for outcome, reason, kind in await every.run(look):
        assert kind == kind_of(outcome, reason), (outcome, reason)
    for kinds in [[each] for each in get_args(CallKind)] + [["other", "open"], list(MISSED)]:
        found = await every.run(partial(_of_kinds, kinds=kinds))
        expected = {each for each in product(get_args(Outcome), REASONS) if kind_of(*each) in kinds}
        assert found == expected


async def test_every_place_counts_the_same_missed_calls(every: Database) -> None:
    """Insights, the dashboard and the list of calls agree on the same calls."""

    def look(conn: sa.Connection) -> tuple[int, int, int]:
        insights = call_counts.totals(conn, Span(NOW - 1, NOW + 1)).not_answered
        lines = counting.calls(conn, Day(NOW - 1, NOW + 1))
        listed = call_search.page(conn, CallFilter(kinds=KINDS["missed"][1])).count
        return insights, sum(line.number for line in lines if line.kind in MISSED), listed

    insights, dashboard, listed = await every.run(look)
    assert insights == dashboard == listed == 2 * (len(REASONS) - 3)


def _of_kinds(conn: sa.Connection, kinds: list[CallKind]) -> set[tuple[str, str]]:
    query = sa.select(interaction.c.outcome, interaction.c.reason).where(is_one_of(kinds))
    return {(outcome, reason) for outcome, reason in conn.execute(query)}
