"""What RingCentral's words for results, actions and legs mean to us.

The vendor publishes 45 results and keeps returning older spellings of some; new ones appear
without notice. So: compare case-insensitively, know the old spellings, and have a default.
Sources: RingCentral's API specification, and the enums of its own client library for the spellings
the specification does not know.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from switchboard.vendors.ringcentral.models import CallRecord, Leg, MessageRef

ResultClass = Literal[
    "answered",
    "answered_elsewhere",
    "voicemail",
    "missed",
    "callback",
    "blocked",
    "failed",
    "fax",
    "noise",
    "in_progress",
    "provisional",
    "other",
]

_RESULTS: dict[ResultClass, tuple[str, ...]] = {
    "answered": ("Accepted", "Call connected", "Call accepted"),
    "answered_elsewhere": ("Answered Elsewhere",),
    "voicemail": ("Voicemail", "Sent to Voicemail"),
    "missed": (
        "Missed",
        "Abandoned",
        "No Answer",
        "Hang Up",
        "Busy",
        "Rejected",
        "Declined",
        "Answered Not Accepted",
        "Reply",
    ),
    "callback": ("Callback requested",),
    "blocked": (
        "Blocked",
        "Not Allowed",
        "Restricted Number",
        "International Disabled",
        "International Restricted",
        "No Calling Credit",
        "Suspended account",
    ),
    "failed": (
        "Call Failed",
        "Call Failure",
        "Internal Error",
        "Carrier is not active",
        "EDGE trunk misconfigured",
        "Wrong Number",
    ),
    "fax": (
        "Fax Not Sent",
        "Fax Partially Sent",
        "Fax Poor Line",
        "Fax Receipt Error",
        "Fax on Demand",
        "Partial Receive",
        "Receive Error",
        "Received",
        "Send Error",
        "Sent",
    ),
    # Emergency dialling and a desk phone signing in: nobody called us.
    "noise": ("911", "933", "Phone Login"),
    "in_progress": ("In Progress", "ResultInProgress"),
    "provisional": ("Stopped", "IP Phone Offline", "Unknown", "ResultEmpty", "ResultUnknown", ""),
}


@lru_cache(maxsize=1024)
def _key(word: str | None) -> str:
    return "".join(character for character in (word or "").casefold() if character.isalnum())


_CLASS_OF = {_key(word): name for name, words in _RESULTS.items() for word in words}

_FAX_ACTIONS = frozenset(map(_key, ("Incoming Fax", "Outgoing Fax")))
_NOISE_ACTIONS = frozenset(
    map(
        _key,
        ("Monitoring", "Barge In Call", "Phone Login", "Paging", "E911 Update", "Emergency"),
    )
)
_RINGOUT_ACTIONS = frozenset(map(_key, ("RingOut Mobile", "RingOut PC", "RingOut Web")))
_NOISE_LEGS = frozenset(
    map(_key, ("SilentMonitoring", "Monitoring", "PagingServer", "TestCall", "FaxSent"))
)
# Arrival at a number, a site, a queue or a user: by itself no sign of a person.
_ARRIVAL_LEGS = frozenset(map(_key, ("Accept", "")))
_OUTSIDE_LEGS = frozenset(map(_key, ("FindMe", "FollowMe", "SipForwarding")))
# Places a call can rest at or pass through without a person listening.
_MACHINE_LEGS = frozenset(map(_key, ("IvaCall", "CallPark", "ParkLocation", "CallingCard")))
_RING_OUT_LEGS = frozenset(map(_key, ("PstnToSip",)))

PERSON_TYPES = frozenset(
    map(_key, ("User", "DigitalUser", "VirtualUser", "FlexibleUser", "Limited", "Room"))
    # A shared line is answered by people, whichever of them picks up.
) | frozenset(map(_key, ("SharedLinesGroup", "DelegatedLinesGroup", "GroupCallPickup")))
QUEUE_TYPE = _key("Department")


def result_class(result: str | None) -> ResultClass:
    """Return what a result means; 'other' for words this table has never seen."""
    return _CLASS_OF.get(_key(result), "other")


def is_person(extension_type: str | None) -> bool:
    """Say whether people answer extensions of this type."""
    return _key(extension_type) in PERSON_TYPES


def is_queue(extension_type: str | None) -> bool:
    """Say whether extensions of this type are call queues."""
    return _key(extension_type) == QUEUE_TYPE


def is_voicemail(message: MessageRef | None) -> bool:
    """Say whether a linked message is a voicemail (the type's case varies)."""
    return message is not None and _key(message.type) == "voicemail"


def is_fax(record: CallRecord) -> bool:
    """Say whether a record is about a fax."""
    return (
        _key(record.type) == "fax"
        or _key(record.action) in _FAX_ACTIONS
        or result_class(record.result) == "fax"
    )


def is_noise(record: CallRecord) -> bool:
    """Say whether a record is monitoring, barging in, paging, a login: no customer's call."""
    return _key(record.action) in _NOISE_ACTIONS or result_class(record.result) == "noise"


def is_ringout(record: CallRecord) -> bool:
    """Say whether a record belongs to a call one of us placed with RingOut."""
    return (
        _key(record.action) in _RINGOUT_ACTIONS
        or _key(record.internal_type) == "ringout"
        or any(_key(leg.leg_type).startswith("ringout") for leg in record.legs)
    )


def is_noise_leg(leg: Leg) -> bool:
    """Say whether a leg is a supervisor's or a machine's, not a step of the customer's way."""
    return _key(leg.leg_type) in _NOISE_LEGS or _key(leg.action) in _NOISE_ACTIONS


def is_arrival(leg: Leg) -> bool:
    """Say whether a leg is the arrival at a number, queue or user, not a phone that rang."""
    return _key(leg.leg_type) in _ARRIVAL_LEGS


def is_outside(leg: Leg) -> bool:
    """Say whether a leg forwards to a telephone outside the company."""
    return _key(leg.leg_type) in _OUTSIDE_LEGS


def is_machine(leg: Leg) -> bool:
    """Say whether a leg ends at something no person listens at."""
    return _key(leg.leg_type) in _MACHINE_LEGS


def is_picked_up(leg: Leg) -> bool:
    """Say whether the leg's telephone was answered by somebody.

    Reason "Connected" is the mark of a forwarding target that answered without accepting the
    call: a mobile telephone's own voicemail.
    """
    if is_outside(leg) and _key(leg.reason) == "connected":
        return False
    kind = result_class(leg.result)
    return kind == "answered" or (
        kind in {"provisional", "other"} and _key(leg.reason) == "accepted"
    )


def rings_out_only(record: CallRecord) -> bool:
    """Say whether a record knows nothing yet but that company telephones ring."""
    return bool(record.legs) and all(_key(leg.leg_type) in _RING_OUT_LEGS for leg in record.legs)
