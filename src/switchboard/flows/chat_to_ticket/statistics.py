"""What chats and tickets come to, in figures. Pure: counts in, shares and averages out.

Words used here, and shown with the figures:

automated  a request that ended with a ticket, or was solved by first aid, with no operator called
escalated  a chat for which an operator was called, inside office hours or not
completed  of the requests begun in a workflow, those that ended with a ticket or were solved
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any, Literal

Success = Literal["ticket_creation", "contact_creation", "notification_delivery", "chat_linking"]
HOW_SAVED = (
    "handling minutes of the workflow, as configured, times the requests of it that were automated"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many writes of one kind came to their end."""

    done: int = 0
    failed: int = 0  # Refused or parked: listed under `switchboard chat tickets list`.
    waiting: int = 0

    @property
    def rate(self) -> float | None:
        """Of those that came to an end; None while there are none."""
        ended = self.done + self.failed
        return self.done / ended if ended else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCount:
    """One ticket as far as counting goes."""

    workflow: str
    day: str  # ISO date in the office's zone, of the moment it was raised.
    priority: str
    from_chat: bool
    escalated: bool
    extends: bool
    handling_minutes: int | None = None
    resolution_minutes: int | None = None
    first_response_minutes: int | None = None
    satisfaction: int | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was read from the store for a stretch of time."""

    facts: Mapping[tuple[str, str], int]  # (what, workflow) → chats in which it happened.
    tickets: Sequence[TicketCount]
    solved_unescalated: Mapping[str, int]  # Workflow → requests solved with no operator called.
    open_chats: int = 0
    states: Mapping[str, int] = field(default_factory=dict)  # Tickets not raised, by state.
    outcomes: Mapping[Success, Outcome] = field(default_factory=dict)

    def chats(self, what: str) -> int:
        return sum(count for (name, _), count in self.facts.items() if name == what)

    def of(self, what: str, workflow: str) -> int:
        return self.facts.get((what, workflow), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFigures:
    workflow: str
    title: str
    started: int
    tickets: int
    solved: int
    cancelled: int
    abandoned: int
    escalated: int
    automated: int
    handling_minutes: int | None
    minutes_saved: int

    @property
    def completion_rate(self) -> float | None:
        return _share(self.tickets + self.solved, self.started)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFigures:
    """All figures of a stretch of time, ready to be shown."""

    conversations: Mapping[str, int]
    tickets: Mapping[str, int]
    per_day: Sequence[tuple[str, int]]
    by_priority: Mapping[str, int]
    resolution_minutes: Mapping[str, float | None]  # average, median, first_response
    satisfaction: Mapping[str, Any]
    workflows: Sequence[WorkflowFigures]
    rates: Mapping[str, float | None]
    outcomes: Mapping[Success, Outcome]
    automated: int
    minutes_saved: int

    def document(self) -> dict[str, Any]:
        """Return JSON-ready values; rates are shares of 1, null where nothing was counted."""
        return {
            "conversations": dict(self.conversations),
            "tickets": {
                **self.tickets,
                "per_day": [{"day": day, "tickets": count} for day, count in self.per_day],
                "by_priority": dict(self.by_priority),
            },
            "resolution_minutes": dict(self.resolution_minutes),
            "satisfaction": dict(self.satisfaction),
            "rates": dict(self.rates),
            "success": {
                name: {
                    "done": each.done,
                    "failed": each.failed,
                    "waiting": each.waiting,
                    "rate": _rounded(each.rate),
                }
                for name, each in self.outcomes.items()
            },
            "workflows": [
                {
                    "workflow": each.workflow,
                    "title": each.title,
                    "started": each.started,
                    "tickets": each.tickets,
                    "solved": each.solved,
                    "cancelled": each.cancelled,
                    "abandoned": each.abandoned,
                    "escalated": each.escalated,
                    "automated": each.automated,
                    "completion_rate": _rounded(each.completion_rate),
                    "handling_minutes": each.handling_minutes,
                    "minutes_saved": each.minutes_saved,
                }
                for each in self.workflows
            ],
            "saved": {"requests": self.automated, "minutes": self.minutes_saved, "how": HOW_SAVED},
        }


def figures(
    counted: Counted, *, titles: Mapping[str, str], handling_minutes: Mapping[str, int]
) -> ChatFigures:
    """Work the figures out; *titles* and *handling_minutes* are those of the workflows now.

    A ticket keeps the handling minutes of the moment it was raised.
    """
    chat_tickets = [each for each in counted.tickets if each.from_chat]
    rows = [
        _workflow(name, counted, chat_tickets, titles, handling_minutes)
        for name in _names(counted, chat_tickets, titles)
    ]
    automated = sum(row.automated for row in rows)
    escalated = counted.chats("escalated")
    started = sum(row.started for row in rows)
    completed = sum(row.tickets + row.solved for row in rows)
    return ChatFigures(
        conversations={
            "opened": counted.chats("opened"),
            "open": counted.open_chats,
            "solved": counted.chats("solved"),
            "cancelled": counted.chats("cancelled"),
            "abandoned": counted.chats("abandoned"),
            "escalated": escalated,
        },
        tickets={
            "created": sum(not each.extends for each in counted.tickets),
            "extended": sum(each.extends for each in counted.tickets),
            "closed": sum(each.is_closed for each in counted.tickets if not each.extends),
            "waiting": counted.states.get("wanted", 0),
            "parked": counted.states.get("parked", 0) + counted.states.get("refused", 0),
        },
        per_day=sorted(Counter(each.day for each in counted.tickets if not each.extends).items()),
        by_priority=Counter(each.priority for each in counted.tickets if not each.extends),
        resolution_minutes=_resolution(counted.tickets),
        satisfaction=_satisfaction(counted.tickets),
        workflows=rows,
        rates={
            "completion": _rounded(_share(completed, started)),
            "escalation": _rounded(_share(escalated, counted.chats("opened"))),
            "automation": _rounded(_share(automated, automated + escalated)),
        },
        outcomes=counted.outcomes,
        automated=automated,
        minutes_saved=sum(row.minutes_saved for row in rows),
    )


def _names(
    counted: Counted, tickets: Sequence[TicketCount], titles: Mapping[str, str]
) -> list[str]:
    """Return every workflow there is, then those that are gone but were counted."""
    seen = {workflow for _, workflow in counted.facts if workflow}
    seen |= {each.workflow for each in tickets}
    return [*titles, *sorted(seen - titles.keys())]


def _workflow(
    name: str,
    counted: Counted,
    tickets: Sequence[TicketCount],
    titles: Mapping[str, str],
    handling_minutes: Mapping[str, int],
) -> WorkflowFigures:
    own = [each for each in tickets if each.workflow == name]
    minutes = handling_minutes.get(name)
    unaided = [each for each in own if not each.escalated]
    solved = counted.solved_unescalated.get(name, 0)
    saved = sum(each.handling_minutes or minutes or 0 for each in unaided)
    return WorkflowFigures(
        workflow=name,
        title=titles.get(name, name.replace("_", " ")),
        started=counted.of("started", name),
        tickets=len(own),
        solved=counted.of("solved", name),
        cancelled=counted.of("cancelled", name),
        abandoned=counted.of("abandoned", name),
        escalated=counted.of("escalated", name),
        automated=len(unaided) + solved,
        handling_minutes=minutes,
        minutes_saved=saved + solved * (minutes or 0),
    )


def _resolution(tickets: Sequence[TicketCount]) -> dict[str, float | None]:
    whole = [each for each in tickets if not each.extends]  # An addition has no time of its own.
    took = [each.resolution_minutes for each in whole if each.resolution_minutes is not None]
    first = [t.first_response_minutes for t in whole if t.first_response_minutes is not None]
    return {
        "average": round(fmean(took), 1) if took else None,
        "median": round(median(took), 1) if took else None,
        "first_response_average": round(fmean(first), 1) if first else None,
    }


def _satisfaction(tickets: Sequence[TicketCount]) -> dict[str, Any]:
    given = [each.satisfaction for each in tickets if each.satisfaction is not None]
    return {
        "answers": len(given),
        "average": round(fmean(given), 2) if given else None,
        "scores": {str(score): given.count(score) for score in range(1, 6)},
    }


def _share(part: int, whole: int) -> float | None:
    return min(part / whole, 1.0) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
