"""Who is told of a run, and what their mail is made of."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from tests.unit.reports.samples import RUN, a_summary, an_email, some_data

from switchboard.config.documents import Recipient
from switchboard.reports.charts import charts_of
from switchboard.reports.mailing import (
    MOST_ATTACHED_BYTES,
    Page,
    audience,
    mails_for,
    named,
)
from switchboard.reports.models import ReportData
from switchboard.reports.outgoing import OutgoingMail

PNG = b"\x89PNG\r\n\x1a\nnot really"
QUIET: dict[str, Any] = {
    "tallies": [],
    "calls": [],
    "media": [],
    "media_counts": {},
    "callbacks": [],
}
PAGE = Page(name="report.html", content=b"<!doctype html>", place="reports/x/report.html")
BOTH = Recipient(email="both@example.com")
DAILY = Recipient(email="daily@example.com", receive_errors=False)
ERRORS = Recipient(email="errors@example.com", receive_daily=False)
NONE = Recipient(email="none@example.com", receive_daily=False, receive_errors=False)


def told(data: ReportData, **settings: Any) -> dict[str, bool]:
    email = an_email(BOTH, DAILY, ERRORS, NONE, **settings)
    return {each.email.partition("@")[0]: each.full for each in audience(data, email)}


def mails(data: ReportData, *recipients: Recipient, **changes: Any) -> list[OutgoingMail]:
    email = an_email(*recipients)
    charts = charts_of(data)
    values: dict[str, Any] = {"charts": charts, "pictures": {c.id: PNG for c in charts}}
    values |= {"page": PAGE, **changes}
    return mails_for(data, email, audience(data, email), **values)


def parsed(mail: OutgoingMail) -> EmailMessage:
    message = message_from_bytes(mail.message.as_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_run_with_problems_is_told_to_everybody_who_asked_once() -> None:
    """Somebody with both wishes gets the report alone: it begins with the problems."""
    assert told(some_data()) == {"both": True, "daily": True, "errors": False}


def test_a_run_without_problems_is_told_to_who_wants_every_report() -> None:
    data = replace(some_data(), problems=())
    assert told(data) == {"both": True, "daily": True}


def test_an_old_problem_alone_makes_no_error_mail() -> None:
    data = some_data(media=[])
    old = tuple(problem for problem in data.problems if not problem.fresh)
    assert old
    assert told(replace(data, problems=old)) == {"both": True, "daily": True}


def test_a_run_that_changed_nothing_is_not_mailed_unless_asked_for() -> None:
    data = some_data(**QUIET)
    assert told(data) == {}
    assert told(data, send_empty_reports=True) == {"both": True, "daily": True}


def test_a_stopped_run_that_changed_nothing_is_told_as_an_error() -> None:
    data = some_data(**QUIET, summary=a_summary(stopped_by="RC-401: no"))
    assert told(data) == {"both": True, "daily": True, "errors": False}


def test_a_rehearsal_tells_nobody() -> None:
    assert told(replace(some_data(), dry_run=True), send_empty_reports=True) == {}


def test_an_address_listed_twice_gets_one_mail() -> None:
    again = Recipient(email="ERRORS@example.com", receive_errors=False)
    assert [m.kind for m in mails(some_data(), ERRORS, again)] == ["report"]


def test_a_mail_is_text_html_pictures_and_the_page() -> None:
    data = some_data()
    (mail,) = mails(data, BOTH)
    message = parsed(mail)
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "42 calls, 12 new leads" in text.get_content()
    content = page.get_content()
    cids = {
        str(part["Content-ID"]).strip("<>")
        for part in message.walk()
        if part.get_content_type() == "image/png"
    }
    assert cids == {"outcomes", "hours", "results", "owners"}
    assert all(f'src="cid:{cid}"' in content for cid in cids)
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("report.html", "text/html")
    assert "The whole report is attached (report.html)." in content
    assert mail.subject == (
        "Switchboard: 42 calls, 12 new leads - 3 problems (Philadelphia, Denver)"
    )


def test_a_mails_styles_are_in_its_elements_and_dark_rooms_are_thought_of() -> None:
    page = parsed(mails(some_data(), BOTH)[0]).get_body(("html",))
    assert page is not None
    content = page.get_content()
    assert 'style="' in content
    assert "prefers-color-scheme: dark" in content
    assert "<script" not in content
    assert "http" not in content.replace("http-equiv", "")
    assert "<img src=x" not in content


def test_an_error_mail_holds_the_problems_and_nobody_elses_calls() -> None:
    """Who looks after errors needs no list of customers."""
    (mail,) = mails(some_data(), ERRORS)
    message = parsed(mail)
    text = message.get_body(("plain",))
    assert text is not None
    said = text.get_content()
    assert mail.kind == "errors"
    assert mail.subject == "Switchboard: 2 calls need a person and 2 more (Philadelphia, Denver)"
    assert "ZOHO-422" in said
    assert "Marta Oyelaran" in said
    assert "Alan Hampton" not in said
    assert list(message.iter_attachments()) == []


def test_a_page_too_large_for_a_mail_stays_where_it_is() -> None:
    large = replace(PAGE, content=b"x" * (MOST_ATTACHED_BYTES + 1))
    message = parsed(mails(some_data(), BOTH, page=large)[0])
    text = message.get_body(("plain",))
    assert list(message.iter_attachments()) == []
    assert text is not None
    assert "reports/x/report.html" in text.get_content()


def test_one_run_has_one_key_for_a_person_whatever_they_get() -> None:
    """Wishes that change between two tries must not bring a second mail."""
    keys = {mails(some_data(), each)[0].key for each in (BOTH, replace_daily(BOTH))}
    assert keys == {f"{RUN}:report:both@example.com"}
    email = an_email(BOTH)
    (again,) = mails_for(some_data(), email, named(["Both@Example.com"], email), again="1")
    assert again.key == f"{RUN}@1:report:both@example.com"


def replace_daily(recipient: Recipient) -> Recipient:
    return recipient.model_copy(update={"receive_daily": False})


@pytest.mark.parametrize("name", ["A\r\nBcc: evil@example.com", "Ann\x00 Lee"])
def test_an_office_cannot_write_into_the_head_of_a_mail(name: str) -> None:
    data = some_data()
    data = replace(data, offices=(replace(data.offices[0], name=name), *data.offices[1:]))
    message = parsed(mails(data, BOTH)[0])
    assert message["Bcc"] is None
    assert "\n" not in str(message["Subject"])


def test_without_charts_there_are_no_pictures() -> None:
    message = parsed(mails(some_data(), BOTH, pictures={})[0])
    assert [p for p in message.walk() if p.get_content_type() == "image/png"] == []
