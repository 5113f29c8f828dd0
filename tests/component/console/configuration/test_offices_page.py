"""Offices: their order, names and zones; new ones and old ones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.console.configuration.configuration_rig import (
    Rig,
    configured,
    confirm,
    sent,
)
from tests.config_files import a_company

OFFICES = "sorted/data/offices.json"
_SEEN = re.compile(r'name="seen" value="(\w+)"')


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as made:
        yield made


def shown_order(page: str) -> list[str]:
    found = re.search(r'name="order" value="([^"]*)"', page)
    assert found
    return found[1].split(",")


async def test_offices_are_moved_and_the_order_saved(rig: Rig) -> None:
    """Moving saves nothing by itself: the list says so until Save."""
    ana = await rig.stage.signed_in()
    page = await ana.get("/console/configuration/offices")
    assert shown_order(page.text) == ["pittsburgh", "philadelphia"]
    assert "Not saved yet" not in page.text
    moved = await sent(
        *(ana, "/offices", "/offices/order"),
        order="pittsburgh,philadelphia",
        action="down:pittsburgh",
    )
    assert shown_order(moved.text) == ["philadelphia", "pittsburgh"]
    assert "Not saved yet" in moved.text
    review = await sent(
        ana, "/offices", "/offices/order", order="philadelphia,pittsburgh,nosuch", action="save",
    )  # fmt: skip
    await confirm(ana, review)
    assert [each.id for each in rig.configuration.offices] == ["philadelphia", "pittsburgh"]
    assert "nosuch" not in rig.value(OFFICES)["offices"]


async def test_an_office_is_renamed_and_keeps_the_rest_of_the_document(rig: Rig) -> None:
    by_hand = rig.text(OFFICES).replace('"offices": {', '"_comment": "mine",\n  "offices": {', 1)
    rig.write(OFFICES, by_hand)
    ana = await rig.stage.signed_in()
    page = await ana.get("/console/configuration/offices/pittsburgh")
    assert "<optgroup label=" in page.text
    review = await ana.submit(
        "/configuration/offices/pittsburgh",
        seen=_SEEN.findall(page.text)[0], name="Steel City", zone="Europe/Vienna", region="AT",
    )  # fmt: skip
    assert (await confirm(ana, review)).status_code == 303
    office = rig.configuration.office("pittsburgh")
    assert (office.name, office.timezone, office.region) == ("Steel City", "Europe/Vienna", "AT")
    assert rig.value(OFFICES)["_comment"] == "mine"
    before, after = by_hand.splitlines(), rig.text(OFFICES).splitlines()
    assert len([line for line in before if line not in after]) <= 3


@pytest.mark.parametrize(
    ("fields", "wrong", "words"),
    [
        ({"name": ""}, "name", "Give the office a name."),
        ({"name": "Philadelphia Office"}, "name", "Another office is called"),
        ({"name": "X", "zone": "Mars/Base"}, "zone", "The time zone"),
        ({"name": "X", "region": "ZZ"}, "region", "The phone region"),
    ],
)
async def test_mistakes_are_told_at_their_fields(
    rig: Rig, fields: dict[str, str], wrong: str, words: str
) -> None:
    """What was entered stays in the form; the summary leads to the field."""
    before, ana = rig.text(OFFICES), await rig.stage.signed_in()
    page = await ana.get("/console/configuration/offices/pittsburgh")
    seen = _SEEN.findall(page.text)[0]
    answer = await ana.submit("/configuration/offices/pittsburgh", seen=seen, **fields)
    assert answer.status_code == 422
    assert f'href="#f-{wrong}"' in answer.text
    assert words in answer.text
    assert f'id="f-{wrong}-error"' in answer.text
    assert rig.text(OFFICES) == before


async def test_an_office_is_added_with_all_it_needs(rig: Rig) -> None:
    """An extension of its own, and the owners and rules of another office to begin with."""
    ana = await rig.stage.signed_in()
    page = await ana.get("/console/configuration/offices/new")
    seen = _SEEN.findall(page.text)[0]
    fields = {"seen": seen, "name": "San Juan #2", "like": "pittsburgh", "zone": "", "region": ""}
    short = await ana.submit("/configuration/offices/new", **fields)
    assert short.status_code == 422
    assert 'href="#f-extension_id"' in short.text
    taken = await ana.submit("/configuration/offices/new", **fields, extension_id="101")
    assert taken.status_code == 422
    assert "extension of philadelphia" in taken.text
    review = await ana.submit(
        "/configuration/offices/new", **fields, extension_id="901", extension_number="9001"
    )
    await confirm(ana, review)
    office = rig.configuration.office("san-juan-2")
    assert [each.id for each in rig.configuration.offices][-1] == "san-juan-2"
    assert [each.number for each in office.processed_extensions] == ["9001"]
    assert office.owners == rig.configuration.office("pittsburgh").owners
    assert "processing_order" in rig.value(OFFICES)["offices"]["san-juan-2"]


@pytest.mark.parametrize("office", ["data", "../x", "a b", "Pittsburgh"])
async def test_an_id_that_cannot_name_a_folder_is_refused(rig: Rig, office: str) -> None:
    ana = await rig.stage.signed_in()
    answer = await ana.submit("/configuration/offices/new", name="X", id=office, extension_id="9")
    assert answer.status_code == 422
    assert 'href="#f-id"' in answer.text


async def test_an_office_is_removed_with_its_documents_and_comes_back(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    review = await ana.submit(
        "/configuration/offices/pittsburgh", "/configuration/offices/pittsburgh/remove"
    )
    assert review.status_code == 200
    saved = await confirm(ana, review)
    assert [each.id for each in rig.configuration.offices] == ["philadelphia"]
    assert not (rig.root / "sorted/pittsburgh").exists()
    page = await ana.get(saved.headers["location"])
    undo = re.search(r'href="/console(/configuration/history/\w+/undo)"', page.text)
    assert undo
    await confirm(ana, await ana.get(f"/console{undo[1]}"))
    assert rig.configuration.office("pittsburgh").extensions


async def test_a_single_company_becomes_several_offices_and_stays_itself(tmp_path: Path) -> None:
    """The store knows the office as main: nothing is processed twice."""
    root = a_company(
        tmp_path / "c", settings={"company": {"name": "Ace", "timezone": "Asia/Tokyo"}}
    )
    async with configured(tmp_path, root) as rig:
        ana = await rig.stage.signed_in()
        extensions = rig.configuration.offices[0].extensions
        page = await ana.get("/console/configuration/offices")
        assert "This company has one office" in page.text
        form = await ana.get("/console/configuration/offices/main")
        seen = _SEEN.findall(form.text)[0]
        review = await ana.submit(
            "/configuration/offices/main", seen=seen, name="Ace Tokyo", zone="Asia/Tokyo"
        )
        await confirm(ana, review)
        assert rig.configuration.offices[0].name == "Ace Tokyo"
        review = await ana.submit("/configuration/offices", "/configuration/offices/several")
        assert (await confirm(ana, review)).status_code == 303
        [office] = rig.configuration.offices
        assert rig.configuration.several_offices
        assert (office.id, office.name, office.timezone) == ("main", "Ace Tokyo", "Asia/Tokyo")
        assert office.extensions == extensions
        assert not (root / "data/extensions.json").exists()


async def test_there_is_no_such_office(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    assert (await ana.get("/console/configuration/offices/nosuch")).status_code == 404
