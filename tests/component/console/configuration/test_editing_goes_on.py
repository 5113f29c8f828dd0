"""From the review back to the form: nothing that was filled in is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.component.console.configuration.configuration_rig import Rig, configured
from tests.console_stage import Browser
from tests.html_form import form_of

from switchboard.console.vendor_facts import Known

HOSTILE = '"><script>alert(1)</script>'
_FORM = re.compile(
    r'<form class="inline" method="post" action="/console([^"]+)"(.*?)</form>', re.DOTALL
)
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_SEEN = re.compile(r'name="seen" value="(\w+)"')


class _Nobody:
    """Zoho CRM, of which these tests want nothing."""

    async def users(self, _configuration: object, *, again: bool = False) -> Known[Any]:
        del again
        return Known({}, 1.0)

    lead_fields = users


async def gone_back(browser: Browser, review: httpx.Response) -> str:
    """Press the review's other button; return the form that is shown."""
    forms = [each for each in _FORM.findall(review.text) if 'value="back"' in each[1]]
    assert len(forms) == 1, review.text
    path, body = forms[0]
    fields: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(body):
        fields.setdefault(name, []).append(html.unescape(value))
    again = await browser.post(f"/console{path}", data={**fields, "action": "back"})
    assert again.status_code == 200, again.text
    return again.text


async def reviewed(browser: Browser, page: str, fields: Mapping[str, Any]) -> httpx.Response:
    shown = (await browser.get(f"/console{page}")).text
    review = await browser.submit(
        page, page.partition("?")[0], seen=_SEEN.findall(shown)[0], **fields
    )
    assert "Nothing is saved yet" in review.text
    return review


@pytest.mark.parametrize(
    ("page", "fields", "kept"),
    [
        ("/configuration/offices/pittsburgh", {"name": HOSTILE, "zone": "Europe/Vienna"}, HOSTILE),
        (
            "/configuration/offices/new",
            {"name": "Erie", "like": "pittsburgh", "extension_id": "9001"},
            "9001",
        ),
        (
            "/configuration/settings?section=retention",
            {"section": "retention", "log_days": "33"},
            "33",
        ),
        (
            "/configuration/documents/text?place=sorted/data/offices.json",
            {"place": "sorted/data/offices.json", "text": '{"offices": {}, "_mine": "kept"}\n'},
            '"_mine": "kept"',
        ),
        ("/configuration/bot-wording", {"say-hello": "Good day, {desk}."}, "Good day, {desk}."),
    ],
)
async def test_going_back_keeps_what_was_entered(
    tmp_path: Path, page: str, fields: dict[str, str], kept: str
) -> None:
    """Also where the review refuses it: whoever sees a mistake there corrects it, no more."""
    async with configured(tmp_path) as rig:
        ana = await rig.stage.signed_in()
        again = await gone_back(ana, await reviewed(ana, page, fields))
        assert html.escape(kept) in again.replace("&#34;", "&quot;")
        assert HOSTILE not in again
        review = await reviewed(ana, page, fields)
        assert again.count('name="seen"') == 1
        assert _SEEN.findall(again) == _SEEN.findall(review.text)


async def test_owners_go_on_being_edited(tmp_path: Path) -> None:
    """With the rows that were added or changed, and still nothing saved."""
    async with configured(tmp_path) as rig:
        rig.stage.console.state.vendor_facts = _Nobody()
        ana = await rig.stage.signed_in()
        page = "/console/configuration/owners/philadelphia"
        before = _documents(rig)
        fields: dict[str, Any] = form_of((await ana.get(page)).text, "owners-form")
        fields |= {"owner-0-weight": ["7.5"], "holidays": ["12-25 Christmas\n12-26 More"]}
        again = await gone_back(ana, await ana.post(page, data={**fields, "action": "save"}))
        shown = form_of(again, "owners-form")
        assert shown["owner-0-weight"] == ["7.5"]
        assert shown["holidays"][0].split("\n") == ["12-25 Christmas", "12-26 More"]
        assert _documents(rig) == before


def _documents(rig: Rig) -> dict[str, str]:
    return {str(each): each.read_text("utf-8") for each in sorted(rig.root.rglob("*.json"))}
