"""The mail client sends over safe connections only, and knows what may have been delivered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.component.mail.mail_rig import CREDENTIALS, HASTY, Rig, serving

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.simulators.mail.listener import Mode
from switchboard.simulators.mail.state import PASSWORD, USERNAME
from switchboard.vendors.credentials import SmtpCredentials
from switchboard.vendors.mail import connection


@pytest.mark.parametrize("mode", ["starttls", "tls", "plain"])
async def test_a_mail_arrives_whatever_way_the_connection_is_protected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    """STARTTLS, TLS from the start, and plain text on this machine."""
    async with serving(tmp_path, mode) as rig:
        if mode == "tls":
            monkeypatch.setattr(connection, "IMPLICIT_TLS_PORT", rig.listener.port)
        await rig.client().send(rig.mail().message, "admin@keystone.example")
        (mail,) = rig.mailbox
        assert (mail.tls, mail.user) == (mode != "plain", USERNAME)
        assert mail.message()["subject"] == "Report"


async def test_a_wrong_password_is_the_operators_business_and_tried_once(rig: Rig) -> None:
    """Three tries with a wrong password lock an account three times as fast."""
    wrong = SmtpCredentials(username=USERNAME, password=SecretStr("hunter2"))
    with pytest.raises(OperatorError, match="refused the sign-in") as caught:
        await rig.client(wrong).send(rig.mail().message, "admin@keystone.example")
    assert caught.value.code == "SMTP-401"
    assert rig.commands().count("AUTH") == 1
    assert "hunter2" not in str(caught.value)


async def test_a_server_may_ask_for_no_sign_in(rig: Rig) -> None:
    """Some mail servers know their clients by the network."""
    rig.world.mail.rules.require_sign_in = False
    await rig.client(None).send(rig.mail().message, "admin@keystone.example")
    assert rig.mailbox[0].user is None


async def test_a_missing_sign_in_is_said_so(rig: Rig) -> None:
    """The server's 530 leads to the credentials."""
    with pytest.raises(OperatorError) as caught:
        await rig.client(None).send(rig.mail().message, "admin@keystone.example")
    assert caught.value.code == "SMTP-401"


async def test_an_untrusted_certificate_gets_neither_password_nor_mail(rig: Rig) -> None:
    """Without the company's CA the server is a stranger."""
    with pytest.raises(OperatorError, match="certificate is not trusted") as caught:
        await rig.client(tls_ca_file=None).send(rig.mail().message, "admin@keystone.example")
    assert caught.value.code == "SMTP-001"
    assert rig.commands()[:3] == ["CONNECT", "EHLO", "STARTTLS"]
    assert "AUTH" not in rig.commands()


async def test_without_starttls_nothing_is_sent(tmp_path: Path) -> None:
    """A stripped STARTTLS does not lead to plain text."""
    async with serving(tmp_path, "plain") as rig:
        with pytest.raises(OperatorError, match="does not offer STARTTLS"):
            await rig.client(use_tls=True).send(rig.mail().message, "admin@keystone.example")
        assert set(rig.commands()) == {"CONNECT", "EHLO"}


async def test_plain_text_leaves_this_machine_never(rig: Rig) -> None:
    """Even a configuration that got past the check is not obeyed."""
    with pytest.raises(OperatorError, match="use_tls is false"):
        await rig.client(use_tls=False, smtp_server="mail.keystone.example").check()


async def test_a_server_that_is_not_there_is_tried_again_later(rig: Rig) -> None:
    """Nobody listening is no reason to lose a mail."""
    await rig.listener.close()
    with pytest.raises(TransientError, match="nobody answers at this port") as caught:
        await rig.client().check()
    assert caught.value.code == "SMTP-001"


async def test_the_check_tells_how_the_server_was_reached(rig: Rig) -> None:
    """Encrypted and signed in, without a mail."""
    message = await rig.client().check()
    assert f"127.0.0.1:{rig.listener.port} over TLSv1." in message
    assert message.endswith("signed in.")
    assert rig.mailbox == []


