"""Let one worker at a time write about one person, and notice workers that died.

A lease is won, renewed and given back by name; its fence grows at every change of hands, so the
writes of a worker that lost it can be told from those of the one that has it now.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil
import sqlalchemy as sa

from switchboard.errors import TransientError
from switchboard.store.database import chunks, insert
from switchboard.store.tables import lease, worker

START_TOLERANCE_SECONDS = 2.0  # The system derives a start from its boot time, which NTP moves.
FORGET_WORKER_SECONDS = 86_400.0  # A worker of another boot or machine, silent for a day.
FREE = ""
ADDRESS = (
    "address:"  # And its look-up hash (sealing.py): whoever decides about that person's tickets.
)


class LeaseLostError(TransientError):
    """Another worker took this person over: leave everything of theirs to it."""

    def __init__(self, person: str, by: str) -> None:
        super().__init__(
            "DB-005",
            "Another worker took over the work on this caller; it will finish it.",
            detail=f"person {person!r} is not leased by {by!r}",
        )


@dataclass(frozen=True, slots=True)
class WorkerIdentity:
    """One worker of one process. `host`, `pid` and `started_at` say whether it can be alive."""

    id: str
    host: str
    pid: int
    started_at: float


def worker_identity() -> WorkerIdentity:
    """Return a new identity in this process; two runners in it are two workers."""
    pid = os.getpid()
    host = host_identity()
    started_at = psutil.Process(pid).create_time()
    return WorkerIdentity(f"{host}/{pid}/{secrets.token_hex(4)}", host, pid, started_at)


def host_identity() -> str:
    """Name the space in which a pid means something: machine, its boot, pid namespace."""
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    parts = [socket.gethostname()]
    try:
        parts.append(boot.read_text(encoding="ascii").strip())
        parts.append(str(namespace.readlink()))
    except OSError:
        parts.append(os.name)  # No Linux: pid and start time have to do.
    return "|".join(parts)


def process_is_alive(pid: int, started_at: float) -> bool:
    """Tell whether that very process still runs, not another one that got its number."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False  # Killed; its parent has not noticed yet.
        return abs(process.create_time() - started_at) < START_TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def register(conn: sa.Connection, identity: WorkerIdentity, now: float) -> None:
    """Make a worker known before it takes leases, so that its death can be found out."""
    conn.execute(sa.delete(worker).where(worker.c.heartbeat < now - FORGET_WORKER_SECONDS))
    statement = insert(conn, worker).values(
        id=identity.id,
        host=identity.host,
        pid=identity.pid,
        started_at=identity.started_at,
        heartbeat=now,
    )
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"heartbeat": now}))


def heartbeat(conn: sa.Connection, worker_id: str, now: float) -> None:
    conn.execute(sa.update(worker).where(worker.c.id == worker_id).values(heartbeat=now))


def unregister(conn: sa.Connection, worker_id: str) -> None:
    """Give back everything at an orderly end."""
    conn.execute(sa.update(lease).where(lease.c.worker == worker_id).values(worker=FREE, until=0))
    conn.execute(sa.delete(worker).where(worker.c.id == worker_id))


def acquire(
    conn: sa.Connection, persons: Iterable[str], worker_id: str, until: float, now: float
) -> dict[str, int]:
    """Take the free and expired ones of *persons*; return the fence of each one won.

    Whoever already has a person keeps it, renewed, under the same fence.
    """
    won: dict[str, int] = {}
    # Sorted: two workers that want the same persons wait for each other, never in a ring.
    for chunk in chunks(sorted(set(persons))):
        statement = insert(conn, lease).values(
            [
                {"person": person, "worker": worker_id, "fence": 1, "until": until}
                for person in chunk
            ]
        )
        mine = lease.c.worker == worker_id
        statement = statement.on_conflict_do_update(
            index_elements=["person"],
            set_={
                "worker": worker_id,
                "fence": lease.c.fence + sa.case((mine, 0), else_=1),
                "until": until,
            },
            where=mine | (lease.c.until <= now),
        )
        won.update(conn.execute(statement.returning(lease.c.person, lease.c.fence)).all())
    return won


def renew(conn: sa.Connection, worker_id: str, until: float, now: float) -> set[str]:
    """Prolong everything this worker has; return it. What is missing was taken over: stop there.

    A lease that ran out but that nobody took is still ours: nothing happened in between.
    """
    heartbeat(conn, worker_id, now)
    statement = sa.update(lease).where(lease.c.worker == worker_id).values(until=until)
    return set(conn.scalars(statement.returning(lease.c.person)))


def release(conn: sa.Connection, persons: Iterable[str], worker_id: str) -> None:
    """Give persons back; rows stay, or the fence would start again from one."""
    for chunk in chunks(sorted(set(persons))):
        conn.execute(
            sa.update(lease)
            .where(lease.c.person.in_(chunk), lease.c.worker == worker_id)
            .values(worker=FREE, until=0)
        )


def drop(conn: sa.Connection, persons: Iterable[str], worker_id: str) -> None:
    """Give persons back and leave no row behind: for names that must not outlive the work.

    The fence begins again from one, so whoever uses such leases takes one at a time under a name.
    """
    for chunk in chunks(sorted(set(persons))):
        mine = lease.c.person.in_(chunk) & (lease.c.worker == worker_id)
        conn.execute(sa.delete(lease).where(mine))


def check(conn: sa.Connection, person: str, worker_id: str, fence: int | None = None) -> None:
    """Raise LeaseLostError unless *worker_id* has the person (still under *fence*)."""
    query = sa.select(lease.c.fence).where(lease.c.person == person, lease.c.worker == worker_id)
    held = conn.scalar(query.with_for_update(read=True))
    if held is None or (fence is not None and held != fence):
        raise LeaseLostError(person, worker_id)


def bury_dead(
    conn: sa.Connection,
    host: str,
    is_alive: Callable[[int, float], bool] = process_is_alive,
) -> int:
    """Free what workers of this host left behind when their process went; return how many did.

    Workers elsewhere cannot be seen from here: their leases simply run out.
    """
    known = conn.execute(
        sa.select(worker.c.id, worker.c.pid, worker.c.started_at).where(worker.c.host == host)
    ).all()
    dead = [row.id for row in known if not is_alive(row.pid, row.started_at)]
    for worker_id in dead:
        unregister(conn, worker_id)
    return len(dead)
