"""What the service needs to be reached is judged before a customer finds out."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from switchboard.config.chat_documents import DeskConfig
from switchboard.config.settings import ServerSettings
from switchboard.doctor import desk, service
from switchboard.doctor.salesiq import DoorFacts, judge_door
from switchboard.vendors.zoho_desk.models import DeskAgent, DeskField, DeskStatus

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def a_certificate(path: Path, *, days: float, names: tuple[str, ...]) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat")])
    listed = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=90))
        .not_valid_after(NOW + timedelta(days=days))
    )
    if names:
        made = made.add_extension(listed, critical=False)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("days", "names", "host", "state"),
    [
        (15, ("chat.example.com",), "chat.example.com", "ok"),
        (15, ("*.example.com",), "Chat.example.com", "ok"),
        (15, (), "", "ok"),
        (13, ("chat.example.com",), "chat.example.com", "warning"),
        (-1, ("chat.example.com",), "chat.example.com", "error"),
        (200, ("www.example.com",), "chat.example.com", "error"),
        (200, ("*.example.com",), "a.chat.example.com", "error"),
        (200, (), "chat.example.com", "error"),
    ],
)
def test_a_certificate_is_judged_by_its_time_and_its_names(
    tmp_path: Path, days: float, names: tuple[str, ...], host: str, state: str
) -> None:
    """Two weeks before it ends there is time to renew it."""
    found = service.read_certificate(a_certificate(tmp_path / "c.pem", days=days, names=names))
    assert service.judge_certificate(found, host, NOW).state == state


def test_a_certificate_of_tomorrow_is_told(tmp_path: Path) -> None:
    found = service.read_certificate(a_certificate(tmp_path / "c.pem", days=9, names=()))
    assert service.judge_certificate(found, "", NOW - timedelta(days=91)).code == "DOC-015"


@pytest.fixture(params=['{"status": "alive"}', '{"status": "other"}', "hello"])
def answering(request: pytest.FixtureRequest) -> Iterator[tuple[ServerSettings, bool]]:
    body = request.param.encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield ServerSettings(port=server.server_port), b"alive" in body
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_port_in_use_is_ours_only_if_it_answers_as_we_do(
    answering: tuple[ServerSettings, bool],
) -> None:
    """A service that is running is no trouble; another program in its place is."""
    settings, ours = answering
    found = service.probe(settings, https=False)
    assert found == ("ours" if ours else "taken", "")
    assert service.judge_port(settings, found).state == ("ok" if ours else "error")


def test_an_address_that_is_not_this_machine_s_is_told() -> None:
    settings = ServerSettings(host="192.0.2.1")
    check = service.judge_port(settings, service.probe(settings, https=False))
    assert (check.state, check.code) == ("error", "API-001")


def test_an_address_nobody_else_can_open_is_said() -> None:
    assert service.judge_public_address(ServerSettings()).state == "info"  # type: ignore[union-attr]
    there = service.judge_public_address(ServerSettings(public_url="https://chat.example.com"))
    assert there is not None
    assert there.state == "ok"
    # `config check` warns of this one.
    assert service.judge_public_address(ServerSettings(host="0.0.0.0")) is None


def test_credits_that_run_out_are_told_before_they_have() -> None:
    assert desk.judge_credits(79.0, None).state == "ok"
    assert desk.judge_credits(79.0, 100).state == "ok"
    assert desk.judge_credits(81.0, 100).code == "DESK-429"
    assert [each.code for each in desk.judge_remaining(12)] == ["DESK-429"]
    assert list(desk.judge_remaining(None)) == list(desk.judge_remaining(50_000)) == []


def test_an_agent_of_another_department_gets_no_tickets() -> None:
    agents = {"7": DeskAgent(id="7", name="Ada", status="ACTIVE", department_ids=("2",))}
    assert desk.judge_assignee(agents, "7", "2").state == "ok"
    assert "department 1" in desk.judge_assignee(agents, "7", "1").message
    assert "no agent" in desk.judge_assignee(agents, "8", "1").message
    assert desk.judge_assignee(agents, None, "1").state == "ok"


def test_priorities_the_portal_does_not_list_are_named() -> None:
    text = {f"cf_{name}": DeskField(api_name=f"cf_{name}", type="Text", max_length=255)
            for name in DeskConfig().custom_fields.model_dump()}  # fmt: skip
    fields = text | {"priority": DeskField(api_name="priority", allowed=("High", "Low"))}
    (check,) = desk.judge_fields(fields, DeskConfig())
    assert (check.code, "Medium" in check.message) == ("DOC-014", True)
    (check,) = desk.judge_fields(text, DeskConfig())
    assert check.state == "ok"


def test_a_portal_without_a_closed_status_is_told() -> None:
    assert desk.judge_statuses([DeskStatus(name="Open", type="Open")]).code == "DOC-014"


def test_webhook_and_polling_are_told_apart() -> None:
    assert "webhook/desk" in desk.judge_news(DeskConfig(webhook_id="1"), "https://a").message
    assert "10 minutes" in desk.judge_news(DeskConfig(), "https://a").message


def test_an_answer_that_failed_counts_until_the_next_delivery() -> None:
    failed = DoorFacts(last_delivery=100.0, trouble_at=100.5, trouble="SIQ-446")
    assert [each.code for each in judge_door(failed) if each.code] == ["SIQ-446"]
    later = DoorFacts(last_delivery=200.0, trouble_at=100.5, trouble="SIQ-446")
    assert [each.code for each in judge_door(later) if each.code] == []
