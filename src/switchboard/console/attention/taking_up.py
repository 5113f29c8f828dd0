"""Take up what a person presses Retry for: in pieces, so that chats are answered meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from switchboard.console.attention.items import Kind, told
from switchboard.console.attention.places import reference_of
from switchboard.console.attention.running import LANES
from switchboard.console.service import ConsoleService, WakeLane
from switchboard.errors import SwitchboardError
from switchboard.flows import retrying
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.store import audit

AT_ONCE = 100  # In one transaction.
_STORED: dict[Kind, tuple[retrying.Kind, WakeLane]] = {
    "call": ("call", "calls"),
    "recording": ("media", "recordings"),
    "voicemail": ("media", "recordings"),
    "call-back": ("callback", "call-backs"),
    "mail": ("mail", "mails"),
}
_TICKETS: tuple[Kind, ...] = ("ticket", "update")


@dataclass(slots=True)
class Taken:
    """How many of each kind were taken up, and what kept others from it."""

    numbers: Counter[Kind] = field(default_factory=Counter)
    problem: SwitchboardError | None = None

    @property
    def message(self) -> str:
        if self.problem is not None:
            done = f"{told(self.numbers).capitalize()} tried again. " if self.numbers else ""
            return f"{done}Tickets cannot be taken up now: {self.problem.message}"
        if not self.numbers:
            return "Nothing of it was stopped any more."
        number = self.numbers.total()
        return f"{told(self.numbers)} {'is' if number == 1 else 'are'} tried again."


async def take_up(
    service: ConsoleService, wanted: Sequence[tuple[Kind, str]], *, actor: str
) -> Taken:
    """Take up what is stopped of *wanted*, and have its lanes look at once."""
    taken = Taken()
    by_kind: dict[Kind, list[str]] = {}
    for kind, name in wanted:
        by_kind.setdefault(kind, []).append(name)
    for kind, (sort, lane) in _STORED.items():
        number = 0
        for some in _pieces(by_kind.get(kind, [])):
            work = partial(retrying.take_up, kind=sort, names=some, actor=actor)
            number += len(await service.db.run(work))
        if number:
            taken.numbers[kind] = number
            service.wake(lane)
    references = [
        _reference(kind, name) for kind in _TICKETS for name in by_kind.get(kind, [])
    ]  # fmt: skip
    if references:
        await _take_up_tickets(service, references, taken, actor)
    for name in by_kind.get("lane", []):
        if name in LANES:
            await service.db.run(partial(_note_lane, name=name, actor=actor))
            service.wake(LANES[name][1])
            taken.numbers["lane"] += 1
    return taken


async def _take_up_tickets(
    service: ConsoleService, references: Sequence[str], taken: Taken, actor: str
) -> None:
    try:
        tools = await service.chats()
    except SwitchboardError as error:
        taken.problem = error
        return
    for some in _pieces(list(dict.fromkeys(references))):
        work = partial(retrying.take_up_tickets, tools=tools, references=some, actor=actor)
        number = len(await service.db.run(work))
        if number:
            taken.numbers["ticket"] += number
            service.wake("tickets")


def _reference(kind: Kind, name: str) -> str:
    if kind == "ticket":
        return name
    found = next((each for each in keys.KINDS if f":{each}" in name), "")
    return reference_of(name, found)


def _note_lane(conn: sa.Connection, *, name: str, actor: str) -> None:
    audit.append(conn, actor=actor, action="lane.wake", subject=f"lane:{name}")


def _pieces(names: list[str]) -> list[list[str]]:
    return [names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE)]
