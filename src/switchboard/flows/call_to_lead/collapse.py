"""Collapse everything RingCentral recorded about a session into one call with one outcome.

A customer calls once; RingCentral writes a record for the company and possibly one for each
extension it rang, each with a leg for every step, and rewrites them until some time after the
end. The rules and their sources are in this folder's README.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from switchboard.flows.call_to_lead import classify
from switchboard.flows.call_to_lead.answering import (
    Answer,
    Extensions,
    find_answer,
    find_queue,
    involved,
)
from switchboard.flows.call_to_lead.classify import ResultClass
from switchboard.flows.call_to_lead.models import Call, Direction, Outcome, UnsettledReason
from switchboard.flows.call_to_lead.sessions import latest_versions
from switchboard.people.names import clean_caller_name
from switchboard.people.phone import to_e164
from switchboard.vendors.ringcentral.models import CallRecord, Party

# Which record speaks for the session: answered, then voicemail, then missed; then the earliest.
_RANK: dict[ResultClass, int] = {
    "answered": 0,
    "answered_elsewhere": 1,
    "voicemail": 2,
    "callback": 3,
    "missed": 3,
}
_LAST_RANK = 4


@dataclass(frozen=True, slots=True)
class _Session:
    records: tuple[CallRecord, ...]  # All of them, for times, ids and recordings.
    customer: tuple[CallRecord, ...]  # Those that tell of the customer's way; primary first.
    direction: Direction
    fax: bool
    noise: bool


def collapse(  # noqa: PLR0917 - the contract of the ledger: what, when, and three settings.
    account: str,
    records: Sequence[CallRecord],
    now: datetime,
    settle_seconds: float,
    trailing_seconds: float,
    region: str = "US",
    *,
    session: str | None = None,
    extensions: Extensions | None = None,
    ringout: bool = False,
) -> Call:
    """Return the one call that *records*, all of one session, tell of.

    *now* only decides whether they may still change. *extensions* (by id) tells persons from
    queues and menus; without it the legs' order has to do. *ringout*: `ringout_sessions` found
    this session to be half of a call we placed ourselves.
    """
    known = extensions or {}
    alive = tuple(record for record in latest_versions(records) if not record.deleted)
    everything = alive or latest_versions(records)
    found = _sort_out(everything, region, ringout=ringout)
    primary = found.customer[0]
    answer = find_answer(found.customer, known)
    queue = find_queue(found.customer, known)
    ended_at = max(_end(record) for record in everything)
    modified = max((r.last_modified for r in everything if r.last_modified), default=None)
    unsettled = _unsettled(found, now, ended_at, modified, settle_seconds, trailing_seconds)
    source = _caller_record(found, region)
    party = _customer_side(source)
    ids, numbers = involved(found.customer, known)
    waited_until = answer.answered_at if answer and answer.answered_at else None
    started_at = min(record.start_time for record in found.customer)
    duration = max(record.duration_seconds for record in found.customer)
    return Call(
        account=account,
        session=session or primary.session_key,
        started_at=started_at,
        ended_at=ended_at,
        direction=found.direction,
        outcome="unsettled" if unsettled else _outcome(found, answer),
        unsettled_reason=unsettled[0] if unsettled else None,
        settles_at=unsettled[1] if unsettled else None,
        deleted=not alive,
        caller=to_e164(party.phone_number, region),
        caller_raw=party.phone_number or party.extension_number,
        caller_name=_caller_name(found, queue.name if queue else None, known),
        caller_location=party.location,
        called_number=primary.to.phone_number if found.direction != "outbound" else None,
        queue_name=queue.name if queue else None,
        queue_extension_id=queue.extension_id if queue else None,
        queue_extension_number=queue.extension_number if queue else None,
        agent_name=answer.name if answer else None,
        agent_extension_id=answer.extension_id if answer else None,
        agent_extension_number=answer.extension_number if answer else None,
        extension_ids=ids,
        extension_numbers=numbers,
        ring_seconds=(
            max(0, int((waited_until - started_at).total_seconds()))
            if waited_until
            else (0 if answer else duration)
        ),
        talk_seconds=answer.talk_seconds if answer else 0,
        duration_seconds=duration,
        recording_ids=tuple(dict.fromkeys(_recordings(found))),
        voicemail_message_id=_voicemail_id(found.customer),
        callback_requested=any(
            classify.result_class(result) == "callback" for result in _results(found.customer)
        ),
        result_raw=primary.result,
        reason_raw=primary.reason,
        record_ids=tuple(record.id for record in everything),
        last_modified=modified,
    )


def _sort_out(records: tuple[CallRecord, ...], region: str, *, ringout: bool) -> _Session:
    calls = tuple(r for r in records if not classify.is_noise(r) and not classify.is_fax(r))
    if not calls:
        fax = any(classify.is_fax(record) for record in records)
        direction: Direction = "inbound" if _is_inbound(records[0]) else "outbound"
        return _Session(records, records, direction, fax=fax, noise=not fax)
    inbound = tuple(record for record in calls if _is_inbound(record))
    outside = tuple(record for record in inbound if not _is_internal(record))
    customer: tuple[CallRecord, ...]
    if ringout or any(classify.is_ringout(record) for record in calls):
        direction, customer = "outbound", calls
    elif outside and not _calls_itself(calls, region):
        direction = "inbound"
        # What rings an agent may have an outbound record of its own; its legs name the agent.
        customer = outside + tuple(
            r for r in calls if r not in outside and classify.rings_out_only(r)
        )
    elif all(_is_internal(record) for record in calls) or outside:
        direction, customer = "internal", calls
    else:
        direction = "outbound"
        customer = tuple(r for r in calls if not _is_internal(r) and r not in inbound) or calls
    in_order = tuple(sorted(customer, key=_importance))
    return _Session(records, in_order, direction, fax=False, noise=False)


def _importance(record: CallRecord) -> tuple[bool, int, datetime, str]:
    rank = _RANK.get(_class_of(record), _LAST_RANK)
    return not _is_inbound(record), rank, record.start_time, record.id


def _outcome(found: _Session, answer: Answer | None) -> Outcome:
    if found.fax or found.noise:
        return "fax" if found.fax else "noise"
    if answer is not None:
        return "accepted"
    classes = {_class_of(record) for record in found.customer}
    leg_classes = {classify.result_class(r) for r in _results(found.customer)}
    if "answered_elsewhere" in classes | leg_classes:
        return "answered_elsewhere"
    if "voicemail" in classes or _voicemail_id(found.customer) is not None:
        return "voicemail"
    if classes <= {"blocked", "failed"}:
        return "blocked" if "blocked" in classes else "failed"
    # Whatever else the record says (a menu's "Accepted", Stopped, Unknown, a word we have never
    # seen): as far as RingCentral knows nobody talked to this caller, so somebody should.
    return "missed"


def _unsettled(  # noqa: PLR0917
    found: _Session,
    now: datetime,
    ended_at: datetime,
    modified: datetime | None,
    settle_seconds: float,
    trailing_seconds: float,
) -> tuple[UnsettledReason, datetime] | None:
    reason = None if found.fax or found.noise else _provisional(found)
    quiet_since = max(modified, ended_at) if modified else ended_at
    given_up = quiet_since + timedelta(seconds=trailing_seconds)
    if reason is not None and now < given_up:
        return reason, given_up
    settled = ended_at + timedelta(seconds=settle_seconds)
    return ("settling", settled) if now < settled else None


def _provisional(found: _Session) -> UnsettledReason | None:
    reasons = [_why_provisional(record, found.direction) for record in found.customer]
    if "in_progress" in reasons:
        return "in_progress"
    decisive = [
        reason
        for record, reason in zip(found.customer, reasons, strict=True)
        if found.direction != "inbound" or _is_inbound(record)
    ]
    # One final record of the customer's own way is enough; those of single telephones, stopped
    # because somebody else answered, keep their results for ever.
    return None if None in decisive else decisive[0]


def _why_provisional(record: CallRecord, direction: Direction) -> UnsettledReason | None:
    kind = _class_of(record)
    if kind == "in_progress" or record.finished is False:
        return "in_progress"
    if record.finished:
        return None
    if kind == "provisional":
        return "provisional_result"
    if direction != "internal" and _touches_pstn(record) and classify.rings_out_only(record):
        return "ring_out_only"
    return None


def _class_of(record: CallRecord) -> ResultClass:
    if record.result:
        return classify.result_class(record.result)
    main = next((leg for leg in record.legs if leg.master), None)
    main = main or next((leg for leg in record.legs if classify.is_arrival(leg)), None)
    return classify.result_class(main.result if main else None)


def _results(records: Iterable[CallRecord]) -> list[str | None]:
    results: list[str | None] = []
    for record in records:
        results.append(record.result)
        results += [leg.result for leg in record.legs if not classify.is_noise_leg(leg)]
    return results


def _is_inbound(record: CallRecord) -> bool:
    return record.direction.casefold() == "inbound"


def _customer_side(record: CallRecord) -> Party:
    return record.from_ if _is_inbound(record) else record.to


def _is_internal(record: CallRecord) -> bool:
    # RingCentral names an extension on the other side only when it is one of the account's own.
    other = _customer_side(record)
    return bool(other.extension_id or other.extension_number)


def _calls_itself(records: Iterable[CallRecord], region: str) -> bool:
    """Calling one's own number makes two records of one session, one in each direction."""
    sides: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for record in records:
        caller = to_e164(record.from_.phone_number, region)
        called = to_e164(record.to.phone_number, region)
        if caller and called:
            sides[_is_inbound(record)].add((caller, called))
    return bool(sides[True] & sides[False])


