"""Credentials: entered in the console, kept encrypted, and never shown to anybody again."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection
from tests.component.console.credentials.vault_console import (
    HOME,
    RINGCENTRAL,
    ZOHO,
    VaultRig,
)

from switchboard.bootstrap import stored_connections
from switchboard.config.vault import Vault
from switchboard.console.credentials import parts
from switchboard.store import audit, breakers, tokens

DOCUMENT = Path(__file__).parents[4] / "docs/getting-started.md"


def refuse(rig: VaultRig, name: str, code: str) -> str:
    """Let the store know that a vendor did not accept what is kept."""
    known = stored_connections(rig.rig.configuration, Vault.open(rig.root).load())
    until = rig.stage.now() + 30
    document = {"refused": {"code": code, "message": "<b>It said</b> no.", "until": until}}

    def work(conn: Connection) -> None:
        tokens.claim(conn, known[name], "me", until, rig.stage.now())
        tokens.note(conn, known[name], "me", document)

    rig.stage.db.run_sync(work)
    return known[name]


async def test_what_is_missing_is_told_with_where_to_enter_it(rig: VaultRig) -> None:
    """Calls need two connections; chats are not set up, so theirs are not needed."""
    page = await (await rig.ana()).get(f"/console{HOME}")
    assert page.text.count("Missing</span>") == 2
    for name in parts.PARTS:
        assert f'href="/console{HOME}/{name}"' in page.text
    assert "/configuration/email#password" in page.text
    assert not rig.file.exists()


async def test_new_credentials_are_kept_and_never_shown(rig: VaultRig) -> None:
    done = await rig.send("ringcentral", **RINGCENTRAL)
    landed = f"/console{HOME}#ringcentral"  # Where it is tested.
    assert (done.status_code, done.headers["location"]) == (303, landed)
    assert rig.kept() == {"ringcentral": RINGCENTRAL}
    assert stat.S_IMODE(rig.file.stat().st_mode) == 0o600
    ana = await rig.ana()
    for path in (HOME, f"{HOME}/ringcentral"):
        page = (await ana.get(f"/console{path}")).text
        assert "hunter2" not in page
        assert RINGCENTRAL["client_id"] not in page
        assert '<span class="mono">a1b2</span>' in page
        assert "by ana" in page
    entry = rig.stage.db.run_sync(audit.entries)[1]  # Ana has signed in again since.
    assert (entry.action, entry.actor) == ("credentials.change", "console:ana")
    assert json.loads(entry.detail) == {"connection": "RingCentral", "what": "set"}
    assert rig.woken == ["calls", "recordings", "call-backs"]


async def test_what_is_left_empty_stays(rig: VaultRig) -> None:
    rig.keep(ringcentral=RINGCENTRAL, zoho=ZOHO)
    assert (await rig.send("ringcentral", jwt="hunter2-new")).status_code == 303
    assert rig.kept() == {"ringcentral": {**RINGCENTRAL, "jwt": "hunter2-new"}, "zoho": ZOHO}


async def test_a_new_client_begins_anew(rig: VaultRig) -> None:
    """The secret of one client is of no use with another."""
    rig.keep(ringcentral=RINGCENTRAL)
    answer = await rig.send("ringcentral", client_id="another-client")
    assert answer.status_code == 422
    assert "Enter the client secret that belongs to the new client id." in answer.text
    assert rig.kept() == {"ringcentral": RINGCENTRAL}


async def test_zoho_desks_key_is_entered_in_parts(rig: VaultRig) -> None:
    given = {"client_id": "1000.DESKDESKDESK", "client_secret": "hunter2-d"}
    assert (await rig.send("desk", **given)).status_code == 303
    assert rig.kept() == {"desk": {"key": "1000.DESKDESKDESK:hunter2-d"}}
    assert (await rig.send("desk", refresh_token="hunter2-t")).status_code == 303
    assert rig.kept() == {"desk": {"key": "1000.DESKDESKDESK:hunter2-d:hunter2-t"}}
    page = (await (await rig.ana()).get(f"/console{HOME}")).text
    assert "Incomplete" in page  # The ids of organisation and department are not there yet.
    assert "ZOHO_DESK_ORG_ID" in page


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("ringcentral", {}, "client_id"),
        ("ringcentral", {**RINGCENTRAL, "jwt": ""}, "jwt"),
        ("ringcentral", {**RINGCENTRAL, "jwt": "hunter2 with a space"}, "jwt"),
        ("ringcentral", {**RINGCENTRAL, "client_secret": "hunter2\nsecond line"}, "client_secret"),
        ("ringcentral", {**RINGCENTRAL, "client_secret": "hunter2-\u00e9"}, "client_secret"),
        ("ringcentral", {**RINGCENTRAL, "client_secret": "hunter2\x00"}, "client_secret"),
        ("zoho", {**ZOHO, "refresh_token": "hunter2" * 2000}, "refresh_token"),
        ("salesiq", {**ZOHO, "client_id": "-"}, "client_id"),
        ("desk", {"client_id": "c:hunter2:t", "client_secret": "hunter2"}, "client_id"),
        ("desk", {"client_id": "c"}, "client_secret"),
    ],
)
async def test_mistakes_are_told_at_their_fields_and_change_nothing(
    rig: VaultRig, name: str, fields: dict[str, str], field: str
) -> None:
    answer = await rig.send(name, **fields)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert "hunter2" not in answer.text
    assert not rig.file.exists()


async def test_nothing_entered_changes_nothing(rig: VaultRig) -> None:
    rig.keep(ringcentral=RINGCENTRAL)
    answer = await rig.send("ringcentral")
    assert (answer.status_code, "Nothing was entered" in answer.text) == (422, True)


async def test_the_own_password_is_asked_for_and_attempts_are_counted(rig: VaultRig) -> None:
    assert "Enter the password you sign in" in (await rig.send("zoho", password="", **ZOHO)).text
    ana = await rig.ana()
    path = f"{HOME}/zoho"
    said = ""
    for _ in range(12):
        answer = await ana.submit(path, path, **ZOHO, current="wrong")
        assert answer.status_code == 422
        assert "hunter2" not in answer.text
        said = answer.text
        if "Too many attempts" in said:
            break
    assert "Too many attempts" in said
    right = await ana.submit(path, path, **ZOHO, current="three quiet otters")
    assert (right.status_code, "Too many attempts" in right.text) == (422, True)
    assert not rig.file.exists()
    rig.stage.skipped = 3600
    assert (await rig.send("zoho", **ZOHO)).status_code == 303


async def test_a_vault_that_stays_shut_is_explained_and_left_alone(rig: VaultRig) -> None:
    """A wrong key: whatever is in the file may still be rescued with the right one."""
    rig.keep(ringcentral=RINGCENTRAL)
    before = rig.file.read_bytes()
    (rig.root / "data/encryption.key").write_bytes(Fernet.generate_key())
    ana = await rig.ana()
    for path in (HOME, f"{HOME}/zoho"):
        page = (await ana.get(f"/console{path}")).text
        assert "CFG-027" in page
        assert "Nothing can be entered until then" in page
        assert 'name="client_secret"' not in page
    for what in ("", "code"):
        token = await ana.submit("/account", f"{HOME}/zoho{'/' if what else ''}{what}", **ZOHO)
        assert (token.status_code, "CFG-027" in token.text) == (422, True)
    assert rig.file.read_bytes() == before


async def test_a_missing_key_is_not_replaced_while_there_is_a_vault(rig: VaultRig) -> None:
    rig.keep(ringcentral=RINGCENTRAL)
    (rig.root / "data/encryption.key").unlink()
    ana = await rig.ana()
    assert "CFG-026" in (await ana.get(f"/console{HOME}")).text
    answer = await ana.submit("/account", f"{HOME}/zoho", **ZOHO, current="three quiet otters")
    assert answer.status_code == 422
    assert not (rig.root / "data/encryption.key").exists()


async def test_variables_that_cannot_be_understood_are_told(rig: VaultRig) -> None:
    """Which credentials would count is not known then, so none are taken."""
    (rig.root / ".env").write_text("ZOHO_DESK_API_KEY hunter2\n")
    ana = await rig.ana()
    page = (await ana.get(f"/console{HOME}")).text
    assert "CFG-042" in page
    assert "hunter2" not in page
    answer = await ana.submit("/account", f"{HOME}/zoho", **ZOHO, current="three quiet otters")
    assert answer.status_code == 422
    assert not rig.file.exists()


@pytest.mark.parametrize("place", ["process", ".env"])
async def test_what_the_environment_sets_is_said_and_cannot_be_changed(
    rig: VaultRig, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    key = "1000.FROMTHESERVER:hunter2-e"
    if place == "process":
        monkeypatch.setenv("ZOHO_DESK_API_KEY", key)
    else:
        (rig.root / ".env").write_text(f"ZOHO_DESK_API_KEY={key}\n")
    ana = await rig.ana()
    for path in (HOME, f"{HOME}/desk"):
        page = (await ana.get(f"/console{path}")).text
        assert "<code>ZOHO_DESK_API_KEY</code>" in page
        assert "hunter2" not in page
    assert 'name="client_secret"' not in page
    fields = {"client_id": "c", "client_secret": "s", "current": "three quiet otters"}
    assert (await ana.submit("/account", f"{HOME}/desk", **fields)).status_code == 422
    assert not rig.file.exists()


@pytest.mark.parametrize("name", ["ben", "vera"])
async def test_others_see_neither_the_pages_nor_a_way_to_them(rig: VaultRig, name: str) -> None:
    other = await rig.stage.signed_in(name)
    for path in (HOME, f"{HOME}/zoho"):
        assert (await other.get(f"/console{path}")).status_code == 403
    for path in ("", "/code", "/test"):
        assert (await other.submit("/account", f"{HOME}/zoho{path}", **ZOHO)).status_code == 403
    assert (await other.submit("/account", f"{HOME}/salesiq/remove")).status_code == 403
    for path in ("/configuration", "/dashboard", "/dashboard/connections", "/attention"):
        assert f'"/console{HOME}' not in (await other.get(f"/console{path}")).text
    ana = await rig.ana()
    for path in ("/configuration", "/dashboard", "/dashboard/connections", "/attention"):
        assert f'"/console{HOME}"' in (await ana.get(f"/console{path}")).text, path
    assert not rig.file.exists()


async def test_what_does_not_exist_is_not_found(rig: VaultRig) -> None:
    ana = await rig.ana()
    assert (await ana.get(f"/console{HOME}/smtp")).status_code == 404
    for path in ("/nobody", "/ringcentral/code", "/zoho/remove", "/nobody/test"):
        assert (await ana.submit("/account", f"{HOME}{path}")).status_code == 404


async def test_hostile_values_stay_text(rig: VaultRig) -> None:
    hostile = "<img/src=x/onerror=alert(1)>"
    await rig.send("ringcentral", **{**RINGCENTRAL, "client_id": hostile})
    refuse(rig, "ringcentral", "RC-401")
    page = (await (await rig.ana()).get(f"/console{HOME}")).text
    assert hostile not in page
    assert "(1)&gt;" in page
    assert "<b>It said</b>" not in page


async def test_what_was_refused_is_told_and_forgotten_with_new_credentials(rig: VaultRig) -> None:
    """The next try asks the vendor, whatever it said of the old ones."""
    rig.keep(ringcentral=RINGCENTRAL, zoho=ZOHO)
    row = refuse(rig, "zoho", "ZOHO-401")

    def failing(conn: Connection) -> None:
        for vendor in ("zoho_crm", "zoho_accounts"):
            breakers.register(conn, vendor, 60.0)
            breakers.change(conn, vendor, "opened", rig.stage.now())

    rig.stage.db.run_sync(failing)
    page = (await (await rig.ana()).get(f"/console{HOME}")).text
    assert "Refused just now." in page
    assert "ZOHO-401" in page
    assert "What to do:" in page
    assert (await rig.send("zoho", **ZOHO)).status_code == 303  # The same: put right over there.
    assert rig.stage.db.run_sync(lambda conn: tokens.load(conn, row)) is None
    assert set(rig.stage.db.run_sync(breakers.states).values()) == {"closed"}
    assert "ZOHO-401" not in (await (await rig.ana()).get(f"/console{HOME}")).text


async def test_a_refusal_is_told_until_that_connection_is_let_in_again(rig: VaultRig) -> None:
    """That others are let in meanwhile says nothing about it."""
    rig.keep(ringcentral=RINGCENTRAL, zoho=ZOHO)
    refuse(rig, "zoho", "ZOHO-401")
    now = rig.stage.now()

    def others(conn: Connection) -> None:
        tokens.claim(conn, "ringcentral:x", "me", now + 30, now)
        tokens.save(
            conn,
            "ringcentral:x",
            "me",
            ciphertext="",
            expires_at=now + 9,
            document={},
            now=now + 99,
        )

    rig.stage.db.run_sync(others)
    assert "ZOHO-401" in (await (await rig.ana()).get(f"/console{HOME}")).text


async def test_a_connection_that_is_not_needed_can_be_removed(rig: VaultRig) -> None:
    rig.keep(zoho=ZOHO, salesiq=ZOHO)
    wrong = await rig.send("salesiq", "remove", password="wrong")
    assert (wrong.status_code, "not your current password" in wrong.text) == (422, True)
    assert (await rig.send("salesiq", "remove")).status_code == 303
    assert rig.kept() == {"zoho": ZOHO}


async def test_a_disk_that_cannot_be_written_is_told(
    rig: VaultRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.keep(zoho=ZOHO)
    monkeypatch.setattr("pathlib.Path.replace", _full)
    answer = await rig.send("ringcentral", **RINGCENTRAL)
    assert answer.status_code == 422
    assert "IO-001" in answer.text
    assert "hunter2" not in answer.text
    actions = [each.action for each in rig.stage.db.run_sync(audit.entries)]
    assert "credentials.change" not in actions
    assert rig.kept() == {"zoho": ZOHO}


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_scope_shown_is_the_one_of_the_documents() -> None:
    assert ",".join(parts.CRM_SCOPES) in DOCUMENT.read_text("utf-8")


@pytest.mark.parametrize(
    ("accounts", "console"),
    [
        ("https://accounts.zoho.eu", "https://api-console.zoho.eu"),
        ("https://accounts.zohocloud.ca", "https://api-console.zohocloud.ca"),
        ("http://127.0.0.1:8000", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_the_api_console_is_that_of_the_data_centre(accounts: str, console: str) -> None:
    assert parts.api_console(accounts) == console
