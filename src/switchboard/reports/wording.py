"""Say figures and states in plain words; page, mail and terminal share them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from switchboard.reports.models import FATES as ACCOUNT
from switchboard.reports.models import NO_OFFICE, Problem, ReportData
from switchboard.store.call_kinds import kind_of

OUTCOMES = {
    "accepted": "Answered",
    "answered_elsewhere": "Answered elsewhere",
    "voicemail": "Voicemail",
    "missed": "Missed",
    "blocked": "Blocked",
    "failed": "Failed",
    "fax": "Fax",
    "noise": "No conversation",
    "unsettled": "Not final yet",
}
NOT_REACHED = "Not reached"
FATES = {
    "done": "Done",
    "skipped": "Skipped",
    "parked": "Needs a person",
    "waiting": "Waits",
}
SKIPS = {
    "deleted": "deleted at RingCentral",
    "outbound": "placed by us",
    "internal": "between colleagues",
    "fax": "fax",
    "noise": "no conversation",
    "blocked_by_ringcentral": "blocked by RingCentral",
    "failed": "reached nobody",
    "no_number": "number withheld",
    "block_list": "on the block list",
    "unattributed": "no extension of ours",
    "extension_off": "extension not processed",
    "outside_window": "outside the time looked at",
    "not_requested_type": "other type of call",
    "by_hand": "skipped by a person",
    "forgotten": "caller forgotten",
}
RUN_OUTCOMES = {
    "done": "Completed",
    "stopped": "Stopped early",
    "failed": "Stopped by an error",
    "interrupted": "Interrupted",
    "unfinished": "Has not ended",
}
TYPES = {"accepted": "answered calls", "missed": "missed calls"}
NAMED_OFFICES = 3  # More of them are counted, not named.


def outcome(name: str, reason: str) -> str:
    """Say how a call went; one we placed that nobody answered is not missed."""
    return NOT_REACHED if kind_of(name, reason) == "unreached" else OUTCOMES.get(name, name)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return "1 call", "42 calls", "no calls", with thousands apart."""
    word = noun if number == 1 else plural or f"{noun}s"
    return f"{number:,} {word}" if number else f"no {word}"


def headline(data: ReportData) -> str:
    """Return the one sentence a manager reads: calls, new leads, what needs a person."""
    verb = "would be new leads" if data.dry_run else "new lead"
    leads = data.total("leads_created")
    parts = [
        count(data.total("seen"), "call"),
        f"{leads:,} {verb}" if data.dry_run else count(leads, verb),
    ]
    parked = data.total("parked")
    if parked:
        parts.append(f"{count(parked, 'call')} {'needs' if parked == 1 else 'need'} a person")
    elif data.problems:
        parts.append(problems(data.problems))
    text = ", ".join(parts)
    return text[0].upper() + text[1:] + "."


def lead_in(data: ReportData) -> str:
    """Return what stands under the headline: where, how far back, and what came of the run."""
    text = "" if data.outcome == "done" else f"{RUN_OUTCOMES.get(data.outcome, data.outcome)}. "
    text += f"Looked {hours(data.hours_back)} back at {offices(data)}"
    text += f", {types(data.types)} only. " if types(data.types) else ". "
    if data.dry_run:
        return text + "This was a rehearsal: nothing was written."
    if not data.counted:
        return text + "RingCentral's calls were not counted to the end."
    handled = data.handled_before
    if handled and handled == data.total("seen"):
        text += "All of these calls had been handled by earlier runs."
    elif handled:
        text += f"{handled:,} of these calls had been handled by earlier runs."
    return text.strip()


def subject(data: ReportData) -> str:
    """Return a mail's subject: the result first, then where."""
    parts = [count(data.total("seen"), "call"), count(data.total("leads_created"), "new lead")]
    text = "Switchboard: " + ", ".join(parts)
    if data.fresh_problems:
        text += " - " + problems(data.fresh_problems)
    return f"{text} ({offices(data, short=True)})"


def error_subject(data: ReportData) -> str:
    """Return the subject of a mail about problems alone."""
    first = data.fresh_problems[0]
    more = len(data.fresh_problems) - 1
    text = f"Switchboard: {first.title}" + (f" and {more} more" if more else "")
    return f"{text} ({offices(data, short=True)})"


def problems(some: Sequence[Problem]) -> str:
    return count(len(some), "problem")


def offices(data: ReportData, *, short: bool = False) -> str:
    """Name the run's offices, or count them when there are many."""
    names = [each.name for each in data.offices if each.office != NO_OFFICE]
    if not names:
        return "no office"
    if len(names) > NAMED_OFFICES:
        return f"{len(names)} offices"
    if short or len(names) == 1:
        return ", ".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def types(wanted: Sequence[str]) -> str:
    """Name the types of call a run was limited to; empty when it was not."""
    return "" if len(set(wanted)) != 1 else TYPES.get(wanted[0], wanted[0])


def hours(number: float) -> str:
    """Return "24 hours", "7 days", "30 minutes"."""
    if number < 1:
        return count(round(number * 60), "minute")
    if number > 48 and number % 24 == 0:  # noqa: PLR2004 - two days are still said in hours.
        return count(round(number / 24), "day")
    return f"{number:g} hour{'' if number == 1 else 's'}"


def moment(at: datetime) -> str:
    """Return a time with its zone, for one that stands alone."""
    return f"{at:%a %d %b %Y, %H:%M} {at.tzname() or ''}".strip()


def short_moment(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"


def day(at: datetime) -> str:
    return f"{at:%a %d %b}"


def duration(begin: datetime, end: datetime | None) -> str:
    """Return how long it took, in words."""
    if end is None:
        return "has not ended"
    seconds = (end - begin).total_seconds()
    if seconds < 60:  # noqa: PLR2004 - a minute.
        return f"{max(seconds, 0.1):.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


def percent(share: float | None) -> str:
    """Return a share; small ones are not called nothing."""
    if share is None:
        return ""
    if 0 < share < 0.01:  # noqa: PLR2004 - one percent.
        return "under 1 %"
    return f"{share * 100:.0f} %"


def accounting(data: ReportData) -> str:
    """Say whether RingCentral's count and the fates agree."""
    fates = ", ".join(f"{data.total(fate):,} {fate}" for fate in ACCOUNT)
    if not data.counted:
        return f"RingCentral's calls were not counted to the end. In the ledger: {fates}."
    seen = f"{data.total('seen'):,}"
    if data.adds_up:
        return f"Every call is accounted for: RingCentral showed {seen} = {fates}."
    return f"RUN-001: the calls do not add up: RingCentral showed {seen}, but {fates}."
