"""A console over a company whose runs can be started, held and watched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.console_stage import ConsoleStage
from tests.running_rig import RunningRig, no_report

from switchboard import running


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningRig]:
    monkeypatch.setattr(running, "conclude", no_report)
    made = RunningRig(tmp_path)
    yield made
    await made.aclose()


@pytest.fixture
def stage(rig: RunningRig) -> ConsoleStage:
    made = ConsoleStage(
        rig.db, configuration=lambda: rig.configuration, runner=rig.runner, zone=lambda: "UTC"
    )
    for name, role in (("ana", "administrator"), ("ben", "operator"), ("vera", "viewer")):
        made.account(name, role)  # type: ignore[arg-type]
    return made
