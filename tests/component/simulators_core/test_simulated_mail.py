"""The simulated mail server keeps its rules, shares faults and log, and shows its mailbox."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import make_msgid

import httpx
import pytest

from switchboard.simulators.mail.state import PASSWORD, USERNAME
from switchboard.simulators.server import SimulatorServer

PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="settled", calls=1, speed=60) as running:
        yield running


@pytest.fixture
def door(server: SimulatorServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.base_url}/_sim") as client:
        client.post("/reset", json={})
        yield client


def signed_in(server: SimulatorServer) -> smtplib.SMTP:
    """Speak to it with the standard library: a client that is none of ours."""
    door = server.world.mail.door
    assert door is not None
    client = smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10)
    client.starttls(context=ssl.create_default_context(cadata=door.ca_pem))
    client.login(USERNAME, PASSWORD)
    return client


def a_mail(to: str = "admin@keystone.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@keystone.example", to, "Grüße <b>"
    message["Message-ID"] = make_msgid(domain="keystone.example")
    message.set_content("Plain text\n")
    message.add_alternative('<p>Look: <img src="cid:chart"></p>', subtype="html")
    html = message.get_body(("html",))
    assert html is not None
    html.add_related(PICTURE, "image", "png", cid="<chart>", filename="chart.png")
    return message


def test_another_programs_mail_can_be_read_back(
    server: SimulatorServer, door: httpx.Client
) -> None:
    """State, list, rendering and source all show the mail that was sent."""
    with signed_in(server) as client:
        client.send_message(a_mail())
    (mail,) = door.get("/state/mail/messages").json()
    assert (mail["to"], mail["subject"]) == (["admin@keystone.example"], "Grüße <b>")
    assert mail["text"].strip() == "Plain text"
    (chart,) = mail["attachments"]
    assert (chart["name"], chart["cid"], chart["size"]) == ("chart.png", "chart", len(PICTURE))
    assert (mail["tls"], mail["user"]) == (True, USERNAME)
    assert "Grüße &lt;b&gt;" in door.get("/mail").text
    page = door.get("/mail/1")
    assert 'src="data:image/png;base64,' in page.text
    assert page.headers["content-security-policy"].startswith("sandbox;")
    assert door.get("/mail/1.eml").text == mail["raw"]
    assert door.get("/mail/2").status_code == 404
    door.post("/reset", json={})
    assert door.get("/state/mail/messages").json() == []


def test_mail_needs_encryption_sign_in_and_the_right_password(server: SimulatorServer) -> None:
    """It is no open relay."""
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.mail("us@keystone.example")[0] == 530
    with signed_in(server) as client:
        assert client.mail("us@keystone.example")[0] == 250
    with pytest.raises(smtplib.SMTPAuthenticationError), signed_in_with(server, "wrong"):
        pass


def signed_in_with(server: SimulatorServer, password: str) -> smtplib.SMTP:
    door = server.world.mail.door
    assert door is not None
    client = smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10)
    try:
        client.starttls(context=ssl.create_default_context(cadata=door.ca_pem))
        client.login(USERNAME, password)
    except BaseException:
        client.close()
        raise
    return client


def test_rules_are_kept_until_the_reset(server: SimulatorServer, door: httpx.Client) -> None:
    """Unknown domains, single addresses, sizes and greylisting."""
    rules = {"refused_addresses": ["gone@keystone.example"], "max_bytes": 5000, "greylist": True}
    assert door.post("/mail/rules", json=rules).json()["max_bytes"] == 5000
    with signed_in(server) as client:
        assert client.esmtp_features["size"] == "5000"
        client.mail("us@keystone.example")
        assert client.rcpt("a@nowhere.invalid") == (550, b"5.1.2 Bad destination system address")
        assert client.rcpt("gone@keystone.example")[0] == 550
        assert client.rcpt("a@keystone.example")[0] == 450
        assert client.rcpt("a@keystone.example")[0] == 450
        door.post("/clock", json={"advance_s": 61})
        assert client.rcpt("a@keystone.example")[0] == 250
        assert client.data("x" * 990 + "\r\n" + "y" * 990 + "\r\n" * 3000)[0] == 552
    assert door.post("/mail/rules", json={"nonsense": 1}).status_code == 400
    assert door.post("/mail/rules", json={"max_bytes": "many"}).status_code == 400
    door.post("/reset", json={})
    assert door.get("/mail/rules").json()["greylist"] is False


def test_faults_and_the_request_log_are_those_of_all_vendors(
    server: SimulatorServer, door: httpx.Client
) -> None:
    """One plan, one log; passwords are not in it."""
    fault = {"vendor": "mail", "match": "RCPT a@", "kind": "error", "status": 451}
    door.post("/faults", json=fault)
    with signed_in(server) as client:
        client.mail("us@keystone.example")
        assert client.rcpt("b@keystone.example")[0] == 250
        assert client.rcpt("a@keystone.example")[0] == 451
        assert client.rcpt("a@keystone.example")[0] == 250
    rows = door.get("/requests", params={"vendor": "mail"}).json()
    lines = [(row["method"], row["path"], row["status"], row["fault"]) for row in rows]
    assert ("RCPT", "a@keystone.example", 451, "error") in lines
    assert next(line for line in lines if line[0] == "AUTH")[2] == 235
    assert PASSWORD not in str(rows)
