"""The timetable: runs added, changed, switched off and removed."""

from __future__ import annotations

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

SCHEDULE = "data/schedule.json"
NAME = "Morning / <b>all</b>"
MORNING = {"name": NAME, "preset": "weekdays", "time": "08:00", "enabled": "1", "email": "1"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as made:
        yield made


async def run(rig: Rig, /, page: str = "/schedule/run", **fields: Any) -> Any:
    ana = await rig.stage.signed_in()
    return ana, await sent(ana, page, "/schedule/run", **fields)


async def test_a_run_is_added_changed_and_removed(rig: Rig) -> None:
    """The document holds what differs from the defaults, and nothing else."""
    ana, review = await run(rig, **MORNING)
    await confirm(ana, review)
    assert rig.value(SCHEDULE) == {"runs": [{"name": NAME, "cron": "0 8 * * 1-5"}]}
    page = await ana.get("/console/configuration/schedule")
    assert "Monday to Friday at 08:00" in page.text
    assert "<b>all</b>" not in page.text
    assert "Up to 72 hours lie between two runs" in page.text
    fields = {**MORNING, "hours_back": "72,5", "offices": ["pittsburgh"], "type": "missed"}
    del fields["enabled"], fields["email"]
    ana, review = await run(rig, "/schedule/run?name=Morning+/+<b>all</b>", former=NAME, **fields)
    await confirm(ana, review)
    assert rig.value(SCHEDULE)["runs"] == [
        {"name": NAME, "cron": "0 8 * * 1-5", "offices": ["pittsburgh"], "type": "missed",
         "hours_back": 72.5, "enabled": False, "no_email": True}
    ]  # fmt: skip
    review = await sent(ana, "/schedule", "/schedule/remove", name=NAME)
    await confirm(ana, review)
    assert rig.value(SCHEDULE)["runs"] == []


async def test_the_next_times_are_shown_before_anything_is_saved(rig: Rig) -> None:
    _, shown = await run(rig, **{**MORNING, "preset": "hourly", "minute": "5", "action": "look"})
    assert shown.status_code == 200
    assert shown.text.count('<li><time datetime="') == 5
    assert not (rig.root / SCHEDULE).exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"preset": "cron", "cron": "61 * * * *"}, "cron"),
        ({"hours_back": "soon"}, "hours_back"),
        ({"hours_back": "1000"}, "hours_back"),
        ({"offices": ["nosuch"]}, "offices"),
    ],
)
async def test_mistakes_are_told_at_their_fields(
    rig: Rig, fields: dict[str, Any], wrong: str
) -> None:
    _, answer = await run(rig, **{**MORNING, **fields})
    assert answer.status_code == 422
    assert f'href="#f-{wrong}"' in answer.text
    assert f'id="f-{wrong}' in answer.text
    assert not (rig.root / SCHEDULE).exists()


async def test_two_runs_have_two_names(rig: Rig) -> None:
    ana, review = await run(rig, **MORNING)
    await confirm(ana, review)
    _, answer = await run(rig, **MORNING)
    assert answer.status_code == 422
    assert "There is a run called" in answer.text


async def test_the_zone_of_all_times_is_changed(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    await confirm(ana, await sent(ana, "/schedule", "/schedule/zone", zone="Asia/Tokyo"))
    assert (
        "Times are those of Asia/Tokyo" in (await ana.get("/console/configuration/schedule")).text
    )
    await confirm(ana, await sent(ana, "/schedule", "/schedule/zone", zone=""))
    assert "timezone" not in rig.value(SCHEDULE)
    assert (await ana.get("/console/configuration/schedule/run?name=nosuch")).status_code == 404
