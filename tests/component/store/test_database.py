"""Everything of a process goes through one thread in few commits, and survives what it met."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import PostgresServer

from switchboard.errors import OperatorError, TransientError
from switchboard.store import database as database_module
from switchboard.store import engine
from switchboard.store.database import Database, insert
from switchboard.store.tables import budget, usage


def add(day: str) -> Callable[[sa.Connection], str]:
    def fn(conn: sa.Connection) -> str:
        conn.execute(sa.insert(usage).values(day=day, vendor="zoho_crm", operation="o"))
        return day

    return fn


def days(conn: sa.Connection) -> list[str]:
    return list(conn.scalars(sa.select(usage.c.day).order_by(usage.c.day)))


def held_up(db: Database) -> threading.Event:
    """Keep the store's thread busy, so that what follows is queued and becomes one group."""
    started, gate = threading.Event(), threading.Event()

    def wait(_conn: sa.Connection) -> None:
        started.set()
        gate.wait(10)

    db._submit(wait)
    assert started.wait(10)
    return gate


async def test_what_was_queued_meanwhile_is_committed_together(db: Database) -> None:
    gate = held_up(db)
    before = db.commits
    work = [asyncio.ensure_future(db.run(add(str(number)))) for number in range(200)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*work) == [str(number) for number in range(200)]
    assert db.commits - before == 2
    assert len(await db.run(days)) == 200


async def test_one_failing_function_does_not_fail_its_group(db: Database) -> None:
    """Neither a statement the database refuses nor our own exception; their writes are undone."""
    await db.run(add("taken"))

    def half(conn: sa.Connection) -> None:
        add("half")(conn)
        raise KeyError("on purpose")

    gate = held_up(db)
    before = db.commits
    first, duplicate, broken, last = (
        asyncio.ensure_future(db.run(fn)) for fn in (add("a"), add("taken"), half, add("b"))
    )
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(first, duplicate, broken, last, return_exceptions=True)
    assert results[0] == "a"
    assert isinstance(results[1], sa.exc.IntegrityError)
    assert isinstance(results[2], KeyError)
    assert results[3] == "b"
    assert db.commits - before == 2
    assert await db.run(days) == ["a", "b", "taken"]


async def test_a_function_that_ends_the_transaction_harms_only_itself(db: Database) -> None:
    def rude(conn: sa.Connection) -> None:
        add("rude")(conn)
        conn.rollback()

    gate = held_up(db)
    work = [asyncio.ensure_future(db.run(fn)) for fn in (add("a"), rude, add("b"))]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*work, return_exceptions=True)
    assert results[0] == "a"
    assert results[2] == "b"
    assert await db.run(days) == ["a", "b"]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
async def test_a_lock_makes_the_group_run_again_one_by_one(db: Database, sqlstate: str) -> None:
    class LockedError(Exception):
        pass

    LockedError.sqlstate = sqlstate  # type: ignore[attr-defined]
    runs: list[str] = []

    def unlucky(conn: sa.Connection) -> None:
        runs.append("unlucky")
        add("unlucky")(conn)
        if len([one for one in runs if one == "unlucky"]) < 3:
            raise sa.exc.OperationalError("UPDATE", {}, LockedError())

    def neighbour(conn: sa.Connection) -> None:
        runs.append("neighbour")
        add("neighbour")(conn)

    gate = held_up(db)
    work = [asyncio.ensure_future(db.run(fn)) for fn in (neighbour, unlucky)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*work)
    assert runs == ["neighbour", "unlucky", "neighbour", "unlucky", "unlucky"]
    assert await db.run(days) == ["neighbour", "unlucky"]


