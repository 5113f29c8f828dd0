"""What chats came to: tiles, a funnel, a table and the hours they come in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from switchboard.console.insights.periods import Stretch
from switchboard.console.insights.words import (
    ENOUGH,
    NOT_ENOUGH,
    Figure,
    Sheet,
    cases,
    effort,
    minutes,
    number,
    percent,
    plain,
    share,
)
from switchboard.flows.chat_to_ticket.statistics import HOW_SAVED, ChatFigures, WorkflowFigures
from switchboard.reports.charts import Chart, Series
from switchboard.store.chat_facts import Funnel

SUCCESS = (
    ("ticket_creation", "Tickets created"),
    ("contact_creation", "Contacts created"),
    ("notification_delivery", "Mails delivered"),
    ("chat_linking", "Chats linked to their ticket"),
)
DAY_ENDS = ("ticket_created", "solved", "escalated", "abandoned")
_STEPS = (
    ("started", "Begun"),
    ("ticket_wanted", "Details confirmed"),
    ("ticket_created", "Ticket created"),
    ("solved", "Solved by first aid"),
    ("escalated", "To an operator"),
    ("dropped", "Dropped or switched"),
    ("expired", "Ran out of time"),
)


@dataclass(frozen=True, slots=True)
class Success:
    """How surely one kind of thing is done."""

    title: str
    rate: str
    done: int
    failed: int
    waiting: int


def tiles(found: ChatFigures, workflow: str = "") -> list[Figure]:
    """Return the numbers of the mission, each with what it counts."""
    times, happy = found.resolution_minutes, found.satisfaction
    started = sum(row.started for row in found.workflows)
    ended = sum(row.tickets + row.solved for row in found.workflows)
    opened, escalated = found.conversations["opened"], found.conversations["escalated"]
    whole = started if workflow else opened
    answered = found.automated + escalated
    happy_value = f"{happy['average']:.1f} of 5" if happy["answers"] >= ENOUGH else NOT_ENOUGH
    closed = found.tickets["closed"] >= ENOUGH
    begun = Figure("Requests begun", number(started), "chats that began this workflow")
    came = Figure("Chats", number(opened), "begun, or taken up again after they were closed")
    return [
        begun if workflow else came,
        Figure(
            "Tickets created",
            number(found.tickets["created"]),
            f"new ones; {found.tickets['extended']:,} more added to an open ticket",
            href="/tickets",
        ),
        Figure(
            "Completion",
            share(min(ended, started), started),
            f"of {cases(started, 'request')} begun: a ticket, or solved",
        ),
        Figure(
            "Escalation",
            share(min(escalated, whole), whole),
            f"an operator was called: {escalated:,} of {whole:,}",
        ),
        Figure(
            "Automated",
            share(found.automated, answered),
            f"{found.automated:,} of {answered:,} without an operator",
        ),
        Figure("Time saved", effort(found.minutes_saved), HOW_SAVED),
        Figure(
            "First response",
            minutes(times["first_response_average"] if closed else None),
            "average until support answered a ticket",
        ),
        Figure(
            "Resolution",
            minutes(times["median"] if closed else None),
            f"half of {cases(found.tickets['closed'], 'closed ticket')} were faster",
        ),
        Figure(
            "Satisfaction", happy_value, f"average of {cases(happy['answers'], 'customer answer')}"
        ),
    ]


def used(found: ChatFigures) -> list[WorkflowFigures]:
    """Return the workflows that were used, the most used first."""
    rows = [row for row in found.workflows if row.started or row.tickets or row.solved]
    return sorted(rows, key=lambda row: (-row.started, row.title))


def success(found: ChatFigures) -> list[Success]:
    rows = []
    for name, title in SUCCESS:
        one = found.outcomes[name]  # type: ignore[index] # The names of the value's own type.
        ended = one.done + one.failed
        rows.append(Success(title, share(one.done, ended), one.done, one.failed, one.waiting))
    return rows


def funnel_chart(funnels: Mapping[str, Funnel], workflow: str, titles: Mapping[str, str]) -> Chart:
    """Show how far the requests of a workflow got, or those of all of them together."""
    some = [funnels[workflow]] if workflow in funnels else []
    some = some if workflow else list(funnels.values())
    sums = {f.name: sum(getattr(each, f.name) for each in some) for f in fields(Funnel)}
    sums["dropped"] = sums["cancelled"] + sums["switched"]
    steps = [(title, sums[name]) for name, title in _STEPS]
    begun = sums["started"]
    notes = tuple(
        f"{value:,} · {percent(value / begun)}" if begun >= ENOUGH and at else f"{value:,}"
        for at, (_, value) in enumerate(steps)
    )
    said = "; ".join(f"{title.lower()}: {value:,}" for title, value in steps)
    return Chart(
        id="funnel",
        kind="bars",
        title=f"How far requests got: {titles.get(workflow, workflow) if workflow else 'all'}",
        description=f"Of the requests begun in this time, {said}.",
        labels=tuple(title for title, _ in steps),
        series=(Series(name="Requests", values=tuple(float(v) for _, v in steps), role="first"),),
        notes=notes,
    )


def hours_chart(counted: Mapping[int, int]) -> Chart:
    """Show when chats come, by the hour of the day."""
    busy = [hour for hour, chats in counted.items() if chats]
    shown = range(min(busy), max(busy) + 1) if busy else range(0)
    most = max(shown, key=lambda hour: counted.get(hour, 0)) if busy else 0
    description = "Chats by the hour of the day they began."
    if busy:
        description += f" Most began between {most}:00 and {most + 1}:00."
    return Chart(
        id="hours",
        kind="columns",
        title="Hours when chats come",
        description=description,
        labels=tuple(f"{hour:02}" for hour in shown),
        long_labels=tuple(f"{hour:02}:00 to {hour + 1:02}:00" for hour in shown),
        series=(
            Series(
                name="Chats",
                values=tuple(float(counted.get(hour, 0)) for hour in shown),
                role="first",
            ),
        ),
    )


def per_day_chart(stretch: Stretch, counted: Mapping[tuple[int, str], int]) -> Chart:
    """Show how each day's chats ended; of long stretches, each week's."""
    step = 1 if len(stretch.days) <= 31 else 7  # noqa: PLR2004 - a month of columns can be read.
    starts = stretch.days[::step]
    names = dict(
        zip(
            DAY_ENDS, ("Ticket created", "Solved", "To an operator", "Left unfinished"), strict=True
        )
    )
    roles = dict(zip(DAY_ENDS, ("first", "third", "second", "neutral"), strict=True))
    ends = {
        what: tuple(
            float(sum(counted.get((_number(start + timedelta(n)), what), 0) for n in range(step)))
            for start in starts
        )
        for what in DAY_ENDS
    }
    unit = "day" if step == 1 else "week"
    return Chart(
        id="chats-per-day",
        kind="columns",
        title=f"Chats per {unit}, by how they ended",
        description=f"Chats that brought a ticket, were solved, escalated or left, per {unit}.",
        labels=tuple(f"{start.day} {start:%b}" for start in starts),
        long_labels=tuple(
            f"{'' if step == 1 else 'Week from '}{start:%a} {start.day} {start:%b}"
            for start in starts
        ),
        series=tuple(
            Series(name=names[what], values=values, role=roles[what])  # type: ignore[arg-type]
            for what, values in ends.items()
        ),
    )


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def workflows_sheet(rows: Sequence[WorkflowFigures]) -> Sheet:
    columns = (
        "workflow", "title", "begun", "tickets", "solved", "cancelled", "abandoned", "escalated",
        "completion_rate", "automated", "minutes_saved",
    )  # fmt: skip
    cells = tuple(
        (
            row.workflow, row.title,
            *map(str, (row.started, row.tickets, row.solved, row.cancelled, row.abandoned)),
            str(row.escalated), plain(row.completion_rate, 4), str(row.automated),
            str(row.minutes_saved),
        )
        for row in rows
    )  # fmt: skip
    return Sheet("workflows", columns, cells)


def funnels_sheet(funnels: Mapping[str, Funnel]) -> Sheet:
    names = tuple(each.name for each in fields(Funnel))
    rows = tuple(
        (workflow, *(str(getattr(each, name)) for name in names))
        for workflow, each in funnels.items()
    )
    return Sheet("funnels", ("workflow", *names), rows)


def hours_sheet(counted: Mapping[int, int]) -> Sheet:
    rows = tuple((f"{hour:02}:00", str(chats)) for hour, chats in sorted(counted.items()))
    return Sheet("chat_hours", ("hour", "chats"), rows)


def success_sheet(rows: Sequence[Success]) -> Sheet:
    cells = tuple((r.title, str(r.done), str(r.failed), str(r.waiting)) for r in rows)
    return Sheet("deliveries", ("what", "done", "failed", "waiting"), cells)


def chats_per_day_sheet(counted: Mapping[tuple[int, str], int]) -> Sheet:
    days = sorted({day for day, _ in counted})
    rows = tuple(
        (
            (date(1970, 1, 1) + timedelta(days=day)).isoformat(),
            *(str(counted.get((day, what), 0)) for what in DAY_ENDS),
        )
        for day in days
    )
    return Sheet("chats_per_day", ("day", *DAY_ENDS), rows)
