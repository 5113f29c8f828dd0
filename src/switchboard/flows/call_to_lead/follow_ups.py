"""Hand on what a call leaves to the lanes beside it: media to fetch, callers to call back.

Called in the transactions that take a call in or say that it is done, so that nothing of it is
forgotten; leads and notes never wait for any of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from switchboard.config.settings import Settings
from switchboard.flows.call_to_lead.callbacks import reaches
from switchboard.flows.call_to_lead.media import pieces_of
from switchboard.flows.call_to_lead.models import Call
from switchboard.store import callbacks, media
from switchboard.vendors.ringcentral.models import CallRecord


def owe_media(
    conn: sa.Connection, call: Call, office: str | None, records: Sequence[CallRecord]
) -> None:
    """Take a processed call's recordings and voicemail into the debt list, once each."""
    if call.outcome != "unsettled":
        media.owe(conn, pieces_of(call, records, office))


def note_reached(conn: sa.Connection, call: Call, settings: Settings) -> None:
    """Close the call-back of whoever this call, of either direction, reached.

    Also while no new ones are asked for: what was asked for before is closed all the same.
    """
    if reaches(call, settings.callbacks.min_talk_seconds):
        way = "We called" if call.direction == "outbound" else "The caller called again"
        callbacks.reached(
            conn,
            person=call.person,
            at=call.started_at.timestamp(),
            by=call.id,
            why=f"{way} on {call.started_at:%Y-%m-%d %H:%M} UTC.",
        )


def owe_callback(conn: sa.Connection, call: Call, office: str, settings: Settings) -> None:
    """Note that somebody should call a missed caller back."""
    if settings.callbacks.enabled and call.call_type == "missed" and call.caller is not None:
        callbacks.owe(
            conn,
            interaction_id=call.id,
            person=call.person,
            office=office,
            opened_at=call.started_at.timestamp(),
        )
