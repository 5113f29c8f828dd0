"""Count when chats come and how their days end, on the clock of an office."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from switchboard.store.local_time import DAY_SECONDS, local_seconds, shifts
from switchboard.store.tables import chat_fact

_HOUR_SECONDS = 3600


def by_hour(
    conn: sa.Connection, since: float, until: float, zone: str, workflow: str = ""
) -> dict[int, int]:
    """Count chats by the hour of the day they began; those of a workflow by when that was begun."""
    local = local_seconds(conn, chat_fact.c.at, shifts(zone, since, until))
    query = (
        sa.select((local // _HOUR_SECONDS % 24).label("slot"), sa.func.count())
        .where(chat_fact.c.at >= since, chat_fact.c.at < until)
        .where(chat_fact.c.what == ("started" if workflow else "opened"))
        .group_by(sa.text("slot"))
    )
    if workflow:
        query = query.where(chat_fact.c.workflow == workflow)
    return {int(hour): int(number) for hour, number in conn.execute(query)}


def by_day(
    conn: sa.Connection, since: float, until: float, zone: str, whats: Collection[str]
) -> dict[tuple[int, str], int]:
    """Count by (days since 1970, what) in how many chats each of *whats* happened."""
    local = local_seconds(conn, chat_fact.c.at, shifts(zone, since, until))
    chats = sa.func.count(sa.distinct(chat_fact.c.conversation_id))
    query = (
        sa.select((local // DAY_SECONDS).label("slot"), chat_fact.c.what, chats)
        .where(chat_fact.c.at >= since, chat_fact.c.at < until, chat_fact.c.what.in_(whats))
        .group_by(sa.text("slot"), chat_fact.c.what)
    )
    return {(int(day), what): int(number) for day, what, number in conn.execute(query)}
