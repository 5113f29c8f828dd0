"""Facts of chats are counted by what and workflow, and as a funnel of each workflow."""

from __future__ import annotations

import sqlalchemy as sa

from switchboard.store import chat_facts
from switchboard.store.chat_facts import Funnel
from switchboard.store.database import Database

DAY = 86_400.0


async def test_what_happened_is_counted_in_its_time(db: Database) -> None:
    """From the first moment on, to before the last one."""

    def work(conn: sa.Connection) -> dict[tuple[str, str], int]:
        for at, what in ((0.0, "started"), (DAY, "started"), (DAY * 2, "started")):
            chat_facts.add(conn, "c1", at, what, "printer_issues")
        chat_facts.add(conn, "c2", DAY, "opened")
        return chat_facts.counts(conn, DAY, DAY * 2)

    assert await db.run(work) == {("started", "printer_issues"): 1, ("opened", ""): 1}


async def test_a_chat_counts_once_in_each_column_of_the_funnel(db: Database) -> None:
    """Two starts of one workflow in one chat are one; tomorrow's ticket counts for today."""

    def work(conn: sa.Connection) -> dict[str, Funnel]:
        for chat, at, what in (
            ("c1", 1.0, "started"),
            ("c1", 2.0, "started"),
            ("c1", 3.0, "ticket_wanted"),
            ("c1", DAY + 5, "ticket_created"),
            ("c2", 4.0, "started"),
            ("c2", 5.0, "solved"),
            ("c3", DAY + 1, "started"),
        ):
            chat_facts.add(conn, chat, at, what, "printer_issues")
        chat_facts.add(conn, "c1", 4.0, "started", "email_issues")
        return chat_facts.funnels(conn, 0.0, DAY)

    assert await db.run(work) == {
        "email_issues": Funnel(started=1),
        "printer_issues": Funnel(started=2, ticket_wanted=1, ticket_created=1, solved=1),
    }


async def test_a_chat_that_begins_anew_has_gained_nothing_yet(db: Database) -> None:
    """What an earlier stay of the visitor brought does not count for the next."""

    def work(conn: sa.Connection) -> frozenset[str]:
        for at, what in enumerate(("opened", "solved", "closed", "opened", "started")):
            chat_facts.add(conn, "c1", float(at), what)
        return chat_facts.since_opened(conn, "c1")

    assert await db.run(work) == {"opened", "started"}
