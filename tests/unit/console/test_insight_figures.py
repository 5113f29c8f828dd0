"""Figures say what was counted, and nothing where counting would be guessing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.config_files import two_offices

from switchboard.config.documents import Holiday
from switchboard.config.load import Configuration, load
from switchboard.console.insights import calls, chats, comparing, owners, words
from switchboard.console.insights.calls import Returned
from switchboard.console.insights.comparing import Row, Side
from switchboard.console.insights.due import DueTimes
from switchboard.console.insights.periods import Stretch
from switchboard.flows.call_to_lead.hours import OpeningHours, Shift
from switchboard.store.call_counts import CallTotals, MissedCall, Slot
from switchboard.store.chat_facts import Funnel

DAY = 1_790_000_000.0
Counted = dict[tuple[str | None, str], int]
SARAH, DAVID = "5678901234", "6789012345"  # Of weights 2.0 and 1.5.


@pytest.fixture
def company(tmp_path: Path) -> Configuration:
    return load(two_offices(tmp_path))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "Not enough yet"), (0.5, "30 s"), (0, "0 s"), (1.4, "1 min"), (59.6, "1 h"),
        (80, "1 h 20 min"), (1439.6, "1 day"), (1500, "1 day 1 h"), (2 * 1440 + 200, "2 days 3 h"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_said_as_people_say_it(value: float | None, said: str) -> None:
    assert words.minutes(value) == said


def test_a_share_of_few_cases_is_not_told() -> None:
    assert words.share(3, 4) == "Not enough yet"
    assert words.share(3, 5) == "60 %"
    assert calls.answered_share(CallTotals(answered=3, missed=1)) is None
    assert calls.answered_share(CallTotals(answered=3, missed=1, voicemail=1, other=9)) == 0.6


def missed(number: int, reached_after: float | None = None, **more: object) -> MissedCall:
    at = DAY + number
    values = {
        "id": f"call:{number}", "person": f"+1215555{number:04d}", "office": "philadelphia",
        "at": at, "due_at": at + 3600, "lost": False,
        "reached_at": None if reached_after is None else at + reached_after,
    }  # fmt: skip
    return MissedCall(**values | more)  # type: ignore[arg-type]


def test_who_was_reached_in_time_late_or_not_at_all_adds_up(company: Configuration) -> None:
    """Five reached after 10, 20, 30, 61 and 90 minutes; of two others one has time left."""
    some = [missed(n, minutes * 60) for n, minutes in enumerate((10, 20, 30, 61, 90))]
    some += [missed(6), missed(7, due_at=DAY + 99_999), missed(8, lost=True)]
    (found,) = calls.returned(some, company.offices, 60, DAY + 10_000)
    assert found == Returned(
        "philadelphia", "Philadelphia Office", missed=7, reached=5, in_time=3, overdue=1, lost=1,
        median_minutes=30.0,
    )  # fmt: skip
    assert (found.late, found.waiting) == (2, 2)
    assert found.in_time_share == 0.5  # Of the five and the one whose time is over.
    assert calls.together([found], some) == replace(found, office="", name="All")


def test_without_a_task_the_time_is_that_which_one_would_have_had(company: Configuration) -> None:
    some = [missed(1, 3500, due_at=None), missed(2, 3700, due_at=None)]
    (found,) = calls.returned(some, company.offices, 60, DAY + 10_000)
    assert (found.reached, found.in_time) == (2, 1)
    assert found.median_minutes is None  # Of two calls there is no median worth telling.


def test_many_due_times_are_those_of_single_calls() -> None:
    """Through a weekend, a holiday and the night in which the clocks go back."""
    hours = OpeningHours(
        ZoneInfo("America/New_York"),
        shifts=(
            Shift(frozenset(range(1, 6)), 8 * 60, 18 * 60),
            Shift(frozenset({6}), 22 * 60, 26 * 60),  # Saturday night, past midnight.
        ),
        holidays=(Holiday(date="2026-11-04"),),
    )
    first = datetime(2026, 10, 29, tzinfo=UTC).timestamp()
    for minutes in (0.0, 60.0, 700.0):
        many = DueTimes(hours, minutes, first)
        for at in sorted(random.Random(4).uniform(first, first + 9 * 86_400) for _ in range(200)):
            one = hours.add_open(datetime.fromtimestamp(at, UTC), minutes).timestamp()
            assert many.of(at) == pytest.approx(one, abs=0.001)
    assert DueTimes(OpeningHours(hours.zone), 60, first).of(first) == first + 3600
    closed = OpeningHours(hours.zone, shifts=(Shift(frozenset(), 0, 60),))
    assert DueTimes(closed, 60, first).of(first) == first + 3600


def test_missed_calls_of_an_office_that_is_gone_are_named_by_its_id(company: Configuration) -> None:
    some = [missed(1, office="<b>gone</b>"), missed(2, office=None)]
    found = calls.returned(some, company.offices, 60, DAY)
    assert {row.name for row in found} == {"<b>gone</b>", "No office of ours"}


def test_an_hour_of_few_calls_shows_their_number_and_no_share() -> None:
    rows = calls.heat({(0, 9): Slot(9, 1), (4, 11): Slot(3, 1), (2, 9): Slot(1, 4)})
    assert [row.hour for row in rows] == [9, 10, 11]
    assert (rows[0].cells[0].words, rows[0].cells[0].level) == ("90 %", "good")
    assert (rows[0].cells[2].words, rows[0].cells[2].level) == ("20 %", "bad")
    assert (rows[2].cells[4].words, rows[2].cells[4].slot.calls) == ("", 4)
    assert calls.worst_hour({(4, 11): Slot(0, 4)}) == ""
    assert calls.worst_hour({(4, 11): Slot(0, 5)}) == (
        "Most are missed on Fridays from 11:00 to 12:00: 5."
    )


def test_long_times_are_shown_by_week() -> None:
    stretch = Stretch(DAY, DAY + 40 * 86_400, "UTC", "")
    first = (stretch.days[0] - date(1970, 1, 1)).days
    chart = calls.per_day_chart(stretch, {first: Slot(1, 2), first + 6: Slot(4, 0)})
    assert len(chart.labels) == 6
    assert [series.values[0] for series in chart.series] == [5.0, 2.0]


# --- owners ---------------------------------------------------------------------------------------


def test_leads_shared_as_the_weights_say_are_fair(company: Configuration) -> None:
    """Weights 2 to 1.5: of 70 leads 40 and 30; two more or fewer are a matter of turns."""
    counted: Counted = {("philadelphia", SARAH): 41, ("philadelphia", DAVID): 29}
    found = owners.distribution(counted, company)
    assert [(row.share.owner, row.kind) for row in found[0].rows] == [
        ("Sarah Reynolds", "ok"),
        ("David Chen", "ok"),
    ]
    assert [row.meant for row in found[0].rows] == pytest.approx([40.0, 30.0])
    assert found[0].verdict.startswith("Fair")
    assert found[1].verdict == "No new leads in this time."


def test_who_has_far_more_than_their_weight_is_named(company: Configuration) -> None:
    counted: Counted = {("philadelphia", SARAH): 60, ("philadelphia", DAVID): 10}
    found = owners.distribution(counted, company)[0]
    assert found.verdict == "Uneven: Sarah Reynolds has 20 more than meant."
    assert [row.words for row in found.rows] == ["20 more than meant", "20 fewer than meant"]


def test_leads_of_somebody_outside_the_turns_are_told(company: Configuration) -> None:
    counted: Counted = {
        ("philadelphia", SARAH): 4,
        ("philadelphia", DAVID): 3,
        ("philadelphia", "99"): 2,
    }
    found = owners.distribution(counted, company)[0]
    assert [row.words for row in found.rows][2] == "Not in the turns"
    assert found.kind == "ok"  # Two are within the usual.
    found = owners.distribution({("philadelphia", "99"): 9}, company)[0]
    assert found.kind == "warn"


def test_of_a_handful_of_leads_nobody_can_say_whether_they_were_shared_fairly(
    company: Configuration,
) -> None:
    found = owners.distribution({("philadelphia", SARAH): 4}, company)[0]
    assert found.verdict == "Not enough yet to say whether it is fair."
    assert {row.words for row in found.rows} == {"Not enough yet"}


# --- chats ----------------------------------------------------------------------------------------


def test_a_funnel_is_of_one_workflow_or_of_all_together() -> None:
    funnels = {
        "a": Funnel(started=8, ticket_wanted=4, ticket_created=4, cancelled=1, switched=1),
        "b": Funnel(started=2, solved=2),
    }
    chart = chats.funnel_chart(funnels, "", {"a": "Password reset"})
    assert chart.series[0].values == (10.0, 4.0, 4.0, 2.0, 0.0, 2.0, 0.0)
    assert chart.notes[:2] == ("10", "4 · 40 %")
    chart = chats.funnel_chart(funnels, "b", {})
    assert chart.series[0].values[0] == 2.0
    assert chart.notes[3] == "2"  # No share of two requests.
    assert not any(chats.funnel_chart(funnels, "gone", {}).series[0].values)


# --- two periods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("newer", "older", "good", "unit", "said"),
    [
        (112, 100, 1, "number", ("12 more (+12 %)", "ok")),
        (88, 100, 1, "number", ("12 fewer (-12 %)", "warn")),
        (88, 100, -1, "number", ("12 fewer (-12 %)", "ok")),
        (88, 100, 0, "number", ("12 fewer (-12 %)", "")),
        (4, 1, -1, "number", ("3 more", "")),  # Of few cases nothing is judged.
        (9, 0, -1, "number", ("9 more", "warn")),
        (7, 7, 1, "number", ("The same", "")),
        (0.62, 0.58, 1, "share", ("4 points higher", "ok")),
        (0.57, 0.58, 1, "share", ("1 point lower", "warn")),
        (12.0, 72.0, -1, "minutes", ("1 h shorter", "ok")),
        (None, 72.0, -1, "minutes", ("Not enough yet", "")),
    ],
)
def test_a_difference_is_said_in_words_and_judged_where_there_is_enough(
    newer: float | None, older: float, good: int, unit: str, said: tuple[str, str]
) -> None:
    row = Row("", "", "", newer, older, good, unit)  # type: ignore[arg-type]
    assert row.difference[:2] == said


def test_nothing_is_judged_beside_a_time_of_which_nothing_is_known() -> None:
    """The week before the first run was not a bad one."""
    this = Side(CallTotals(answered=50, missed=20), Returned("", "All"), {}, None, 0)
    before = Side(CallTotals(), Returned("", "All"), {}, None, 0)
    assert {row.difference[1] for row in comparing.rows(this, before)} == {""}
    usual = replace(before, calls=CallTotals(answered=40, missed=30))
    assert {row.difference[1] for row in comparing.rows(this, usual)} == {"", "ok"}


def test_chats_and_runs_are_left_out_where_an_office_was_chosen() -> None:
    side = Side(CallTotals(answered=5), Returned("", "All"), {}, None, None)
    assert {row.group for row in comparing.rows(side, side)} == {"Calls", "Errors"}
    assert "Runs that broke off" not in {row.label for row in comparing.rows(side, side)}
    with_runs = replace(side, broken_runs=2)
    rows = comparing.rows(with_runs, with_runs)
    assert rows[-1].label == "Runs that broke off"
    assert rows[-1].newer == 2.0
