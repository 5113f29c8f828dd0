"""Move the effects of media in the journal, as long as nobody else has taken them over."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from switchboard.flows.call_to_lead.media_claim import Claim
from switchboard.flows.call_to_lead.settle import put_request
from switchboard.store import journal, leases, media
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.media import MediaRow

log = structlog.get_logger(__name__)


def mark(conn: sa.Connection, claim: Claim, wanted: Effect, worker: str) -> Effect | None:
    """Intend a write as it is wanted today and mark it `sending`.

    None when the lease is not ours any more: then it must not be sent.
    """
    known = journal.intend(conn, [wanted])[wanted.key]
    if known.state not in {"intended", "refused"}:
        return None
    if known.state == "refused":  # Nothing happened then; now there is a better request.
        journal.retry(conn, [wanted.key])
    if (known.module, known.request) != (wanted.module, wanted.request):
        put_request(conn, wanted.key, wanted.module, wanted.request)
    fences = {claim.lease: claim.fence}
    if not journal.mark_sending(conn, [wanted.key], worker, store_now(conn), fences=fences):
        return None
    return journal.by_keys(conn, [wanted.key])[wanted.key]


def settle(
    conn: sa.Connection, effect: Effect, vendor_id: str | None, row: MediaRow
) -> MediaRow | None:
    """Say that the write happened and what the piece is now; None when it is somebody else's."""
    if not _is_ours(conn, effect):
        return None
    journal.settle(conn, effect.key, vendor_id)
    media.put(conn, row)
    return row


def release(conn: sa.Connection, effect: Effect) -> None:
    """Say that nothing happened: it may be sent again."""
    if _is_ours(conn, effect):
        journal.release(conn, [effect.key])


def refuse(conn: sa.Connection, effect: Effect, code: str, message: str) -> None:
    """Say that the vendor refused it."""
    if _is_ours(conn, effect):
        journal.refuse(conn, effect.key, code, message)


def park(conn: sa.Connection, effect: Effect, code: str, message: str) -> None:
    """Leave a doubt that cannot be resolved to a person."""
    if _is_ours(conn, effect):
        journal.park(conn, effect.key, code, message)


def put(conn: sa.Connection, row: MediaRow, worker: str) -> bool:
    """Write the piece down, unless another worker has the call now: then theirs counts."""
    try:
        leases.check(conn, media.lease_key(row.interaction_id), worker)
    except leases.LeaseLostError:
        log.warning("taken_over", media=row.key)
        return False
    media.put(conn, row)
    return True


def _is_ours(conn: sa.Connection, effect: Effect) -> bool:
    """Tell whether the effect is as it was marked or read: same state, worker, fence, moment."""
    ours = journal.by_keys(conn, [effect.key]).get(effect.key) == effect
    if not ours:
        log.warning("taken_over", effect=effect.kind)  # They look for themselves.
    return ours
