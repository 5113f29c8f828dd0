"""The page operators read says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from switchboard.config.findings import CODES
from switchboard.config.settings import ENV_ELSEWHERE, Settings

PAGE = (Path(__file__).parents[3] / "docs/configuration.md").read_text("utf-8")


def test_every_code_is_explained_with_the_same_words() -> None:
    rows = re.findall(r"^\| (CFG-\d{3}) \| (\w+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert {code: tuple(rest) for code, *rest in rows} == {
        # Those of the chat's workflows stand on the page of error codes.
        code: tuple(row)
        for code, row in CODES.items()
        if code.startswith("CFG-")
    }


def test_every_variable_it_names_is_read() -> None:
    named = re.findall(r"^\| `SWITCHBOARD_([A-Z]+(?:_[A-Z]+)*)", PAGE, re.MULTILINE)
    known = {*ENV_ELSEWHERE, *(name.upper() for name in Settings.model_fields)}
    assert set(named) <= known
    assert set(named) >= ENV_ELSEWHERE
