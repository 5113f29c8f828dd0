"""Weigh what RingCentral says of a call against what the ledger holds of it already. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from switchboard.flows.call_to_lead.models import RUN_REASONS, Call, Skip

FATES = Literal["waiting", "done", "skipped", "parked"]
READY = "ready"
BY_HAND = "by_hand"  # Skipped by a person: no later look takes it up again.

UNSETTLED = {
    "settling": "The call ended moments ago; RingCentral may still change its record.",
    "in_progress": "The call was still going on when it was read.",
    "provisional_result": "RingCentral has not given the call its final result yet.",
    "ring_out_only": "So far RingCentral records only that telephones rang.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The row the ledger should hold; `workable` rows are due at once."""

    fate: FATES
    reason: str
    why: str
    workable: bool = False
    amends: str | None = None


def digest_of(call: Call) -> str:
    """Return what must differ before a call that is done gets a correction."""
    decisive = f"{call.call_type}|{call.outcome == 'voicemail'}|{call.caller}"
    return hashlib.sha256(decisive.encode()).hexdigest()[:12]


def weigh(
    call: Call,
    skip: Skip | None,
    fate: str | None,
    digest: str | None,
    reason: str | None = None,
    *,
    workable: bool,
) -> Verdict | None:
    """Return what changes in the ledger, or None when a second look changes nothing.

    *fate*, *digest*, *reason* and *workable* are the ledger's; None for a call never seen before.
    """
    changed = digest != digest_of(call)
    unsettled = call.outcome == "unsettled"
    final = fate in {"done", "parked"} and (not changed or unsettled or skip is not None)
    if final or (fate, reason) == ("skipped", BY_HAND):
        return None
    if unsettled:
        reason = call.unsettled_reason or "settling"
        return Verdict("waiting", reason, UNSETTLED[reason])
    # What an earlier run took on is not forgotten because this one looks at less.
    passing = fate == "waiting" and skip is not None and skip.reason in RUN_REASONS
    if skip is not None and not passing:
        if (fate, reason) == ("skipped", skip.reason) and not changed:
            return None
        return Verdict("skipped", skip.reason, skip.why)
    other_type = skip is not None and skip.reason == "not_requested_type"
    if fate == "waiting" and (other_type or (workable and not changed)):
        return None
    amends = digest_of(call) if fate == "done" else None
    return Verdict(
        "waiting", READY, "Ready to be written to Zoho CRM.", workable=True, amends=amends
    )
