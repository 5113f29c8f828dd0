"""Time zones and countries, as lists people can find theirs in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

Options = list[tuple[str, str]]
_CONTINENTS = ("America", "Europe", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian")
_EVERYWHERE = "Everywhere"


@lru_cache(maxsize=1)
def _zones() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {each: [] for each in _CONTINENTS}
    for name in sorted(available_timezones()):
        continent, _, place = name.partition("/")
        if place and continent in groups:
            groups[continent].append(name)
    groups[_EVERYWHERE] = ["UTC"]
    return groups


def zones(now: float, chosen: str = "") -> list[tuple[str, Options]]:
    """Return all time zones by continent, with how far each is from UTC now.

    A *chosen* one that is unknown here stays in the list, or a form would change it unasked.
    """
    at = datetime.fromtimestamp(now, UTC)
    groups = [
        (continent, [(name, f"{_place(name)} ({_offset(name, at)})") for name in names])
        for continent, names in _zones().items()
    ]
    if chosen and not any(chosen in names for names in _zones().values()):
        groups.insert(0, ("As it is", [(chosen, chosen)]))
    return groups


def _place(name: str) -> str:
    parts = name.split("/")[1:] or [name]
    return ", ".join(each.replace("_", " ") for each in reversed(parts))


def _offset(name: str, at: datetime) -> str:
    offset = at.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@lru_cache(maxsize=1)
def countries() -> Options:
    """Return the countries of telephone numbers: code, name and what their numbers begin with."""
    from phonenumbers.geodata.locale import LOCALE_DATA  # noqa: PLC0415 - slow to load.

    found = []
    for code in phonenumbers.SUPPORTED_REGIONS:
        names = LOCALE_DATA.get(code, {})
        name = names.get("en", code)
        if name.startswith("*"):  # The same as in that language.
            name = names[name[1:]]
        found.append((code, f"{name} (+{phonenumbers.country_code_for_region(code)})"))
    return sorted(found, key=lambda each: each[1])