BEFORE = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA")
BREAKS: tuple[dict[str, Any], ...] = (
    {"kind": "drop"},
    {"kind": "timeout", "delay_s": 3.0},
    {"kind": "rate_limit"},
    {"kind": "error", "status": 450},
)


@pytest.mark.parametrize("fault", BREAKS, ids=lambda fault: str(fault["kind"]))
@pytest.mark.parametrize("verb", BEFORE)
async def test_until_its_last_line_a_mail_is_surely_not_sent(
    rig: Rig, verb: str, fault: dict[str, Any]
) -> None:
    """Whatever breaks before may simply be tried again."""
    rig.plan(verb, **fault)
    with pytest.raises(TransientError) as caught:
        await rig.client(timeouts=HASTY).send(rig.mail().message, "admin@keystone.example")
    assert not isinstance(caught.value, InDoubtError)
    assert caught.value.code in {"SMTP-001", "SMTP-421", "SMTP-450"}
    assert rig.mailbox == []
    await rig.client().send(rig.mail().message, "admin@keystone.example")
    assert len(rig.mailbox) == 1


@pytest.mark.parametrize(
    ("verb", "kind", "code"),
    [
        ("CONNECT", OperatorError, "SMTP-001"),
        ("STARTTLS", OperatorError, "SMTP-001"),
        ("AUTH", OperatorError, "SMTP-401"),
        ("MAIL", OperatorError, "SMTP-553"),
        ("RCPT", RejectedError, "SMTP-550"),
        ("DATA", RejectedError, "SMTP-554"),
        ("DATA-END", RejectedError, "SMTP-554"),
    ],
)
async def test_a_final_no_says_whose_business_it_is(
    rig: Rig, verb: str, kind: type[SwitchboardError], code: str
) -> None:
    """The connection, sign-in and sender are the operator's, the recipient and mail their own."""
    rig.plan(f"^{verb}", "error", status=550)
    with pytest.raises(kind) as caught:
        await rig.client().send(rig.mail().message, "admin@keystone.example")
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert rig.mailbox == []


@pytest.mark.parametrize(
    ("fault", "delivered"),
    [
        ({"kind": "drop"}, 0),
        ({"kind": "timeout", "delay_s": 3.0}, 0),
        ({"kind": "timeout", "delay_s": 3.0, "processed": True}, 1),
        ({"kind": "done_but_lost"}, 1),
        ({"kind": "garbage"}, 1),
    ],
)
async def test_after_its_last_line_only_an_answer_decides(
    rig: Rig, fault: dict[str, Any], delivered: int
) -> None:
    """No answer looks the same whether the mail was delivered or not: nobody may guess."""
    rig.plan("DATA-END", **fault)
    with pytest.raises(InDoubtError) as caught:
        await rig.client(timeouts=HASTY).send(rig.mail().message, "admin@keystone.example")
    assert caught.value.code == "SMTP-002"
    assert len(rig.mailbox) == delivered


async def test_a_refused_message_is_known_not_to_be_delivered(rig: Rig) -> None:
    """A definite answer after the mail is no doubt."""
    rig.plan("DATA-END", "error", status=451)
    with pytest.raises(TransientError) as caught:
        await rig.client().send(rig.mail().message, "admin@keystone.example")
    assert (type(caught.value), caught.value.code) == (TransientError, "SMTP-450")


async def test_a_mail_called_off_before_its_last_line_is_not_delivered(rig: Rig) -> None:
    """Whoever lost the mail to another worker can still stop."""

    async def call_off() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await rig.client().send(
            rig.mail().message, "admin@keystone.example", before_handing_over=call_off
        )
    assert rig.commands()[-1] == "DATA"
    assert rig.mailbox == []


