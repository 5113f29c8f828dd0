"""Add up what a run did, so that every call RingCentral names is accounted for. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FATES = ("done", "skipped", "parked", "waiting")


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
    outcomes: dict[str, int] = Field(default_factory=dict)
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
        )
        data["crm"] = {name: self.total(name) for name in names}
        data["accounted_for"] = self.accounted_for
        return data
