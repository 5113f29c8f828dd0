"""The console behind the service's own gate: neither takes from the other what it needs."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from tests.api_stage import api_stage
from tests.console_stage import PASSWORD, SAME_SITE, ConsoleStage

from switchboard.console.app import mount


async def test_the_console_works_beside_the_api(tmp_path: Path) -> None:
    """Bodies are read by the gate first, and its policy does not replace the pages' own."""
    async with api_stage(tmp_path) as api:
        stage = ConsoleStage(api.db)
        stage.account()
        mount(api.app, stage.console)
        transport = httpx.ASGITransport(api.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=SAME_SITE
        ) as browser:
            assert (await browser.get("/console")).headers["location"] == "/console/"
            assert (await browser.get("/")).headers["location"] == "/console/"
            page = await browser.get("/console/sign-in")
            assert "script-src 'self'" in page.headers["content-security-policy"]
            token = re.search(r'name="csrf" value="(\w+)"', page.text)
            assert token
            form = {"csrf": token[1], "name": "ana", "password": PASSWORD}
            assert (await browser.post("/console/sign-in", data=form)).status_code == 303
            inside = await browser.get("/console/account")
            assert inside.status_code == 200
            gone = await browser.get("/console/nothing")
            assert gone.headers["x-request-id"] in gone.text
            assert (await browser.get("/nothing")).json()["code"] == "API-404"
