"""What an office's rules would have done with the calls of before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from switchboard.config.documents import Office, OwnersConfig, without_comments
from switchboard.flows.call_to_lead.owners import Users, owner_warnings
from switchboard.flows.call_to_lead.simulate import PastCall, Replay, replay

MOST_EXAMPLES = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One owner's share of the leads: what was meant, and what came of it (0 to 1)."""

    owner: str
    leads: int
    wanted: float
    got: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """The replay in the words of a page."""

    hours: float
    leads: int
    known_callers: int
    not_processed: int
    bars: tuple[Bar, ...]
    examples: tuple[tuple[float, str, str, str], ...]  # when, department, owner, why
    warnings: tuple[str, ...]


def drafted(office: Office, document: Mapping[str, Any]) -> Office | None:
    """Return the office as the document would have it; None for one that cannot be."""
    try:
        owners = OwnersConfig.model_validate(without_comments(dict(document)))
    except ValidationError:
        return None
    return office.model_copy(update={"owners": owners})


def simulate(  # noqa: PLR0917 - all that a replay depends on.
    offices: Sequence[Office],
    office: Office,
    calls: Sequence[PastCall],
    rotations: Mapping[str, Mapping[str, float]],
    users: Users | None,
    hours: float,
) -> Simulation:
    """Give out the leads of *calls* as *office* stands now, beside the other *offices*."""
    there = [office if each.id == office.id else each for each in offices]
    result = replay(there, calls, wanted=[office.id], rotations=rotations, users=users)
    return Simulation(
        hours=hours,
        leads=len(result.given),
        known_callers=result.known_callers,
        not_processed=result.not_processed,
        bars=_bars(result, office),
        examples=tuple(
            (
                each.call.started_at.timestamp(),
                each.assignment.department or "",
                each.owner,
                each.assignment.why,
            )
            for each in reversed(result.given[-MOST_EXAMPLES:])
        ),
        warnings=tuple(owner_warnings([office], users)),
    )


def _bars(result: Replay, office: Office) -> tuple[Bar, ...]:
    shares = result.of_office(office)
    leads = sum(each.leads for each in shares) or 1
    return tuple(
        Bar(each.owner, each.leads, each.wanted / leads, each.leads / leads) for each in shares
    )
