"""Choose the owner of a new lead: smooth weighted round-robin over the active owners."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from switchboard.config.documents import LeadOwner, OwnersConfig
from switchboard.flows.call_to_lead.models import Assignment


def assign(
    owners: OwnersConfig,
    rotation: Mapping[str, float],
    *,
    usable_ids: Collection[str] | None = None,
) -> Assignment:
    """Return the owner, why, and the rotation to keep for the next call.

    *rotation* is what the previous choice returned (empty at first). Each choice adds every
    owner's weight to his credit and charges the chosen one the sum: over any long stretch the
    shares are those of the weights, and no owner gets two leads in a row for no reason.
    *usable_ids*: the users Zoho knows as active; None when that was not asked.
    """
    rules = owners.assignment_rules
    eligible = [
        owner
        for owner in _unique(owners.lead_owners)
        if owner.active and (usable_ids is None or owner.id in usable_ids)
    ]
    weights = {
        owner.id: owner.assignment_weight if rules.respect_weights else 1.0
        for owner in eligible
        if not rules.respect_weights or _counts(owner.assignment_weight)
    }
    if not rules.round_robin or not weights:
        return _fallback(owners, rotation, usable_ids)
    credit = {each: rotation.get(each, 0.0) + weight for each, weight in weights.items()}
    # Ties go to the document's order: dicts keep it and max() takes the first.
    chosen = max(credit, key=lambda each: credit[each])
    credit[chosen] -= sum(weights.values())
    share = f"weight {weights[chosen]:g} of {sum(weights.values()):g}"
    return Assignment(
        owner_id=chosen,
        why=f"{_name(owners, chosen)} is next in the rotation ({share}).",
        rotation_after={each: round(value, 9) for each, value in credit.items()},
    )


def _fallback(
    owners: OwnersConfig, rotation: Mapping[str, float], usable_ids: Collection[str] | None
) -> Assignment:
    fallback = owners.assignment_rules.fallback_owner_id
    off = {owner.id for owner in owners.lead_owners if not owner.active}
    usable = usable_ids is None or fallback in usable_ids
    kept = dict(rotation)
    rotating = owners.assignment_rules.round_robin
    reason = "no owner is active" if rotating else "round-robin is off"
    if fallback is not None and fallback not in off and usable:
        why = f"{_name(owners, fallback)} takes it as the fallback owner: {reason}."
        return Assignment(owner_id=fallback, why=why, rotation_after=kept)
    return Assignment(
        owner_id=None,
        why=f"Zoho CRM chooses the owner: {reason} and no fallback owner is usable.",
        rotation_after=kept,
    )


def _unique(owners: tuple[LeadOwner, ...]) -> list[LeadOwner]:
    return list({owner.id: owner for owner in reversed(owners)}.values())[::-1]


def _counts(weight: float) -> bool:
    return math.isfinite(weight) and weight > 0


def _name(owners: OwnersConfig, owner_id: str) -> str:
    for owner in owners.lead_owners:
        if owner.id == owner_id:
            return owner.name or owner_id
    return owner_id
