"""The vendors are asked: tests of a connection, codes of Zoho, and silence."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.component.console.credentials.vault_console import (
    HOME,
    RINGCENTRAL,
    ZOHO,
    VaultRig,
    vault_console,
)
from tests.console_stage import PASSWORD

from switchboard import logs
from switchboard.console.credentials import asking, keeping
from switchboard.doctor.connection_checks import ConnectionCheck
from switchboard.errors import OperatorError
from switchboard.simulators.scenario import write_config
from switchboard.simulators.scenario.configuration import credentials
from switchboard.simulators.server import SimulatorServer
from switchboard.store import audit
from switchboard.vendors.credentials import ZohoCredentials

SPEED = 60.0  # The vendors' minutes last a second.
CODE = {"client_id": "1000.PUBLICZOHOC3D4", "client_secret": "hunter2-zs", "code": "hunter2-code"}


@pytest.fixture(scope="module")
def simulators() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="settled", calls=1, speed=SPEED) as running:
        yield running


@pytest.fixture
async def company(tmp_path: Path, simulators: SimulatorServer) -> AsyncIterator[VaultRig]:
    """A company whose vendors answer, on the store of its console."""
    root = tmp_path / "company"
    write_config(simulators.world, simulators.base_url, root, speed=SPEED)
    settings = root / "data/settings.json"
    document = json.loads(settings.read_text("utf-8"))
    document["database_url"] = f"sqlite:///{tmp_path / 'console.db'}"
    settings.write_text(json.dumps(document), "utf-8")
    async with vault_console(tmp_path, root) as made:
        yield made


async def answer_to(rig: VaultRig, name: str) -> str:
    ana = await rig.ana()
    answer = await ana.submit(HOME, f"{HOME}/{name}/test")
    assert answer.status_code == 200
    return answer.text


async def test_wrong_credentials_are_refused_and_right_ones_work_at_once(
    company: VaultRig,
) -> None:
    """The refusal of before keeps nobody from the next try."""
    right = credentials()["zoho"]
    await (await company.ana()).get("/console/dashboard/connections")
    assert "Connected to the organisation" in await answer_to(company, "zoho")
    await company.send("zoho", client_secret="hunter2-wrong")
    said = await answer_to(company, "zoho")
    assert "It does not work." in said
    assert "ZOHO-401" in said
    assert "What to do:" in said
    page = (await (await company.ana()).get(f"/console{HOME}")).text
    assert "Refused just now." in page
    connections = (await (await company.ana()).get("/console/dashboard/connections")).text
    assert "Sign in again" in connections
    assert f'href="/console{HOME}"' in connections
    assert (await company.send("zoho", client_secret=right["client_secret"])).status_code == 303
    assert "It works." in await answer_to(company, "zoho")


async def test_every_connection_can_be_tested(company: VaultRig) -> None:
    answers = {name: await answer_to(company, name) for name in ("ringcentral", "desk", "salesiq")}
    assert "Connected to the account" in answers["ringcentral"]
    assert "tickets go to the department" in answers["desk"]
    assert "Departments there" in answers["desk"]
    assert "Connected to the portal" in answers["salesiq"]


@pytest.mark.parametrize("name", ["zoho", "desk", "salesiq"])
async def test_a_code_becomes_credentials(
    company: VaultRig, simulators: SimulatorServer, name: str
) -> None:
    known = credentials()["zoho"]
    code = f"1000.code.{name}"
    simulators.world.accounts.add_code(code, known["client_id"])
    given = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    before = company.kept()[name]
    done = await company.send(name, "code", **given, code=code)
    assert done.status_code == 303, done.text
    assert company.kept()[name] != before
    entry = next(
        each
        for each in company.stage.db.run_sync(audit.entries)
        if each.action == "credentials.change"
    )
    assert json.loads(entry.detail)["what"] == "code exchanged"
    again = await company.send(name, "code", **given, code=f"{code}.other")
    assert (again.status_code, "ZOHO-401" in again.text) == (422, True)
    assert f"{code}.other" not in again.text


async def test_a_form_sent_twice_uses_its_code_once(
    rig: VaultRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody presses the button twice: the code would be worth nothing the second time."""
    asked: list[Any] = []

    async def redeem(*_: object, **sent: str) -> ZohoCredentials:
        asked.append(sent)
        return ZohoCredentials.model_validate(ZOHO)

    monkeypatch.setattr(asking, "redeem_zoho_code", redeem)
    both = await asyncio.gather(*(rig.send("zoho", "code", **CODE) for _ in range(2)))
    assert [each.status_code for each in both] == [303, 303]
    assert asked == [CODE]
    assert rig.kept() == {"zoho": ZOHO}
    rig.keep(zoho=ZOHO)
    await rig.send("zoho", "code", code="hunter2-next")  # The client that is kept already.
    assert asked[1] == {**CODE, "code": "hunter2-next"}


