"""The doctor on the simulators: one thing broken at a time, found and named each time."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from switchboard.cli.app import app
from switchboard.config.vault import Vault
from switchboard.doctor import clocks, storage, telephony
from switchboard.doctor.examine import examine
from switchboard.doctor.results import Examination
from switchboard.simulators.core.faults import Fault
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import directory
from switchboard.store.database import Database
from switchboard.store.holders import Holder, this_process
from switchboard.vendors.zoho_crm.models import CrmPerson

SPEED = 600.0
OFFICE = "sorted/philadelphia"
Break = Callable[[Path, SimulatorServer], None]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SWITCHBOARD_"):
            monkeypatch.delenv(name)


@pytest.fixture
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=4, calls=5, speed=SPEED) as running:
        yield running


@pytest.fixture
def home(sim: SimulatorServer, tmp_path: Path) -> Path:
    write_config(sim.world, sim.base_url, tmp_path, speed=SPEED)
    return tmp_path


def look(home: Path, *, offline: bool = False, limit: float = 20.0) -> Examination:
    return asyncio.run(examine(home, offline=offline, limit=limit))


def bad(found: Examination) -> set[tuple[str, str]]:
    return {(each.state, each.code) for each in found.checks if each.code}


def change(home: Path, file: str, edit: Callable[[Any], None]) -> None:
    path = home / file
    document = json.loads(path.read_text("utf-8"))
    edit(document)
    path.write_text(json.dumps(document), "utf-8")


def wrong_extension(home: Path, _: SimulatorServer) -> None:
    change(home, f"{OFFICE}/extensions.json", lambda d: d["extensions"][0].update(id="999"))


def disabled_extension(home: Path, sim: SimulatorServer) -> None:
    listed = json.loads((home / OFFICE / "extensions.json").read_text("utf-8"))["extensions"][0]
    extensions = sim.world.ringcentral.company.extensions
    extensions[listed["id"]] = replace(extensions[listed["id"]], status="Disabled")


def owner_left(home: Path, sim: SimulatorServer) -> None:
    owners = json.loads((home / OFFICE / "lead_owners.json").read_text("utf-8"))["lead_owners"]
    sim.world.crm.users[owners[0]["id"]].status = "inactive"


def foreign_field(home: Path, _: SimulatorServer) -> None:
    change(
        home,
        "data/zoho_field_mappings.json",
        lambda d: d["missed_calls"].update(No_Such_Field="x"),
    )


def no_scope_for_users(_: Path, sim: SimulatorServer) -> None:
    sim.world.accounts.refresh_tokens["sim-zoho-refresh"].scopes = ("ZohoCRM.modules.ALL",)


def revoked_zoho_token(_: Path, sim: SimulatorServer) -> None:
    sim.world.accounts.revoke("sim-zoho-refresh")


def no_app_permission(_: Path, sim: SimulatorServer) -> None:
    sim.world.ringcentral.app_permissions.discard("ReadMessages")


def no_user_permission(_: Path, sim: SimulatorServer) -> None:
    sim.world.ringcentral.user_permissions.clear()


def wrong_jwt(home: Path, _: SimulatorServer) -> None:
    vault = Vault.open(home)
    ringcentral, _zoho = vault.require()
    old = ringcentral.model_copy(update={"jwt": SecretStr("revoked")})
    vault.save(vault.load().model_copy(update={"ringcentral": old}))


def no_credentials(home: Path, _: SimulatorServer) -> None:
    (home / "data" / "credentials.enc").unlink()


def lost_key(home: Path, _: SimulatorServer) -> None:
    (home / "data" / "encryption.key").unlink()


def bad_document(home: Path, _: SimulatorServer) -> None:
    (home / OFFICE / "lead_owners.json").write_text("{", "utf-8")


def open_key(home: Path, _: SimulatorServer) -> None:
    (home / "data" / "encryption.key").chmod(0o644)


def open_logs(home: Path, _: SimulatorServer) -> None:
    (home / "logs").mkdir(mode=0o755)
    (home / "logs").chmod(0o755)


def logs_in_the_way(home: Path, _: SimulatorServer) -> None:
    (home / "logs").write_text("not a directory", "utf-8")


def leftover(home: Path, _: SimulatorServer) -> None:
    folder = home / "data" / "tmp"
    folder.mkdir(mode=0o700)
    dead = Holder(this_process().number, 1.0)
    (folder / f"rec~{dead}~{'0' * 16}.spool").write_bytes(b"noise")


def damaged_store(home: Path, _: SimulatorServer) -> None:
    (home / "data" / "switchboard.db").write_bytes(b"no database" * 500)


def vendor_down(home: Path, _: SimulatorServer) -> None:
    def edit(document: Any) -> None:
        vendors = document["vendors"]
        vendors["ringcentral_base_url"] = "http://127.0.0.1:9/ringcentral"
        vendors["read_attempts"] = 1

    change(home, "data/settings.json", edit)


def no_mail_server(home: Path, _: SimulatorServer) -> None:
    document = {
        "smtp_server": "127.0.0.1",
        "smtp_port": 9,
        "use_tls": False,
        "sender_email": "a@example.com",
        "recipients": [],
    }
    (home / "data" / "email_config.json").write_text(json.dumps(document), "utf-8")


BREAKAGES: tuple[tuple[Break, str, str, int], ...] = (
    (wrong_extension, "error", "DOC-005", 2),
    (disabled_extension, "warning", "DOC-005", 0),
    (owner_left, "warning", "CFG-039", 0),
    (foreign_field, "error", "CFG-035", 2),
    (no_scope_for_users, "error", "ZOHO-401", 3),
    (revoked_zoho_token, "error", "ZOHO-401", 3),
    (wrong_jwt, "error", "RC-401", 3),
    (no_app_permission, "error", "RC-403", 3),
    (no_user_permission, "error", "RC-403", 3),
    (no_credentials, "error", "CFG-025", 2),
    (lost_key, "error", "CFG-026", 2),
    (bad_document, "error", "CFG-003", 2),
    (open_key, "warning", "CFG-019", 0),
    (open_logs, "warning", "DOC-003", 0),
    (logs_in_the_way, "error", "IO-001", 2),
    (leftover, "warning", "DOC-007", 0),
    (damaged_store, "error", "DB-007", 2),
    (vendor_down, "error", "RC-000", 3),
    (no_mail_server, "error", "SMTP-001", 3),
)


def test_a_sound_installation_is_well(home: Path, sim: SimulatorServer) -> None:
    """And the doctor costs the vendors next to nothing: one request of the group Heavy."""
    found = look(home)
    assert bad(found) == set()
    assert found.exit_code == 0
    assert {each.group for each in found.checks} == {
        "Machine", "Configuration", "Store", "Service", "Network", "RingCentral", "Zoho CRM",
        "Zoho Desk", "SalesIQ", "E-mail",
    }  # fmt: skip
    asked = [each["path"] for each in sim.world.requests.as_json("ringcentral")]
    assert sum("call-log" in path for path in asked) == 1


@pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")
@pytest.mark.parametrize("case", BREAKAGES, ids=[each[0].__name__ for each in BREAKAGES])
def test_what_is_broken_is_found(
    home: Path, sim: SimulatorServer, case: tuple[Break, str, str, int]
) -> None:
    breakage, state, code, exit_code = case
    breakage(home, sim)
    found = look(home)
    assert (state, code) in bad(found), found.document()
    assert found.exit_code == exit_code
    assert all(each.advice for each in found.checks if each.code)


def test_offline_asks_nobody(home: Path, sim: SimulatorServer) -> None:
    found = look(home, offline=True)
    assert {each.group for each in found.checks} == {
        "Machine", "Configuration", "Store", "Service", "Zoho Desk", "SalesIQ"
    }  # fmt: skip
    assert sim.world.requests.as_json(None) == []


def test_offline_changes_nothing(home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    look(home, offline=True)
    after = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    assert after == before


def test_one_cause_is_one_error(home: Path, sim: SimulatorServer) -> None:
    """Without credentials nobody can be asked; that is said, but not counted again."""
    no_credentials(home, sim)
    found = look(home)
    assert found.count("error") == 1
    assert "CFG-025 has to be mended first" in " ".join(each.message for each in found.checks)


def test_a_clock_that_is_wrong_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clocks.skew_of
    monkeypatch.setattr(clocks, "skew_of", lambda date, now: (real(date, now) or 0.0) + 300)
    assert ("warning", "DOC-004") in bad(look(home))


def test_a_vendor_that_never_answers_does_not_hold_the_doctor_up(
    home: Path, sim: SimulatorServer
) -> None:
    """Everything asked has one time limit; the other checks are still told."""
    sim.world.faults.add(Fault(match="/extension", kind="timeout", times=9))
    found = look(home, limit=4.0)
    assert ("error", "DOC-009") in bad(found)
    assert any(each.group == "Zoho CRM" and each.state == "ok" for each in found.checks)


def test_a_check_that_crashes_is_a_line_among_the_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("lead of +12155550100")

    monkeypatch.setattr(telephony, "judge_extensions", crash)
    monkeypatch.setattr(storage, "database_url", crash)
    found = look(home)
    assert found.count("error") == 2
    assert bad(found) == {("error", "SB-000")}
    assert "2155550100" not in json.dumps(found.document())


def test_notes_and_attachments_are_tried_once_somebody_is_known(
    home: Path, sim: SimulatorServer
) -> None:
    lead = sim.world.crm.add_record("Leads", {"Last_Name": "Okafor"})
    person = CrmPerson(module="Leads", id=lead)
    db = Database.open(f"sqlite:///{home / 'data' / 'switchboard.db'}")
    try:
        db.run_sync(lambda conn: directory.put(conn, [person], lambda _: None))
    finally:
        db.close()
    shown = " ".join(each.message for each in look(home).checks)
    assert "Leads, Contacts, Notes, Attachments can be read" in shown


def test_an_old_journal_mode_is_seen(home: Path) -> None:
    store = home / "data" / "switchboard.db"
    Database.open(f"sqlite:///{store}").close()
    copy = home / "copy.db"
    shutil.copy(store, copy)
    conn = sqlite3.connect(copy)
    conn.execute("PRAGMA journal_mode = DELETE")
    conn.close()
    facts = storage._of_sqlite(copy)
    assert (facts["journal"], facts["quick_check"]) == ("delete", "ok")


def test_the_command_says_what_to_do_and_sums_up(home: Path) -> None:
    wrong_extension(home, None)  # type: ignore[arg-type]  # It needs no simulator.
    result = CliRunner().invoke(app, ["doctor", "--config-dir", str(home)])
    assert result.exit_code == 2
    assert "DOC-005" in result.stdout
    assert "does not exist in RingCentral" in result.stdout
    assert "→ Correct extensions.json" in result.stdout
    assert "0 warnings, 1 error." in result.stdout
    assert "switchboard explain CODE" in result.stdout


def test_json_is_one_document(home: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--offline", "--json", "--config-dir", str(home)])
    found = json.loads(result.stdout)
    assert found["exit_code"] == result.exit_code == 0
    assert {"group", "name", "state", "message", "advice", "code"} == set(found["checks"][0])


def test_a_directory_that_is_none_is_told(tmp_path: Path) -> None:
    found = look(tmp_path / "nowhere")
    assert ("error", "CFG-001") in bad(found)
    assert found.exit_code == 2
