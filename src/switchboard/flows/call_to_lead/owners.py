"""Which of the owners the configuration names may own a lead today, and why not. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from switchboard.config.documents import LeadOwner, Office
from switchboard.vendors.zoho_crm.models import CrmUser

Users = Mapping[str, CrmUser]

OFF_HERE = "is set inactive in lead_owners.json"
UNKNOWN = "is not a user of Zoho CRM"
OFF_AT_ZOHO = "is not active in Zoho CRM"


class NamedOwner(NamedTuple):
    """A place of `lead_owners.json` that names an owner."""

    place: tuple[str | int, ...]
    owner_id: str


@dataclass(frozen=True, slots=True)
class Owners:
    """An office's owners as configuration and Zoho know them; *users* None: Zoho was not asked."""

    office: Office
    users: Users | None = None

    @property
    def listed(self) -> dict[str, LeadOwner]:
        """Those of `lead_owners`; of one listed twice the first entry counts."""
        return {each.id: each for each in reversed(self.office.owners.lead_owners)}

    @property
    def listed_ids(self) -> list[str]:
        return list(dict.fromkeys(each.id for each in self.office.owners.lead_owners))

    def name(self, owner_id: str) -> str:
        """Return what people call an owner: as configured, else as Zoho knows him."""
        listed, user = self.listed.get(owner_id), (self.users or {}).get(owner_id)
        return (listed and listed.name) or (user and user.full_name) or owner_id

    def obstacle(self, owner_id: str) -> str | None:
        """Return why an owner cannot take a lead, or None when he can."""
        listed = self.listed.get(owner_id)
        if listed is not None and not listed.active:
            return OFF_HERE
        if self.users is None:
            return None
        user = self.users.get(owner_id)
        if user is None:
            return UNKNOWN
        return None if user.status == "active" else OFF_AT_ZOHO

    def weight(self, owner_id: str) -> float:
        """Return an owner's weight; one whom only the rules name counts as one."""
        listed = self.listed.get(owner_id)
        if listed is None or not self.office.owners.assignment_rules.respect_weights:
            return 1.0
        return listed.assignment_weight

    def pool(self, owner_ids: Iterable[str]) -> tuple[dict[str, float], list[str]]:
        """Return the usable ones with their weights, and whom one has to skip, in words.

        Nothing is said of owners somebody switched off on purpose.
        """
        weights: dict[str, float] = {}
        skipped = []
        for owner_id in dict.fromkeys(owner_ids):
            obstacle = self.obstacle(owner_id)
            weight = self.weight(owner_id)
            if obstacle == OFF_HERE:
                continue
            if obstacle is not None:
                skipped.append(f"{self.name(owner_id)} {obstacle}")
            elif math.isfinite(weight) and weight > 0:
                weights[owner_id] = weight
        return weights, skipped

    def named(self) -> Iterator[NamedOwner]:
        """Yield every place that names an owner who may be asked to take a lead."""
        for index, owner in enumerate(self.office.owners.lead_owners):
            yield NamedOwner(("lead_owners", index, "id"), owner.id)
        rules = self.office.owners.assignment_rules
        if rules.office_hours_only and rules.after_hours_owner_id:
            place = ("assignment_rules", "after_hours_owner_id")
            yield NamedOwner(place, rules.after_hours_owner_id)
        if rules.fallback_owner_id:
            yield NamedOwner(("assignment_rules", "fallback_owner_id"), rules.fallback_owner_id)
        departments = rules.department_specific
        if departments is not None and departments.enabled:
            for name, ids in departments.mappings.items():
                mapping = ("assignment_rules", "department_specific", "mappings", name)
                for index, owner_id in enumerate(ids):
                    yield NamedOwner((*mapping, index), owner_id)


def owner_warnings(offices: Sequence[Office], users: Users | None) -> list[str]:
    """Return a sentence for every owner who is passed over, office by office.

    Not for one whom somebody switched off in the list and no rule names: that is no surprise.
    """
    warnings = []
    for office in offices:
        owners = Owners(office, users)
        places: dict[str, list[str | int]] = {}
        for each in owners.named():
            places.setdefault(each.owner_id, []).append(each.place[0])
        for owner_id, named in places.items():
            obstacle = owners.obstacle(owner_id)
            meant = obstacle == OFF_HERE and set(named) == {"lead_owners"}
            if obstacle is not None and not meant:
                name = owners.name(owner_id)
                known = f"{name} ({owner_id})" if name != owner_id else owner_id
                warnings.append(f"{office.name}: {known} {obstacle} and gets no new leads.")
    return warnings
