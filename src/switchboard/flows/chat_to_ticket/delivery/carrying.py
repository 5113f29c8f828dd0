"""Carry one effect out: mark it, send it, say what became of it; in doubt, look before repeating.

The protocol of docs/exactly-once.md, for any kind of write at Zoho Desk or SalesIQ.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.flows.chat_to_ticket.delivery.leasing import Hold
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import journal
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect

log = structlog.get_logger(__name__)

Guard = Callable[[], None]
_LATE_SHARE = 3  # Of the time after which others look: a request leaves long before that.


@dataclass(frozen=True, slots=True)
class Done:
    """It happened, under the vendor's id; `value` is what the vendor answered with."""

    vendor_id: str | None
    value: Any = None


class Write(Protocol):
    """How one effect is sent, looked for, and taken over into the store."""

    @property
    def key(self) -> str: ...

    @property
    def slow_seconds(self) -> float:
        """How long the request itself may take beyond an ordinary one."""

    @property
    def sure_seconds(self) -> float:
        """After how long since it was sent "not there" is believed."""

    async def send(self, effect: Effect, guard: Guard) -> Done: ...

    async def look(self, effect: Effect) -> Done | None:
        """Return what is there of it; raises when that cannot be said (yet)."""

    def settle(self, conn: sa.Connection, effect: Effect, done: Done) -> None:
        """Write down what follows, in the transaction that settles the effect."""


class Later(Exception):  # noqa: N818 - it is an appointment, not a failure.
    """Go on at *at*: an answer is missing, and the write has to be looked for first."""

    def __init__(self, at: float, code: str = "", why: str = "") -> None:
        super().__init__(why)
        self.at, self.code, self.why = at, code, why


class Stopped(Exception):  # noqa: N818 - as above.
    """The effect was refused or left to a person."""

    def __init__(self, effect: Effect) -> None:
        super().__init__(effect.error)
        self.effect = effect


IN_DOUBT = "A write got no answer; it is looked for before it is sent again."


async def carry_out(tools: ChatTools, hold: Hold, write: Write) -> Effect:
    """Have the effect settled; return it.

    Later: it is in doubt, go on then. Stopped: refused or parked. TransientError and OperatorError:
    surely not carried out.
    """
    effect = await _read(tools, write.key)
    if effect.state == "sending":
        effect = await _clear_doubt(tools, write, effect)
    if effect.state in {"settled", "superseded"}:
        return effect
    if effect.state != "intended":
        raise Stopped(effect)
    effect = await _mark(tools, hold, effect)
    marked_at, late = time.monotonic(), max(reconcile_seconds(tools) / _LATE_SHARE, 0.5)

    def guard() -> None:
        hold.guard()
        if time.monotonic() - marked_at > late:
            raise TransientError("DB-005", "A request waited too long for its turn.")

    try:
        done = await write.send(effect, guard)
    except InDoubtError as error:
        log.warning("in_doubt", effect=effect.kind, code=error.code)
        wait = reconcile_seconds(tools) + write.slow_seconds
        raise Later((effect.sending_at or 0.0) + wait, error.code, IN_DOUBT) from error
    except (TransientError, OperatorError):
        await _unless_taken_over(tools, effect, _released)
        raise
    except RejectedError as error:
        log.warning("refused", effect=effect.kind, code=error.code)
        refusal = error

        def refuse(conn: sa.Connection, one: Effect) -> None:
            journal.refuse(conn, one.key, refusal.code, refusal.message)

        await _unless_taken_over(tools, effect, refuse)
        raise Stopped(await _read(tools, write.key)) from error
    await _settle(tools, write, effect, done)
    return await _read(tools, write.key)


def reconcile_seconds(tools: ChatTools) -> float:
    return tools.configuration.settings.journal.reconcile_after_seconds


def scale(tools: ChatTools) -> float:
    """Return the length of a vendor's minute in minutes: 1, but for the simulators' hurry."""
    return tools.configuration.settings.vendors.budgets.window_seconds / 60.0


async def _clear_doubt(tools: ChatTools, write: Write, effect: Effect) -> Effect:
    """Adopt what is there, or take back the mark; Later while neither can be said."""
    wait = reconcile_seconds(tools) + write.slow_seconds
    sent, now = effect.sending_at or 0.0, await tools.db.now()
    if now < sent + wait:
        raise Later(sent + wait, why=IN_DOUBT)
    try:
        found = await write.look(effect)
    except RejectedError as error:
        refusal: SwitchboardError = error

        def park(conn: sa.Connection, one: Effect) -> None:
            journal.park(conn, one.key, refusal.code, refusal.message)

        await _unless_taken_over(tools, effect, park)
        return await _read(tools, effect.key)
    if found is not None:
        await _settle(tools, write, effect, found)
    elif now < sent + max(write.sure_seconds, 2 * wait):
        raise Later(now + max(wait / 2, 0.05), why=IN_DOUBT)
    else:
        await _unless_taken_over(tools, effect, _released)
    return await _read(tools, effect.key)


async def _mark(tools: ChatTools, hold: Hold, effect: Effect) -> Effect:
    def mark(conn: sa.Connection) -> Effect | None:
        hold.check(conn, tools.worker)
        fences = {hold.person: hold.fence}
        keys = [effect.key]
        if not journal.mark_sending(conn, keys, tools.worker, store_now(conn), fences=fences):
            return None
        return journal.by_keys(conn, keys)[effect.key]

    marked = await tools.db.run(mark)
    if marked is None:
        raise TransientError("DB-005", "Another worker took this matter over.")
    return marked


async def _settle(tools: ChatTools, write: Write, effect: Effect, done: Done) -> None:
    def settle(conn: sa.Connection, one: Effect) -> None:
        journal.settle(conn, one.key, done.vendor_id)
        write.settle(conn, one, done)

    await _unless_taken_over(tools, effect, settle)


async def _unless_taken_over(
    tools: ChatTools, effect: Effect, change: Callable[[sa.Connection, Effect], None]
) -> None:
    """Change the journal, if the effect is as we marked or read it: else others look for it."""

    def run(conn: sa.Connection) -> bool:
        ours = journal.by_keys(conn, [effect.key]).get(effect.key) == effect
        if ours:
            change(conn, effect)
        return ours

    if not await tools.db.run(run):
        log.warning("taken_over", effect=effect.kind)
        raise TransientError("DB-005", "Another worker took this matter over.")


def _released(conn: sa.Connection, effect: Effect) -> None:
    journal.release(conn, [effect.key])


async def _read(tools: ChatTools, key: str) -> Effect:
    return (await tools.db.run(lambda conn: journal.by_keys(conn, [key])))[key]
