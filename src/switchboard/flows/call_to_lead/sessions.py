"""Bring together the records that belong to one call, and know the calls we placed ourselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from switchboard.people.phone import to_e164
from switchboard.vendors.ringcentral.models import CallRecord

# The two halves of a RingOut: numeric session ids exactly this far apart (RingCentral's own
# client library merges them by this rule; the API documents nothing).
_RINGOUT_DISTANCES = (1000, 2000, 3000, 4000)
# ... and close in time: the second telephone is rung as soon as the first is picked up.
_RINGOUT_START_GAP = timedelta(minutes=2)
_OVERLAP_TOLERANCE = timedelta(seconds=2)
_NEVER = datetime.min.replace(tzinfo=UTC)


def latest_versions(records: Iterable[CallRecord]) -> tuple[CallRecord, ...]:
    """Keep one version of each record: the one modified last, else the one given last."""
    kept: dict[str, CallRecord] = {}
    for record in records:
        known = kept.get(record.id)
        if known is None or (record.last_modified or _NEVER) >= (known.last_modified or _NEVER):
            kept[record.id] = record
    return tuple(sorted(kept.values(), key=lambda record: (record.start_time, record.id)))


def by_session(records: Iterable[CallRecord]) -> dict[str, tuple[CallRecord, ...]]:
    """Group records under their session's key.

    A record without a telephonySessionId joins the one that shares its sessionId and has it.
    """
    latest = latest_versions(records)
    telephony = {
        record.session_id: record.telephony_session_id
        for record in latest
        if record.session_id and record.telephony_session_id
    }
    grouped: defaultdict[str, list[CallRecord]] = defaultdict(list)
    for record in latest:
        key = record.telephony_session_id or telephony.get(record.session_id) or record.session_key
        grouped[key].append(record)
    return {key: tuple(members) for key, members in grouped.items()}


def ringout_sessions(records: Iterable[CallRecord], region: str = "US") -> frozenset[str]:
    """Return the keys of sessions that are halves of a RingOut: calls one of us placed.

    The half that rings our own agent is logged as an inbound call from the customer.
    """
    inbound: list[CallRecord] = []
    outbound: dict[int, list[CallRecord]] = {}
    for record in records:
        if not record.session_id.isdecimal():
            continue
        if record.direction.casefold() == "inbound":
            inbound.append(record)
        else:
            outbound.setdefault(int(record.session_id), []).append(record)
    found: set[str] = set()
    for first in inbound:
        number = int(first.session_id)
        for distance in _RINGOUT_DISTANCES:
            for second in (
                *outbound.get(number + distance, ()),
                *outbound.get(number - distance, ()),
            ):
                if _are_halves(first, second, region):
                    found |= {first.session_key, second.session_key}
    return frozenset(found)


def _are_halves(inbound: CallRecord, outbound: CallRecord, region: str) -> bool:
    caller = to_e164(inbound.from_.phone_number, region)
    if caller is None:
        return False
    customer = to_e164(outbound.to.phone_number, region)
    ours = to_e164(outbound.from_.phone_number, region)
    return caller in {customer, ours} and _together(inbound, outbound)


def _together(one: CallRecord, other: CallRecord) -> bool:
    if abs(one.start_time - other.start_time) > _RINGOUT_START_GAP:
        return False
    ends = (
        one.start_time + timedelta(seconds=one.duration_seconds),
        other.start_time + timedelta(seconds=other.duration_seconds),
    )
    return max(one.start_time, other.start_time) <= min(ends) + _OVERLAP_TOLERANCE
