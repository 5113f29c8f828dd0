"""What `switchboard serve` does for chats between deliveries: tickets, words owed, time-outs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal, get_args

import sqlalchemy as sa

from switchboard.cli.serve_chats import Chats
from switchboard.errors import TransientError
from switchboard.flows.chat_to_ticket.delivery import tickets_due
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.door.replies import replies_due, work_replies
from switchboard.flows.chat_to_ticket.expiry import expired_due, work_expired
from switchboard.flows.chat_to_ticket.following import follow_ups_due, work_follow_ups
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.jobs.chores import Chore
from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.store.database import now as store_now

# Each is woken as well when there is something to do; these find what a dead process has left.
REPLIES_SECONDS = 5.0  # A callback's answer is owed within a minute or so.
TICKETS_SECONDS = 15.0
FOLLOW_UPS_SECONDS = 60.0
EXPIRY_SECONDS = 60.0

Due = Callable[[sa.Connection, float], bool]
Work = Callable[[ChatTools], Awaitable[object]]  # Returns what stopped it: "DESK-503: ...".


CallLane = Literal["calls", "recordings", "call-backs"]


class Bells:
    """One for each lane that can be woken; rung from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events = {lane: asyncio.Event() for lane in (*get_args(Lane), *get_args(CallLane))}

    def of(self, lane: Lane | CallLane) -> asyncio.Event:
        return self._events[lane]

    def ring(self, lane: Lane | CallLane) -> None:
        self._loop.call_soon_threadsafe(self._events[lane].set)


def chat_lanes(chats: Chats, db: Database, bells: Bells) -> list[Chore]:
    """Return the chores of chats; nothing is done where no chats are set up."""

    def lane(due: Due, work: Work) -> Callable[[], Awaitable[None]]:
        return partial(work_chats, chats, db, due, work)

    return [
        Chore("replies", REPLIES_SECONDS, lane(replies_due, work_replies), bells.of("replies")),
        Chore("tickets", TICKETS_SECONDS, lane(tickets_due, work_tickets), bells.of("tickets")),
        Chore(
            "follow-ups",
            FOLLOW_UPS_SECONDS,
            lane(follow_ups_due, work_follow_ups),
            bells.of("follow_ups"),
        ),
        Chore("chat time-outs", EXPIRY_SECONDS, lane(expired_due, work_expired)),
    ]


async def work_chats(chats: Chats, db: Database, due: Due, work: Work) -> None:
    """Do *work* if *due* says so; what stops it is an error, so that it is put off."""
    if not chats.wanted():
        return
    host = leases.host_identity()

    def look(conn: sa.Connection) -> bool:
        leases.bury_dead(conn, host)
        return due(conn, store_now(conn))

    if not await db.run(look):
        return
    async with chats.at_work() as tools:
        stopped_by = await work(tools)
    if isinstance(stopped_by, str):
        code, _, message = stopped_by.partition(": ")
        raise TransientError(code, message)
