"""Turn a decision into the writes the journal keeps, and into words for whoever asks. Pure."""

from __future__ import annotations

import json
from typing import Any

from switchboard.flows.call_to_lead.decide import Decision
from switchboard.store.journal import Effect

SEQUENCE = {"lead": 0, "note": 1, "status": 2}


def effects_of(decision: Decision, now: float) -> list[Effect]:
    """Return the writes a decision asks for; parents not known yet are filled in later."""
    if decision.error is not None:
        return []
    job = decision.job
    bodies: list[tuple[str, str, dict[str, Any]]] = []
    if decision.lead is not None:
        bodies.append(("lead", "Leads", decision.lead))
    note = {"parent_id": decision.record_id, **decision.note.model_dump()}
    bodies.append(("note", decision.module, note))
    if decision.status is not None:
        change = {
            "id": decision.record_id,
            "previous": decision.status.previous,
            "target": decision.status.target,
        }
        bodies.append(("status", decision.module, change))
    return [
        Effect(
            key=job.key(kind),
            interaction_id=job.call.id,
            person=job.call.person,
            kind=kind,
            module=module,
            request=json.dumps(body, ensure_ascii=False, default=str),
            sequence=SEQUENCE[kind],
            intended_at=now,
        )
        for kind, module, body in bodies
    ]


def explain(decision: Decision) -> dict[str, Any]:
    """Return what `calls show` tells of a decision."""
    choice = decision.assignment
    return {
        "match": decision.match.model_dump(mode="json"),
        "owner_id": choice.owner_id if choice else None,
        "owner_why": choice.why if choice else None,
        "status_why": decision.status_why,
        "problems": [each.model_dump(mode="json") for each in decision.problems],
    }
