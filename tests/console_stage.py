"""The console in process, mounted as the service mounts it: what its tests share."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jinja2
import pyotp
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI
from tests.component.store.sealers import a_sealer

from switchboard.console.app import create_console, mount
from switchboard.console.passwords import Passwords
from switchboard.console.service import ConsoleService
from switchboard.store import accounts
from switchboard.store.accounts import Account, Role
from switchboard.store.database import Database

PASSWORD = "three quiet otters"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # Argon2, without the wait.
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


class ConsoleStage:
    """A console over a store, its clock, and browsers that visit it."""

    def __init__(
        self,
        db: Database,
        *,
        routers: Iterable[APIRouter] = (),
        templates: Iterable[jinja2.BaseLoader] = (),
        **options: Any,
    ) -> None:
        self.db, self.sealer, self.skipped = db, a_sealer(), 0.0
        self.service = ConsoleService(
            db=db,
            sealer=lambda: self.sealer,
            company=lambda: "Ace Plumbing",
            clock=lambda: time.time() + self.skipped,
            passwords=Passwords(QUICK),
            **options,
        )
        self.console = create_console(self.service, routers=routers, templates=templates)
        self.app = FastAPI()
        mount(self.app, self.console)

    def now(self) -> float:
        return self.service.clock()

    def account(self, name: str = "ana", role: Role = "administrator") -> Account:
        """Add somebody who signs in with PASSWORD."""
        make = partial(
            accounts.create,
            name=name,
            role=role,
            now=self.now(),
            actor="cli:test",
            password_hash=QUICK.hash(PASSWORD),
        )
        return self.db.run_sync(make)

    def second_factor(self, account: Account) -> pyotp.TOTP:
        """Turn it on; return what makes the codes."""
        secret = pyotp.random_base32()

        def work(conn: Any) -> None:
            accounts.turn_on_totp(
                conn, self.sealer, account.id, secret=secret, step=0, codes=["aaaaa-bbbbb"],
                actor="cli:test",
            )  # fmt: skip

        self.db.run_sync(work)
        return pyotp.TOTP(secret)

    def browser(
        self, base: str = "http://127.0.0.1", address: str = "127.0.0.1", **options: Any
    ) -> Browser:
        transport = httpx.ASGITransport(
            self.app, client=(address, 1), raise_app_exceptions=options.pop("crash", True)
        )
        return Browser(transport=transport, base_url=base, headers=SAME_SITE, **options)

    async def signed_in(self, name: str = "ana", **options: Any) -> Browser:
        browser = self.browser(**options)
        answer = await browser.sign_in(name)
        assert answer.status_code == 303, answer.text
        return browser


class Browser(httpx.AsyncClient):
    """Keeps cookies, and fills in the token of the page it came from."""

    async def submit(self, page: str, action: str = "", **fields: str) -> httpx.Response:
        """Load *page*, then send a form of it to *action*."""
        seen = await self.get(f"/console{page}", follow_redirects=True)
        found = _CSRF.search(seen.text)
        assert found, seen.text
        return await self.post(f"/console{action or page}", data={"csrf": found[1], **fields})

    async def sign_in(
        self, name: str = "ana", password: str = PASSWORD, **more: str
    ) -> httpx.Response:
        return await self.submit("/sign-in", name=name, password=password, **more)


@asynccontextmanager
async def console_stage(folder: Path, **options: Any) -> AsyncIterator[ConsoleStage]:
    db = Database.open(f"sqlite:///{folder / 'console.db'}")
    try:
        yield ConsoleStage(db, **options)
    finally:
        await db.aclose()