async def test_a_refused_code_changes_nothing(
    rig: VaultRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def redeem(*_: object, **__: str) -> ZohoCredentials:
        raise OperatorError("ZOHO-401", "Zoho said <b>invalid_code</b>.")

    monkeypatch.setattr(asking, "redeem_zoho_code", redeem)
    answer = await rig.send("zoho", "code", **CODE)
    assert answer.status_code == 422
    assert "Zoho said &lt;b&gt;invalid_code" in answer.text
    assert "ZOHO-401" in answer.text
    assert "hunter2" not in answer.text
    assert not rig.file.exists()
    wrong = await rig.send("zoho", "code", password="wrong", **CODE)
    assert 'id="f-code-current-error"' in wrong.text
    assert "hunter2" not in wrong.text


async def test_silence_ends_after_a_while(rig: VaultRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object, **__: str) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(asking, "redeem_zoho_code", silent)
    monkeypatch.setattr(asking, "check_connection", silent)
    rig.stage.console.state.credentials.limit = 0.05
    answer = await rig.send("zoho", "code", **CODE)
    assert "Zoho did not answer within 0.05 seconds." in answer.text
    assert not (rig.file.exists())
    rig.keep(ringcentral=RINGCENTRAL)
    assert "RingCentral did not answer" in await answer_to(rig, "ringcentral")


async def test_what_a_vendor_says_stays_text(
    rig: VaultRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(*_: object) -> ConnectionCheck:
        rows = [{"id": "<i>1</i>", "name": "<b>n</b>", "enabled": True, "in": ["<u>", "b"]}]
        said = "<script>alert(1)</script> `x`"
        lists: dict[str, list[dict[str, Any]]] = {"departments": rows, "agents": []}
        return ConnectionCheck("Zoho Desk", ok=False, message=said, code="DESK-404", lists=lists)

    monkeypatch.setattr(asking, "check_connection", check)
    rig.keep(desk={"key": "c:s"})
    page = await answer_to(rig, "desk")
    assert "<script>alert" not in page
    assert not any(tag in page for tag in ("<i>1", "<b>n<", "<u>"))


@dataclass
class Spoken:
    """Whatever is written while a test works: logs in files, standard output, Python's own."""

    patch: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]
    records: pytest.LogCaptureFixture

    @contextmanager
    def recorded(self, folder: Path) -> Iterator[None]:
        self.records.set_level(logging.DEBUG)
        everything = logs.files_for("all", several_offices=True)
        logs.configure(folder, files=everything, debug=True)
        try:
            yield
        finally:
            logs.configure(console=False)

    @property
    def text(self) -> str:
        return "".join(self.output.readouterr()) + self.records.text


@pytest.fixture
def spoken(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Spoken:
    return Spoken(monkeypatch, capsys, caplog)


async def test_secrets_are_nowhere_but_in_the_vault(
    company: VaultRig, simulators: SimulatorServer, tmp_path: Path, spoken: Spoken
) -> None:
    """Not in pages, addresses, cookies, notices, the trail, the logs or the database."""
    seen: list[httpx.Response] = []
    with spoken.recorded(tmp_path / "logs"):
        seen.append(await company.send("ringcentral", **RINGCENTRAL))
        seen.append(await company.send("zoho", **ZOHO))
        seen.append(await company.send("zoho", password="hunter2-wrong", **ZOHO))
        seen.append(await company.send("zoho", **{**ZOHO, "client_secret": "hunter2 spaced"}))
        seen.append(await company.send("zoho", "code", **CODE))
        seen.append(await company.send("salesiq", **ZOHO))
        seen.append(await company.send("desk", client_id="c", client_secret="hunter2-d"))
        known = credentials()["zoho"]
        simulators.world.accounts.add_code("hunter2-good", known["client_id"])
        given = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
        seen.append(await company.send("zoho", "code", **given, code="hunter2-good"))
        ana = await company.ana(crash=False)
        for name in ("ringcentral", "zoho", "desk", "salesiq"):
            seen.append(await ana.submit(HOME, f"{HOME}/{name}/test"))
            seen.append(await ana.get(f"/console{HOME}/{name}"))
        spoken.patch.setattr(keeping, "merged", _broken)
        path, fields = f"{HOME}/ringcentral", {**RINGCENTRAL, "current": PASSWORD}
        seen.append(await ana.submit(path, path, **fields))
        seen.append(await ana.get("/console/audit"))
        seen.append(await ana.get("/console/dashboard"))
    assert {each.status_code for each in seen} == {200, 303, 422, 500}
    sources = {
        "answers": b"".join(_whole(each) for each in seen),
        "output": spoken.text.encode(),
        **{str(path): path.read_bytes() for path in _files(tmp_path)},
    }
    secrets = (b"hunter2", PASSWORD.encode(), known["client_secret"].encode())
    del sources[str(company.root / "data/encryption.key")]
    assert [name for name in sources if name.endswith(".log")]
    assert any("console.db" in name for name in sources)
    found = [(name, each) for name, text in sources.items() for each in secrets if each in text]
    assert found == []


def _whole(answer: httpx.Response) -> bytes:
    headers = b"\n".join(b"%s: %s" % pair for pair in answer.headers.raw)
    return str(answer.url).encode() + headers + answer.content


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _broken(*_: object) -> None:
    raise RuntimeError("A mistake of ours.")
