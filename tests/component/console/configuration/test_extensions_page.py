"""Extensions: those of the documents beside RingCentral's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.component.console.configuration.configuration_rig import (
    Rig,
    configured,
    confirm,
    sent,
)

from switchboard.console.configuration import account
from switchboard.errors import OperatorError
from switchboard.vendors.ringcentral.models import Extension

PHILADELPHIA = "sorted/philadelphia/extensions.json"
MISSING = ["777", "778"]
HOSTILE = "<img src=x onerror=alert(1)>"
REAL = [
    Extension(id="101", extension_number="1001", name="Reception", type="Department"),
    Extension(id="201", extension_number="2009", name="Jon Smith", status="Disabled"),
    Extension(id="777", extension_number="7001", name=HOSTILE),
    Extension(id="778", extension_number="7002", name="Main Menu", type="IvrMenu"),
]


@dataclass
class Telephony:
    """RingCentral, as far as these tests need it."""

    extensions: list[Extension]
    error: Exception | None = None
    hangs: bool = False
    asked: int = 0

    async def read_extensions(self) -> tuple[Extension, ...]:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.error is not None:
            raise self.error
        return tuple(self.extensions)


@pytest.fixture
def telephony(monkeypatch: pytest.MonkeyPatch) -> Telephony:
    made = Telephony(list(REAL))

    @asynccontextmanager
    async def session(_: Any) -> AsyncIterator[Any]:
        yield SimpleNamespace(tools=SimpleNamespace(ringcentral=made))

    monkeypatch.setattr(account, "open_session", session)
    return made


@pytest.fixture
async def rig(tmp_path: Path, telephony: Telephony) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as made:
        yield made


async def changed(rig: Rig, path: str, /, **fields: Any) -> Any:
    ana = await rig.stage.signed_in()
    return ana, await sent(ana, "/extensions", f"/extensions/{path}", **fields)


async def test_documents_and_ringcentral_are_compared(rig: Rig, telephony: Telephony) -> None:
    """Changed names and numbers, what is gone there, and what no office lists."""
    vera = await rig.stage.signed_in("vera")
    text = (await vera.get("/console/configuration/extensions")).text
    assert "RingCentral calls it Jon Smith" in text
    assert "Its number is 2009 now" in text
    assert "Switched off at RingCentral" in text
    assert "Not at RingCentral" in text  # 301 of Pittsburgh.
    assert "Only at RingCentral" in text
    assert HOSTILE not in text
    assert "&lt;img src=x" in text
    await vera.get("/console/configuration/extensions?show=different")
    assert telephony.asked == 1  # Not with every look.
    await vera.get("/console/configuration/extensions?again=1")
    assert telephony.asked == 1  # A viewer causes no requests.
    await (await rig.stage.signed_in("ben")).get("/console/configuration/extensions?again=1")
    assert telephony.asked == 2


async def test_filters_are_kept_in_the_address(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    page = await vera.get("/console/configuration/extensions?office=philadelphia&words=recep")
    assert "1 extension<" in page.text
    assert "John Smith" not in page.text
    nothing = await vera.get("/console/configuration/extensions?words=nobody")
    assert "Nothing matches" in nothing.text
    beyond = await vera.get("/console/configuration/extensions?page=99")
    assert beyond.status_code == 200


@pytest.mark.parametrize("failure", ["refused", "hangs"])
async def test_the_page_works_without_ringcentral(
    rig: Rig, telephony: Telephony, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why nothing is compared, and waits no longer than a few seconds."""
    monkeypatch.setattr(account, "PATIENCE_SECONDS", 0.05)
    telephony.hangs = failure == "hangs"
    telephony.error = OperatorError("RC-401", "The credentials are refused.")
    text = (await (await rig.stage.signed_in()).get("/console/configuration/extensions")).text
    assert "RingCentral could not be asked" in text
    assert ("did not answer" if failure == "hangs" else "RC-401") in text
    assert "John Smith" in text
    ana, review = await changed(rig, "change", action="ignore", extension="philadelphia:201")
    await confirm(ana, review)
    assert not rig.value(PHILADELPHIA)["extensions"][1]["process_calls"]


