"""Choose the owner of a new lead: after hours, by department, or in turn; and say why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from switchboard.config.documents import Office
from switchboard.flows.call_to_lead.departments import department_of, pool_of
from switchboard.flows.call_to_lead.hours import OpeningHours, opening_hours
from switchboard.flows.call_to_lead.models import Assignment, AssignmentRule, Attribution, Call
from switchboard.flows.call_to_lead.owners import Owners, Users
from switchboard.flows.call_to_lead.turns import next_turn

Rotations = Mapping[str, Mapping[str, float]]


def assign(
    office: Office,
    rotations: Rotations,
    *,
    call: Call,
    attribution: Attribution | None = None,
    users: Users | None = None,
) -> Assignment:
    """Return the owner, why, and the rotation that turned, as it is to be kept.

    *rotations*: the credits of every pool of the office, as earlier choices left them (empty at
    first). *users*: those of Zoho CRM by id; None when they could not be read. In this order:
    the owner for calls after hours, the department's owners in turn, all owners in turn, the
    fallback owner; who cannot take a lead is passed over, and the reason is told.
    """
    owners = Owners(office, users)
    department = department_of(office, call, attribution)
    notes, choice = _after_hours(owners, call)
    if choice is None and department is not None:
        choice = _in_department(owners, rotations, department, notes)
    if choice is None:
        choice = _in_turn(owners, rotations, notes)
    if choice is None:
        choice = _fallback(owners, notes)
    return choice.model_copy(update={"department": department})


def _after_hours(owners: Owners, call: Call) -> tuple[list[str], Assignment | None]:
    """Return the choice for a call outside the office hours, or what is to be said about it."""
    rules = owners.office.owners.assignment_rules
    hours = opening_hours(owners.office)
    if not rules.office_hours_only or hours.is_open(call.started_at):
        return [], None
    closed = _closed(hours, call)
    owner_id = rules.after_hours_owner_id
    if owner_id is None:
        return [f"The office is {closed}, and no after-hours owner is named."], None
    obstacle = owners.obstacle(owner_id)
    name = owners.name(owner_id)
    if obstacle is not None:
        return [f"The office is {closed}, but the after-hours owner {name} {obstacle}."], None
    return [], _choice("after_hours", owner_id, [f"{name} takes it: the office is {closed}."])


def _closed(hours: OpeningHours, call: Call) -> str:
    here = call.started_at.astimezone(hours.zone)
    holiday = hours.holiday(here.date())
    if holiday is not None:
        return f"closed for {holiday.name or 'a holiday'} ({here:%d %b})"
    since = hours.closed_since(call.started_at)
    if since is None:
        return "closed"
    return f"closed since {since.astimezone(hours.zone):%a %d %b %H:%M}"


def _in_department(
    owners: Owners, rotations: Rotations, department: str, notes: list[str]
) -> Assignment | None:
    rules = owners.office.owners.assignment_rules
    mapping = rules.department_specific.mappings if rules.department_specific else {}
    weights, skipped = owners.pool(mapping[department])
    notes += _told(skipped)
    if not weights:
        notes.append(f"No owner of the department {department} can take it.")
        return None
    if not rules.round_robin:
        first = next(iter(weights))
        why = f"{owners.name(first)} comes first for the department {department}."
        return _choice("department", first, [why, *notes])
    pool = pool_of(owners.office.id, department)
    where = f"for the department {department}"
    return _turn("department", owners, rotations, pool, weights, where, notes)


def _in_turn(owners: Owners, rotations: Rotations, notes: list[str]) -> Assignment | None:
    if not owners.office.owners.assignment_rules.round_robin:
        notes.append("Round-robin is off.")
        return None
    weights, skipped = owners.pool(owners.listed_ids)
    notes += [each for each in _told(skipped) if each not in notes]
    if not weights:
        notes.append("No owner can take it in turn.")
        return None
    where = "in the rotation"
    return _turn("rotation", owners, rotations, owners.office.id, weights, where, notes)


def _turn(  # noqa: PLR0917 - what a turn is made of.
    rule: AssignmentRule,
    owners: Owners,
    rotations: Rotations,
    pool: str,
    weights: Mapping[str, float],
    where: str,
    notes: list[str],
) -> Assignment:
    chosen, after = next_turn(weights, rotations.get(pool, {}))
    total = sum(weights.values())
    share = f"weight {weights[chosen]:g} of {total:g}"
    why = f"{owners.name(chosen)} is next {where} ({share})."
    turned = _choice(rule, chosen, [why, *notes])
    shares = {each: weight / total for each, weight in weights.items()}
    return turned.model_copy(update={"pool": pool, "rotation_after": after, "shares": shares})


def _fallback(owners: Owners, notes: list[str]) -> Assignment:
    fallback = owners.office.owners.assignment_rules.fallback_owner_id
    if fallback is None:
        why = "Zoho CRM chooses the owner: no fallback owner is named."
        return _choice("nobody", None, [why, *notes])
    obstacle, name = owners.obstacle(fallback), owners.name(fallback)
    if obstacle is None:
        return _choice("fallback", fallback, [f"{name} takes it as the fallback owner.", *notes])
    why = f"Zoho CRM chooses the owner: the fallback owner {name} {obstacle}."
    return _choice("nobody", None, [why, *notes])


def _choice(rule: AssignmentRule, owner_id: str | None, why: Iterable[str]) -> Assignment:
    shares = {} if owner_id is None else {owner_id: 1.0}
    return Assignment(owner_id=owner_id, rule=rule, why=" ".join(why), shares=shares)


def _told(skipped: list[str]) -> list[str]:
    return [f"Skipped: {', '.join(skipped)}."] if skipped else []
