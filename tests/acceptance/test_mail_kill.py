"""Real processes that send mail, two at a time, killed at random moments and started again."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.postgres import backend, database_url, new_database_url

from switchboard.config.load import load
from switchboard.reports.outgoing import compose
from switchboard.reports.sending import queue_mails
from switchboard.simulators.core.faults import Fault
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import outbox
from switchboard.store.database import Database

__all__ = ["backend", "database_url", "new_database_url"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MAILS, ROUNDS = 60, 12
SENDER = """
import asyncio, sys
from switchboard.config.load import load
from switchboard.config.vault import Vault
from switchboard.reports.sending import mail_client, send_due
from switchboard.store import leases
from switchboard.store.database import Database

async def main(root, url):
    configuration, database = load(root), Database.open(url)
    client = mail_client(configuration, Vault.open(root).load())
    me = leases.worker_identity()
    await database.run(lambda conn: leases.register(conn, me, leases_now(conn)))
    while (await send_due(database, client, me.id)).sent:
        pass
    await database.run(lambda conn: leases.unregister(conn, me.id))
    await database.aclose()

from switchboard.store.database import now as leases_now
print("ready", flush=True)
asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


def start(root: Path, url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(root), url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


async def queue(root: Path, url: str) -> list[str]:
    email, database = load(root).email, Database.open(url)
    assert email is not None
    mails = [
        compose(
            email,
            occasion="run-1",
            kind="report",
            recipient=f"user{number}@keystone.example",
            subject="Report",
            text="All is well.\n" * 50,
            at=dt.datetime.now(dt.UTC),
        )
        for number in range(MAILS)
    ]
    keys = await queue_mails(database, mails)
    await database.aclose()
    return keys


def test_killed_senders_send_no_mail_twice_and_lose_none(
    new_database_url: Callable[[], str], tmp_path: Path
) -> None:
    """A mail is delivered once, or parked as doubtful: never twice, never forgotten."""
    rng = random.Random(2026)
    url = new_database_url()
    with SimulatorServer(scenario="settled", calls=1) as simulators:
        write_config(simulators.world, simulators.base_url, tmp_path)
        keys = asyncio.run(queue(tmp_path, url))
        # Both before and at the line that ends a mail there is time to die.
        for line in ("MAIL ", "DATA-END"):
            slow = {"vendor": "mail", "match": line, "kind": "slow", "probability": 0.5}
            simulators.world.faults.add(Fault.model_validate({**slow, "delay_s": 0.1}))
        for _ in range(ROUNDS):
            senders = [start(tmp_path, url) for _ in range(2)]
            for sender in senders:
                time.sleep(rng.uniform(0.1, 0.6))
                kill(sender)
        simulators.world.faults.clear()
        survivor = start(tmp_path, url)
        assert survivor.wait(timeout=120) == 0
        survivor.communicate()
        got = Counter(mail.recipients[0] for mail in simulators.world.mail.messages)
    database = Database.open(url)
    rows = database.run_sync(lambda conn: outbox.by_keys(conn, keys))
    database.close()
    assert max(got.values()) == 1
    for row in rows.values():
        assert row.state in {"sent", "parked"}, row.key
        if row.state == "sent":
            assert got[row.recipient] == 1
        else:
            assert row.error_code == "SMTP-002"
    assert any(row.attempts > 1 for row in rows.values())  # Some were hit before their last line.