async def test_missing_ones_are_added_to_an_office(rig: Rig) -> None:
    ana, review = await changed(
        rig, "add", office="pittsburgh", extension=["777", "778"], processed="1"
    )
    assert review.status_code == 200
    await confirm(ana, review)
    added = rig.configuration.office("pittsburgh").extensions[-2:]
    assert [(each.id, each.number, each.process_calls) for each in added] == [
        ("777", "7001", True), ("778", "7002", True)
    ]  # fmt: skip
    page = await ana.get("/console/configuration/extensions")
    assert "No office lists them" not in page.text


async def test_a_new_office_takes_the_extensions_that_are_free(rig: Rig) -> None:
    """Nobody has to know RingCentral's ids: what no office lists is there to be ticked."""
    ana = await rig.stage.signed_in()
    path = "/configuration/offices/new"
    page = (await ana.get(f"/console{path}")).text
    assert re.findall(r'name="picked" value="(\d+)"', page) == ["777", "778"]
    assert HOSTILE not in page
    fields = {"name": "Erie", "like": "pittsburgh"}
    none = await sent(ana, "/offices/new", "/offices/new", **fields)
    assert (none.status_code, 'href="#f-extension_id"' in none.text) == (422, True)
    failed = await sent(
        ana, "/offices/new", "/offices/new", **fields, zone="Mars/Base", picked=["778"]
    )
    assert re.findall(r'value="(\d+)" checked', failed.text) == ["778"]  # Ticks survive mistakes.
    await confirm(
        ana, await sent(ana, "/offices/new", "/offices/new", **fields, picked=["777", "778"])
    )
    listed = rig.configuration.office("erie").extensions
    assert [(each.id, each.number, each.process_calls) for each in listed] == [
        ("777", "7001", True), ("778", "7002", True)
    ]  # fmt: skip


async def test_names_are_taken_over_from_ringcentral(rig: Rig) -> None:
    ana, review = await changed(rig, "change", action="adopt", extension="philadelphia:201")
    await confirm(ana, review)
    entry = rig.value(PHILADELPHIA)["extensions"][1]
    assert (entry["name"], entry["number"], entry["process_calls"]) == ("Jon Smith", "2009", True)


async def test_several_offices_are_changed_at_once(rig: Rig) -> None:
    keys = ["philadelphia:201", "pittsburgh:301"]
    ana, review = await changed(rig, "change", action="ignore", extension=keys)
    assert review.status_code == 422  # Pittsburgh would have none left.
    assert "CFG-013" in review.text
    ana, review = await changed(rig, "change", action="remove", extension="philadelphia:201")
    await confirm(ana, review)
    assert [each["id"] for each in rig.value(PHILADELPHIA)["extensions"]] == ["101"]


async def test_one_is_added_by_hand(rig: Rig) -> None:
    ana, short = await changed(rig, "new", office="pittsburgh", id="", name="X")
    assert short.status_code == 422
    assert 'href="#f-id"' in short.text
    ana, taken = await changed(rig, "new", office="pittsburgh", id="101", name="X", processed="1")
    assert taken.status_code == 422
    assert "also an extension of philadelphia" in taken.text
    ana, review = await changed(rig, "new", office="pittsburgh", id="555", name="Zoë", number="5")
    await confirm(ana, review)
    assert rig.configuration.office("pittsburgh").extensions[-1].name == "Zoë"
    assert not rig.configuration.office("pittsburgh").extensions[-1].process_calls


async def test_a_form_without_a_tick_or_with_nonsense_changes_nothing(rig: Rig) -> None:
    before = rig.text(PHILADELPHIA)
    _, nothing = await changed(rig, "change", action="remove")
    assert nothing.status_code == 303
    _, nonsense = await changed(rig, "change", action="explode", extension="philadelphia:201")
    assert nonsense.status_code == 422
    _, elsewhere = await changed(rig, "change", action="remove", extension="../x:1")
    assert elsewhere.status_code >= 400
    assert rig.text(PHILADELPHIA) == before
