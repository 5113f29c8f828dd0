"""The figures of a report: what they count, when they do not add up, and what is news."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.reports.samples import (
    END,
    OPTIONS,
    REQUESTS,
    START,
    a_configuration,
    a_part,
    a_run,
    a_summary,
    some_data,
    some_facts,
    some_media,
)

from switchboard.reports import html, wording
from switchboard.reports.allowances import allowances
from switchboard.reports.models import NO_OFFICE
from switchboard.reports.statistics import report_data
from switchboard.reports.text import report_text
from switchboard.store.budgets import Use
from switchboard.store.report_facts import Tally

numbers = st.integers(min_value=0, max_value=500)
fates = st.fixed_dictionaries(
    {"done": numbers, "skipped": numbers, "parked": numbers, "waiting": numbers}
)


@given(parts=st.lists(fates, min_size=1, max_size=6), missing=st.integers(-3, 3))
def test_the_account_adds_up_exactly_when_every_call_has_a_fate(
    parts: list[dict[str, int]], missing: int
) -> None:
    """RingCentral's count = done + skipped + parked + waiting, for each office and in all."""
    offices = [
        a_part(f"office{number}", f"Office {number}", seen=sum(part.values()), **part)
        for number, part in enumerate(parts)
    ]
    offices[-1]["seen"] += missing
    data = some_data(summary=a_summary(offices=offices), tallies=[], calls=[])
    assert data.adds_up == (missing == 0)
    assert data.total("seen") - missing == sum(sum(part.values()) for part in parts)
    assert [p.kind for p in data.problems].count("mismatch") == (missing != 0)


rows = st.builds(
    Tally,
    st.sampled_from(["philadelphia", "denver", None]),
    st.sampled_from(["done", "skipped", "parked", "waiting"]),
    st.sampled_from(["accepted", "missed", "voicemail", "blocked"]),
    st.sampled_from(["", "internal", "lead"]),
    st.sampled_from([None, "ZOHO-422"]),
    st.booleans(),
    st.integers(1, 50),
)


@given(tallies=st.lists(rows, max_size=20))
def test_a_run_that_never_counted_reports_what_the_ledger_has_and_no_mismatch(
    tallies: list[Tally],
) -> None:
    """A killed run makes a report as well: its calls are those it changed, each in one place."""
    data = some_data(
        run=a_run(outcome=None, finished_at=None), summary={}, tallies=tallies, calls=[], writes=[]
    )
    fresh = sum(each.number for each in tallies if each.fresh)
    assert data.total("seen") == data.total("fates") == fresh == data.fresh_calls
    assert sum(sum(part.kinds.values()) for part in data.offices) == fresh
    assert data.adds_up
    assert not data.counted
    assert next(p.title for p in data.problems) == "The run has no end"
    assert "not counted to the end" in wording.accounting(data)


@pytest.mark.parametrize(
    ("part", "tile"),
    [
        ({"kinds": {"missed": 2, "voicemail": 1, "unreached": 4}}, (3, "1 with voicemail")),
        ({"outcomes": {"missed": 2}, "skip_reasons": {"blocked_by_ringcentral": 1}}, (2, "")),
        (
            {"outcomes": {"missed": 6, "voicemail": 1}, "skip_reasons": {"outbound": 4}},
            (7, "1 with voicemail, not from outside alone"),
        ),
    ],
)
def test_a_report_says_where_an_old_run_took_calls_of_ours_for_missed(
    part: dict[str, Any], tile: tuple[int, str]
) -> None:
    """Runs of older versions kept outcomes alone: their numbers are shown for what they are."""
    data = some_data(summary=a_summary(offices=[a_part("denver", "Denver", seen=7, **part)]))
    missed = next(each for each in html.tiles(data) if each.label == "Missed")
    assert (missed.value, missed.note) == tile


def test_a_mismatch_is_named_with_its_code_and_both_sums() -> None:
    """A call nobody can account for is the first thing a person must see."""
    part = a_part("denver", "Denver", seen=5, done=3)
    data = some_data(summary=a_summary(offices=[part]), tallies=[], media=[], calls=[])
    problem = data.problems[0]
    assert problem.code == "RUN-001"
    assert problem.detail.startswith("RingCentral showed 5; done 3")
    assert wording.headline(data) == "5 calls, no new leads, 1 problem."
    assert wording.accounting(data).startswith("RUN-001: the calls do not add up")


