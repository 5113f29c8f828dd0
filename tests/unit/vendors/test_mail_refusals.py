"""A mail server's answer is read once, in one table."""

from __future__ import annotations

import pytest

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.mail.models import Reply, Stage, ascii_domain, needs_utf8
from switchboard.vendors.mail.refusals import judge

SERVER, RECIPIENT = "smtp.example.com:587", "admin@example.com"

TABLE: tuple[tuple[Stage, str, type[SwitchboardError], str], ...] = (
    ("connect", "421 4.3.2 Shutting down", TransientError, "SMTP-421"),
    ("connect", "450 Come back", TransientError, "SMTP-421"),
    ("connect", "554 No service", OperatorError, "SMTP-001"),
    ("connect", "200 OK", TransientError, "SMTP-001"),
    ("tls", "454 TLS not available", TransientError, "SMTP-421"),
    ("tls", "502 Not implemented", OperatorError, "SMTP-001"),
    ("sign-in", "535 5.7.8 Bad credentials", OperatorError, "SMTP-401"),
    ("sign-in", "500 What", OperatorError, "SMTP-401"),
    ("sign-in", "454 4.7.0 Temporary failure", TransientError, "SMTP-421"),
    ("sender", "530 5.7.0 Authentication required", OperatorError, "SMTP-401"),
    ("sender", "550 5.7.60 Not allowed to send as", OperatorError, "SMTP-553"),
    ("sender", "552 5.3.4 Too big", RejectedError, "SMTP-552"),
    ("sender", "452 4.3.1 Out of space", TransientError, "SMTP-450"),
    ("recipient", "550 5.1.1 Unknown", RejectedError, "SMTP-550"),
    ("recipient", "552 5.2.2 Mailbox full", RejectedError, "SMTP-550"),
    ("recipient", "450 4.7.1 Greylisted", TransientError, "SMTP-450"),
    ("recipient", "421 4.7.0 Too many", TransientError, "SMTP-421"),
    ("data", "354 after all", TransientError, "SMTP-001"),
    ("content", "451 4.7.1 Later", TransientError, "SMTP-450"),
    ("content", "552 Too big", RejectedError, "SMTP-552"),
    ("content", "554 5.3.4 Too big", RejectedError, "SMTP-552"),
    ("content", "554 5.7.1 Spam", RejectedError, "SMTP-554"),
    ("content", "-1 nonsense", InDoubtError, "SMTP-002"),
    ("content", "354 what", InDoubtError, "SMTP-002"),
)


@pytest.mark.parametrize(("stage", "answer", "kind", "code"), TABLE)
def test_stage_and_status_say_what_to_do(
    stage: Stage, answer: str, kind: type[SwitchboardError], code: str
) -> None:
    """4xx: later. 5xx: the recipient's, the mail's or the operator's business. Else: doubt."""
    status, _, words = answer.partition(" ")
    error = judge(stage, Reply(int(status), words), server=SERVER, recipient=RECIPIENT)
    assert (type(error), error.code) == (kind, code)
    assert RECIPIENT in error.message or SERVER in error.message or kind is RejectedError


def test_a_servers_words_are_shown_on_one_short_line() -> None:
    """An answer cannot forge lines in a log or fill a screen."""
    shown = str(Reply(550, "5.1.1 No\nsuch\x1b[31m user " + "x" * 500))
    assert shown.startswith("550 5.1.1 No such [31m user xxx")
    assert len(shown) <= 210
    assert shown.isprintable()


def test_domains_travel_in_ascii_and_names_need_an_extension() -> None:
    """Every server knows xn--; a name before the @ has no such form."""
    assert ascii_domain("info@bücher.example") == "info@xn--bcher-kva.example"
    assert not needs_utf8("info@bücher.example")
    assert needs_utf8("jörg@example.com")
