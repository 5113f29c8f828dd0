"""A console over a configuration directory of its own: what the tests of its pages share."""

from __future__ import annotations

import functools
import html
import json
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.config_files import two_offices
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.config.load import Configuration, load
from switchboard.config.watch import WatchedConfiguration
from switchboard.store.accounts import Role
from switchboard.store.database import Database

_PROPOSAL = re.compile(
    r'action="/console(/configuration/(?:save|merge))".*?name="proposal" value="([^"]*)"', re.DOTALL
)
_HIDDEN = re.compile(r'<input type="hidden" name="(csrf|seen[^"]*)" value="([^"]*)"')


class Rig:
    """The directory, the console over it, and what it has in force."""

    def __init__(self, root: Path, stage: ConsoleStage, watched: WatchedConfiguration) -> None:
        self.root, self.stage, self._watched = root, stage, watched

    @property
    def configuration(self) -> Configuration:
        return self._watched.current

    def text(self, place: str) -> str:
        return (self.root / place).read_text("utf-8")

    def value(self, place: str) -> Any:
        return json.loads(self.text(place))

    def write(self, place: str, value: Any) -> None:
        """Edit by hand."""
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        (self.root / place).parent.mkdir(parents=True, exist_ok=True)
        (self.root / place).write_text(text, "utf-8")


@functools.cache
def _empty_store() -> bytes:
    """Return a store with its tables: making them takes longer than most of these tests."""
    with tempfile.TemporaryDirectory() as folder:
        Database.open(f"sqlite:///{folder}/empty.db").close()
        return Path(folder, "empty.db").read_bytes()


@asynccontextmanager
async def configured(folder: Path, root: Path | None = None, **options: Any) -> AsyncIterator[Rig]:
    root = root or two_offices(folder / "configuration")
    watched = WatchedConfiguration(load(root), lambda _: None)
    (folder / "console.db").write_bytes(_empty_store())
    async with console_stage(
        folder,
        configuration=lambda: watched.current,
        configuration_problem=lambda: watched.problem,
        reload=watched.refresh,
        **options,
    ) as stage:
        people: dict[str, Role] = {"ana": "administrator", "ben": "operator", "vera": "viewer"}
        for name, role in people.items():
            stage.account(name, role)
        yield Rig(root, stage, watched)


def proposal_of(page: httpx.Response, action: str = "/configuration/save") -> str:
    """Return what a page's form would send."""
    found = {path: html.unescape(text) for path, text in _PROPOSAL.findall(page.text)}
    assert action in found, page.text
    return found[action]


async def confirm(
    browser: Browser, page: httpx.Response, action: str = "/configuration/save"
) -> httpx.Response:
    """Press Save on a review, or the other button of a conflict."""
    return await browser.submit("/account", action, proposal=proposal_of(page, action))


async def sent(
    browser: Browser, page: str, path: str, /, **fields: str | list[str]
) -> httpx.Response:
    """Load a page, then send a form of it: its hidden digests, and *fields*."""
    found = (await browser.get(f"/console/configuration{page}")).text
    hidden = dict(_HIDDEN.findall(found))
    return await browser.post(f"/console/configuration{path}", data={**hidden, **fields})
