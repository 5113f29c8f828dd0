"""Say what became of a call, from the states its writes are in. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from switchboard.flows.call_to_lead.decide import Decision
from switchboard.flows.call_to_lead.effects import explain
from switchboard.flows.call_to_lead.writes import Outcome
from switchboard.store import ledger
from switchboard.store.journal import Effect

MOST_ATTEMPTS = 20  # Then a person has to look: something is wrong with this very call.
IN_DOUBT = "A write to Zoho CRM got no answer; it is looked for there before it is sent again."
RETRY_SECONDS, RETRY_MOST_SECONDS = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait, in seconds; `scale` is the length of the vendors' minute in minutes."""

    reconcile_after: float
    scale: float


def fate_of(
    row: ledger.Interaction,
    decision: Decision,
    *,
    effects: Sequence[Effect],
    lead: Effect | None,
    outcomes: Mapping[str, Outcome],
    now: float,
    pace: Pace,
) -> ledger.Interaction:
    """Return the call's row as it should be now, from the states of its writes."""
    document = json.loads(row.document)
    document["decision"] = explain(decision)
    text = json.dumps(document, ensure_ascii=False)
    row = replace(row, document=text, updated_at=now)
    if decision.error is not None:
        return parked(row, *decision.error, now)
    concerned = [*effects, *([lead] if lead is not None else [])]
    for effect in concerned:
        if effect.state in {"refused", "parked"}:
            return parked(row, effect.error_code or "ZOHO-422", effect.error or "", now)
    why_done = decision.why
    if decision.lead is None and any(e.kind == "lead" and e.state == "settled" for e in effects):
        why_done = "Its lead was created before an interruption; the rest followed."
    open_ones = [each for each in concerned if each.state in {"intended", "sending"}]
    if not open_ones:
        return replace(
            row,
            fate="done",
            reason=decision.match.kind,
            why=why_done,
            error_code=None,
            due_at=None,
            finished_at=now,
        )
    outcome = next((outcomes[e.key] for e in open_ones if e.key in outcomes), None)
    code = outcome.code if outcome else None
    if row.attempts >= MOST_ATTEMPTS:
        message = f"Tried {row.attempts} times. {outcome.message if outcome else ''}".strip()
        return parked(row, code or "ZOHO-500", message, now)
    if any(each.state == "sending" for each in open_ones):
        wait, reason = pace.reconcile_after, "in_doubt"
        why = IN_DOUBT
    else:
        most = min(RETRY_SECONDS * 2 ** max(row.attempts - 1, 0), RETRY_MOST_SECONDS)
        wait, reason = most * pace.scale, "retry"
        if outcome and outcome.retry_after is not None:
            wait = outcome.retry_after
        why = outcome.message if outcome else "Waits for the lead to be created first."
    return replace(
        row,
        fate="waiting",
        reason=reason,
        why=why,
        error_code=code,
        due_at=now + wait,
        finished_at=None,
    )


def parked(row: ledger.Interaction, code: str, message: str, now: float) -> ledger.Interaction:
    """Return the row as one a person has to look at."""
    return replace(
        row,
        fate="parked",
        reason="refused",
        why=message,
        error_code=code,
        due_at=None,
        finished_at=now,
    )
