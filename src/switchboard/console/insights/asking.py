"""Read out of an address which time, office and workflow somebody wants to see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.console.insights.periods import Days, Stretch, last_days, own_days

SPANS = (("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"), ("own", "Own dates"))
_USUAL = "30"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filters say; what cannot be meant has been left out."""

    stretch: Stretch
    days: str
    own: Days
    office: str = ""
    workflow: str = ""
    problem: str = ""

    @property
    def fields(self) -> dict[str, str]:
        own = self.days == "own"
        values = {
            "days": "" if self.days == _USUAL else self.days,
            "since": self.own.first if own else "",
            "until": self.own.last if own else "",
            "office": self.office,
            "workflow": self.workflow,
        }
        return {name: value for name, value in values.items() if value}

    def address(self, path: str, *, without: Sequence[str] = (), **more: str) -> str:
        """Return a page of ours with these filters."""
        kept = {name: value for name, value in self.fields.items() if name not in without}
        query = urlencode({**kept, **{name: value for name, value in more.items() if value}})
        return f"{path}?{query}" if query else path

    @property
    def dates(self) -> tuple[str, str]:
        """The first and the last day, as other pages' filters take them."""
        days = self.stretch.days
        return days[0].isoformat(), days[-1].isoformat()


def asked(
    query: Mapping[str, str],
    *,
    now: float,
    zone: str,
    offices: Sequence[Office] = (),
    workflows: Mapping[str, str] | None = None,
) -> Asked:
    """Read the filters; days are those of the chosen office, else of the console's *zone*."""
    chosen = next((each for each in offices if each.id == query.get("office")), None)
    clock = chosen.timezone if chosen else zone
    days = query.get("days", _USUAL)
    days = days if days in dict(SPANS) else _USUAL
    own = Days(query.get("since", "")[:10], query.get("until", "")[:10])
    workflow = query.get("workflow", "")
    found, problem = last_days(int(_USUAL), now, clock), ""
    if days == "own" and not (own.first or own.last):
        own = proposed(found, now)
    if days == "own":
        stretch = own_days(own, clock)
        found, problem = (found, stretch) if isinstance(stretch, str) else (stretch, "")
    else:
        found = last_days(int(days), now, clock)
    return Asked(
        stretch=found,
        days=days,
        own=own if days == "own" else proposed(found, now),
        office=chosen.id if chosen else "",
        workflow=workflow if workflow in (workflows or {}) else "",
        problem=problem,
    )


def proposed(shown: Stretch, now: float) -> Days:
    """Return the dates that stand in the fields before somebody chooses their own."""
    today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(shown.zone)).date()
    return Days(shown.days[0].isoformat(), today.isoformat())