def test_calls_parked_now_are_news_and_older_ones_are_not() -> None:
    """Who was told on Monday that a call needs a person is not told again every four hours."""
    data = some_data(media=[])
    assert [(p.code, p.count, p.fresh) for p in data.problems] == [
        ("ZOHO-422", 2, True),
        ("ZOHO-409", 1, False),
    ]
    first = data.problems[0]
    assert [line.name for line in first.calls] == ["Marta Oyelaran", None]
    assert "Invalid lead data" in first.meaning
    assert "field mappings" in first.solution


def test_a_run_that_changed_nothing_has_nothing_to_say() -> None:
    """Looking again at calls that were handled before is no news."""
    quiet: dict[str, Any] = {"tallies": [], "calls": [], "media": [], "media_counts": {"owed": 3}}
    assert some_data(**quiet, callbacks=[("open", None, False, 4)]).empty
    waits = [Tally("denver", "waiting", "unsettled", "in_progress", None, True, 1)]
    assert some_data(**quiet | {"tallies": waits}, callbacks=[]).empty
    skipped = [Tally("denver", "skipped", "missed", "internal", None, True, 1)]
    assert not some_data(**quiet | {"tallies": skipped}, callbacks=[]).empty
    assert not some_data(**quiet | {"media_counts": {"done": 1}}, callbacks=[]).empty
    assert not some_data(**quiet, callbacks=[("closed", None, True, 1)]).empty


def test_a_run_that_was_stopped_says_by_what() -> None:
    data = some_data(
        run=a_run(outcome="stopped"),
        summary=a_summary(stopped_by="ZOHO-401: The refresh token was revoked."),
    )
    problem = data.problems[0]
    assert (problem.code, problem.detail) == ("ZOHO-401", "The refresh token was revoked.")
    assert "credentials" in problem.solution
    assert wording.lead_in(data).startswith("Stopped early. ")


def test_a_recording_soon_deleted_is_announced_once() -> None:
    """The alarm is news until somebody was told; the list shows it as long as it is owed."""
    told_before = some_media(8, alarmed_at=START - 4 * 3600)
    told_now = some_media(8, alarmed_at=END + 2)
    for row, fresh in ((some_media(8), True), (told_now, True), (told_before, False)):
        (problem,) = [p for p in some_data(media=[row]).problems if p.kind == "media"]
        assert problem.fresh == fresh
    later = some_media(8, expires_at=START + 60 * 86_400)
    data = some_data(media=[later])
    assert [p for p in data.problems if p.kind == "media"] == []
    assert len(data.media) == 1


def test_hours_are_those_of_each_offices_own_clock() -> None:
    """Ten in the morning is ten in the morning, in Philadelphia and in Denver."""
    ten_am = {"philadelphia": START + 2 * 3600, "denver": START + 4 * 3600}
    begun = [(office, at, "missed") for office, at in ten_am.items()]
    counts = {each.hour: each.missed for each in some_data(begun=begun).hours}
    assert counts[10] == 2


def test_owners_get_their_share_beside_what_their_weight_asks_for() -> None:
    shares = some_data().owners
    assert [(s.owner, s.leads, s.meant) for s in shares] == [
        ("Sarah Reynolds", 6, 2 / 3),
        ("David Chen", 3, 1 / 3),
    ]


def test_an_account_without_owners_takes_them_from_what_was_written() -> None:
    """A run that was killed has no account; the journal still knows whom each lead went to."""
    lead = json.dumps({"Last_Name": "X", "Owner": {"id": "12"}})
    data = some_data(
        run=a_run(outcome=None, finished_at=None),
        summary={},
        writes=[("philadelphia", "lead", lead), ("philadelphia", "note", "")],
    )
    part = data.offices[0]
    assert (part.leads_created, part.notes_created, dict(part.owners)) == (1, 1, {"12": 1})


