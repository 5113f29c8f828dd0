"""Know a time zone when we see one, on every operating system."""

from __future__ import annotations

from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones


def is_time_zone(name: str) -> bool:
    """Tell whether *name* is an IANA zone; a path or a folder of the zone database is none."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def nearest_time_zone(name: str) -> str:
    """Say which zone was probably meant, or nothing."""
    zones = {zone.casefold(): zone for zone in available_timezones()}
    wanted = name.strip().replace(" ", "_").casefold()
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones, reverse=True)}
    close = get_close_matches(wanted, zones, n=1, cutoff=0.75)
    if not close:
        close = [cities[city] for city in get_close_matches(wanted, cities, n=1, cutoff=0.85)]
    return f'; did you mean "{zones[close[0]]}"?' if close else ""
