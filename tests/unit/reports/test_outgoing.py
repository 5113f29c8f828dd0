"""Nothing a caller chose can add a header to a mail, and the same occasion is the same mail."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from switchboard.config.documents import EmailConfig
from switchboard.reports.outgoing import Enclosure, compose
from switchboard.reports.sending import retry_seconds

CONFIG = EmailConfig(
    smtp_server="smtp.example.com", sender_email="reports@example.com", sender_name="Büro, Nord"
)
AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def a_mail(**changes: Any) -> EmailMessage:
    values: dict[str, Any] = {
        "occasion": "run-1",
        "kind": "report",
        "recipient": "admin@example.com",
        "subject": "Report",
        "text": "Grüße\n",
        "at": AT,
    }
    return compose(CONFIG, **(values | changes)).message


def sent(message: EmailMessage) -> EmailMessage:
    parsed = message_from_bytes(message.as_bytes(), EmailMessage, policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


@given(subject=st.text(max_size=80), name=st.text(max_size=80))
def test_no_subject_or_name_adds_a_header_or_a_recipient(subject: str, name: str) -> None:
    """Line breaks in what people typed become spaces."""
    got = sent(a_mail(subject=subject, recipient_name=name))
    assert [each.addr_spec for each in got["to"].addresses] == ["admin@example.com"]
    expected = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
    assert {key for key in got if not key.startswith("Content-")} == expected


def test_the_same_occasion_is_the_same_mail_for_the_same_person() -> None:
    """The Message-ID says so to the mailbox, the key to the outbox."""
    first, again = (compose(CONFIG, **facts(recipient)) for recipient in ("A@x.com", "a@x.com"))
    assert first.key == again.key == "run-1:report:a@x.com"
    assert first.message["message-id"] == again.message["message-id"]
    other = compose(CONFIG, **facts("a@x.com", kind="errors"))
    assert other.message["message-id"] != first.message["message-id"]


def facts(recipient: str, kind: str = "report") -> dict[str, Any]:
    return {
        "occasion": "run-1",
        "kind": kind,
        "recipient": recipient,
        "subject": "S",
        "text": "T",
        "at": AT,
    }


def test_a_mail_says_who_when_and_that_a_machine_wrote_it() -> None:
    """Nobody's holiday note comes back, and the date is that of the report."""
    got = sent(a_mail())
    assert str(got["from"]) == '"Büro, Nord" <reports@example.com>'
    assert str(got["date"]) == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert got["auto-submitted"] == "auto-generated"
    assert got.as_bytes().isascii()


def test_pictures_stand_in_the_text_and_files_beside_it() -> None:
    """A picture with a cid belongs to the HTML; everything else is an attachment."""
    chart = Enclosure(name="chart.png", content=b"\x89PNG", content_type="image/png", cid="chart")
    table = Enclosure(name="Anrufe März.csv", content=b"a,b", content_type="text/csv")
    got = sent(a_mail(html="<img src='cid:chart'>", enclosures=[chart, table]))
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Grüße"
    assert html.get_content().strip() == "<img src='cid:chart'>"
    parts = {part.get_filename(): part for part in got.walk() if part.get_filename()}
    assert parts["chart.png"]["content-id"] == "<chart>"
    assert parts["chart.png"].get_content_disposition() == "inline"
    assert [part.get_filename() for part in got.iter_attachments()] == ["Anrufe März.csv"]


def test_a_mail_waits_longer_each_time_up_to_an_hour() -> None:
    """1, 5, 15 and 60 minutes, then hourly."""
    assert [retry_seconds(tries) / 60 for tries in range(1, 7)] == [1, 5, 15, 60, 60, 60]
