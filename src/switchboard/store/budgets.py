"""Share the vendors' allowances between all processes: who may knock now, and who has to wait.

A bucket is a GCRA: slots are spaced evenly, a small burst may run ahead, and never do more than
`limit` fall into one window, wherever the window begins. Nobody reserves the future: a caller asks
again when its wait is over, so a penalty recorded meanwhile stops it too, and a dead process holds
nothing. Seats count requests in flight; a seat's row names its holder, so that the seats of a
killed process are free again at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.holders import Holder
from switchboard.store.tables import budget, usage

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Budget:
    """The allowance of one bucket: `limit` per `window` seconds, of them `burst` at once."""

    bucket: str
    limit: float
    window: float
    burst: float = 1.0

    @property
    def spacing(self) -> float:
        """Seconds one unit of cost takes: with the burst, a window then holds `limit` units."""
        return self.window / max(self.limit - self.burst + 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request costs in one bucket."""

    budget: Budget
    cost: float = 1.0
    leave: float = 0.0  # Of the burst: what has to stay free for others afterwards.


@dataclass(frozen=True, slots=True)
class Seats:
    """How many requests may be in flight at once, and for how long a silent one keeps its seat."""

    bucket: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Admission:
    """Either a go (`wait` is 0, with the seat taken if one was asked for) or a time to wait."""

    wait: float
    seat: str | None = None
    crowded: bool = False  # All seats are taken: ask again soon, whatever `wait` says.


def admit(
    conn: sa.Connection,
    charges: Sequence[Charge],
    now: float,
    *,
    seats: Seats | None = None,
    holder: Holder | None = None,
) -> Admission:
    """Take one slot of every bucket (and a seat) if all are free now; otherwise take nothing."""
    rows = _locked(conn, [charge.budget.bucket for charge in charges])
    wait = max((_wait(rows[charge.budget.bucket], charge, now) for charge in charges), default=0.0)
    if wait > 0:
        return Admission(wait)
    seat = None
    if seats is not None and holder is not None:
        seat, wait = _sit_down(conn, seats, holder, now)
        if seat is None:
            return Admission(wait, crowded=True)
    for charge in charges:
        row = rows[charge.budget.bucket]
        conn.execute(
            sa.update(budget)
            .where(budget.c.bucket == charge.budget.bucket)
            .values(
                next_slot=max(row.next_slot, now) + charge.cost * charge.budget.spacing,
                used=row.used + charge.cost,
                updated_at=now,
            )
        )
    return Admission(0.0, seat)


def block(conn: sa.Connection, bucket: str, until: float, now: float) -> None:
    """Let nobody through *bucket* before *until*; an earlier block never shortens a longer one."""
    row = _locked(conn, [bucket])[bucket]
    if until > row.blocked_until:
        conn.execute(
            sa.update(budget)
            .where(budget.c.bucket == bucket)
            .values(blocked_until=until, updated_at=now)
        )


def blocked_until(conn: sa.Connection, bucket: str) -> float:
    """Return the end of the bucket's penalty, 0 if it never had one."""
    found = conn.scalar(sa.select(budget.c.blocked_until).where(budget.c.bucket == bucket))
    return float(found or 0.0)


def stand_up(conn: sa.Connection, seat: str, holder: Holder) -> None:
    """Give the seat back, unless it was given to somebody else meanwhile."""
    conn.execute(
        sa.update(budget)
        .where(budget.c.bucket == seat, budget.c.used == holder.number)
        .values(blocked_until=0.0, used=0.0)
    )


def count_use(
    conn: sa.Connection, vendor: str, operation: str, now: float, *, requests: int, spent: float
) -> None:
    """Add to the day's figures."""
    statement = insert(conn, usage).values(
        day=_day(now), vendor=vendor, operation=operation, requests=requests, credits=spent
    )
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=[usage.c.day, usage.c.vendor, usage.c.operation],
            set_={
                "requests": usage.c.requests + statement.excluded.requests,
                "credits": usage.c.credits + statement.excluded.credits,
            },
        )
    )


@dataclass(frozen=True, slots=True)
class Use:
    """Requests sent and credits spent on one operation."""

    requests: int
    credits: float


def usage_of_day(conn: sa.Connection, now: float) -> dict[str, dict[str, Use]]:
    """Return the figures of the day (UTC) of *now*: vendor → operation → use."""
    found: dict[str, dict[str, Use]] = {}
    for row in conn.execute(sa.select(usage).where(usage.c.day == _day(now))):
        found.setdefault(row.vendor, {})[row.operation] = Use(int(row.requests), float(row.credits))
    return found


def usage_today(
    conn: sa.Connection, *, clock: Callable[[], float] | None = None
) -> dict[str, dict[str, Use]]:
    """Return today's figures (UTC): vendor → operation → use, of all processes together."""
    moment = clock() if clock else dt.datetime.now(dt.UTC).timestamp()
    return usage_of_day(conn, moment)


def credits_in_24_hours(conn: sa.Connection, vendor: str, now: float) -> float:
    """Estimate the rolling 24 hours: today, and of yesterday the part still in the window."""
    spent = {
        row.day: float(row.credits)
        for row in conn.execute(
            sa.select(usage.c.day, sa.func.sum(usage.c.credits).label("credits"))
            .where(usage.c.vendor == vendor, usage.c.day.in_([_day(now), _day(now - DAY_SECONDS)]))
            .group_by(usage.c.day)
        )
    }
    rest_of_yesterday = 1.0 - (now % DAY_SECONDS) / DAY_SECONDS
    return spent.get(_day(now), 0.0) + rest_of_yesterday * spent.get(_day(now - DAY_SECONDS), 0.0)


def _wait(row: sa.Row[tuple[object, ...]], charge: Charge, now: float) -> float:
    """Say how long *charge* has to wait: for the penalty, and for its slot less the burst."""
    spacing = charge.budget.spacing
    ahead = max(charge.budget.burst - charge.cost - charge.leave, 0.0) * spacing
    # The last term lets rounding of epoch seconds pass instead of waiting for a microsecond.
    slot = float(row.next_slot) - ahead - 1e-6
    return max(float(row.blocked_until) - now, slot - now, 0.0)


def _locked(conn: sa.Connection, buckets: Sequence[str]) -> dict[str, sa.Row[tuple[object, ...]]]:
    """Read the buckets' rows for update, always in the same order, made where missing."""
    names = sorted(set(buckets))
    if not names:
        return {}
    conn.execute(
        insert(conn, budget)
        .values([{"bucket": name} for name in names])
        .on_conflict_do_nothing(index_elements=[budget.c.bucket])
    )
    rows = conn.execute(
        sa.select(budget)
        .where(budget.c.bucket.in_(names))
        .order_by(budget.c.bucket)
        .with_for_update()
    )
    return {row.bucket: row for row in rows}


def _sit_down(
    conn: sa.Connection, seats: Seats, holder: Holder, now: float
) -> tuple[str | None, float]:
    names = [f"{seats.bucket}:{number:02d}" for number in range(seats.count)]
    rows = _locked(conn, names)
    for name in names:
        row = rows[name]
        if float(row.blocked_until) <= now or Holder(int(row.used), float(row.next_slot)).is_gone(
            holder
        ):
            conn.execute(
                sa.update(budget)
                .where(budget.c.bucket == name)
                .values(
                    blocked_until=now + seats.seconds,
                    used=holder.number,
                    next_slot=holder.started_at,
                    updated_at=now,
                )
            )
            return name, 0.0
    return None, min(float(row.blocked_until) for row in rows.values()) - now


def _day(now: float) -> str:
    return dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y-%m-%d")
