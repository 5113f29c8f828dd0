"""Add up what a run did, so that every call RingCentral names is accounted for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.decide import Decision
from switchboard.flows.call_to_lead.writes import Outcome
from switchboard.store.journal import Effect

FATES = ("done", "skipped", "parked", "waiting")
NO_OWNER = "(chosen by Zoho CRM)"


@dataclass(slots=True)
class BatchResult:
    """How many calls of the batch got which fate; `progress` is False when all have to wait."""

    fates: dict[str, int] = field(default_factory=dict)
    leads_created: int = 0
    leads_matched: int = 0
    contacts_matched: int = 0
    notes_created: int = 0
    statuses_updated: int = 0
    owners: dict[str, int] = field(default_factory=dict)  # Leads created, by owner id.
    error: OperatorError | None = None

    @property
    def progress(self) -> bool:
        return any(count for fate, count in self.fates.items() if fate != "waiting")

    def count(
        self,
        decision: Decision,
        effects: Sequence[Effect],
        outcomes: Mapping[str, Outcome],
    ) -> None:
        """Add what was written for one call."""
        settled = {
            e.kind for e in effects if e.key in outcomes and outcomes[e.key].fate == "settled"
        }
        if "lead" in settled:
            self.leads_created += 1
            owner = decision.assignment.owner_id if decision.assignment else None
            add(self.owners, owner or NO_OWNER, 1)
        self.notes_created += "note" in settled
        self.statuses_updated += "status" in settled
        if decision.lead is None and "note" in settled:
            self.leads_matched += decision.match.kind == "lead"
            self.contacts_matched += decision.match.kind == "contact"


class OfficeReport(BaseModel):
    """One office's part of a run, in calls; `crm` counts what this run wrote."""

    model_config = ConfigDict(extra="forbid")

    office: str
    name: str
    seen: int = 0
    done: int = 0
    skipped: int = 0
    parked: int = 0
    waiting: int = 0
    leads_created: int = 0
    leads_matched: int = 0
    contacts_matched: int = 0
    notes_created: int = 0
    statuses_updated: int = 0
    callbacks_opened: int = 0
    callbacks_closed: int = 0
    media_attached: int = 0
    owners: dict[str, int] = Field(default_factory=dict)  # New leads by owner id.
    outcomes: dict[str, int] = Field(default_factory=dict)
    kinds: dict[str, int] = Field(default_factory=dict)  # What they count as: store/call_kinds.
    skip_reasons: dict[str, int] = Field(default_factory=dict)
    errors: dict[str, int] = Field(default_factory=dict)

    @property
    def accounted_for(self) -> bool:
        """RingCentral's count = done + skipped + parked + waiting (ARCHITECTURE §5.10)."""
        return self.seen == self.done + self.skipped + self.parked + self.waiting


class RunReport(BaseModel):
    """A whole run, as `--json` prints it."""

    model_config = ConfigDict(extra="forbid")

    run: str
    started_at: str
    finished_at: str = ""
    hours_back: float
    types: tuple[str, ...]
    dry_run: bool = False
    offices: list[OfficeReport] = Field(default_factory=list)
    problems: list[str] = Field(default_factory=list)
    stopped_by: str | None = None  # Code and message of what ended the run early.
    requests: dict[str, dict[str, Any]] = Field(default_factory=dict)
    media_owed: int = 0  # Recordings and voicemails still to be attached, of all offices.
    media_alarms: int = 0  # Of them, those RingCentral deletes soon.
    report_path: str | None = None  # Below the configuration directory.
    mails: dict[str, int] = Field(default_factory=dict)  # How many were sent, queued, parked.
    mail_error: str | None = None  # Code and message of what the mail server refuses altogether.
    warnings: list[str] = Field(default_factory=list)
    plan: list[dict[str, Any]] | None = None

    def total(self, name: str) -> int:
        """Add one figure up over all offices."""
        return sum(int(getattr(office, name)) for office in self.offices)

    @property
    def accounted_for(self) -> bool:
        return all(office.accounted_for for office in self.offices)

    def document(self) -> dict[str, Any]:
        """Return the JSON document with its totals."""
        data = self.model_dump(mode="json", exclude_none=True)
        data["calls"] = {name: self.total(name) for name in ("seen", *FATES)}
        names = (
            "leads_created",
            "leads_matched",
            "contacts_matched",
            "notes_created",
            "statuses_updated",
            "callbacks_opened",
            "callbacks_closed",
            "media_attached",
        )
        data["crm"] = {name: self.total(name) for name in names}
        data["accounted_for"] = self.accounted_for
        return data


def add(counts: dict[str, int], name: str, number: int) -> None:
    """Count *number* more of *name*."""
    counts[name] = counts.get(name, 0) + number