def test_the_budget_is_a_share_of_the_minute_and_of_the_day() -> None:
    """95 seconds are 1.58 of the vendors' minutes: 14 requests are 8.8 a minute, of 60."""
    rows = {each.name: each for each in some_data().allowances}
    assert rows["RingCentral"].per_minute == 14 / (95 / 60)
    assert rows["RingCentral, group Heavy"].share_of_minute == 9 / (95 / 60) / 10
    assert rows["Zoho CRM"].credits == 58
    assert rows["Zoho CRM"].today == 310
    assert rows["Zoho CRM"].share_of_day is None
    without = {e.name: e for e in some_data(summary=a_summary(requests={})).allowances}
    assert without["RingCentral"].requests is None
    assert without["RingCentral"].today == 44
    assert set(REQUESTS) == {"ringcentral", "zoho_crm", "zoho_accounts"}


def test_the_days_credits_of_zoho_desk_are_shown_where_chats_became_tickets() -> None:
    """Chats spend them between the runs: a run's report says how far the day has got."""
    used = {"zoho_desk": {"create_ticket": Use(12, 12.0), "search_tickets": Use(30, 90.0)}}
    settings = a_configuration().settings
    budgets = settings.vendors.budgets.model_copy(update={"zoho_desk_credits_per_day": 408})
    facts = some_facts(usage={**some_facts().usage, **used})
    row = next(each for each in allowances(facts, budgets) if each.name == "Zoho Desk")
    assert (row.requests, row.credits, row.per_minute) == (None, None, None)
    assert row.today == 102
    assert row.share_of_day == 0.25
    assert row.unit == "credit"
    names = [each.name for each in some_data().allowances]
    assert "Zoho Desk" not in names


def test_a_run_that_asked_zoho_desk_shows_its_requests_beside_the_minute() -> None:
    """Unlike Zoho CRM's, the minutes of Zoho Desk are counted in requests."""
    asked = {**REQUESTS, "zoho_desk": {"requests": 19, "credits": 40.0, "groups": {}}}
    data = some_data(summary=a_summary(requests=asked))
    row = next(each for each in data.allowances if each.name == "Zoho Desk")
    assert (row.requests, row.credits) == (19, 40)
    assert row.per_minute == 19 / (95 / 60)
    assert row.limit_per_minute == 120
    assert "Zoho Desk" in report_text(data)


def test_calls_of_no_office_are_part_of_the_account() -> None:
    offices = [*a_summary()["offices"], a_part(NO_OFFICE, "(none)", seen=2, skipped=2)]
    data = some_data(summary=a_summary(offices=offices))
    assert data.offices[-1].name == "No extension of ours"
    assert data.total("seen") == 44
    assert "No extension" not in wording.offices(data)


def test_a_listing_line_says_who_called_what_was_done_and_who_has_it() -> None:
    line = next(each for each in some_data().calls if each.name == "Alan Hampton")
    assert line.number == "(215) 555-0001"
    assert line.owner == "Sarah Reynolds"
    assert line.did == (
        "New lead",
        "Note",
        "Status Missed Call",
        "Voicemail attached",
        "Call-back task",
    )


def test_a_name_with_control_characters_cannot_reach_a_terminal() -> None:
    """A caller who calls himself an escape sequence colours nobody's screen."""
    document = json.dumps({"call": {"caller_name": "Ann\x1b[31m\r\nBcc: x\u202e"}})
    facts = some_facts()
    data = report_data(
        replace(facts, calls=[replace(facts.calls[0], document=document)]), a_configuration()
    )
    assert data.calls[0].name == "Ann [31m Bcc: x"


def test_the_words_for_how_far_a_run_looked() -> None:
    said = [wording.hours(number) for number in (0.5, 1, 1.5, 24, 48, 72, 168)]
    assert said == ["30 minutes", "1 hour", "1.5 hours", "24 hours", "48 hours", "3 days", "7 days"]
    assert OPTIONS["hours_back"] == 24


def test_a_call_between_colleagues_is_not_called_withheld() -> None:
    facts = some_facts()
    call = facts.calls[-1]
    document = json.dumps({"call": {"direction": "internal"}})
    data = some_data(calls=[replace(call, document=document), replace(call, id="x", person="x")])
    assert {line.name for line in data.calls} == {"Internal call", None}
