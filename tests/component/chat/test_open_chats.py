"""Chats are opened with what is set up, and say what is not."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr
from tests.config_files import a_company

from switchboard.bootstrap import open_chats, open_session, open_store, public_url
from switchboard.config.chat_documents import DeskConfig, SalesiqConfig
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.settings import ServerSettings
from switchboard.config.vault import Vault, VaultContents
from switchboard.flows.chat_to_ticket.detector import detector as detector_module
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.vendors.credentials import RingCentralCredentials, ZohoCredentials, ZohoDeskKey

A_DETECTOR = cast("Detector", lambda _text: None)
ZOHO = ZohoCredentials(client_id="c", client_secret=SecretStr("s"), refresh_token=SecretStr("r"))
DESK = DeskConfig(org_id="700000001", department_id="1")


@pytest.fixture(autouse=True)
def _no_desk_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "ORG_ID", "DEPARTMENT_ID"):
        monkeypatch.delenv(f"ZOHO_DESK_{name}", raising=False)


def _configuration(root: Path, **documents: Any) -> Configuration:
    return replace(load(a_company(root)), **documents)


def _store(root: Path, **credentials: Any) -> None:
    Vault.open(root, create=True).save(VaultContents(**credentials))


def _open(configuration: Configuration, **more: Any) -> Any:
    async def run() -> Any:
        async with open_chats(configuration, db, detector=A_DETECTOR, **more) as session:
            return session

    with open_store(configuration) as db:
        return asyncio.run(run())


def test_chats_need_neither_telephony_nor_desk(tmp_path: Path) -> None:
    configuration = _configuration(tmp_path)
    _store(tmp_path)
    session = _open(configuration)
    tools = session.tools
    assert (tools.desk, tools.salesiq, tools.can_mail) == (None, None, False)
    assert (session.desk_problem, session.salesiq_problem) == (None, None)
    assert "password_reset" in tools.library.workflows
    assert tools.classify is A_DETECTOR
    assert tools.sealer.unseal("place 1", tools.sealer.seal("place 1", "words")) == "words"


def test_all_that_is_set_up_is_opened(tmp_path: Path) -> None:
    email = {
        "smtp_server": "127.0.0.1",
        "smtp_port": 2525,
        "use_tls": False,
        "sender_email": "help@keystone.example",
        "sender_name": "Help",
        "recipients": [],
    }
    root = a_company(tmp_path, email_config=email)
    configuration = replace(load(root), desk=DESK, salesiq=SalesiqConfig(screen_name="keystone"))
    _store(tmp_path, desk=ZohoDeskKey(key=SecretStr("c:s")), salesiq=ZOHO)
    session = _open(configuration)
    assert session.tools.desk.base_url == "https://desk.zoho.com"
    assert session.tools.salesiq is not None
    assert session.tools.can_mail
    assert session.mail is not None


def test_without_a_vault_nothing_personal_could_be_sealed(tmp_path: Path) -> None:
    configuration = _configuration(tmp_path)
    with pytest.raises(ConfigError) as caught:
        _open(configuration)
    assert caught.value.code == "CFG-025"
    assert "credentials set" in caught.value.hint


def test_a_wrong_key_of_desk_stops_no_chat(tmp_path: Path) -> None:
    """Visitors are served and their tickets wait; the operator is told why."""
    configuration = _configuration(tmp_path, desk=DESK)
    _store(tmp_path, desk=ZohoDeskKey(key=SecretStr("your_key")))
    session = _open(configuration)
    assert session.tools.desk is None
    assert session.desk_problem.code == "DESK-401"


def test_an_unknown_data_centre_of_salesiq_is_told(tmp_path: Path) -> None:
    salesiq = SalesiqConfig(screen_name="keystone", address="https://salesiq.example")
    configuration = _configuration(tmp_path, salesiq=salesiq)
    _store(tmp_path, salesiq=ZOHO)
    session = _open(configuration)
    assert session.tools.salesiq is None
    assert session.salesiq_problem.code == "SIQ-400"


def test_the_detector_learns_off_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds of computing must not keep a visitor of another chat waiting."""
    threads = []

    class Slow:
        def __init__(self, root: Path) -> None:
            threads.append((root, threading.current_thread()))

    monkeypatch.setattr(detector_module, "Detector", Slow)
    configuration = _configuration(tmp_path)
    _store(tmp_path)

    async def run() -> None:
        async with open_chats(configuration, db) as session:
            assert isinstance(session.tools.classify, Slow)

    with open_store(configuration) as db:
        asyncio.run(run())
    [(root, thread)] = threads
    assert root == configuration.root
    assert thread is not threading.main_thread()


def test_calls_and_chats_share_store_and_transport(tmp_path: Path) -> None:
    configuration = _configuration(tmp_path)
    _store(
        tmp_path,
        zoho=ZOHO,
        ringcentral=RingCentralCredentials(
            client_id="c", client_secret=SecretStr("s"), jwt=SecretStr("j")
        ),
    )

    async def run() -> None:
        async with open_chats(configuration, db, detector=A_DETECTOR) as chats:
            async with open_session(configuration, beside=chats) as calls:
                assert calls.transport is chats.transport
                assert calls.tools.db is chats.tools.db
            async with open_chats(
                configuration, db, transport=chats.transport, detector=A_DETECTOR
            ) as again:
                assert again.transport is chats.transport
            await db.run(lambda conn: None)  # Still open: it is the caller's.

    with open_store(configuration) as db:
        asyncio.run(run())


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 8443, "tls_certificate": "c.pem"}, "https://127.0.0.1:8443"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"public_url": "https://chat.keystone.example/"}, "https://chat.keystone.example"),
    ],
)
def test_links_begin_with_the_address_people_reach(server: dict[str, Any], expected: str) -> None:
    assert public_url(ServerSettings(**server)) == expected
