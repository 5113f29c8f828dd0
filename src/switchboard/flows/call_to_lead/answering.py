"""Read from a call's legs who was asked, who answered, and for how long they talked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from switchboard.flows.call_to_lead import classify
from switchboard.vendors.ringcentral.models import CallRecord, Extension, Leg

Extensions = Mapping[str, Extension]


@dataclass(frozen=True, slots=True)
class Answer:
    """The person who talked to the caller first, and how long anybody did."""

    extension_id: str | None
    extension_number: str | None
    name: str | None
    answered_at: datetime | None
    talk_seconds: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The call queue a call went through."""

    extension_id: str | None
    extension_number: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class _Step:
    leg: Leg
    record: CallRecord
    extension_id: str | None

    @property
    def identity(self) -> tuple[object, ...]:
        leg = self.leg
        return leg.leg_type, leg.start_time, self.extension_id, leg.result, leg.to


def find_answer(records: Sequence[CallRecord], extensions: Extensions) -> Answer | None:
    """Return who answered, or None when only machines did.

    An accepted leg of a person's extension, or one forwarded to an outside telephone. The
    `Accepted` of a menu, a greeting or a queue is not a person: it only let the caller in.
    """
    steps = list(_steps(records))
    rung = {step.extension_id for step in steps if not classify.is_arrival(step.leg)} - {None}
    picked_up = [step for step in steps if _person_picked_up(step, rung, extensions)]
    # The leg of the telephone says when the talk began; the arrival includes menu and ringing.
    telephones = [step for step in picked_up if not classify.is_arrival(step.leg)]
    best = telephones or picked_up
    if not best:
        return _answer_without_legs(records, extensions)
    first = min(
        enumerate(best),
        key=lambda pair: (pair[1].leg.start_time or pair[1].record.start_time, pair[0]),
    )[1]
    return Answer(
        extension_id=first.extension_id,
        extension_number=_number(first, extensions),
        name=_agent_name(first, extensions),
        answered_at=first.leg.start_time,
        talk_seconds=_covered_seconds(step.leg for step in best),
    )


def find_queue(records: Sequence[CallRecord], extensions: Extensions) -> Queue | None:
    """Return the first queue the call arrived at: a Department, or what rang others' telephones."""
    steps = list(_steps(records))
    rung = {step.extension_id for step in steps if not classify.is_arrival(step.leg)} - {None}
    for step in steps:
        if classify.is_arrival(step.leg) and _is_queue(step.extension_id, rung, extensions):
            known = extensions.get(step.extension_id or "")
            return Queue(
                extension_id=step.extension_id,
                extension_number=_number(step, extensions),
                name=(known.name if known else None) or step.leg.to.name or step.record.to.name,
            )
    for record in records:
        queue = extensions.get(record.extension_id or record.to.extension_id or "")
        if queue is not None and classify.is_queue(queue.type):
            return Queue(queue.id, queue.extension_number, queue.name)
    return None


def involved(
    records: Sequence[CallRecord], extensions: Extensions
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids and the numbers of all extensions on the caller's way, in their order."""
    ids: dict[str, None] = {}
    numbers: dict[str, None] = {}
    for record in records:
        inbound = record.direction.casefold() == "inbound"
        ours = record.to if inbound else record.from_
        sides = [(record.extension_id or ours.extension_id, ours.extension_number)]
        if not inbound:
            sides.append((record.to.extension_id, record.to.extension_number))
        sides += [(step.extension_id, step.leg.to.extension_number) for step in _steps((record,))]
        for extension_id, number in sides:
            if extension_id:
                ids.setdefault(extension_id)
                known = extensions.get(extension_id)
                number = number or (known.extension_number if known else None)  # noqa: PLW2901
            if number:
                numbers.setdefault(number)
    return tuple(ids), tuple(numbers)


def _steps(records: Iterable[CallRecord]) -> Iterator[_Step]:
    # Each extension that was involved may have its own record of the session, with the same legs.
    seen: set[tuple[object, ...]] = set()
    for record in records:
        for leg in record.legs:
            if classify.is_noise_leg(leg):
                continue
            step = _Step(leg, record, leg.extension_id or leg.to.extension_id)
            if step.identity not in seen:
                seen.add(step.identity)
                yield step


def _person_picked_up(step: _Step, rung: set[str | None], extensions: Extensions) -> bool:
    leg = step.leg
    if not classify.is_picked_up(leg) or classify.is_machine(leg):
        return False
    known = extensions.get(step.extension_id or "")
    if known is not None and not classify.is_person(known.type):
        # Forwarding set up on a queue or a menu still reaches somebody's telephone.
        return classify.is_outside(leg) and leg.to.phone_number is not None
    if not classify.is_arrival(leg):
        return bool(step.extension_id or leg.to.extension_number or leg.to.phone_number)
    if step.extension_id is None or _is_queue(step.extension_id, rung, extensions):
        return False
    return classify.result_class(step.record.result) == "answered"


def _is_queue(extension_id: str | None, rung: set[str | None], extensions: Extensions) -> bool:
    if extension_id is None:
        return False
    known = extensions.get(extension_id)
    if known is not None:
        return classify.is_queue(known.type)
    return bool(rung - {extension_id}) and extension_id not in rung


def _answer_without_legs(records: Sequence[CallRecord], extensions: Extensions) -> Answer | None:
    for record in records:
        if record.legs or classify.result_class(record.result) != "answered":
            continue
        extension_id = record.extension_id or record.to.extension_id
        known = extensions.get(extension_id or "")
        if known is not None and not classify.is_person(known.type):
            continue
        return Answer(
            extension_id=extension_id,
            extension_number=record.to.extension_number
            or (known.extension_number if known else None),
            name=(known.name if known else None) or (record.to.name if extension_id else None),
            answered_at=None,
            talk_seconds=record.duration_seconds,
        )
    return None


def _number(step: _Step, extensions: Extensions) -> str | None:
    known = extensions.get(step.extension_id or "")
    return step.leg.to.extension_number or (known.extension_number if known else None)


def _agent_name(step: _Step, extensions: Extensions) -> str | None:
    known = extensions.get(step.extension_id or "")
    if known is not None and known.name:
        return known.name
    leg, caller = step.leg, step.record.from_
    if leg.to.name and leg.to.phone_number != caller.phone_number:
        return leg.to.name
    # On the outbound leg that rings an agent, `from` is the agent: captured from live calls.
    is_caller = leg.from_.name == caller.name or (
        leg.from_.phone_number is not None and leg.from_.phone_number == caller.phone_number
    )
    outbound = (leg.direction or "").casefold() == "outbound"
    return leg.from_.name if outbound and not is_caller else None


def _covered_seconds(legs: Iterable[Leg]) -> int:
    """Return how long at least one of the legs lasted: transfers add up, conferences overlap."""
    spans: list[tuple[datetime, datetime]] = []
    longest = 0
    for leg in legs:
        longest = max(longest, leg.duration_seconds)
        if leg.start_time is not None:
            spans.append((leg.start_time, leg.start_time + timedelta(seconds=leg.duration_seconds)))
    total = timedelta()
    reached: datetime | None = None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
        reached = end if reached is None else max(reached, end)
    return max(int(total.total_seconds()), longest)
