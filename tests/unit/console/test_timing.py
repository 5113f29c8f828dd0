"""When a run comes: chosen in words, kept as cron, warned of where calls would be missed."""

from __future__ import annotations

import pytest

from switchboard.config.cron import cron_fault
from switchboard.console.configuration.timing import (
    Timing,
    cron_of,
    gap_warning,
    in_words,
    longest_wait_hours,
    next_times,
    timing_of,
)

SATURDAY = 1_795_244_400.0  # 2026-11-21 07:00 UTC
PRESETS = [
    (Timing("minutes", every="15"), "*/15 * * * *", "Every 15 minutes"),
    (Timing("hourly", minute="0"), "0 * * * *", "Every hour, on the hour"),
    (Timing("hourly", minute="7"), "7 * * * *", "Every hour, 7 minutes past"),
    (Timing("daily", time="06:30"), "30 6 * * *", "Every day at 06:30"),
    (Timing("weekdays", time="08:00"), "0 8 * * 1-5", "Monday to Friday at 08:00"),
    (Timing("weekly", time="23:59", weekday="0"), "59 23 * * 0", "Every Sunday at 23:59"),
    (Timing("cron", cron="0 8-18/2 * * 1"), "0 8-18/2 * * 1", "By its own rule: 0 8-18/2 * * 1"),
]  # fmt: skip


@pytest.mark.parametrize(("timing", "cron", "words"), PRESETS)
def test_presets_and_cron_say_the_same(timing: Timing, cron: str, words: str) -> None:
    assert cron_of(timing) == (cron, {})
    assert timing_of(cron) == timing
    assert in_words(cron) == words
    assert cron_fault(cron) is None


@pytest.mark.parametrize(
    ("timing", "field"),
    [
        (Timing("minutes", every="7"), "every"),
        (Timing("hourly", minute="60"), "minute"),
        (Timing("hourly", minute="x"), "minute"),
        (Timing("daily", time="25:00"), "time"),
        (Timing("weekly", time=""), "time"),
        (Timing("cron", cron="nonsense"), "cron"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(timing: Timing, field: str) -> None:
    assert list(cron_of(timing)[1]) == [field]


def test_the_next_five_times_are_those_of_the_zone() -> None:
    times = next_times("0 8 * * 1-5", "America/New_York", SATURDAY)
    assert len(times) == 5
    assert times[0] == SATURDAY + (2 * 24 + 6) * 3600  # Monday, 08:00 EST is 13:00 UTC.
    assert next_times("nonsense", "UTC", SATURDAY) == []


def test_runs_that_look_back_less_than_they_wait_are_warned_of() -> None:
    """Friday 08:00 to Monday 08:00 are 72 hours."""
    assert longest_wait_hours("0 8 * * 1-5", "UTC", SATURDAY) == 72
    assert "72 hours" in gap_warning("0 8 * * 1-5", "UTC", SATURDAY, 24)
    assert gap_warning("0 8 * * 1-5", "UTC", SATURDAY, 72) == ""
    assert gap_warning("*/15 * * * *", "UTC", SATURDAY, 24) == ""
