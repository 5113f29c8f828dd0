"""Who got the new leads, beside what the configured weights mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from switchboard.config.load import Configuration
from switchboard.console.insights.words import ENOUGH, Kind, Sheet, plain
from switchboard.reports.charts import Chart, Series
from switchboard.reports.figures import NO_EXTENSION, owner_shares
from switchboard.reports.models import NO_OFFICE, OfficeFigures, OwnerShare

TOLERANCE = 0.1  # Of what was meant; and never less than two leads, which turns alone explain.
LEAST = 2.0
MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """One owner of an office."""

    share: OwnerShare
    meant: float | None  # Leads.
    words: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class OfficeOwners:
    """An office's new leads, and whether they were shared out as meant."""

    office: str
    name: str
    leads: int
    rows: tuple[OwnerRow, ...]
    verdict: str
    kind: Kind
    alone: str = ""  # The one owner there is: nothing was to be shared.


def distribution(
    counted: Mapping[tuple[str | None, str], int], configuration: Configuration, office: str = ""
) -> list[OfficeOwners]:
    """Return the offices in processing order, those with new leads first."""
    figures = _figures(counted, configuration, office)
    shares: dict[str, list[OwnerShare]] = {}
    for each in owner_shares(figures, configuration):
        shares.setdefault(each.office, []).append(each)
    found = [_of_office(part, shares.get(part.office, []), configuration) for part in figures]
    return sorted(found, key=lambda each: not each.leads)


def _figures(
    counted: Mapping[tuple[str | None, str], int], configuration: Configuration, office: str
) -> list[OfficeFigures]:
    owners: dict[str, dict[str, int]] = {}
    for (where, who), number in counted.items():
        owners.setdefault(where or NO_OFFICE, {})[who] = number
    names = {each.id: each.name for each in configuration.offices}
    names |= {gone: gone for gone in owners if gone not in names and gone != NO_OFFICE}
    if NO_OFFICE in owners:
        names[NO_OFFICE] = NO_EXTENSION
    wanted = [each for each in names if not office or each == office]
    return [OfficeFigures(office=o, name=names[o], owners=owners.get(o, {})) for o in wanted]


def _of_office(
    part: OfficeFigures, shares: Sequence[OwnerShare], configuration: Configuration
) -> OfficeOwners:
    leads = sum(part.owners.values())
    rows = tuple(_row(each, leads) for each in shares)
    alone = ""
    if not rows:
        office = next((o for o in configuration.offices if o.id == part.office), None)
        active = [o for o in office.owners.lead_owners if o.active] if office else []
        alone = active[0].name or active[0].id if len(active) == 1 else ""
    verdict, kind = _verdict(leads, rows, alone)
    return OfficeOwners(part.office, part.name, leads, rows, verdict, kind, alone)


def _row(each: OwnerShare, leads: int) -> OwnerRow:
    if each.meant is None:
        return OwnerRow(each, None, "Not in the turns", "")
    meant = each.meant * leads
    if leads < ENOUGH:
        return OwnerRow(each, meant, "Not enough yet", "")
    difference = each.leads - meant
    if abs(difference) <= max(LEAST, TOLERANCE * meant):
        return OwnerRow(each, meant, "As meant", "ok")
    word = "more" if difference > 0 else "fewer"
    return OwnerRow(each, meant, f"{abs(difference):,.0f} {word} than meant", "warn")


def _verdict(leads: int, rows: Sequence[OwnerRow], alone: str) -> tuple[str, Kind]:
    """Say whether the leads were shared out as meant."""
    said = _nothing_to_judge(leads, rows, alone)
    if said:
        return said, ""
    strangers = sum(row.share.leads for row in rows if row.meant is None)
    uneven = [row for row in rows if row.kind == "warn"]
    if uneven:
        most = max(uneven, key=lambda row: abs(row.share.leads - (row.meant or 0)))
        return f"Uneven: {most.share.owner} has {most.words}.", "warn"
    if strangers > max(LEAST, TOLERANCE * leads):
        return f"{strangers:,} went to somebody who takes no turns.", "warn"
    return "Fair: everybody has what the weights mean, within a turn or two.", "ok"


def _nothing_to_judge(leads: int, rows: Sequence[OwnerRow], alone: str) -> str:
    reasons = (
        (not leads, "No new leads in this time."),
        (bool(alone), f"All to {alone}, the only owner."),
        (not rows, "There was one owner: nothing was to be shared."),
        (leads < ENOUGH, "Not enough yet to say whether it is fair."),
        (
            all(row.meant is None for row in rows),
            "No turns are configured, so there is nothing to compare with.",
        ),
    )
    return next((words for holds, words in reasons if holds), "")


def has_departments(configuration: Configuration) -> bool:
    """Tell whether some calls go to the owners of a department, whatever the weights say."""
    rules = [each.owners.assignment_rules.department_specific for each in configuration.offices]
    return any(each is not None and each.enabled and each.mappings for each in rules)


def owners_chart(offices: Sequence[OfficeOwners]) -> Chart:
    rows = [(office, row) for office in offices for row in office.rows][:MOST_BARS]
    several = len({office.office for office, _ in rows}) > 1
    return Chart(
        id="owners",
        kind="bars",
        title="New leads by owner",
        description="New leads each owner got, and how many their weight means.",
        labels=tuple(
            f"{row.share.owner}, {office.name}" if several else row.share.owner
            for office, row in rows
        ),
        series=(
            Series(
                name="New leads",
                values=tuple(float(row.share.leads) for _, row in rows),
                role="first",
            ),
        ),
        marks=tuple(row.meant for _, row in rows),
        mark_name="By weight",
    )


def owners_sheet(offices: Sequence[OfficeOwners]) -> Sheet:
    rows = tuple(
        (
            office.name,
            row.share.owner,
            str(row.share.leads),
            plain(row.share.share, 4),
            plain(row.meant),
        )
        for office in offices
        for row in office.rows
    )
    return Sheet("owners", ("office", "owner", "new_leads", "share", "by_weight"), rows)
