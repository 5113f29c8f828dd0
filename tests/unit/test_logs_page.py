"""What the page about logs lists is what the source logs, at the level it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "switchboard"
LEVELS = {name: name for name in ("debug", "info", "warning", "error")} | {"exception": "error"}


def logged() -> Iterator[tuple[str, str]]:
    """Yield event and level of every call such as `log.info("run_ended", ...)`."""
    for path in SOURCE.rglob("*.py"):
        if "simulators" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            first = node.args[0] if node.args else None
            if node.func.attr in LEVELS and isinstance(first, ast.Constant):
                name = str(first.value)
                if re.fullmatch(r"[a-z]+(?:_[a-z]+)*", name):
                    yield name, LEVELS[node.func.attr]


def listed() -> dict[str, str]:
    text = (ROOT / "docs" / "logs.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| ([a-z; ]+) \|", text, flags=re.MULTILINE)
    return {name: level for names, level in rows for name in re.findall(r"`([a-z_]+)`", names)}


def test_every_event_is_on_the_page_with_its_level() -> None:
    """Whoever builds alarms on the logs finds every event explained."""
    page = listed()
    missing = {name: level for name, level in logged() if level not in page.get(name, "")}
    assert missing == {}


def test_the_page_lists_no_event_that_is_never_logged() -> None:
    """A level may be chosen at run time, so the name alone is looked for."""
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    assert [name for name in listed() if f'"{name}"' not in source] == []
