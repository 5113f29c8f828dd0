"""Add up each office's part of a run, from the run's own account or from the ledger. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from switchboard.config.documents import LeadOwner, Office
from switchboard.config.load import Configuration
from switchboard.reports.facts import Facts
from switchboard.reports.models import (
    NO_OFFICE,
    HourCount,
    OfficeFigures,
    OwnerShare,
)
from switchboard.reports.zones import Zones
from switchboard.store.call_kinds import (
    MISSED,
    NOT_FROM_OUTSIDE,
    CallKind,
    kind_of,
    kinds_by_outcome,
)
from switchboard.store.report_facts import Tally

_COUNTS = (
    "seen",
    "done",
    "skipped",
    "parked",
    "waiting",
    "leads_created",
    "notes_created",
    "statuses_updated",
    "callbacks_opened",
    "callbacks_closed",
    "media_attached",
)
_WRITES = {"lead": "leads_created", "note": "notes_created", "status": "statuses_updated"}
NO_EXTENSION = "No extension of ours"


def office_figures(facts: Facts, configuration: Configuration) -> tuple[OfficeFigures, ...]:
    """Return one entry per office of the run, in processing order, calls of no office last.

    A run that did not get so far as to count has only the ledger to speak for it.
    """
    owners = lead_owners(facts.writes)
    parts = facts.summary.get("offices") or ()
    if facts.counted and parts:
        return tuple(_accounted(part, owners) for part in parts)
    names = {each.id: each.name for each in configuration.offices}
    wanted: list[str] = [str(each) for each in facts.options.get("offices") or ()]
    if any(each.office is None and each.fresh for each in facts.tallies):
        wanted.append(NO_OFFICE)
    names[NO_OFFICE] = NO_EXTENSION
    return tuple(
        _from_ledger(office, names.get(office, office), facts, owners) for office in wanted
    )


def lead_owners(writes: Iterable[tuple[str | None, str, str]]) -> dict[str, Counter[str]]:
    """Count the new leads of each office by owner; a lead without an owner has Zoho's default."""
    found: dict[str, Counter[str]] = {}
    for office, kind, request in writes:
        if kind == "lead":
            owner = (json.loads(request or "{}").get("Owner") or {}).get("id") or ""
            found.setdefault(office or NO_OFFICE, Counter())[str(owner)] += 1
    return found


def _accounted(part: Mapping[str, Any], owners: Mapping[str, Counter[str]]) -> OfficeFigures:
    office, outcomes = str(part["office"]), part.get("outcomes") or {}
    skipped = part.get("skip_reasons") or {}
    name = NO_EXTENSION if office == NO_OFFICE else str(part.get("name") or office)
    counts: dict[str, Any] = {key: int(part.get(key, 0)) for key in _COUNTS}
    return OfficeFigures(
        office=office,
        name=name,
        known=int(part.get("leads_matched", 0)) + int(part.get("contacts_matched", 0)),
        owners=dict(part.get("owners") or {}) or dict(owners.get(office, {})),
        kinds=dict(part["kinds"]) if "kinds" in part else kinds_by_outcome(outcomes),
        outside_only="kinds" in part or not NOT_FROM_OUTSIDE & skipped.keys(),
        skip_reasons=dict(skipped),
        **counts,
    )


def _from_ledger(
    office: str, name: str, facts: Facts, owners: Mapping[str, Counter[str]]
) -> OfficeFigures:
    mine = [t for t in facts.tallies if (t.office or NO_OFFICE) == office and t.fresh]
    fates = _sums(mine, "fate")
    skipped = [t for t in mine if t.fate == "skipped"]
    kinds: Counter[CallKind] = Counter()
    for each in mine:
        kinds[kind_of(each.outcome, each.reason)] += each.number
    written = Counter(
        _WRITES[kind]
        for at, kind, _ in facts.writes
        if (at or NO_OFFICE) == office and kind in _WRITES
    )
    return OfficeFigures(
        office=office,
        name=name,
        seen=sum(fates.values()),
        done=fates["done"],
        skipped=fates["skipped"],
        parked=fates["parked"],
        waiting=fates["waiting"],
        leads_created=written["leads_created"],
        notes_created=written["notes_created"],
        statuses_updated=written["statuses_updated"],
        known=max(written["notes_created"] - written["leads_created"], 0),
        owners=dict(owners.get(office, {})),
        kinds=dict(kinds),
        skip_reasons=dict(_sums(skipped, "reason")),
        counted=False,
    )


def _sums(some: Iterable[Tally], name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in some:
        found[str(getattr(each, name))] += each.number
    return found


def owner_shares(
    figures: Sequence[OfficeFigures], configuration: Configuration
) -> tuple[OwnerShare, ...]:
    """Return who got the new leads, beside the part assignment_weight meant for them.

    Offices with one owner are left out: there was nothing to share.
    """
    offices = {each.id: each for each in configuration.offices}
    shares: list[OwnerShare] = []
    for part in figures:
        office = offices.get(part.office)
        total = sum(part.owners.values())
        active = [o for o in office.owners.lead_owners if o.active] if office else []
        people = {o.id for o in active} | set(part.owners)
        if total == 0 or len(people) < 2:  # noqa: PLR2004 - sharing takes two.
            continue
        meant = _meant(active, office)
        rows = [
            OwnerShare(
                office=part.office,
                office_name=part.name,
                owner=owner_name(owner, office),
                leads=part.owners.get(owner, 0),
                share=part.owners.get(owner, 0) / total,
                meant=meant.get(owner),
            )
            for owner in people
        ]
        shares += sorted(rows, key=lambda row: (-row.leads, row.owner))
    return tuple(shares)


def owner_name(owner_id: str, office: Office | None) -> str:
    """Return the owner's name as configured, else the mail address, else the id."""
    for each in office.owners.lead_owners if office else ():
        if each.id == owner_id:
            return each.name or each.email or each.id
    return owner_id or "Zoho's default owner"


def _meant(active: Sequence[LeadOwner], office: Office | None) -> dict[str, float]:
    if office is None or not office.owners.assignment_rules.round_robin:
        return {}
    weighted = office.owners.assignment_rules.respect_weights
    weights = {each.id: each.assignment_weight if weighted else 1.0 for each in active}
    total = sum(weights.values())
    return {owner: weight / total for owner, weight in weights.items()}


def hour_counts(
    begun: Iterable[tuple[str | None, float, CallKind]], zones: Zones
) -> tuple[HourCount, ...]:
    """Count answered and missed calls by the hour of the office's own clock; empty without any."""
    accepted: Counter[int] = Counter()
    missed: Counter[int] = Counter()
    for office, at, kind in begun:
        hour = zones.local(at, office).hour
        accepted[hour] += kind == "answered"
        missed[hour] += kind in MISSED
    if not (accepted.total() or missed.total()):
        return ()
    return tuple(HourCount(hour=h, accepted=accepted[h], missed=missed[h]) for h in range(24))
