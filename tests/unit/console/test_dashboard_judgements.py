"""What the first page concludes: how today compares, how connections are, what is used up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchboard.console.attention.items import Item, causes, tally_of
from switchboard.console.dashboard import activity, coming, first_steps, numbers
from switchboard.console.dashboard.activity import Happening, shortened
from switchboard.console.dashboard.allowances import Pace, gauges
from switchboard.console.dashboard.connections import Connection, Known, Vault, connections
from switchboard.console.dashboard.first_steps import Begun
from switchboard.console.dashboard.numbers import NO_USUAL_DAY, Today
from switchboard.console.dashboard.observed import Bucket, Mails, Observed, Refusal, Resting
from switchboard.console.dashboard.owed import Owed
from switchboard.console.dashboard.problems import problems, summary
from switchboard.console.dashboard.verdict import verdict
from switchboard.error_reference import about
from switchboard.jobs.chores import Diary, Entry
from switchboard.vendors.settings import BudgetSettings

NOW = 1_900_000_000.0
ALL = frozenset({"ringcentral", "zoho_crm", "zoho_desk", "zoho_salesiq", "mail"})
FULL = Vault(held=frozenset({"ringcentral", "zoho"}), changed_at=NOW - 9)
ASKED = {
    "ringcentral:light": Bucket(NOW - 60, 0, 5),
    "zoho_crm": Bucket(NOW - 50, 0, 5),
    "zoho_desk": Bucket(NOW - 40, 0, 5),
    "zoho_salesiq": Bucket(NOW - 30, 0, 5),
}
WELL = Observed(at=NOW, buckets=ASKED, mails=Mails(sent_at=NOW - 20))


def judged(known: Known) -> dict[str, Connection]:
    return {each.id: each for each in connections(known)}


def known(vault: Vault = FULL, used: frozenset[str] = ALL, **seen: object) -> Known:
    return Known(observed=replace(WELL, **seen), vault=vault, used=used)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "before", "said"),
    [
        (106, (100, 100), "+6 % against a usual Friday"),
        (80, (100, 90, 110, 1000), "\N{MINUS SIGN}24 % against a usual Friday"),
        (100, (100,), "as on a usual Friday"),
        (3, (2, 4), "3 by now on a usual Friday"),
        (3, (0, 0), "0 by now on a usual Friday"),
        (2300, (20,), "+11,400 % against a usual Friday"),
        (9, (), NO_USUAL_DAY),
    ],
)
def test_today_is_compared_with_the_middle_of_the_days_before(
    value: int, before: tuple[int, ...], said: str
) -> None:
    """One holiday or one storm of calls does not make a day unusual."""
    assert numbers.against(Today(value, before), "Friday") == said


def test_connections_that_work_say_when_they_were_asked_last() -> None:
    found = judged(known())
    assert {each.kind for each in found.values()} == {"ok"}
    assert found["ringcentral"].since == NOW - 60
    assert found["mail"].since == NOW - 20


def test_a_vendor_that_refuses_the_credentials_asks_to_sign_in_again() -> None:
    refusal = Refusal("RC-401", "RingCentral refused the credentials.", NOW - 600)
    found = judged(known(refusals={"ringcentral": refusal}))["ringcentral"]
    assert (found.kind, found.word, found.since) == ("fail", "Sign in again", NOW - 600)
    reference = about("RC-401")
    assert reference is not None
    assert found.advice == f"{reference.you}."


def test_a_vendor_that_is_left_alone_says_since_when() -> None:
    found = judged(known(breakers={"zoho_desk": Resting(NOW - 30, True, 5)}))["zoho_desk"]
    assert (found.kind, found.word, found.since) == ("fail", "Not answering", NOW - 30)


def test_a_vendor_that_wants_a_pause_says_until_when() -> None:
    buckets = {**ASKED, "ringcentral:heavy": Bucket(NOW, NOW + 45, 1)}
    found = judged(known(buckets=buckets))["ringcentral"]
    assert (found.kind, found.word, found.until) == ("warn", "Paused", NOW + 45)


def test_files_that_fail_alone_do_not_make_the_vendor_look_dead() -> None:
    found = judged(known(breakers={"zoho_crm:media": Resting(NOW - 3, True, 5)}))["zoho_crm"]
    assert (found.kind, found.word) == ("warn", "Files fail")


def test_what_stopped_the_last_run_is_told_until_the_vendor_is_asked_again() -> None:
    stopped = ("ZOHO-403", "Zoho CRM: the scope is missing.", NOW - 10)
    assert judged(known(stopped=stopped))["zoho_crm"].word == "Permission missing"
    before = ("ZOHO-403", "Zoho CRM: the scope is missing.", NOW - 100)
    assert judged(known(stopped=before))["zoho_crm"].kind == "ok"


def test_a_job_that_fails_tells_which_connection_it_needs() -> None:
    lanes = {"mails": Entry(failures=3, code="SMTP-000", succeeded_at=NOW - 999)}
    found = judged(Known(observed=WELL, vault=FULL, used=ALL, lanes=lanes))["mail"]
    assert (found.kind, found.word, found.since) == ("fail", "Not answering", NOW - 999)


def test_mails_that_cannot_be_sent_show_at_the_mail_server() -> None:
    mails = Mails(sent_at=NOW - 5, waiting=3, failing=2, code="SMTP-535")
    found = judged(known(mails=mails))["mail"]
    assert found.kind == "fail"
    assert "2 mails" in found.trouble


def test_chats_that_cannot_be_led_show_at_salesiq() -> None:
    broken = replace(known(), chats_code="CHAT-101", chats_message="The workflow has a loop.")
    assert judged(broken)["zoho_salesiq"].trouble == "The workflow has a loop."
    starting = replace(known(), chats_code="API-004", chats_message="They start.")
    assert judged(starting)["zoho_salesiq"].kind == "ok"


def test_missing_credentials_are_told_before_anything_else() -> None:
    found = judged(known(vault=Vault(held=frozenset({"zoho"}))))
    assert found["ringcentral"].word == "No credentials"
    assert found["zoho_crm"].kind == "ok"
    locked = judged(known(vault=Vault(code="CFG-027", message="The key does not fit.")))
    assert (locked["vault"].kind, locked["vault"].word) == ("fail", "Locked")
    assert locked["ringcentral"].kind == "ok"  # What is known of it still holds.


def test_what_nobody_set_up_is_no_trouble() -> None:
    found = judged(known(used=frozenset()))
    assert {found[each].word for each in ALL} == {"Not set up"}
    assert not problems([], found.values())


def test_nothing_asked_for_a_day_is_not_called_connected() -> None:
    buckets = {**ASKED, "zoho_crm": Bucket(NOW - 90_000, 0, 5)}
    assert judged(known(buckets=buckets))["zoho_crm"].word == "Idle"
    assert judged(known(buckets={}))["ringcentral"].word == "Not asked yet"


def test_problems_are_told_once_and_the_connections_own_come_along() -> None:
    cause = tally_of(Item("call", "call:1", "ZOHO-422", stopped=True, retryable=True))
    refusal = Refusal("RC-401", "Refused.", NOW)
    states = connections(known(refusals={"ringcentral": refusal}))
    found = problems(causes([cause]), states)
    assert [each.code for each in found] == ["RC-401", "ZOHO-422"]
    assert found[1].href == "/attention/cause/ZOHO-422"
    told = tally_of(Item("connection", "ringcentral", "RC-401"))
    assert [each.code for each in problems(causes([told]), states)] == ["RC-401"]
    assert summary(found * 3) == "3 more causes"
    assert summary(found) == ""


def test_whether_everything_is_all_right_is_one_sentence() -> None:
    """A problem speaks for itself; callers who wait too long are told though nothing is broken."""
    fine, owed = connections(known()), Owed(0, 0, None, 3, 0, 0, 0)
    said = verdict([], fine, owed)
    assert said is not None
    assert (said.kind, said.title) == ("ok", "Everything is all right.")
    late = verdict([], fine, replace(owed, overdue=1))
    assert late is not None
    assert (late.kind, late.href) == ("warn", "/calls?callback=overdue")
    assert late.title == "One caller should have been called back by now."
    paused = connections(known(buckets={**ASKED, "zoho_crm": Bucket(NOW, NOW + 60, 5)}))
    slow = verdict([], paused, owed)
    assert slow is not None
    assert (slow.kind, slow.title) == ("warn", "Zoho CRM: paused.")
    broken = connections(known(vault=Vault()))
    assert verdict(problems([], broken), broken, owed) is None


def test_the_first_steps_end_with_the_first_run() -> None:
    states = connections(known())
    steps = first_steps.steps(Begun(rehearsed=True, accounts=2), None, states, dry_run="/dry")
    assert [each.done for each in steps] == [False, True, True, False, False, True]
    assert first_steps.steps(Begun(ran=True), None, states, dry_run="/dry") == ()
    asleep = connections(known(buckets={}))
    assert not first_steps.steps(Begun(), None, asleep, dry_run="/dry")[1].done


def test_a_minute_is_measured_between_two_looks() -> None:
    """Nothing is guessed: before there is anything to compare with, it is busy just now."""
    pace, used = Pace(), frozenset({"ringcentral", "zoho_crm", "zoho_desk"})
    budgets = BudgetSettings(zoho_credits_per_day=1000)

    def look(after: float, count: float) -> list[str]:
        bucket = Bucket(NOW + after, 0, count)
        seen = Observed(at=NOW + after, buckets={"ringcentral:heavy": bucket})
        return [each.words for each in gauges(seen, budgets, used, pace)]

    assert look(0, 20)[0] == "busy just now"
    assert look(60, 27)[0] == "7 of 10 a minute"
    assert look(60, 27)[1] == "0 of 40 a minute"  # Never asked.
    idle = Observed(at=NOW + 200, buckets={"ringcentral:heavy": Bucket(NOW + 60, 0, 27)})
    assert gauges(idle, budgets, used, pace)[0].words == "0 of 10 a minute"


def test_credits_of_the_day_are_compared_with_the_ceiling_if_there_is_one() -> None:
    seen = Observed(at=NOW, credits={"zoho_crm": 730.0, "zoho_desk": 5.0})
    budgets = BudgetSettings(zoho_credits_per_day=1000)
    crm, desk = gauges(seen, budgets, frozenset({"zoho_crm", "zoho_desk"}), Pace())
    assert (crm.words, crm.most) == ("730 of 1,000 credits · 73 %", 1000.0)
    assert (desk.words, desk.most) == ("5 credits in 24 hours", None)


def test_a_long_row_of_calls_becomes_three_and_a_line() -> None:
    calls = [Happening(NOW - n, f"Call {n}", "ok", "phone", sort="call") for n in range(9)]
    other = Happening(NOW - 99, "Run finished", "ok", "check")
    assert [each.title for each in shortened([*calls, other, calls[0]])] == [
        "Call 0", "Call 1", "Call 2", "And more calls before", "Run finished", "Call 0",
    ]  # fmt: skip


def test_what_people_did_names_them_and_leads_to_its_page() -> None:
    detail = {"title": "Lead owners of Denver"}
    found = activity.told(NOW, "console:ana", "configuration.change", "data/x.json", detail)
    assert found.title == "ana changed the configuration"
    assert (found.said, found.href) == ("Lead owners of Denver", "/configuration")
    raised = {"number": "1015", "workflow": "account_locked"}
    ticket = activity.told(NOW, "switchboard", "ticket.raised", "A/B-1", raised)
    assert (ticket.title, ticket.href) == ("Ticket 1015 created", "/tickets/A%2FB-1")


def test_jobs_put_off_come_with_the_time_of_the_next_try() -> None:
    diary = Diary(
        {
            "mails": Entry(failures=2, code="SMTP-000", due_at=NOW + 60),
            "tickets": Entry(succeeded_at=NOW),
            "retention": Entry(failures=5, code="SB-000", due_at=NOW + 3600),
        }
    )
    found = coming.put_off(diary)
    assert [(each.title, each.failures) for each in found] == [
        ("Retention", 5), ("Sending mails", 2),
    ]  # fmt: skip
