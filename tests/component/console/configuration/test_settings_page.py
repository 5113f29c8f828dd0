"""Settings: every one of them, by section, with its default and what it means."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.component.console.configuration.configuration_rig import (
    Rig,
    configured,
    confirm,
    sent,
)

from switchboard.config.settings import RetentionSettings, Settings
from switchboard.console.configuration import settings as forms

SETTINGS = "data/settings.json"
_AREA = re.compile(r'<textarea id="f-\w+" name="(\w+)".*?>\n(.*?)</textarea>', re.DOTALL)
_SELECT = re.compile(r'<select id="f-\w+" name="(\w+)".*?>(.*?)</select>', re.DOTALL)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as made:
        yield made


def entered(page: str) -> dict[str, str]:
    """Return what a browser would send of a settings page nobody touched."""
    form = page[page.index('action="/console/configuration/settings"') :]
    form = form[: form.index("</form>")]
    fields = dict(re.findall(r'<input id="f-\w+" name="(\w+)" type="\w+" value="([^"]*)"', form))
    fields |= dict.fromkeys(re.findall(r'role="switch" name="(\w+)" value="1" checked', form), "1")
    for name, text in _AREA.findall(form):
        fields[name] = text.replace("\n", "\r\n")
    for name, options in _SELECT.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in fields.items()}


@pytest.mark.parametrize("section", list(forms.TITLES))
async def test_a_form_nobody_touched_changes_nothing(rig: Rig, section: str) -> None:
    """Not even the last digit of a number, whatever stands in the document."""
    rig.write(SETTINGS, {
        "media": {"retry_minutes": [1 / 60, 1, 2.5], "give_up_hours": 0.1},
        "calls": {"block_list": ["+1215*", "anonymous"], "settle_minutes": 3.0},
        "company": {"name": "Ace & <Co>", "timezone": "America/Argentina/Ushuaia", "region": "AR"},
        "retention": {"log_days": 0},
    })  # fmt: skip
    ana = await rig.stage.signed_in()
    page = await ana.get(f"/console/configuration/settings?section={section}")
    assert page.status_code == 200
    answer = await sent(
        *(ana, f"/settings?section={section}", "/settings"), section=section, **entered(page.text)
    )
    assert answer.status_code == 303, answer.text


def test_every_setting_has_its_place() -> None:
    """A setting added later appears by itself, or this test asks for its section."""
    shown = {(*forms.way_of(s), key) for s in forms.TITLES for key, _ in forms._fields(s)}

    def leaves(model: Any, way: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for key, info in model.model_fields.items():
            nested = forms._bare(info.annotation)
            inside = (
                leaves(nested, (*way, key)) if hasattr(nested, "model_fields") else {(*way, key)}
            )
            found |= inside
        return found

    assert leaves(Settings) == shown
    assert set(forms.MEANINGS) == set(RetentionSettings.model_fields)


async def test_a_setting_is_changed_and_cleared_to_its_default(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    page = await ana.get("/console/configuration/settings?section=calls")
    assert "Minutes after its end in which RingCentral may still change a call." in page.text
    fields = entered(page.text) | {"settle_minutes": "4,5", "block_list": "+1215*\r\n\r\nanonymous"}
    fields |= {"include_internal": "1"}
    review = await sent(ana, "/settings?section=calls", "/settings", section="calls", **fields)
    await confirm(ana, review)
    numbers = ["+1215*", "anonymous"]
    assert rig.value(SETTINGS)["calls"] == {
        "settle_minutes": 4.5, "block_list": numbers, "include_internal": True
    }  # fmt: skip
    assert rig.configuration.settings.calls.settle_minutes == 4.5
    fields |= {"settle_minutes": "", "block_list": ""}
    del fields["include_internal"]
    review = await sent(ana, "/settings?section=calls", "/settings", section="calls", **fields)
    await confirm(ana, review)
    assert rig.configuration.settings.calls.settle_minutes == 3


@pytest.mark.parametrize(
    ("section", "fields", "wrong"),
    [
        ("retention", {"log_days": "-1"}, "log_days"),
        ("retention", {"log_days": "ninety"}, "log_days"),
        ("retention", {"log_days": "1.5"}, "log_days"),
        ("calls", {"settle_minutes": "nan"}, "settle_minutes"),
        ("media", {"retry_minutes": "5, 1"}, "retry_minutes"),
        ("server", {"port": "99999"}, "port"),
        ("company", {"timezone": "Mars/Base"}, "timezone"),
        ("vendors", {"ringcentral_base_url": "http://evil.example"}, "ringcentral_base_url"),
        ("chat", {"office": "nosuch"}, "office"),
    ],
)
async def test_mistakes_are_told_at_their_fields(
    rig: Rig, section: str, fields: dict[str, str], wrong: str
) -> None:
    ana = await rig.stage.signed_in()
    page = (await ana.get(f"/console/configuration/settings?section={section}")).text
    answer = await sent(
        *(ana, f"/settings?section={section}", "/settings"),
        **{"section": section, **entered(page), **fields},
    )
    assert answer.status_code == 422
    assert f'href="#f-{wrong}"' in answer.text
    assert not (rig.root / SETTINGS).exists()


async def test_what_the_environment_says_is_shown_and_not_asked_for(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_CALLS__SETTLE_MINUTES", "9")
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", "postgresql://us:hunter2@db/switchboard")
    rig.write(SETTINGS, {"calls": {"settle_minutes": 2}})
    ana = await rig.stage.signed_in()
    await ana.get("/console/configuration")
    rig.stage.service.reload()
    page = await ana.get("/console/configuration/settings?section=calls")
    assert "SWITCHBOARD_CALLS__SETTLE_MINUTES" in page.text
    assert 'name="settle_minutes"' not in page.text
    assert '<p class="fixed-value">9</p>' in page.text
    store = await ana.get("/console/configuration/settings?section=store")
    assert "SWITCHBOARD_DATABASE_URL" in store.text
    assert "hunter2" not in store.text
    answer = await sent(
        *(ana, "/settings?section=calls", "/settings"), section="calls", **entered(page.text)
    )
    assert answer.status_code == 303  # Nothing was changed, the document's own value least of all.
    assert rig.value(SETTINGS) == {"calls": {"settle_minutes": 2}}
    assert (await ana.get("/console/configuration/settings?section=nosuch")).status_code == 404
