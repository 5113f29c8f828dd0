"""Set aside what a person chose, and bring it back: in pieces, so that chats go on meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from switchboard.console.attention.items import Item, Kind
from switchboard.console.service import ConsoleService
from switchboard.flows import setting_aside
from switchboard.store import stops

AT_ONCE = 100  # In one transaction.


async def put_aside(
    service: ConsoleService, chosen: Iterable[Item], *, reason: str, actor: str
) -> Counter[Kind]:
    """Set aside what is still stopped as it was seen; return how many of each kind."""
    done: Counter[Kind] = Counter()
    for kind, cause, ids in _pieces(chosen):
        work = partial(setting_aside.put_aside, kind=kind, ids=ids, cause=cause, reason=reason)
        done[kind] += len(await service.db.run(partial(work, actor=actor)))
    return +done


async def bring_back(
    service: ConsoleService, chosen: Iterable[Item], *, actor: str
) -> Counter[Kind]:
    """Let them count as stopped again; return how many of each kind."""
    done: Counter[Kind] = Counter()
    for kind, _, ids in _pieces(chosen):
        work = partial(setting_aside.bring_back, kind=kind, ids=ids, actor=actor)
        done[kind] += len(await service.db.run(work))
    return +done


def _pieces(chosen: Iterable[Item]) -> Iterator[tuple[stops.Kind, str, list[str]]]:
    by_cause: dict[tuple[stops.Kind, str], list[str]] = {}
    for kind in stops.OF:
        for each in chosen:
            if each.settable and each.kind == kind:
                by_cause.setdefault((kind, each.cause), []).append(each.id)
    for (kind, cause), ids in by_cause.items():
        for at in range(0, len(ids), AT_ONCE):
            yield kind, cause, ids[at : at + AT_ONCE]
