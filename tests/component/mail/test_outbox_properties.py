"""Whatever fails and whoever dies, nobody gets a mail twice and none is lost silently."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.mail.mail_rig import Rig, serving

from switchboard.reports.sending import queue_mails, send_due
from switchboard.store import outbox
from switchboard.store.database import Database

T = TypeVar("T")
NOW = 2_000_000_000.0
ROUNDS = 60  # A day of hourly attempts, and those lost to kills.
RECIPIENTS = ("a@keystone.example", "b@keystone.example", "c@nowhere.invalid")


class KilledError(BaseException):
    """The process is gone: nothing of it runs any more."""


class Mortal:
    """A store whose process dies at its n-th transaction, before or after the commit."""

    def __init__(self, db: Database, die_at: int | None, *, after: bool) -> None:
        self._db, self._left, self._after = db, die_at, after

    async def run(self, fn: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        if self._left is None:
            return await self._db.run(fn, durable=durable)
        if self._left == 0 and not self._after:
            raise KilledError
        if self._left < 0:
            raise KilledError
        self._left -= 1
        value = await self._db.run(fn, durable=durable)
        if self._left < 0 or (self._left == 0 and self._after):
            self._left = -1
            raise KilledError
        return value


VERBS = ("CONNECT", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA$", "DATA-END", "")
FAULTS = st.lists(
    st.fixed_dictionaries(
        {
            "match": st.sampled_from(VERBS),
            "fault": st.sampled_from(
                [
                    {"kind": "drop"},
                    {"kind": "done_but_lost"},
                    {"kind": "garbage"},
                    {"kind": "rate_limit"},
                    {"kind": "error", "status": 450},
                    {"kind": "error", "status": 550},
                    {"kind": "timeout", "delay_s": 0.02},
                    {"kind": "timeout", "delay_s": 0.02, "processed": True},
                ]
            ),
            "skip": st.integers(0, 4),
        }
    ),
    max_size=5,
)
KILLS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=3)


async def live(rig: Rig, url: str, faults: list[dict[str, Any]], kills: list[Any]) -> None:
    for each in faults:
        rig.plan(each["match"], skip=each["skip"], **each["fault"])
    db = Database.open(url)
    try:
        mails = [rig.mail(recipient) for recipient in RECIPIENTS]
        await queue_mails(db, mails)
        await db.run(lambda c: outbox.reopen(c, [each.key for each in mails], NOW))
        at = NOW
        deaths = list(kills)
        for number in range(ROUNDS):
            die_at, after = deaths.pop() if deaths else (None, False)
            mortal: Any = Mortal(db, die_at, after=after)
            try:
                await send_due(mortal, rig.client(), f"w{number}", now=at)
            except KilledError:
                at += outbox.LEASE_SECONDS + 1  # Nobody buries it: its lease runs out.
                continue
            at += 3600
            counts = await db.run(outbox.counts)
            if not counts.keys() & {"queued", "sending"} and not deaths:
                break
        await asyncio.sleep(0)
        rows = await db.run(lambda c: outbox.by_keys(c, [each.key for each in mails]))
        got = Counter(mail.recipients[0] for mail in rig.mailbox)
        for mail in mails:
            row = rows[mail.key]
            count = got[mail.recipient]
            assert count <= 1, "nobody gets a mail twice"
            assert row.state in {"sent", "refused", "parked"}
            if row.state == "sent":
                assert count == 1
            if row.state == "refused":
                assert count == 0
            if row.state == "parked":
                assert row.error_code == "SMTP-002"
        if not faults and not kills:
            assert [rows[mail.key].state for mail in mails] == ["sent", "sent", "refused"]
    finally:
        await db.aclose()


def check(url: str, faults: list[dict[str, Any]], kills: list[Any]) -> None:
    async def scene() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with serving(Path(folder)) as rig:
                await live(rig, url, faults, kills)

    asyncio.run(scene())


FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
MANY = settings(
    max_examples=int(os.environ.get("SOAK", "5")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@FEW
@given(faults=FAULTS, kills=KILLS)
def test_nobody_gets_a_mail_twice_and_none_is_lost(
    tmp_path: Path, faults: list[dict[str, Any]], kills: list[Any]
) -> None:
    """A mail is in the mailbox once, unless a person was told that nobody knows."""
    with tempfile.NamedTemporaryFile(dir=tmp_path, suffix=".db") as file:
        check(f"sqlite:///{file.name}", faults, kills)


@pytest.mark.slow
@pytest.mark.timeout(600)
@MANY
@given(faults=FAULTS, kills=KILLS)
def test_the_same_holds_on_every_database_for_long(
    new_database_url: Callable[[], str], faults: list[dict[str, Any]], kills: list[Any]
) -> None:
    """The rule is the database's to keep, so both have to."""
    check(new_database_url(), faults, kills)
