"""Somebody gets no more leads, in every office and every rule: the others take them. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.config.documents import Office


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who gets leads, and the offices where."""

    id: str
    name: str
    offices: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"{self.name} ({', '.join(self.offices)})"


def receivers(offices: Iterable[Office]) -> list[Receiver]:
    """Return everybody who gets leads by the configuration, by name."""
    found: dict[str, tuple[str, list[str]]] = {}
    for office in offices:
        for owner in office.owners.lead_owners:
            if owner.active:
                _, where = found.setdefault(owner.id, (owner.name or owner.id, []))
                where.append(office.name)
    people = [Receiver(own, name, tuple(where)) for own, (name, where) in found.items()]
    return sorted(people, key=lambda each: each.name.casefold())


def without_leads(document: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return an office's owners and rules in which *owner* takes no lead.

    The entry stays, switched off: leads of before are still theirs. A department left to nobody is
    taken out, and without somebody for the hours after closing the usual rules count then, too.
    """
    made = copy.deepcopy(dict(document))
    for row in _listed(made.get("lead_owners")):
        if isinstance(row, dict) and row.get("id") == owner:
            row["active"] = False
    rules = made.get("assignment_rules")
    if not isinstance(rules, dict):
        return made
    if rules.get("fallback_owner_id") == owner:
        del rules["fallback_owner_id"]
    if rules.get("after_hours_owner_id") == owner:
        del rules["after_hours_owner_id"]
        rules.pop("office_hours_only", None)
    departments = rules.get("department_specific")
    if isinstance(departments, dict) and isinstance(departments.get("mappings"), dict):
        departments["mappings"] = dict(_left(departments["mappings"], owner))
    return made


def _left(mappings: Mapping[str, Any], owner: str) -> Iterable[tuple[str, Any]]:
    for name, ids in mappings.items():
        others = [each for each in _listed(ids) if each != owner]
        if owner not in _listed(ids):
            yield name, ids
        elif others:
            yield name, others


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
