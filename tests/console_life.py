"""A console full of life for tests of pages: calls, runs, chats, tickets and what went wrong."""

from __future__ import annotations

import asyncio
import html
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from tests.component.store.makers import an_interaction
from tests.console_stage import PASSWORD, QUICK, SAME_SITE
from tests.console_walk import signed_in
from tests.html_form import form_of

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli.demo_chats import receive_visitors, service_running
from switchboard.config.load import Configuration, load
from switchboard.flows import chat_to_ticket
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.flows.setting_aside import put_aside
from switchboard.running import run_in
from switchboard.simulators.salesiq.visitors.cast import cast
from switchboard.simulators.scenario.files import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import accounts, ledger
from switchboard.store.database import Database

SPEED = 60.0  # The vendors' minutes last a second.
CALLS = 60
HOSTILE = "<img src=x onerror=alert(1)>" + "W" * 60
SHIPPED = Path(chat_to_ticket.__file__).parent / "workflows"
_PROPOSAL = re.compile(r'name="proposal" value="([^"]*)"')
VISITORS = 4
ROLES: dict[str, accounts.Role] = {"ana": "administrator", "ben": "operator", "vera": "viewer"}
STARTING_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Life:
    """Where the console is, and what stands behind it. Everybody's password is PASSWORD."""

    base: str  # With /console, without a slash at its end.
    configuration: Configuration
    simulators: SimulatorServer
    db: Database


@contextmanager
def console_life(root: Path, *, visitors: int = VISITORS, database_url: str = "") -> Iterator[Life]:
    """Serve a company that has worked for a while, in this process, until the block ends."""
    with SimulatorServer(seed=1, calls=CALLS, speed=SPEED) as simulators:
        write_config(simulators.world, simulators.base_url, root, speed=SPEED)
        if database_url:
            settings = root / "data/settings.json"
            document = {**json.loads(settings.read_text()), "database_url": database_url}
            settings.write_text(json.dumps(document))
        configuration = load(root)
        logs.configure(configuration.logs_dir, console=False)  # As any process of ours does.
        _own_workflow(root)
        asyncio.run(_runs(configuration))
        with open_store(configuration) as db:
            _people(db)
            db.run_sync(partial(_trouble, configuration=configuration))
            served = _Served(configuration, simulators, visitors)
            served.start()
            try:
                life = Life(f"{served.address()}/console", configuration, simulators, db)
                _change(life.base)
                yield life
            finally:
                served.stop()


async def _runs(configuration: Configuration) -> None:
    """A dry run, then a real one, as people begin."""
    hours = float(configuration.processing.max_hours_back)
    for dry in (True, False):
        async with open_session(configuration) as session:
            await run_in(session, RunOptions(hours_back=hours, dry_run=dry))


def _people(db: Database) -> None:
    for name, role in ROLES.items():
        make = partial(
            accounts.create,
            name=name,
            role=role,
            now=time.time(),
            actor="cli:test",
            password_hash=QUICK.hash(PASSWORD),
        )
        db.run_sync(make)


def _own_workflow(root: Path) -> None:
    """Somebody has changed a workflow, with an editor."""
    path = root / "chat/workflows/password_reset.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (SHIPPED / "password_reset.yaml").read_text("utf-8")
    path.write_text(text.replace("title: Password reset", "title: Passwords", 1), "utf-8")


def _trouble(conn: sa.Connection, configuration: Configuration) -> None:
    """One call waits for a person; one did, and was settled by hand."""
    settled = _parked(configuration, 2, error_code="ZOHO-409")
    ledger.upsert(conn, [_parked(configuration), settled])
    put_aside(conn, "call", [settled.id], cause="ZOHO-409", reason=HOSTILE, actor="console:ben")


def _parked(
    configuration: Configuration, number: int = 1, error_code: str = "ZOHO-422"
) -> ledger.Interaction:
    """Zoho CRM has refused something; its words are hostile, as everybody's may be."""
    at = time.time() - 3600
    return an_interaction(
        number,
        office=configuration.offices[0].id,
        started_at=at,
        first_seen=at,
        updated_at=at,
        due_at=None,
        fate="parked",
        error_code=error_code,
        why=f"Zoho CRM refused the lead: {HOSTILE}",
    )


def _change(base: str) -> None:
    """Somebody has changed the configuration, in the console."""
    name, value = signed_in(base)
    page = f"{base}/configuration/owners/philadelphia"
    with httpx.Client(cookies={name: value}, headers=SAME_SITE, timeout=30) as client:
        fields: dict[str, Any] = form_of(client.get(page).text, "owners-form")
        review = client.post(page, data={**fields, "owner-0-weight": ["3"], "action": "save"})
        proposal = html.unescape(_PROPOSAL.findall(review.text)[0])
        sent = {"csrf": fields["csrf"][0], "proposal": proposal}
        assert client.post(f"{base}/configuration/save", data=sent).status_code == 303


class _Served(threading.Thread):
    """The service in a thread: the browser's own loop is busy with the browser."""

    def __init__(
        self, configuration: Configuration, simulators: SimulatorServer, visitors: int
    ) -> None:
        super().__init__(name="console-life", daemon=True)
        self._configuration, self._simulators = configuration, simulators
        self._visitors = visitors
        self._ready = threading.Event()
        self._address, self._failure = "", ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def address(self) -> str:
        assert self._ready.wait(STARTING_SECONDS), "the service did not start"
        assert self._address, self._failure
        return self._address

    def stop(self) -> None:
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self.join(30)

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - told to the test that waits.
            self._failure = repr(error)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with service_running(
            self._configuration, self._simulators, lambda _line: None
        ) as running:
            visitors = cast()[: self._visitors]
            await receive_visitors(self._simulators, visitors, lambda _visit: None)
            self._address = running.address
            self._ready.set()
            await self._end.wait()
