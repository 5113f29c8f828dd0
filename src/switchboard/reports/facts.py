"""What the store knows of one run: the raw material of its report, read in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.errors import OperatorError
from switchboard.reports.models import NO_OFFICE
from switchboard.store import budgets, journal, ledger, report_facts, runs
from switchboard.store.budgets import Use
from switchboard.store.call_kinds import CallKind
from switchboard.store.database import now
from switchboard.store.report_facts import Span, Tally

COUNTED = frozenset({"done", "stopped"})  # Outcomes of runs that counted what RingCentral showed.
CLOCKS_DIFFER_SECONDS = 1.0  # A row's time is the store's, a run's end the machine's.


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Rows and documents; nothing is added up yet."""

    run: runs.Run
    at: float  # When they were read.
    options: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    tallies: Sequence[Tally] = ()
    calls: Sequence[ledger.Interaction] = ()
    effects: Mapping[str, Sequence[journal.Effect]] = field(default_factory=dict)
    begun: Sequence[tuple[str | None, float, CallKind]] = ()  # Office and start: the window's.
    media: Sequence[Mapping[str, Any]] = ()
    media_counts: Mapping[str, int] = field(default_factory=dict)
    media_of_calls: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    callbacks: Sequence[tuple[str, str | None, bool, int]] = ()
    callback_of_call: Mapping[str, str] = field(default_factory=dict)
    record_owners: Mapping[str, str] = field(default_factory=dict)
    writes: Sequence[tuple[str | None, str, str]] = ()
    usage: Mapping[str, Mapping[str, Use]] = field(default_factory=dict)

    @property
    def counted(self) -> bool:
        return self.run.outcome in COUNTED

    @property
    def end(self) -> float:
        return self.run.finished_at or self.at


def read_facts(conn: sa.Connection, run_id: str, configuration: Configuration) -> Facts:
    """Read a run; an id the store does not know is the asker's mistake."""
    run = runs.get(conn, run_id)
    if run is None:
        raise OperatorError(
            "CLI-002",
            f"There is no run {run_id!r}. `switchboard report list` shows the known ones.",
        )
    at = now(conn)
    options, summary = json.loads(run.options), json.loads(run.summary)
    end = (run.finished_at or at) + CLOCKS_DIFFER_SECONDS
    span = Span(offices=_offices(options, summary, configuration), begin=run.started_at, end=end)
    calls = report_facts.calls_of(conn, span, listing_limit(configuration))
    ids = [each.id for each in calls]
    hours = float(options.get("hours_back") or 0)
    return Facts(
        run=run,
        at=at,
        options=options,
        summary=summary,
        tallies=report_facts.tallies(conn, span),
        calls=calls,
        effects=journal.of_interactions(conn, ids),
        begun=report_facts.starts(
            conn, span.offices, run.started_at - hours * 3600, run.started_at
        ),
        media=report_facts.media_of(conn, span),
        media_counts=report_facts.media_counts(conn, span),
        media_of_calls=report_facts.media_of_calls(conn, ids),
        callbacks=report_facts.callbacks_of(conn, span),
        callback_of_call=report_facts.callback_states(conn, ids),
        record_owners=report_facts.owners_of(conn, _matched(calls)),
        writes=report_facts.settled_writes(conn, span),
        usage=budgets.usage_of_day(conn, run.finished_at or at),
    )


def listing_limit(configuration: Configuration) -> int:
    """How many calls the listing may hold."""
    email = configuration.email
    return email.report_settings.call_list_limit if email else 500


def _offices(
    options: Mapping[str, Any], summary: Mapping[str, Any], configuration: Configuration
) -> list[str | None]:
    """Return the run's offices; None among them stands for calls of no office."""
    chosen: list[str | None] = list(options.get("offices") or ())
    parts = {part["office"] for part in summary.get("offices") or ()}
    everything = (
        NO_OFFICE in parts if parts else {o.id for o in configuration.offices} <= set(chosen)
    )
    return [*chosen, None] if everything else chosen


def _matched(calls: Sequence[ledger.Interaction]) -> set[str]:
    found = set()
    for call in calls:
        match = ((json.loads(call.document).get("decision") or {}).get("match")) or {}
        if match.get("record_id"):
            found.add(str(match["record_id"]))
    return found
