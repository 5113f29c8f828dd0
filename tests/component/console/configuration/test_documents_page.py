"""Documents as text: the way to mend what no page can read any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.console.configuration.configuration_rig import (
    Rig,
    configured,
    confirm,
    sent,
)
from tests.config_files import EXTENSIONS

PLACE = "sorted/philadelphia/extensions.json"
PAGE = f"/documents/text?place={PLACE}"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as made:
        yield made


async def test_a_document_no_page_can_read_is_mended(rig: Rig) -> None:
    """The first page leads to it; what is no JSON is not saved again."""
    rig.write(PLACE, json.dumps(EXTENSIONS, indent=2).replace("\n", "\r\n")[:-1])
    ana = await rig.stage.signed_in()
    index = await ana.get("/console/configuration")
    assert 'href="/console/configuration/documents/text?place=sorted%2Fphilad' in index.text
    assert (await ana.get("/console/configuration/extensions")).status_code >= 400
    broken = rig.text(PLACE)
    worse = await sent(ana, PAGE, "/documents/text", place=PLACE, text="{")
    assert worse.status_code == 422
    assert rig.text(PLACE) == broken
    mended = await sent(ana, PAGE, "/documents/text", place=PLACE, text=f"{broken}\r\n}}")
    assert (await confirm(ana, mended)).status_code == 303
    assert rig.value(PLACE) == EXTENSIONS
    assert b"\r\n" in (rig.root / PLACE).read_bytes()


async def test_a_secret_is_not_shown_and_not_written_over(rig: Rig) -> None:
    rig.write("data/email_config.json", {"smtp_password": "hunter2"})
    place = "data/email_config.json"
    ana = await rig.stage.signed_in()
    page = await ana.get(f"/console/configuration/documents/text?place={place}")
    assert "holds a secret" in page.text
    assert "hunter2" not in page.text
    answer = await sent(ana, "/offices/new", "/documents/text", place=place, text="{}")
    assert answer.status_code == 422
    assert rig.value(place) == {"smtp_password": "hunter2"}


@pytest.mark.parametrize("place", ["", "data/credentials.enc", "../x.json", "chat/a.yaml", ".env"])
async def test_nothing_else_is_within_reach(rig: Rig, place: str) -> None:
    ana = await rig.stage.signed_in()
    page = await ana.get(f"/console/configuration/documents/text?place={place}")
    assert page.status_code == 404
    answer = await sent(ana, "/offices/new", "/documents/text", place=place, text="{}")
    assert answer.status_code == 404


async def test_viewers_read_and_do_not_write(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    assert PLACE in (await vera.get("/console/configuration/documents")).text
    assert "Reception" in (await vera.get(f"/console/configuration{PAGE}")).text
    answer = await sent(vera, "/offices", "/documents/text", place=PLACE, text="{}")
    assert answer.status_code == 403
