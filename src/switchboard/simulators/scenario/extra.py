"""Calls that come in while the simulators run: POST /_sim/calls."""

from __future__ import annotations

from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.company import Caller
from switchboard.simulators.scenario.calls import CallMaker
from switchboard.simulators.scenario.company import OFFICES
from switchboard.simulators.scenario.people import People
from switchboard.simulators.scenario.populate import settle


class CallOrder(BaseModel):
    """One call wanted, or `count` alike."""

    model_config = ConfigDict(extra="forbid")

    kind: str = "accepted"
    count: int = Field(1, ge=1, le=100_000)
    office: str = "philadelphia"
    extension: str | None = None  # Id, number or name of the user or queue called.
    caller: str | None = None  # E.164; none: somebody new.
    sent: str | None = None  # The number as the records show it, when not as E.164.
    caller_id: str | None = None
    anonymous: bool = False
    seconds_ago: float | None = Field(None, ge=0)  # When it began; none: it has just ended.
    talk_seconds: int | None = Field(None, ge=0)
    wording: str | None = None  # Another spelling of the result.
    shown_in_s: float = Field(0, ge=0)
    settles_in_s: float = Field(0, ge=0)
    provisional: str = "In Progress"
    recorded: bool | None = None  # None: as chance has it; short calls' recordings are not kept.
    audio_in_s: float | None = Field(None, ge=0)  # None: with the record, or soon after it settled.
    transcript_in_s: float | None = Field(None, ge=0)  # Only some mailboxes have the feature.


def add_calls(world: World, wanted: Any) -> list[dict[str, Any]]:
    """Put the ordered calls (one order or a list of them) into the log; describe them."""
    orders = [
        CallOrder.model_validate(o) for o in (wanted if isinstance(wanted, list) else [wanted])
    ]
    known = {office.id for office in OFFICES}
    made = []
    for order in orders:
        if order.office not in known:
            raise ValueError(f"Unknown office {order.office!r}; known: {', '.join(sorted(known))}.")
        made += [_add(world, order) for _ in range(order.count)]
    return made


def _add(world: World, order: CallOrder) -> dict[str, Any]:
    state = world.ringcentral
    key = state.next_key()
    maker = CallMaker(world, Random(f"{world.seed}:extra:{key}"))
    call = maker.make(
        order.kind,
        world.clock.now(),
        order.office,
        _caller(world, order, key),
        extension=order.extension,
        talk_seconds=order.talk_seconds,
        wording=order.wording,
    )
    call.start -= call.duration + 1 if order.seconds_ago is None else order.seconds_ago
    if order.recorded is not None:
        call.recorded = order.recorded
    settle(world, call, order.settles_in_s, order.provisional)
    if call.living is not None:
        call.living.shown_at += order.shown_in_s
        if not order.settles_in_s:
            call.living.settled_wall = min(world.clock.now(), call.start + call.duration + 1)
            call.living.audio_at = call.living.transcript_at = 0.0
        elapsed = world.clock.elapsed()
        if order.audio_in_s is not None:
            call.living.audio_at = elapsed + order.audio_in_s
        if order.transcript_in_s is not None:
            call.living.transcript_at = elapsed + order.transcript_in_s
    return state.describe(state.add_call(call))


def _caller(world: World, order: CallOrder, key: int) -> Caller:
    if order.anonymous:
        return Caller(None, None, order.caller_id or "Anonymous")
    if order.caller is None:
        return People(world.seed + 1_000_000 + key).fresh()
    return Caller(order.sent or order.caller, order.caller, order.caller_id, None, "Extra Caller")
