"""A console over a company's calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.component.console.calls.call_makers import configured
from tests.console_stage import Browser, ConsoleStage, console_stage


@dataclass
class Woken:
    """Which lanes were rung."""

    lanes: list[str] = field(default_factory=list)


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
async def stage(tmp_path: Path, woken: Woken) -> AsyncIterator[ConsoleStage]:
    configuration = configured(tmp_path)
    async with console_stage(
        tmp_path,
        configuration=lambda: configuration,
        zone=lambda: "America/New_York",
        wake=woken.lanes.append,
    ) as made:
        made.account("ben", "operator")
        yield made


@pytest.fixture
async def browser(stage: ConsoleStage) -> Browser:
    return await stage.signed_in("ben")
