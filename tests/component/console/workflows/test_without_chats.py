"""Workflows can be looked at and tried where chats are not set up."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.component.console.configuration.configuration_rig import configured
from tests.component.console.workflows.workflow_stage import PRINTER, edited, shipped


@pytest.mark.slow
async def test_the_greeting_is_tried_with_a_detector_of_its_own(tmp_path: Path) -> None:
    """The page itself does not wait for it; the first message does."""
    async with configured(tmp_path) as rig:
        browser = await rig.stage.signed_in("vera")
        answer = await edited(
            browser, shipped(), "/try", opening="greeting", say="my printer does not print"
        )
    assert answer.status_code == 200
    assert PRINTER in answer.text
    assert "This is about: Printer issues." in answer.text
