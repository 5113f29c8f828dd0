"""Changes of the configuration: shown, checked, written together, kept, undone."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from tests.component.console.configuration.configuration_rig import Rig, configured, confirm
from tests.console_stage import Browser

from switchboard.console import saving
from switchboard.console.visit import Administrator

OFFICES = "sorted/data/offices.json"
EMAIL = "data/email_config.json"


def page_that_saves(changes: dict[str, Any], before: dict[str, str]) -> APIRouter:
    """A page as the others will write theirs; *before* fixes what its form was made from."""
    router = APIRouter()

    @router.post("/try")
    async def attempt(visit: Administrator) -> Response:
        root = visit.service.configuration().root
        digests = {place: before.get(place) or saving.seen(root, place) for place in changes}
        return await saving.review(
            visit, title="A try", changes=changes, seen=digests, back="/configuration"
        )

    return router


async def tried(browser: Browser) -> Any:
    return await browser.submit("/account", "/try")


def renamed(rig: Rig, name: str) -> str:
    value = rig.value(OFFICES)
    value["offices"]["pittsburgh"]["name"] = name
    return json.dumps(value, indent=2)


async def test_a_change_is_shown_then_saved_and_is_in_force_at_once(tmp_path: Path) -> None:
    """Nothing is written before Save; afterwards the service works with it."""
    changes: dict[str, Any] = {}
    async with configured(tmp_path, routers=[page_that_saves(changes, {})]) as rig:
        before = rig.text(OFFICES)
        changes[OFFICES] = renamed(rig, "Steel City")
        ana = await rig.stage.signed_in()
        shown = await tried(ana)
        assert shown.status_code == 200
        assert "Steel City" in shown.text
        assert rig.text(OFFICES) == before
        saved = await confirm(ana, shown)
        assert saved.status_code == 303
        assert rig.configuration.office("pittsburgh").name == "Steel City"
        assert stat.S_IMODE((rig.root / OFFICES).stat().st_mode) == 0o600
