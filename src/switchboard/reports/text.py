"""Write a report as plain text of 72 columns: for terminals, and for mail clients without HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from switchboard.reports import wording
from switchboard.reports.html import skip_reasons, tiles
from switchboard.reports.models import CallLine, MediaLine, Problem, ReportData

WIDTH = 72
MOST_SHOWN = 10  # Of the calls one problem names.


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    width: int
    right: bool = True


_OFFICES = (
    _Column("Office", 24, right=False),
    _Column("Calls", 8),
    _Column("Leads", 8),
    _Column("Known", 8),
    _Column("Skipped", 8),
    _Column("Person", 8),
    _Column("Waits", 8),
)


def report_text(data: ReportData, *, full: bool = True, calls: int = 25, note: str = "") -> str:
    """Return the report; not *full*: its problems alone. *calls* limits the listing."""
    parts = [_head(data)]
    if full:
        parts.append("\n".join(_numbers(data)))
    shown = [_problem(each) for each in (data.problems if full else data.fresh_problems)]
    if full and data.total("waiting"):
        shown.append(_waiting(data))
    if full:
        shown += [_hanging(f"* {each}", 2) for each in data.warnings]
    if shown:
        parts.append("\n\n".join([_title("What needs attention"), *shown]))
    if full:
        parts.append("\n".join([_title("Offices"), "", *_offices(data)]))
        if data.media_owed or data.media_done:
            parts.append("\n".join(_media(data)))
        if data.listed and data.calls:
            parts.append("\n".join([_title("Calls"), "", *_calls(data, calls)]))
        if data.allowances:
            parts.append("\n".join([_title("API budget"), "", *_allowances(data)]))
    parts.append("\n".join([_title("Every call accounted for"), "", *_accounts(data)]))
    foot = f"Run {data.run}, Switchboard {data.version}."
    parts.append("\n".join([*([_wrapped(note)] if note else []), foot]))
    return "\n\n".join(parts) + "\n"


def _head(data: ReportData) -> str:
    when = wording.moment(data.started_at)
    return "\n".join(
        [
            f"Switchboard{when:>{WIDTH - len('Switchboard')}}",
            "=" * WIDTH,
            _wrapped(wording.headline(data)),
            "",
            _wrapped(wording.lead_in(data)),
        ]
    )


def _numbers(data: ReportData) -> Iterator[str]:
    for tile in tiles(data):
        note = f"  ({tile.note})" if tile.note else ""
        yield f"  {tile.label:<20}{tile.value:>8,}{note}"


def _waiting(data: ReportData) -> str:
    number = data.total("waiting")
    waits = wording.count(number, "call waits", "calls wait")
    return _hanging(f"* {waits} and {'is' if number == 1 else 'are'} completed by the next run.", 2)


def _title(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _problem(problem: Problem) -> str:
    code = f"[{problem.code}] " if problem.code else ""
    lines = [_hanging(f"* {code}{problem.title}.", 2)]
    if problem.detail:
        lines.append(_hanging(f"  {problem.detail}", 2))
    for name, said in (("Means", problem.meaning), ("Do", problem.solution)):
        if said:
            lines.append(_hanging(f"  {name + ':':<7}{said}", 9))
    if problem.says_more:
        lines.append(f"  {'Then:':<7}{problem.command}")
    lines += [_problem_call(line, problem) for line in problem.calls[:MOST_SHOWN]]
    lines += [_problem_media(line) for line in problem.media[:MOST_SHOWN]]
    listed = max(len(problem.calls), len(problem.media))
    if listed > MOST_SHOWN:
        lines.append(f"    and {max(problem.count, listed) - MOST_SHOWN} more")
    return "\n".join(lines)


def _problem_call(line: CallLine, problem: Problem) -> str:
    text = f"    {wording.short_moment(line.at)}  {_caller(line)}"
    if line.why and line.why != problem.detail:
        text += f": {line.why}"
    return _hanging(text, 18)


def _problem_media(line: MediaLine) -> str:
    text = f"    {wording.short_moment(line.at)}  {line.kind}, {line.number or 'number withheld'}"
    if line.deleted_at:
        text += f", deleted on {wording.day(line.deleted_at)}"
    return _hanging(text, 18)


def _offices(data: ReportData) -> Iterator[str]:
    yield _row(_OFFICES, [column.heading for column in _OFFICES])
    names = ("seen", "leads_created", "known", "skipped", "parked", "waiting")
    for part in data.offices:
        yield _row(_OFFICES, [part.name, *(f"{getattr(part, name):,}" for name in names)])
    if len(data.offices) > 1:
        yield _row(_OFFICES, ["All", *(f"{data.total(name):,}" for name in names)])


def _media(data: ReportData) -> Iterator[str]:
    yield _title("Recordings and voicemails")
    yield ""
    yield f"  {'Attached in this run':<24}{data.media_done:>8,}"
    yield f"  {'Still owed':<24}{data.media_owed:>8,}"


def _calls(data: ReportData, limit: int) -> Iterator[str]:
    room = 23 if data.zones_differ else 28
    for line in data.calls[:limit]:
        state = wording.FATES[line.fate]
        when, who = wording.short_moment(line.at), _caller(line, room)
        if data.zones_differ:  # Offices' clocks side by side: times alone would look unsorted.
            when = f"{when} {line.at.tzname() or '':<4.4}"
        yield f"{when}  {who:<{room}}  {_cut(line.outcome, 14):<14}{state}"
        said = ", ".join(line.did) or line.why
        owner = f" ({line.owner})" if line.owner else ""
        if said:
            yield _hanging(f"              {said}{owner}", 14)
    if data.calls_total > limit:
        yield ""
        yield f"The newest {min(limit, len(data.calls))} of {data.calls_total:,} calls."


def _allowances(data: ReportData) -> Iterator[str]:
    columns = (
        _Column("Vendor", 28, right=False),
        _Column("Requests", 10),
        _Column("Credits", 9),
        _Column("Of a minute", 13),
        _Column("Today", 12),
    )
    yield _row(columns, [column.heading for column in columns])
    for each in data.allowances:
        yield _row(
            columns,
            [
                each.name,
                "" if each.requests is None else f"{each.requests:,}",
                "" if each.credits is None else f"{each.credits:,.0f}",
                wording.percent(each.share_of_minute),
                "" if each.today is None else f"{each.today:,.0f}",
            ],
        )


def _accounts(data: ReportData) -> Iterator[str]:
    yield _wrapped(wording.accounting(data))
    reasons = skip_reasons(data)
    if reasons:
        said = ", ".join(f"{wording.SKIPS.get(reason, reason)} {n:,}" for reason, n in reasons)
        yield _wrapped(f"Skipped: {said}.")


def _caller(line: CallLine, width: int = WIDTH) -> str:
    """Name the caller; where room is short the name is cut, never the number."""
    if line.name and line.number:
        return f"{_cut(line.name, width - len(line.number) - 2)}, {line.number}"
    return _cut(line.name or line.number or "number withheld", width)


def _row(columns: Sequence[_Column], values: Sequence[str]) -> str:
    cells = [
        f"{_cut(value, column.width):{'>' if column.right else '<'}{column.width}}"
        for column, value in zip(columns, values, strict=True)
    ]
    return "".join(cells).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)


def _hanging(text: str, indent: int) -> str:
    """Wrap a paragraph; its first line has its own indentation already."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=" " * indent, drop_whitespace=True, break_on_hyphens=False
    )
