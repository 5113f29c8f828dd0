"""Say of a run what people want to know: who, how long, what came of it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.console.attention.words import Explained, explained
from switchboard.error_reference import about
from switchboard.store.runs import Watched

Chip = tuple[str, str, str]  # Words, kind, icon.
DOORS = {"console": "in the console", "cli": "at the command line"}
TYPES = {"accepted": "Answered calls", "missed": "Missed calls"}
NO_END = "Its process died. Nothing is lost: the next run goes on with what waits."
CUT_SHORT = "The program it ran in was ended. The next run goes on with what waits."
OUTCOMES = (
    ("", "All"),
    ("running", "Running"),
    ("done", "Done"),
    ("stopped", "Stopped early"),
    ("failed", "Failed"),
    ("interrupted", "Stopped by a person, or interrupted"),
    ("died", "Ended without a word"),
    ("dry_run", "Dry runs"),
)
ACTIONS: dict[str, Chip] = {
    "write": ("Write", "ok", "check"),
    "skip": ("Skip", "", "dash"),
    "wait": ("Wait", "warn", "clock"),
    "park": ("Needs attention", "fail", "alert"),
}
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True)
class Shown:
    """A run as its pages show it."""

    watched: Watched
    offices: Sequence[Office]

    @property
    def id(self) -> str:
        return self.watched.run.id

    @property
    def running(self) -> bool:
        return self.watched.running

    @cached_property
    def options(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.watched.run.options)
        return found

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.watched.run.summary)
        return found

    @property
    def dry(self) -> bool:
        return bool(self.options.get("dry_run"))

    @property
    def parts(self) -> list[Mapping[str, Any]]:
        """The figures of each office."""
        return list(self.summary.get("offices") or ())

    def total(self, name: str) -> int:
        return sum(int(part.get(name) or 0) for part in self.parts)

    @property
    def where(self) -> str:
        """The offices in words: one by name, some by name, many by number."""
        names = {each.id: each.name for each in self.offices}
        chosen = [names.get(each, each) for each in self.options.get("offices") or ()]
        if len(chosen) > 1 and set(names) <= set(self.options["offices"]):
            return "All offices"
        return ", ".join(chosen) if len(chosen) <= 3 else f"{len(chosen)} offices"  # noqa: PLR2004

    @property
    def who(self) -> str:
        return who(self.watched.run.actor)

    @property
    def looked_at(self) -> str:
        """What the run was asked for."""
        types = list(self.options.get("types") or ())
        kinds = TYPES.get(types[0], "All calls") if len(types) == 1 else "All calls"
        hours = float(self.options.get("hours_back") or 0)
        return f"{kinds} of the last {hours:g} hour{'s' if hours != 1 else ''}"

    @property
    def seconds(self) -> float:
        run = self.watched.run
        return (run.finished_at or self.watched.at) - run.started_at

    @property
    def duration(self) -> str:
        return "" if self.watched.died else duration(self.seconds)

    @property
    def chip(self) -> Chip:
        return chip(self.watched, dry=self.dry, parked=self.total("parked"))

    @property
    def below(self) -> str:
        """What else there is to say of how it ended."""
        if self.watched.died:
            return NO_END
        if self.watched.run.outcome == "interrupted" and not self.summary.get("stopped_by"):
            return CUT_SHORT
        return str(self.summary.get("stopped_by") or "")

    @property
    def cure(self) -> Explained | None:
        """What the error that ended it means, and what helps."""
        code, between, _ = self.below.partition(": ")
        return explained(code) if between and about(code) else None

    @property
    def said(self) -> str:
        """What the error says, without its code where that is explained beside."""
        return self.below.partition(": ")[2] if self.cure else self.below

    @property
    def ended_badly(self) -> bool:
        return not self.running and self.chip[1] == "fail"

    @property
    def share(self) -> tuple[int, int]:
        """How many calls are done, of how many; a run may meet more than it knew at first."""
        run = self.watched.run
        return run.done, max(run.total, run.done)

    @property
    def figures(self) -> str:
        """What came of it, in a few words."""
        if not self.parts:
            return ""
        seen, leads, parked = (self.total(n) for n in ("seen", "leads_created", "parked"))
        said = [f"{seen:,} call{'' if seen == 1 else 's'}"]
        if leads:
            planned = " planned" if self.dry else ""
            said.append(f"{leads:,} new lead{'' if leads == 1 else 's'}{planned}")
        if parked:
            said.append(f"{parked:,} need{'s' if parked == 1 else ''} attention")
        return ", ".join(said)


def chip(watched: Watched, *, dry: bool, parked: int) -> Chip:
    """Return the state of a run."""
    run = watched.run
    if watched.died:
        return ("Ended without a word", "fail", "alert")
    if run.finished_at is None:
        asked = run.stop_requested_by is not None
        return ("Stopping", "warn", "stop") if asked else ("Running", "run", "play")
    if run.outcome == "done":
        if dry:
            return ("Dry run", "", "list")
        return ("Done, some need attention", "warn", "alert") if parked else ("Done", "ok", "check")
    if run.outcome == "interrupted":
        by = run.stop_requested_by
        return (f"Stopped by {name_of(by)}" if by else "Interrupted", "warn", "stop")
    return ("Stopped early" if run.outcome == "stopped" else "Failed", "fail", "alert")


def name_of(actor: str) -> str:
    """Return whose name stands behind a door: ana for console:ana."""
    return actor.partition(":")[2] or actor


def who(actor: str) -> str:
    """Say who started something."""
    door, _, name = actor.partition(":")
    if not actor:
        return "not known"
    if door == "schedule":
        return f"Timetable: {name}"
    return f"{name or 'somebody'} {DOORS.get(door, '')}".strip()


def duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def starters(actors: Sequence[str]) -> list[tuple[str, str]]:
    """Return the choices of who started a run."""
    doors = [("", "Anybody"), ("console:", "Anybody in the console")]
    doors += [("cli:", "Anybody at the command line"), ("schedule:", "The timetable")]
    return [*doors, *((each, who(each)) for each in actors)]


def plan_tabs(run_id: str, counts: Mapping[str, int], action: str) -> list[tuple[str, str, bool]]:
    """Return the parts of a plan to choose from, with how many lines each has."""
    path = f"/processing/runs/{run_id}"
    tabs = [(f"All {sum(counts.values()):,}", path, not action)]
    for name, (word, _, _) in ACTIONS.items():
        if counts.get(name):
            tabs.append((f"{word} {counts[name]:,}", f"{path}?action={name}#plan", name == action))
    return tabs


def local_time(line: Mapping[str, Any], zones: Mapping[str, str], otherwise: str) -> str:
    """Tell when a call of a plan came, in its office's zone."""
    zone = ZoneInfo(zones.get(str(line.get("office")), otherwise))
    local = datetime.fromisoformat(str(line["started_at"])).astimezone(zone)
    return f"{local.day} {local:%b, %H:%M %Z}"


def apply_words(hours: float, *, cut: bool) -> str:
    """Say what applying a plan does."""
    said = (
        f"Applying it starts a real run that looks {hours:g} hours back, over the same offices and "
        "types of call; what has changed since is decided anew."
    )
    if cut:
        said += " The configuration allows no more, so the oldest calls of the plan are left out."
    return said
