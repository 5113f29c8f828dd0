"""Show a real call as the lead it would become. Pure, but for the reading of calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from switchboard.config.documents import FieldMappings, without_comments
from switchboard.config.load import Configuration
from switchboard.flows.call_to_lead.map import check_against_metadata, map_fields
from switchboard.flows.call_to_lead.models import Attribution, Call, FieldProblem
from switchboard.store import ledger
from switchboard.vendors.zoho_crm.models import CrmField

CALLS = 20
_LOOK = 200  # Calls without a caller make no lead: look a little further.


@dataclass(frozen=True, slots=True)
class Example:
    """A call of before, with the office that answers for it."""

    id: str
    at: float
    caller: str
    call: Call
    office: str
    attribution: Attribution | None

    @property
    def section(self) -> str:
        return "accepted_calls" if self.call.call_type == "accepted" else "missed_calls"


@dataclass(frozen=True, slots=True)
class Preview:
    """The lead a call would become: its fields in order, and what is wrong with them."""

    example: Example
    fields: tuple[tuple[str, str, str], ...]  # Zoho's label, its API name, the value
    problems: tuple[FieldProblem, ...]


def examples(conn: sa.Connection) -> list[Example]:
    """Return the latest calls that could become leads."""
    found = []
    for row in ledger.search(conn, limit=_LOOK):
        document = json.loads(row.document)
        whose = document.get("attribution")
        if row.kind != "call" or not document.get("call") or row.office is None:
            continue
        call = Call.model_validate(document["call"])
        if call.caller is None or call.call_type is None:
            continue
        attribution = Attribution.model_validate(whose) if whose else None
        name = f"{call.caller_name or call.caller}"
        found.append(Example(row.id, row.started_at, name, call, row.office, attribution))
        if len(found) == CALLS:
            break
    return found


def drafted(document: Mapping[str, Any]) -> FieldMappings | None:
    """Return the mappings a document holds; None for one that cannot be."""
    try:
        return FieldMappings.model_validate(without_comments(dict(document)))
    except ValidationError:
        return None


def preview(
    configuration: Configuration,
    mappings: FieldMappings,
    example: Example,
    metadata: Mapping[str, CrmField] | None,
) -> Preview:
    """Map *example* as a run would; without *metadata* nothing is held against Zoho's fields."""
    office = configuration.office(example.office)
    section: Mapping[str, str] = getattr(mappings, example.section)
    status = getattr(mappings.lead_status, example.call.status_key or "new")
    fields, problems = map_fields(
        section, example.call, office, example.attribution, None, status, metadata
    )
    shown = []
    for name, value in fields.items():
        known = (metadata or {}).get(name)
        shown.append(((known and known.label) or name, name, str(value)))
    return Preview(example, tuple(shown), tuple(problems))


def troubles(
    mappings: FieldMappings, metadata: Mapping[str, CrmField] | None
) -> list[FieldProblem]:
    """Return what Zoho CRM would refuse or change, line by line."""
    return check_against_metadata(mappings, metadata) if metadata is not None else []
