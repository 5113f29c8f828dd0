"""Read which part of the trail is asked for, from an address somebody may have typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from switchboard.console.trail.words import GROUPS
from switchboard.store.audit_search import Wanted

_LONGEST = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GROUPS = {value for value, _ in GROUPS}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they stand in the address."""

    who: str = ""
    what: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def fields(self) -> dict[str, str]:
        """The filters that are set, as the address says them."""
        days = {"from": self.first, "to": self.last}
        texts = {"who": self.who, "what": self.what, "subject": self.subject}
        said = {name: day.isoformat() for name, day in days.items() if day}
        return {name: text for name, text in texts.items() if text} | said

    def address(self, **more: int) -> str:
        query = urlencode({**self.fields, **more})
        return f"/audit?{query}" if query else "/audit"

    def wanted(self, zone: str) -> Wanted:
        """Return what to look for; days are those of *zone*."""
        days = sorted(day for day in (self.first, self.last) if day)
        first = days[0] if self.first and days else None
        last = days[-1] if self.last and days else None
        return Wanted(
            actor=self.who,
            action=self.what,
            subject=self.subject,
            since=_midnight(first, zone) if first else None,
            until=_midnight(last + timedelta(days=1), zone) if last else None,
        )


def asked(query: Mapping[str, str]) -> Asked:
    what = query.get("what", "")
    return Asked(
        _text(query.get("who", "")),
        what if what in _GROUPS else "",
        _text(query.get("subject", "")),
        _day(query.get("from", "")),
        _day(query.get("to", "")),
    )


def row(text: str) -> int | None:
    """Read a row's number; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004


def _text(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:_LONGEST]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None  # noqa: PLR2004 - no trail is older.


def _midnight(day: date, zone: str) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()
