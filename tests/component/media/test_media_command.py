"""`switchboard calls media` as a person uses it, on the simulators."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.media.media_rig import SPEED, Rig
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.simulators.server import SimulatorServer
from switchboard.store import media, tables
from switchboard.store.database import Database, now


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A call that is done; its recording is owed."""
    with SimulatorServer(scenario="settled", seed=5, calls=1, speed=SPEED) as sim:
        rig = Rig.make(sim, tmp_path_factory.mktemp("seeded"))
        asyncio.run(_seed(rig))
        yield rig


async def _seed(rig: Rig) -> None:
    order = {"kind": "accepted", "count": 12, "talk_seconds": 45, "seconds_ago": 900}
    calls = rig.add_calls(order)
    await rig.do_calls()
    done = await rig.done_sessions()
    ours = next(each for each in calls if each["recording"] and each["session"] in done)
    async with rig.session() as session:
        await rig.owe(session, ours["session"])


@pytest.fixture
def rig(seeded: Rig, tmp_path: Path) -> Rig:
    """The same installation again, whatever the last test did with it."""
    seeded.struck()
    seeded.sim.world.crm.attachments = type(seeded.sim.world.crm.attachments)()
    shutil.copytree(seeded.home, tmp_path / "home")
    return Rig(seeded.sim, tmp_path / "home")


def switchboard(rig: Rig, *words: str) -> Result:
    arguments = [*words, "--config-dir", str(rig.home)]
    return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "160"}).invoke(app, arguments)


def document(rig: Rig, *words: str, code: int = 0) -> Any:
    result = switchboard(rig, "calls", "media", *words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def store(rig: Rig) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{rig.home / 'data/switchboard.db'}")
    yield database
    database.close()


def test_the_list_says_what_is_owed_and_until_when(rig: Rig) -> None:
    found = document(rig)
    assert (found["owed"], found["done"], found["expiring"]) == (1, 0, 0)
    (piece,) = found["pieces"]
    assert piece["kind"] == "recording"
    assert piece["deleted_on"] > piece["started_at"]
    shown = switchboard(rig, "calls", "media")
    assert shown.exit_code == 0
    assert "in 90 days" in shown.output
    assert "1 owed, 0 parked" in shown.output


def test_fetching_attaches_it_and_the_calls_story_tells(rig: Rig) -> None:
    found = document(rig, "--fetch", "--state", "all")
    assert (found["owed"], found["done"]) == (0, 1)
    (piece,) = found["pieces"]
    assert len(rig.attachments()) == 1
    story = switchboard(rig, "calls", "show", piece["caller"])
    assert piece["file_name"] in story.output.replace("\n", "")
    assert document(rig, "--fetch")["done"] == 1
    assert len(rig.attachments()) == 1


def test_what_is_about_to_be_deleted_is_an_alarm(rig: Rig, store: Database) -> None:
    store.run_sync(
        lambda conn: conn.execute(
            sa.update(tables.media).values(expires_at=now(conn) + 2.1 * media.DAY)
        ).close()
    )
    shown = switchboard(rig, "calls", "media", "--expiring")
    assert shown.exit_code == 1
    assert "MEDIA-001" in shown.output
    assert "in 2 days" in shown.output


def test_a_parked_one_fails_the_command_until_it_is_retried(rig: Rig, store: Database) -> None:
    rig.configure("media", max_megabytes=0.0001)
    found = document(rig, "--fetch", code=1)
    assert found["pieces"][0]["error_code"] == "MEDIA-413"
    rig.configure("media", max_megabytes=20)
    found = document(rig, "--retry", "--fetch", "--state", "done")
    assert (found["reopened"], found["done"], found["parked"]) == (1, 1, 0)


def test_one_can_be_saved_for_a_person_and_nothing_is_overwritten(rig: Rig, tmp_path: Path) -> None:
    (piece,) = document(rig)["pieces"]
    target = tmp_path / "call.audio"
    saved = document(rig, "--download", piece["media_id"], "--to", str(target))
    assert target.stat().st_size == saved["size"] > 10_000
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    again = switchboard(rig, "calls", "media", "--download", piece["key"], "--to", str(target))
    assert again.exit_code == 2
    assert "is there already" in again.output
    unknown = switchboard(rig, "calls", "media", "--download", "1", "--to", str(target))
    assert unknown.exit_code == 2
    assert "CLI-002" in unknown.output


def test_a_failed_download_leaves_no_half_file(rig: Rig, tmp_path: Path) -> None:
    (piece,) = document(rig)["pieces"]
    rig.plan(vendor="ringcentral", match="/content", kind="error", status=404, times=9)
    target = tmp_path / "call.audio"
    result = switchboard(rig, "calls", "media", "--download", piece["key"], "--to", str(target))
    assert result.exit_code == 3
    assert not target.exists()


def test_options_that_do_not_belong_together_are_refused(rig: Rig, tmp_path: Path) -> None:
    for words in (
        ("--download", "1"),
        ("--to", str(tmp_path / "x")),
        ("--fetch", "--download", "1", "--to", str(tmp_path / "x")),
    ):
        result = switchboard(rig, "calls", "media", *words)
        assert result.exit_code == 2
        assert "CLI-001" in result.output


def test_nothing_is_fetched_where_media_are_turned_off(rig: Rig) -> None:
    rig.configure("media", enabled=False)
    result = switchboard(rig, "calls", "media", "--fetch")
    assert result.exit_code == 2
    assert "media.enabled" in result.output


def test_a_vendor_that_refuses_us_ends_the_fetch_with_its_own_code(rig: Rig) -> None:
    refusal = {"errors": [{"errorCode": "CMN-401", "permissionName": "ReadCallRecording"}]}
    rig.plan(
        vendor="ringcentral", match="/content", kind="error", status=403, body=refusal, times=9
    )
    found = document(rig, "--fetch", code=3)
    assert "ReadCallRecording" in found["stopped_by"]
    assert found["owed"] == 1