async def test_a_store_that_stays_locked_is_an_error_for_later(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE_SECONDS", 0.2)

    class LockedError(Exception):
        sqlstate = "40001"

    def locked(_conn: sa.Connection) -> None:
        raise sa.exc.OperationalError("UPDATE", {}, LockedError())

    with pytest.raises(TransientError, match="DB-002"):
        await db.run(locked)
    assert await db.run(add("after")) == "after"


async def test_two_stores_that_update_one_row_lose_nothing(database_url: str) -> None:
    """The rows of a shared budget, from two connections in opposite orders: locks and deadlocks."""
    one, two = Database.open(database_url), Database.open(database_url)

    def bump(*buckets: str) -> Callable[[sa.Connection], None]:
        def fn(conn: sa.Connection) -> None:
            for bucket in buckets:
                statement = insert(conn, budget).values(bucket=bucket, used=1)
                more = {"used": budget.c.used + 1}
                conn.execute(statement.on_conflict_do_update(index_elements=["bucket"], set_=more))

        return fn

    await asyncio.gather(
        *(
            pair
            for _ in range(100)
            for pair in (one.run(bump("a", "b")), two.run(bump("b", "a")), one.run(bump("b", "a")))
        )
    )
    used = await two.run(lambda c: dict(c.execute(sa.select(budget.c.bucket, budget.c.used)).all()))
    assert used == {"a": 300, "b": 300}
    await one.aclose()
    await two.aclose()


WRITER = """
import asyncio, sys
import sqlalchemy as sa
from switchboard.store.database import Database
from switchboard.store.tables import usage

async def main(url, name):
    db = Database.open(url)
    def write(number):
        def fn(conn):
            conn.execute(sa.insert(usage).values(day=f"{name}-{number}", vendor="v", operation="o"))
        return fn
    for start in range(0, 300, 20):
        await asyncio.gather(*(db.run(write(n)) for n in range(start, start + 20)))
    await db.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
def test_processes_that_open_and_fill_one_store_at_once_lose_nothing(database_url: str) -> None:
    """Three processes create the tables, then write; none fails and every row is there."""
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, database_url, name], stderr=subprocess.PIPE)
        for name in "abc"
    ]
    for process in running:
        _, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors.decode()
    db = Database.open(database_url)
    assert len(db.run_sync(days)) == 900
    db.close()


DYING = """
import os, sys
import sqlalchemy as sa
from switchboard.store.database import Database
from switchboard.store.tables import usage

db = Database.open(sys.argv[1])
for number in range(10_000):
    db.run_sync(lambda c: c.execute(
        sa.insert(usage).values(day=f"{number:05d}", vendor="v", operation="o")).close())
    print(number, flush=True)
"""


@pytest.mark.slow
def test_what_a_killed_process_was_told_is_written_is_written(database_url: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", DYING, database_url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = -1
    for line in process.stdout:
        told = int(line)
        if told == 120:
            process.kill()
    process.wait()
    process.stdout.close()
    db = Database.open(database_url)
    stored = db.run_sync(days)
    assert stored[: told + 1] == [f"{number:05d}" for number in range(told + 1)]
    assert len(stored) - (told + 1) in {0, 1}
    db.close()


async def test_a_commit_that_broke_is_told_and_not_repeated(db: Database) -> None:
    """Nobody knows whether it happened: the caller has to look again."""
    runs: list[int] = []

    def fn(conn: sa.Connection) -> None:
        runs.append(1)
        add("x")(conn)

    def broken(_conn: sa.Connection) -> None:
        if runs:
            lost = ConnectionError()
            raise sa.exc.OperationalError("COMMIT", {}, lost, connection_invalidated=True)

    sa.event.listen(db._engine, "commit", broken)
    gate = held_up(db)
    work = [asyncio.ensure_future(db.run(fn)) for fn in (fn, days)]
    await asyncio.sleep(0)
    gate.set()
    for pending in work:
        with pytest.raises(TransientError, match="DB-003"):
            await pending
    assert runs == [1]
    sa.event.remove(db._engine, "commit", broken)
    await db.run(add("after"))


async def test_a_full_disk_is_the_operators_matter(db: Database) -> None:
    class FullError(Exception):
        sqlstate = "53100"
        sqlite_errorcode = sqlite3.SQLITE_FULL

    def full(_conn: sa.Connection) -> None:
        raise sa.exc.OperationalError("INSERT", {}, FullError("disk is full"))

    with pytest.raises(OperatorError, match=r"IO-001.*disk is full"):
        await db.run(full)
    assert await db.run(add("after")) == "after"


async def test_what_need_not_be_durable_shares_the_commit_of_what_must(db: Database) -> None:
    def level(conn: sa.Connection) -> object:
        pragma = "PRAGMA synchronous" if db.dialect == "sqlite" else "SHOW synchronous_commit"
        return conn.exec_driver_sql(pragma).scalar()

    safe, quick = await db.run(level), await db.run(level, durable=False)
    assert (safe, quick) in {(2, 1), ("off", "off")}  # The tests' own server never waits.
    gate = held_up(db)
    work = [asyncio.ensure_future(db.run(level, durable=kind)) for kind in (False, True, False)]
    await asyncio.sleep(0)
    gate.set()
    assert set(await asyncio.gather(*work)) == {safe}
    assert await db.run(level) == safe


@pytest.mark.postgresql
async def test_a_server_that_restarts_is_waited_for(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    db = Database.open(url)
    await db.run(add("before"))
    postgres_server.stop("fast")
    pending = asyncio.ensure_future(db.run(add("meanwhile")))
    await asyncio.sleep(0.2)
    postgres_server.start()
    assert await pending == "meanwhile"
    assert await asyncio.gather(*(db.run(add(day)) for day in "ab")) == ["a", "b"]
    assert await db.run(days) == ["a", "b", "before", "meanwhile"]
    await db.aclose()
    postgres_server.drop_database(url)


async def test_a_cancelled_caller_leaves_the_store_working(db: Database) -> None:
    gate = held_up(db)
    never = asyncio.ensure_future(db.run(add("cancelled while queued")))
    await asyncio.sleep(0)
    never.cancel()
    await asyncio.sleep(0.01)
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await never
    await db.run(add("after"))
    assert await db.run(days) == ["after"]


async def test_closing_commits_what_is_queued_and_takes_nothing_more(database_url: str) -> None:
    db = Database.open(database_url)
    gate = held_up(db)
    queued = asyncio.ensure_future(db.run(add("queued")))
    await asyncio.sleep(0)
    gate.set()
    await db.aclose()
    assert await queued == "queued"
    db.close()
    with pytest.raises(RuntimeError, match="closed"):
        await db.run(add("late"))


async def test_a_function_may_not_wait_for_its_own_store(db: Database) -> None:
    with pytest.raises(RuntimeError, match="own connection"):
        await db.run(lambda _conn: db.run_sync(days))


async def test_time_is_the_databases(db: Database) -> None:
    assert abs(await db.now() - time.time()) < 5


def test_an_embedded_store_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "switchboard.db"
    db = Database.open(f"sqlite:///{path}")
    db.run_sync(add("x"))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    modes = db.run_sync(
        lambda c: [
            c.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    )
    assert modes == ["wal", 1, 2]
    db.close()


@pytest.mark.parametrize("busy_timeout_ms", [5000, 20])
def test_a_writer_waits_for_another_programs_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy_timeout_ms: int
) -> None:
    """Inside SQLite, and again from outside when SQLite has lost its patience."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", busy_timeout_ms)
    path = tmp_path / "s.db"
    db = Database.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    timer.start()
    assert db.run_sync(add("x")) == "x"
    timer.join()
    other.close()
    db.close()


def test_a_file_that_is_no_store_is_refused_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, this is certainly not a database file. " * 50)
    with pytest.raises(OperatorError, match="DB-001"):
        Database.open(f"sqlite:///{path}")


def test_a_place_that_cannot_be_written_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="DB-001"):
        Database.open(f"sqlite:///{tmp_path / 'file' / 's.db'}")


def test_a_server_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(OperatorError, match="DB-001") as refused:
        Database.open(f"postgresql://u:secret@/db?host={tmp_path}")
    assert "secret" not in str(refused.value)
