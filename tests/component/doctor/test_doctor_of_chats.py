"""The doctor on an installation that leads chats alone: one thing broken at a time."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from tests.config_files import write

from switchboard.config.vault import Vault, VaultContents
from switchboard.doctor import service
from switchboard.doctor.examine import examine
from switchboard.doctor.results import Examination
from switchboard.flows.chat_to_ticket.door.alarms import TROUBLE
from switchboard.simulators.scenario.configuration import config_documents, credentials
from switchboard.simulators.server import SimulatorServer
from switchboard.store import api_keys, audit
from switchboard.store.database import Database
from switchboard.store.tables import delivery
from switchboard.vendors.credentials import ZohoDeskKey

DESK, SALESIQ = "data/zoho_desk_config.json", "data/salesiq_config.json"
Break = Callable[[Path, SimulatorServer], object]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SWITCHBOARD_", "ZOHO_DESK_")):
            monkeypatch.delenv(name)


@pytest.fixture
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="empty", seed=4, speed=600.0) as running:
        yield running


@pytest.fixture
def home(sim: SimulatorServer, tmp_path: Path) -> Path:
    """Neither extensions nor owners, neither RingCentral nor Zoho CRM."""
    documents = config_documents(sim.world, sim.base_url, 600.0)
    settings = documents["data/settings.json"]
    wanted = {DESK, SALESIQ}
    write(tmp_path, {name: each for name, each in documents.items() if name in wanted})
    write(tmp_path, {"data/settings.json": settings})
    known = credentials()
    contents = {"desk": known["desk"], "salesiq": known["salesiq"]}
    Vault.open(tmp_path, create=True).save(VaultContents.model_validate(contents))
    return tmp_path


def look(home: Path, *, offline: bool = False) -> Examination:
    return asyncio.run(examine(home, offline=offline, limit=20.0))


def bad(found: Examination) -> set[tuple[str, str, str]]:
    return {(each.group, each.name, each.code) for each in found.checks if each.code}


def change(home: Path, file: str, **values: Any) -> None:
    path = home / file
    document = json.loads(path.read_text("utf-8"))
    for name, value in values.items():
        part = document.get(name)
        document[name] = {**part, **value} if isinstance(part, dict) else value
    path.write_text(json.dumps(document), "utf-8")


def store(home: Path, work: Callable[[sa.Connection], object]) -> None:
    db = Database.open(f"sqlite:///{home / 'data/switchboard.db'}")
    try:
        db.run_sync(work)
    finally:
        db.close()


NO_MAIL = ("E-mail", "Server", "DOC-017")


def test_chats_alone_are_well_without_calls(home: Path) -> None:
    """Nobody asks for telephony or a CRM that was never wanted; only mail is missed."""
    found = look(home)
    assert bad(found) == {NO_MAIL}, found.document()
    assert found.exit_code == 0
    groups = {each.group for each in found.checks}
    assert {"Service", "Zoho Desk", "SalesIQ"} <= groups
    assert not {"RingCentral", "Zoho CRM"} & groups
    assert "Schedule" not in {each.name for each in found.checks}
    shown = {f"{each.group} {each.name}": each.message for each in found.checks}
    assert "Keystone Hosting" in shown["Zoho Desk Sign-in"]
    assert "IT Support" in shown["Zoho Desk Departments"]
    assert "Amara Osei" in shown["Zoho Desk Assignee"]


def no_department(home: Path, _: SimulatorServer) -> None:
    change(home, DESK, department_id="4711")


def disabled_department(home: Path, sim: SimulatorServer) -> None:
    department = json.loads((home / DESK).read_text("utf-8"))["department_id"]
    desk = sim.world.desk
    desk.departments[department] = replace(desk.departments[department], enabled=False)


def wrong_mapping(home: Path, _: SimulatorServer) -> None:
    change(home, DESK, departments={"Hosting": "4711"})


def disabled_assignee(home: Path, sim: SimulatorServer) -> None:
    who = next(each for each in sim.world.desk.agents.values() if each.status != "ACTIVE")
    change(home, DESK, default_assignee=who.id)


def no_such_field(home: Path, _: SimulatorServer) -> None:
    change(home, DESK, custom_fields={"workflow_type": "cf_other"})


def short_field(_: Path, sim: SimulatorServer) -> None:
    fields = sim.world.desk.ticket_fields
    fields["cf_salesiq_chat_id"] = replace(fields["cf_salesiq_chat_id"], max_length=5)


def field_of_numbers(_: Path, sim: SimulatorServer) -> None:
    fields = sim.world.desk.ticket_fields
    fields["cf_workflow_type"] = replace(fields["cf_workflow_type"], type="Number")


def other_organisation(home: Path, _: SimulatorServer) -> None:
    change(home, DESK, org_id="1")


def no_scope_to_search(_: Path, sim: SimulatorServer) -> None:
    token = sim.world.accounts.refresh_tokens["sim-desk-refresh"]
    token.scopes = tuple(each for each in token.scopes if each != "Desk.search.READ")


def key_of_another_kind(home: Path, _: SimulatorServer) -> None:
    vault = Vault.open(home)
    key = ZohoDeskKey(key=SecretStr("an-api-key"))
    vault.save(vault.load().model_copy(update={"desk": key}))


def no_key(home: Path, _: SimulatorServer) -> None:
    vault = Vault.open(home)
    vault.save(vault.load().model_copy(update={"desk": None}))


def no_scope_in_salesiq(_: Path, sim: SimulatorServer) -> None:
    sim.world.accounts.refresh_tokens["sim-salesiq-refresh"].scopes = ()


def no_public_key(home: Path, _: SimulatorServer) -> None:
    change(home, SALESIQ, public_keys=[])


def refused_deliveries(home: Path, _: SimulatorServer) -> None:
    def work(conn: sa.Connection) -> None:
        conn.execute(sa.insert(delivery).values(key="a", received_at=1_000.0))
        audit.append(conn, actor="salesiq", action=TROUBLE, subject="SIQ-441", at=2_000.0)

    store(home, work)


BREAKAGES: tuple[tuple[Break, str, str, str, int], ...] = (
    (no_department, "Zoho Desk", "Departments", "DOC-014", 2),
    (disabled_department, "Zoho Desk", "Departments", "DOC-014", 2),
    (wrong_mapping, "Zoho Desk", "Departments", "DOC-014", 2),
    (disabled_assignee, "Zoho Desk", "Assignee", "DOC-014", 0),
    (no_such_field, "Zoho Desk", "Fields", "DOC-014", 0),
    (short_field, "Zoho Desk", "Fields", "DOC-014", 0),
    (field_of_numbers, "Zoho Desk", "Fields", "DOC-014", 0),
    (other_organisation, "Zoho Desk", "Sign-in", "DESK-401", 3),
    (no_scope_to_search, "Zoho Desk", "Permissions", "DESK-403", 3),
    (key_of_another_kind, "Zoho Desk", "Sign-in", "DESK-401", 3),
    (no_key, "Zoho Desk", "Sign-in", "CFG-043", 2),
    (no_scope_in_salesiq, "SalesIQ", "Sign-in", "SIQ-403", 3),
    (no_public_key, "SalesIQ", "Public keys", "SIQ-441", 0),
    (no_public_key, "Service", "API keys", "DOC-016", 0),
    (refused_deliveries, "SalesIQ", "Signature", "SIQ-441", 0),
)


@pytest.mark.parametrize(
    "case", BREAKAGES, ids=[f"{each[0].__name__}-{each[3]}" for each in BREAKAGES]
)
def test_what_is_broken_is_found_and_told_with_its_cure(
    home: Path, sim: SimulatorServer, case: tuple[Break, str, str, str, int]
) -> None:
    breakage, group, name, code, exit_code = case
    breakage(home, sim)
    found = look(home)
    assert (group, name, code) in bad(found), found.document()
    assert found.exit_code == exit_code, found.document()
    assert all(each.advice for each in found.checks if each.code)


def test_offline_the_store_and_the_documents_are_enough(home: Path, sim: SimulatorServer) -> None:
    """Keys, the last delivery and the port are known here; nobody is asked."""

    def work(conn: sa.Connection) -> None:
        conn.execute(sa.insert(delivery).values(key="a", received_at=86_400.0))
        audit.append(conn, actor="salesiq", action=TROUBLE, subject="SIQ-441", at=10.0)
        api_keys.create(conn, "web site", ["chat:write"], 20.0)

    store(home, work)
    found = look(home, offline=True)
    shown = {f"{each.group} {each.name}": each.message for each in found.checks}
    assert bad(found) == set()  # What was taken since shows that the key is right again.
    assert shown["SalesIQ Deliveries"] == "The last one came 1970-01-02 00:00 UTC."
    assert shown["Service API keys"] == "1 key is in force."
    assert sim.world.requests.as_json(None) == []


def test_a_port_somebody_else_has_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        change(home, "data/settings.json", server={"port": taken.getsockname()[1]})
        # Nobody accepts: whoever has the port does not answer as we do.
        found = look(home, offline=True)
    assert ("Service", "Address", "API-001") in bad(found)
    assert found.exit_code == 2


def test_chats_that_are_switched_off_are_left_out(home: Path) -> None:
    change(home, "data/settings.json", chat={"enabled": False})
    assert "Zoho Desk" not in {each.group for each in look(home, offline=True).checks}
