"""Set aside what a person chose, and bring it back: in pieces, so that chats go on meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import sqlalchemy as sa

from switchboard.console.attention.items import Item, Kind
from switchboard.console.service import ConsoleService
from switchboard.flows import setting_aside
from switchboard.store import stops

AT_ONCE = 100  # In one transaction.


async def put_aside(
    service: ConsoleService, chosen: Sequence[Item], *, reason: str, actor: str
) -> Counter[Kind]:
    """Set aside what is still stopped as it was seen; return how many of each kind."""
    done: Counter[Kind] = Counter()
    for some in _pieces(chosen):
        work = partial(put_aside_in, chosen=some, reason=reason, actor=actor)
        done.update(each.kind for each in await service.db.run(work))
    return done


async def bring_back(
    service: ConsoleService, chosen: Sequence[Item], *, actor: str
) -> Counter[Kind]:
    """Let them count as stopped again; return how many of each kind."""
    done: Counter[Kind] = Counter()
    for some in _pieces(chosen):
        work = partial(bring_back_in, chosen=some, actor=actor)
        done.update(each.kind for each in await service.db.run(work))
    return done


def put_aside_in(
    conn: sa.Connection, chosen: Iterable[Item], *, reason: str, actor: str
) -> list[Item]:
    """Do it in one transaction; return what was set aside."""
    done: list[Item] = []
    for kind, cause, some in _alike(chosen):
        ids = setting_aside.put_aside(
            conn, kind, list(some), cause=cause, reason=reason, actor=actor
        )
        done += (some[name] for name in ids)
    return done


def bring_back_in(conn: sa.Connection, chosen: Iterable[Item], *, actor: str) -> list[Item]:
    """Do it in one transaction; return what had been set aside."""
    done: list[Item] = []
    for kind, _, some in _alike(chosen):
        done += (
            some[name] for name in setting_aside.bring_back(conn, kind, list(some), actor=actor)
        )
    return done


def _pieces(chosen: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for at in range(0, len(chosen), AT_ONCE):
        yield chosen[at : at + AT_ONCE]


def _alike(chosen: Iterable[Item]) -> list[tuple[stops.Kind, str, dict[str, Item]]]:
    """Return them by kind and cause, each under its id; only what can be set aside at all."""
    wanted = [each for each in chosen if each.settable]
    found: dict[tuple[stops.Kind, str], dict[str, Item]] = {}
    for kind in stops.OF:
        for each in wanted:
            if each.kind == kind:
                found.setdefault((kind, each.cause), {})[each.id] = each
    return [(kind, cause, some) for (kind, cause), some in found.items()]
