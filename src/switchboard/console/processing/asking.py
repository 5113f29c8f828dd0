"""Read the form that starts a run. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from switchboard.config.documents import Office, Processing
from switchboard.flows.call_to_lead.models import CallType
from switchboard.flows.call_to_lead.run import BOTH, RunOptions

HOUR = 3600.0
TYPES: dict[str, frozenset[CallType]] = {
    "all": BOTH,
    "accepted": frozenset({"accepted"}),
    "missed": frozenset({"missed"}),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was filled in, with what has to be corrected by field."""

    office: str = ""
    hours: str = ""
    types: str = "all"
    dry_run: bool = False
    debug: bool = False
    email: bool = True
    media: bool = True
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> RunOptions:
        """What the run is asked for; only of a form without errors."""
        return RunOptions(
            (self.office,) if self.office else (),
            TYPES[self.types],
            float(self.hours),
            self.dry_run,
            email=self.email,
            media=self.media,
        )


def fresh(processing: Processing) -> Asked:
    """Return the form as it first stands there."""
    return Asked(hours=f"{processing.default_hours_back:g}")


def asked(form: Mapping[str, str], offices: Sequence[Office], processing: Processing) -> Asked:
    """Read what somebody sent."""
    errors = {}
    office, types = form.get("office", ""), form.get("types", "all")
    hours = form.get("hours", "").strip().replace(",", ".")
    if office and office not in {each.id for each in offices}:
        errors["office"] = "This office is no longer in the configuration. Choose another one."
    if types not in TYPES:
        errors["types"] = "Choose one of the three."
    if not _within(hours, processing.max_hours_back):
        errors["hours"] = f"Enter hours, above 0 and up to {processing.max_hours_back:g}."
    return Asked(
        office=office,
        hours=hours,
        types=types,
        dry_run=bool(form.get("dry_run")),
        debug=bool(form.get("debug")),
        email=bool(form.get("email")),
        media=bool(form.get("media")),
        errors=errors,
    )


def hours_to_apply(planned: float, age_seconds: float, most: float) -> tuple[float, bool]:
    """Return how far back a plan's run has to look by now, and whether the most is not enough."""
    hours = math.ceil((planned + age_seconds / HOUR) * 10) / 10
    return min(hours, most), hours > most


def _within(text: str, most: float) -> bool:
    try:
        hours = float(text)
    except ValueError:
        return False
    return math.isfinite(hours) and 0 < hours <= most
