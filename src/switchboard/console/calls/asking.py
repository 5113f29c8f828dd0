"""Read what somebody looks for out of a page's address, and write it back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.console.calls import calling_back
from switchboard.console.calls.words import FATES, KINDS
from switchboard.people.phone import to_e164
from switchboard.store.call_search import NO_OFFICE, CallFilter, Place

PERIODS: Mapping[str, tuple[str, int, int]] = {  # Days back from today: the first, and the last.
    "today": ("Today", 0, 0),
    "yesterday": ("Yesterday", 1, 1),
    "week": ("Last 7 days", 6, 0),
    "month": ("Last 30 days", 29, 0),
}
_LONGEST = 80
_FEWEST_DIGITS = 3
_TEL = re.compile(r"^tel:\s*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they stand in the address; what cannot be meant has been left out."""

    q: str = ""
    office: str = ""
    fate: str = ""
    outcome: str = ""
    callback: str = ""
    owner: str = ""
    when: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def fields(self) -> dict[str, str]:
        """What the address holds, without what is empty."""
        values = {
            "q": self.q,
            "office": self.office,
            "fate": self.fate,
            "outcome": self.outcome,
            "callback": self.callback,
            "owner": self.owner,
            "when": self.when,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }
        return {name: value for name, value in values.items() if value}

    def address(self, **more: str) -> str:
        """Return the list's address with these filters."""
        query = urlencode({**self.fields, **{name: each for name, each in more.items() if each}})
        return f"/calls?{query}" if query else "/calls"


def asked(query: Mapping[str, str]) -> Asked:
    """Read the filters of an address somebody may have typed."""

    def one_of(name: str, known: Mapping[str, object]) -> str:
        value = query.get(name, "")
        return value if value in known else ""

    return Asked(
        q=_CONTROL.sub(" ", query.get("q", "")).strip()[:_LONGEST],
        office=query.get("office", "")[:_LONGEST],
        fate=one_of("fate", FATES),
        outcome=one_of("outcome", KINDS),
        callback=one_of("callback", calling_back.FILTERS),
        owner=query.get("owner", "")[:_LONGEST],
        when=one_of("when", PERIODS),
        first=_day(query.get("from", "")),
        last=_day(query.get("to", "")),
    )


def wanted(those: Asked, offices: Sequence[Office], zone: str, now: float) -> CallFilter:
    """Return the filter; days are those of the chosen office, else of the console's *zone*."""
    chosen = [office for office in offices if office.id == those.office]
    regions = dict.fromkeys(each.region for each in chosen or offices) or {"US": None}
    numbers, digits, name, key = _meant(those.q, list(regions))
    since, until = _days(those, ZoneInfo(chosen[0].timezone if chosen else zone), now)
    return CallFilter(
        numbers=numbers,
        digits=digits,
        name=name,
        key=key,
        office=NO_OFFICE if those.office == NO_OFFICE else those.office,
        fate=those.fate,
        kinds=KINDS[those.outcome][1] if those.outcome else (),
        owner_id=those.owner,
        since=since,
        until=until,
        callback_states=calling_back.FILTERS[those.callback][1] if those.callback else (),
        callback_due_before=now if those.callback == "overdue" else None,
    )


def place(text: str) -> Place | None:
    """Read a place of the list; None for what is none."""
    moment, _, ident = text.partition(",")
    try:
        at = float(moment)
    except ValueError:
        return None
    return Place(at, ident) if ident and abs(at) < 1e12 else None  # noqa: PLR2004 - nor NaN.


def place_text(where: Place | None) -> str:
    return f"{where.started_at!r},{where.id}" if where else ""


def _meant(text: str, regions: Sequence[str]) -> tuple[tuple[str, ...], str, str, str]:
    """Return numbers, digits, name and key: which of them the words may be."""
    text = _TEL.sub("", text)
    if not text:
        return (), "", "", ""
    digits = re.sub(r"\D", "", text)
    if any(each.isalpha() for each in text):
        key = text if " " not in text and digits else ""
        return (), "", text, key
    found = dict.fromkeys(to_e164(text, each) for each in regions)
    numbers = tuple(each for each in found if each)
    if numbers:
        return numbers, "", "", text
    if len(digits) >= _FEWEST_DIGITS:
        return (), digits.lstrip("0") or digits, "", text
    return (), "", text, ""


def _days(those: Asked, zone: ZoneInfo, now: float) -> tuple[float | None, float | None]:
    first, last = those.first, those.last
    if first is None and last is None and those.when:
        today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
        _, begin, end = PERIODS[those.when]
        first, last = today - timedelta(days=begin), today - timedelta(days=end)
    if first and last and last < first:
        first, last = last, first
    since = _midnight(first, zone) if first else None
    until = _midnight(last + timedelta(days=1), zone) if last else None
    return since, until


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None  # noqa: PLR2004 - what a call may be of.