def _touches_pstn(record: CallRecord) -> bool:
    transport = (record.transport or "").casefold()
    return transport == "pstn" or bool(record.from_.phone_number or record.to.phone_number)


def _caller_record(found: _Session, region: str) -> CallRecord:
    """Prefer a record that shows the number: some versions mask what others show."""
    candidates = [
        record for record in found.customer if found.direction != "inbound" or _is_inbound(record)
    ]
    for record in candidates:
        if to_e164(_customer_side(record).phone_number, region):
            return record
    return candidates[0]


def _caller_name(found: _Session, queue_name: str | None, extensions: Extensions) -> str | None:
    if found.direction == "outbound":
        return None
    queues = [e.name for e in extensions.values() if e.name and classify.is_queue(e.type)]
    for record in found.customer:
        if not _is_inbound(record):
            continue
        name = clean_caller_name(
            record.from_.name,
            queue_names=[*queues, *filter(None, (queue_name, record.to.name))],
            is_queue_call=queue_name is not None,
            location=record.from_.location,
        )
        if name:
            return name
    return None


def _end(record: CallRecord) -> datetime:
    ends = [record.start_time + timedelta(seconds=record.duration_seconds)]
    ends += [
        leg.start_time + timedelta(seconds=leg.duration_seconds)
        for leg in record.legs
        if leg.start_time is not None
    ]
    return max(ends)


def _recordings(found: _Session) -> Iterable[str]:
    for record in found.customer:
        if record.recording is not None:
            yield record.recording.id
        for leg in record.legs:
            if leg.recording is not None and not classify.is_noise_leg(leg):
                yield leg.recording.id


def _voicemail_id(records: Iterable[CallRecord]) -> str | None:
    for record in records:
        for message in (record.message, *(leg.message for leg in record.legs)):
            if classify.is_voicemail(message):
                return message.id if message else None
            # The message's type may be missing; the record then says what it is.
            if message and not message.type and _class_of(record) == "voicemail":
                return message.id
    return None
