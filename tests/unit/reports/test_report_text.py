"""The plain text of a report reads well in a terminal of 80 columns."""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion
from tests.unit.reports.samples import HOSTILE, a_summary, some_data

from switchboard import __version__
from switchboard.reports.text import WIDTH, report_text


def test_the_text_of_a_busy_run(snapshot: SnapshotAssertion) -> None:
    assert report_text(some_data()).replace(__version__, "VERSION") == snapshot


def test_the_text_of_a_mail_about_problems_alone(snapshot: SnapshotAssertion) -> None:
    text = report_text(some_data(), full=False, note="The whole report: reports/x.html")
    assert text.replace(__version__, "VERSION") == snapshot


def test_no_line_is_longer_than_72_columns() -> None:
    data = some_data(summary=a_summary(problems=["record abc: " + "unreadable " * 30]))
    for line in report_text(data).splitlines():
        assert len(line) <= WIDTH, line


def test_a_listing_can_be_cut_and_says_so() -> None:
    text = report_text(some_data(), calls=1)
    assert "The newest 1 of 41 calls." in text
    assert HOSTILE[:20] not in text