async def test_a_mail_called_off_leaves_nothing_in_the_next_ones_way(rig: Rig) -> None:
    """The half mail on the connection goes down with the connection."""

    async def disk_full() -> None:
        raise OperatorError("IO-001", "The store cannot be written")

    async with rig.client() as client:
        with pytest.raises(OperatorError):
            await client.send(
                rig.mail().message, "a@keystone.example", before_handing_over=disk_full
            )
        await client.send(rig.mail().message, "b@keystone.example")
    assert "RSET" not in rig.commands()
    assert [mail.recipients for mail in rig.mailbox] == [("b@keystone.example",)]


async def test_mails_share_a_connection_and_survive_its_end(rig: Rig) -> None:
    """Three recipients, one sign-in; a server that hangs up in between is called again."""
    async with rig.client() as client:
        await client.send(rig.mail().message, "a@keystone.example")
        await client.send(rig.mail().message, "b@keystone.example")
        assert rig.commands().count("AUTH") == 1
        rig.plan("MAIL", "drop")
        await client.send(rig.mail().message, "c@keystone.example")
        assert rig.commands().count("AUTH") == 2
    assert [mail.recipients[0][0] for mail in rig.mailbox] == ["a", "b", "c"]


async def test_a_refused_recipient_leaves_the_connection_to_the_next(rig: Rig) -> None:
    """One wrong address costs nobody else their mail."""
    async with rig.client() as client:
        with pytest.raises(RejectedError):
            await client.send(rig.mail().message, "a@nowhere.invalid")
        await client.send(rig.mail().message, "b@keystone.example")
    assert rig.commands().count("CONNECT") == 1
    assert len(rig.mailbox) == 1


async def test_addresses_in_other_scripts_arrive(rig: Rig) -> None:
    """A domain travels as xn--…, a name before the @ needs a server that can."""
    mail = rig.mail("jörg@bücher.example", recipient_name="Jörg", subject="Grüße")
    await rig.client().send(mail.message, mail.recipient)
    (got,) = rig.mailbox
    assert got.recipients == ("jörg@xn--bcher-kva.example",)
    assert got.content.decode("utf-8").count("jörg@xn--bcher-kva.example") == 1
    rig.world.mail.rules.smtputf8 = False
    with pytest.raises(RejectedError, match="ASCII letters only") as caught:
        await rig.client().send(mail.message, mail.recipient)
    assert caught.value.code == "SMTP-550"


async def test_a_mail_too_large_is_not_even_begun(rig: Rig) -> None:
    """The server announces what it takes."""
    rig.world.mail.rules.max_bytes = 2000
    large = rig.mail(text="x" * 5000).message
    with pytest.raises(RejectedError) as caught:
        await rig.client().send(large, "admin@keystone.example")
    assert caught.value.code == "SMTP-552"
    assert "MAIL" not in rig.commands()


async def test_a_mail_of_some_megabytes_gets_through(rig: Rig) -> None:
    """Charts and call lists make large mails; they leave piece by piece."""
    text = "A line of the call list.\n" * 100_000
    await rig.client().send(rig.mail(text=text).message, "admin@keystone.example")
    body = rig.mailbox[0].message().get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text


@pytest.mark.parametrize("text", ["a\r\n.\r\nMAIL FROM:<x@y>\r\n", "a\n.\nb\n", "a\r.\rb\n", ".\n"])
async def test_no_text_can_end_the_mail_and_begin_another(rig: Rig, text: str) -> None:
    """A dot alone on its line stays text."""
    message = rig.mail().message
    message.set_payload(text)
    await rig.client().send(message, "admin@keystone.example")
    (mail,) = rig.mailbox
    body = mail.content.partition(b"\r\n\r\n")[2].decode()
    assert body.split() == text.split()
    assert rig.commands().count("MAIL") == 1


async def test_a_server_that_repeats_the_password_does_not_leak_it(rig: Rig) -> None:
    """The server's words are shown, the secret is not."""
    rig.plan("AUTH", "error", status=535, body=f"5.7.8 {PASSWORD} is wrong")
    with pytest.raises(OperatorError) as caught:
        await rig.client(CREDENTIALS).check()
    assert PASSWORD not in f"{caught.value} {caught.value.detail}"
    assert "is wrong" in str(caught.value)
