"""Say what a report is of and what became of its mails, in words. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from switchboard.reports import wording
from switchboard.store.report_list import MailOfRun, RunReport

Kind = Literal["", "ok", "warn", "fail", "run"]
HOUR_SECONDS = 3600.0
_MEGABYTE, _KILOBYTE = 1_000_000, 1000
NAMED_OFFICES = 3

MAIL_STATES: Mapping[str, tuple[str, Kind, str]] = {
    "queued": ("Waiting", "warn", "It is sent as soon as the mail server takes it."),
    "sending": ("Being sent", "run", "The mail server is being talked to."),
    "sent": ("Delivered", "ok", "The mail server took it."),
    "refused": ("Refused", "fail", "The mail server will not take this mail."),
    "parked": ("Not certain", "fail", "It may have arrived; it is not sent again by itself."),
}
MAIL_KINDS = {"report": "Whole report", "errors": "Problems only", "alarm": "Alarm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One report of the list."""

    run_id: str
    says: str  # The headline: calls, leads, what needs a person.
    began: float
    reaches_back_to: float | None  # The earliest call the run looked at.
    hours: str
    offices: str
    size: str
    made_at: float
    outcome: tuple[str, Kind]
    rehearsal: bool
    mailed: tuple[str, Kind, str]
    recipients: str
    there: bool


@dataclass(frozen=True, slots=True)
class MailLine:
    """One mail of the report's page."""

    mail: MailOfRun
    what: str
    word: str
    kind: Kind
    meaning: str
    again: bool


def line_of(
    found: RunReport, mails: Sequence[MailOfRun], names: Mapping[str, str], *, there: bool
) -> Line:
    options = document(found.options)
    back = float(options.get("hours_back") or 0)
    wanted = [str(each) for each in options.get("offices") or ()]
    return Line(
        run_id=found.report.run_id,
        says=headline(found.report.title),
        began=found.started_at,
        reaches_back_to=found.started_at - back * HOUR_SECONDS if back else None,
        hours=wording.hours(back) if back else "",
        offices=offices_in_words([names.get(each, each) for each in wanted], len(names)),
        size=size_in_words(found.report.size),
        made_at=found.report.created_at,
        outcome=outcome_of(found),
        rehearsal=bool(options.get("dry_run")),
        mailed=mailed(mails),
        recipients=", ".join(dict.fromkeys(each.recipient for each in mails)),
        there=there,
    )


def headline(title: str) -> str:
    """Return what a report says, without the time that stands behind it."""
    return title.partition(" - ")[0]


def outcome_of(found: RunReport) -> tuple[str, Kind]:
    known: Mapping[str, tuple[str, Kind]] = {
        "done": ("Done", "ok"),
        "stopped": ("Stopped early", "warn"),
        "failed": ("Failed", "fail"),
        "interrupted": ("Interrupted", "warn"),
    }
    if found.outcome is None:
        return ("Has not ended", "run")
    return known.get(found.outcome, (found.outcome.capitalize(), ""))


def mailed(mails: Sequence[MailOfRun]) -> tuple[str, Kind, str]:
    """Sum up what became of a report's mails: word, kind, and how many of how many."""
    if not mails:
        return ("Not mailed", "", "")
    states = [each.state for each in mails]
    lost = sum(each in {"refused", "parked"} for each in states)
    under_way = sum(each in {"queued", "sending"} for each in states)
    if lost:
        return ("Not delivered", "fail", f"{lost} of {len(mails)}")
    if under_way:
        return ("Waiting", "warn", f"{under_way} of {len(mails)}")
    return ("Delivered", "ok", wording.count(len(mails), "mail"))


def mail_lines(mails: Sequence[MailOfRun]) -> list[MailLine]:
    """Return a report's mails, those that need somebody first."""
    order = {"refused": 0, "parked": 0, "queued": 1, "sending": 1}
    lines = []
    for each in sorted(mails, key=lambda m: (order.get(m.state, 2), -m.created_at, m.key)):
        word, kind, meaning = MAIL_STATES.get(each.state, (each.state, "", ""))
        again = "@" in each.key.partition(":")[0]
        what = MAIL_KINDS.get(each.kind, each.kind)
        lines.append(MailLine(each, what, word, kind, meaning, again))
    return lines


def offices_in_words(names: Sequence[str], known: int) -> str:
    """Name the offices of a run, or count them where they are many."""
    if not names:
        return "No office"
    if len(names) == 1:
        return names[0]
    if len(names) >= known:
        return f"All {len(names)} offices"
    return ", ".join(names) if len(names) <= NAMED_OFFICES else f"{len(names)} offices"


def size_in_words(size: int) -> str:
    if size >= _MEGABYTE:
        return f"{size / _MEGABYTE:.1f} MB"
    return f"{max(size / _KILOBYTE, 1):.0f} KB" if size else ""


def document(text: str) -> Mapping[str, Any]:
    """Read a run's own JSON; what cannot be read says nothing."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
