"""The words of a report: what a run did, fit for a page, a mail and a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from switchboard.store.call_kinds import CallKind

FATES = ("done", "skipped", "parked", "waiting")
NO_OFFICE = "(no office)"  # How a run names calls that touch no configured extension.

ProblemKind = Literal["run", "mismatch", "parked", "media", "callback", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeFigures:
    """One office's calls and what was written because of them, in this run."""

    office: str
    name: str
    seen: int = 0
    done: int = 0
    skipped: int = 0
    parked: int = 0
    waiting: int = 0
    leads_created: int = 0
    known: int = 0  # Callers who were leads or contacts already.
    notes_created: int = 0
    statuses_updated: int = 0
    callbacks_opened: int = 0
    callbacks_closed: int = 0
    media_attached: int = 0
    owners: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[CallKind, int] = field(default_factory=dict)
    outside_only: bool = True  # False: an old run, which took others for answered and missed.
    skip_reasons: Mapping[str, int] = field(default_factory=dict)
    counted: bool = True  # False: the run ended before RingCentral's calls were counted.

    @property
    def fates(self) -> int:
        """How many calls have a fate."""
        return self.done + self.skipped + self.parked + self.waiting

    @property
    def adds_up(self) -> bool:
        """RingCentral's count = done + skipped + parked + waiting (ARCHITECTURE §5.10)."""
        return not self.counted or self.seen == self.fates


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call of the listing."""

    id: str
    session: str
    office: str
    office_name: str
    at: datetime  # In the office's time zone.
    number: str | None  # As people of the office write it; None: withheld.
    name: str | None
    outcome: str  # In words.
    fate: str
    owner: str | None
    did: tuple[str, ...]
    why: str
    code: str | None
    fresh: bool  # New or changed in this run.

    @property
    def anchor(self) -> str:
        """Where the page shows it: `#call-...`."""
        return "call-" + "".join(c if c.isalnum() else "-" for c in self.session)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLine:
    """A recording or voicemail that is still owed, or that nobody will get any more."""

    key: str
    at: datetime  # When the call was.
    office_name: str
    number: str | None
    kind: str
    state: str  # owed | gone | parked
    why: str
    code: str | None
    deleted_at: datetime | None
    urgent: bool  # RingCentral deletes it soon.
    fresh: bool  # News: nobody was told of it before this run.


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a person should look at. `fresh`: it came up in this run, so it is mailed."""

    kind: ProblemKind
    title: str
    code: str | None = None
    meaning: str = ""
    solution: str = ""
    detail: str = ""
    count: int = 1
    fresh: bool = True
    command: str = ""
    calls: tuple[CallLine, ...] = ()  # Those the listing shows.
    media: tuple[MediaLine, ...] = ()

    @property
    def says_more(self) -> bool:
        """Tell whether the command is not in the solution already."""
        return bool(self.command) and self.command not in self.solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one vendor, or one group of its requests, was asked for, and may be asked for."""

    name: str
    requests: int | None  # None: this run's own figure was not kept.
    credits: float | None = None
    per_minute: float | None = None  # The run's average.
    limit_per_minute: float | None = None
    today: float | None = None
    limit_per_day: float | None = None
    unit: str = "request"

    @property
    def share_of_minute(self) -> float | None:
        return _share(self.per_minute, self.limit_per_minute)

    @property
    def share_of_day(self) -> float | None:
        return _share(self.today, self.limit_per_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerShare:
    """How many new leads of an office one owner got, and which part was meant to be theirs."""

    office: str
    office_name: str
    owner: str
    leads: int
    share: float  # Of the office's new leads in this run, 0 to 1.
    meant: float | None  # By assignment_weight; None: not in the rotation.


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """Calls that began in one hour of the day, office time."""

    hour: int
    accepted: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything a report shows. Made once, rendered as page, mail and text."""

    run: str
    version: str
    outcome: str  # done | stopped | failed | interrupted | unfinished
    started_at: datetime  # In the report's time zone.
    finished_at: datetime | None
    made_at: datetime
    hours_back: float
    types: tuple[str, ...]
    dry_run: bool
    several: bool  # A company with several offices, whichever of them this run was for.
    stopped_by: str | None
    offices: tuple[OfficeFigures, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    calls: tuple[CallLine, ...]
    calls_total: int  # Before the limit of the listing.
    listed: bool  # False: the listing is switched off.
    media: tuple[MediaLine, ...]
    media_owed: int
    media_done: int  # Attached in this run.
    callbacks_open: int
    hours: tuple[HourCount, ...]
    owners: tuple[OwnerShare, ...]
    allowances: tuple[Allowance, ...]
    fresh_calls: int  # New or changed in this run.
    decided_calls: int  # Of them, those that have their fate now.
    changed_media: int
    changed_callbacks: int

    def total(self, name: str) -> int:
        """Add one figure up over all offices."""
        return sum(int(getattr(each, name)) for each in self.offices)

    def number(self, *kinds: CallKind) -> int:
        """Count the calls of some kinds over all offices."""
        return sum(part.kinds.get(kind, 0) for part in self.offices for kind in kinds)

    @property
    def adds_up(self) -> bool:
        return all(each.adds_up for each in self.offices)

    @property
    def outside_only(self) -> bool:
        """Tell whether answered and missed calls are those from outside alone."""
        return all(each.outside_only for each in self.offices)

    @property
    def counted(self) -> bool:
        return bool(self.offices) and all(each.counted for each in self.offices)

    @property
    def zones_differ(self) -> bool:
        """Tell whether the calls' times are those of several clocks."""
        return len({line.at.utcoffset() for line in self.calls}) > 1

    @property
    def handled_before(self) -> int:
        """How many of the calls seen were no news: done or skipped by earlier runs."""
        return max(self.total("seen") - self.fresh_calls, 0) if self.counted else 0

    @property
    def fresh_problems(self) -> tuple[Problem, ...]:
        """What came up in this run: this, and nothing else, makes an error mail."""
        return tuple(each for each in self.problems if each.fresh)

    @property
    def empty(self) -> bool:
        """Tell whether this run has nothing to say: it changed nothing and met no trouble."""
        changed = self.decided_calls + self.changed_media + self.changed_callbacks
        return changed == 0 and not self.fresh_problems

    @property
    def real_offices(self) -> tuple[OfficeFigures, ...]:
        return tuple(each for each in self.offices if each.office != NO_OFFICE)


def _share(used: float | None, limit: float | None) -> float | None:
    return None if used is None or not limit else used / limit
