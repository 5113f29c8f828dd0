"""Replay past calls under today's assignment rules, to see who would get what. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from switchboard.config.documents import Office
from switchboard.flows.call_to_lead.assign import assign
from switchboard.flows.call_to_lead.models import Assignment, Attribution, Call
from switchboard.flows.call_to_lead.owners import Owners, Users
from switchboard.flows.call_to_lead.select import attribute


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call as the ledger has it; `new`: its caller was unknown, so that it makes a lead."""

    call: Call
    new: bool


@dataclass(frozen=True, slots=True)
class Given:
    """One call of the replay, and who gets its lead."""

    call: Call
    office: Office
    attribution: Attribution
    assignment: Assignment
    owner: str


@dataclass(slots=True)
class Share:
    """What one owner of one office got, and what he should have got."""

    office: Office
    owner_id: str | None
    owner: str
    leads: int = 0
    wanted: float = 0.0


@dataclass(slots=True)
class Replay:
    """The replay: its calls, oldest first, every owner's share, and what was left out."""

    given: list[Given] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    known_callers: int = 0
    not_processed: int = 0

    def of_office(self, office: Office) -> list[Share]:
        """Return the shares of one office, the largest first."""
        mine = [each for each in self.shares if each.office.id == office.id]
        return sorted(mine, key=lambda each: -each.leads)


NOBODY = "(Zoho CRM chooses)"


def replay(
    offices: Sequence[Office],
    calls: Sequence[PastCall],
    *,
    wanted: Sequence[str],
    rotations: Mapping[str, Mapping[str, float]],
    users: Users | None = None,
    every_call: bool = False,
) -> Replay:
    """Assign *calls* as a run would today, beginning with *rotations*.

    Each call belongs to the office today's extensions give it, and only those of the offices
    *wanted* count. Without *every_call* a caller makes one lead at most, and none who is known.
    """
    by_id = {office.id: office for office in offices}
    result, state = Replay(), {pool: dict(credit) for pool, credit in rotations.items()}
    shares: dict[tuple[str, str | None], Share] = {}
    met: set[str] = set()
    for past in sorted(calls, key=lambda past: (past.call.started_at, past.call.id)):
        call = past.call
        if call.call_type is None or call.caller is None:
            continue
        whose = attribute(call, offices)
        if whose is None or not whose.process_calls:
            result.not_processed += 1
            continue
        if whose.office_id not in wanted:
            continue
        if not every_call and (not past.new or call.person in met):
            result.known_callers += 1
            continue
        met.add(call.person)
        office = by_id[whose.office_id]
        choice = assign(office, state, call=call, attribution=whose, users=users)
        if choice.pool is not None:
            state[choice.pool] = choice.rotation_after
        owners = Owners(office, users)
        name = owners.name(choice.owner_id) if choice.owner_id else NOBODY
        result.given.append(Given(call, office, whose, choice, name))
        for owner_id in {*choice.shares, choice.owner_id}:
            who = owners.name(owner_id) if owner_id else NOBODY
            share = shares.setdefault((office.id, owner_id), Share(office, owner_id, who))
            share.wanted += choice.shares.get(owner_id, 0.0) if owner_id else 1.0
            share.leads += owner_id == choice.owner_id
    result.shares = list(shares.values())
    return result
