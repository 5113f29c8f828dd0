"""Bring one recording or voicemail from RingCentral to its record in Zoho CRM, once.

Downloaded into an encrypted temporary file first: the upload needs the whole of it, perhaps twice.
Effects follow docs/exactly-once.md; the marker is the media id in the attachment's name.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.flows.call_to_lead import media_effects
from switchboard.flows.call_to_lead.media import (
    after_trouble,
    file_name,
    is_gone,
    mark,
    next_try,
)
from switchboard.flows.call_to_lead.media_claim import Claim, Parent, other_parent
from switchboard.flows.call_to_lead.media_doubt import find_upload, is_missing
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.spool import Spool, SpoolFile
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.media import MediaRow
from switchboard.vendors.bodies import MediaInfo
from switchboard.vendors.ringcentral.content import recording_uri
from switchboard.vendors.ringcentral.models import Message

log = structlog.get_logger(__name__)

MEGABYTE = 1024 * 1024
IN_DOUBT = "The upload got no answer; Zoho CRM is asked for the file before it is sent again."
_TOO_LARGE = {"RC-413", "ZOHO-413"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long transfers may take, and how long a doubt waits: longer than any of them."""

    transfer_seconds: float
    late_seconds: float  # A request that leaves later than this after its mark is not sent.

    @property
    def doubt_seconds(self) -> float:
        return self.transfer_seconds + 2 * self.late_seconds


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was downloaded, what it will be called, and where it goes."""

    item: SpoolFile
    content_type: str
    name: str
    parent: Parent


class Pieces:
    """Attaches pieces for one worker. Vendors' errors that are not about the piece come out."""

    def __init__(self, tools: Tools, spool: Spool, pace: Pace) -> None:
        self._tools, self._spool, self._pace = tools, spool, pace
        self._db, self._crm = tools.db, tools.crm
        self._settings = tools.configuration.settings.media

    async def attach(self, claim: Claim, row: MediaRow, message: Message | None) -> MediaRow:
        """Return the piece as it is now; raises after noting what it means for the piece."""
        if claim.parent is None:
            why = "The record of this call's note in Zoho CRM is not known; nothing to attach to."
            return await self._park(row, "MEDIA-002", why)
        effect = claim.effects.get(row.key)
        if effect is not None and effect.state == "settled":
            return await self.put(_attached(row, effect))
        if effect is not None and effect.state == "sending":
            ended = await self._clear_doubt(claim, row, effect, claim.parent)
            if ended is not None:
                return ended
        async with self._spool.file(mark(row)) as item:
            found = await self._download(row, message, item)
            if isinstance(found, MediaRow):
                return found
            name = file_name(row, self._timezone(row), found.content_type)
            delivery = Delivery(item, found.content_type, name, claim.parent)
            return await self._upload(claim, row, delivery)

    async def _download(
        self, row: MediaRow, message: Message | None, item: SpoolFile
    ) -> MediaInfo | MediaRow:
        """Fill *item*, or return the piece as RingCentral's answer leaves it."""
        uri = message.audio_uri if message else row.content_uri
        if uri is None and row.kind == "recording":
            base = self._tools.configuration.settings.vendors.ringcentral_media_url
            uri = recording_uri(base, row.media_id)
        if uri is None:  # The message is there, its audio is not yet (ringcentral.md §5).
            return await self.not_there(row)
        try:
            info = await self._tools.ringcentral.download(
                uri,
                item.write,
                kind=row.kind,
                most_bytes=int(self._settings.max_megabytes * MEGABYTE),
                timeout=self._pace.transfer_seconds,
            )
        except RejectedError as error:
            if error.code == "RC-404":
                return await self.not_there(row)
            if error.code in _TOO_LARGE:
                return await self._too_large(row, error)
            return await self._park(row, error.code, error.message)
        except OperatorError as error:
            if error.code != "RC-400":
                raise
            # The address of this one piece leads to a host our token must not be sent to.
            return await self._park(row, error.code, error.message)
        item.finish()
        return info

    async def not_there(self, row: MediaRow) -> MediaRow:
        """RingCentral says 404: look again by the ladder, until it will not come any more."""
        at = await self._db.now()
        gone = is_gone(row, at, self._settings.give_up_hours)
        if gone is not None:
            row = replace(
                row,
                state="gone",
                why=gone,
                error_code="RC-404",
                due_at=None,
                finished_at=at,
                transcript=None if row.transcript == "waiting" else row.transcript,
            )
            log.warning("media_gone", media=row.key, kind=row.kind, why=gone)
        else:
            again = next_try(row.call_ended_at, at, self._settings.retry_minutes)
            why = "RingCentral does not have it yet."
            row = replace(row, why=why, error_code="RC-404", due_at=again)
        return await self.put(row)

    async def postpone(self, row: MediaRow, error: SwitchboardError) -> MediaRow:
        """Note a vendor's trouble, which says nothing about the piece: it stays owed.

        What a person has to mend first is due as soon as they have.
        """
        due = row.due_at
        if not isinstance(error, OperatorError):
            due = after_trouble(
                await self._db.now(),
                row.attempts,
                self._settings.retry_minutes,
                wait=error.retry_after,
            )
        return await self.put(replace(row, why=error.message, error_code=error.code, due_at=due))

    async def put(self, row: MediaRow) -> MediaRow:
        """Write the piece down, if it is still ours."""
        await self._db.run(lambda conn: media_effects.put(conn, row, self._tools.worker))
        return row

    # --- upload --------------------------------------------------------------------------------

    async def _upload(self, claim: Claim, row: MediaRow, delivery: Delivery) -> MediaRow:
        marked_at, parent = time.monotonic(), delivery.parent
        effect = await self._db.run(lambda conn: self._mark(conn, claim, row, delivery))
        if effect is None:
            raise TransientError("DB-005", "Another worker took over this call's recordings.")
        try:
            with delivery.item.reader() as reader:
                result = await self._crm.upload_attachment(
                    parent.module,
                    parent.record_id,
                    reader,
                    name=delivery.name,
                    content_type=delivery.content_type,
                    size=delivery.item.size,
                    timeout=self._pace.transfer_seconds,
                    guard=lambda: self._guard(marked_at),
                )
        except InDoubtError:
            return await self._doubtful(row)
        except (TransientError, OperatorError):
            await self._db.run(lambda conn: media_effects.release(conn, effect))
            raise
        except RejectedError as error:
            return await self._refused(claim, row, effect, delivery, error)
        sent = replace(
            row,
            file_name=delivery.name,
            content_type=delivery.content_type,
            size=delivery.item.size,
        )
        return await self._done(sent, effect, parent, result.id)

    def _mark(
        self, conn: sa.Connection, claim: Claim, row: MediaRow, delivery: Delivery
    ) -> Effect | None:
        parent = delivery.parent
        body = {"record_id": parent.record_id, "name": delivery.name, "size": delivery.item.size}
        wanted = claim.new_effect(
            row.key, "media", parent.module, json.dumps(body), store_now(conn)
        )
        return media_effects.mark(conn, claim, wanted, self._tools.worker)

    def _guard(self, marked_at: float) -> None:
        """Raise rather than send so late that somebody may be looking for it already."""
        self._tools.lease.guard()
        if time.monotonic() - marked_at > self._pace.late_seconds:
            raise TransientError("DB-005", "The upload waited too long for its turn.")

    async def _done(
        self, row: MediaRow, effect: Effect, parent: Parent, ident: str | None
    ) -> MediaRow:
        at = await self._db.now()
        done = replace(
            row,
            state="done",
            why="",
            error_code=None,
            module=parent.module,
            record_id=parent.record_id,
            attachment_id=ident,
            due_at=at if row.transcript == "waiting" else None,
            finished_at=at,
        )
        settled = await self._db.run(lambda conn: media_effects.settle(conn, effect, ident, done))
        return settled or row

    async def _doubtful(self, row: MediaRow) -> MediaRow:
        due = await self._db.now() + self._pace.doubt_seconds
        return await self.put(replace(row, why=IN_DOUBT, error_code="ZOHO-000", due_at=due))

    async def _refused(
        self,
        claim: Claim,
        row: MediaRow,
        effect: Effect,
        delivery: Delivery,
        error: RejectedError,
    ) -> MediaRow:
        parent, code, why = delivery.parent, error.code, error.message
        await self._db.run(lambda conn: media_effects.refuse(conn, effect, code, why))
        if code in _TOO_LARGE:
            return await self._too_large(row, error)
        if not await is_missing(self._crm, parent):
            return await self._park(row, code, why)
        other = await self._db.run(lambda conn: other_parent(conn, claim.person, parent))
        if other is not None and parent == claim.parent:  # One move, then a person has to look.
            log.info("media_follows", media=row.key, module=other.module)
            return await self._upload(claim, row, replace(delivery, parent=other))
        why = (
            f"The record {parent.record_id} in {parent.module} is not in Zoho CRM any more: it was "
            "deleted, merged or converted. Restore it and use `switchboard calls media --retry`, "
            "or save the file with `switchboard calls media --download`."
        )
        return await self._park(row, "ZOHO-404", why)

    # --- doubt ---------------------------------------------------------------------------------

    async def _clear_doubt(
        self, claim: Claim, row: MediaRow, effect: Effect, parent: Parent
    ) -> MediaRow | None:
        """Return the piece if a look at Zoho decides it; None when it is to be sent (again)."""
        ready = (effect.sending_at or 0.0) + self._pace.doubt_seconds
        if await self._db.now() < ready:
            return await self.put(replace(row, why=IN_DOUBT, error_code="ZOHO-000", due_at=ready))
        try:
            found = await find_upload(self._tools, claim, row, effect, parent)
        except RejectedError as error:
            return await self._park(row, error.code, error.message, effect=effect)
        if found is None:
            await self._db.run(lambda conn: media_effects.release(conn, effect))
            return None
        attachment = found.attachment
        done = replace(row, file_name=attachment.name, size=attachment.size)
        return await self._done(done, effect, found.place, attachment.id)

    # --- endings -------------------------------------------------------------------------------

    async def _too_large(self, row: MediaRow, refusal: RejectedError) -> MediaRow:
        most = self._settings.max_megabytes
        who = "this setting" if refusal.code == "RC-413" else "Zoho CRM"
        why = (
            f"The file is larger than {who} allows (media.max_megabytes is {most:g}). Save it with "
            f"`switchboard calls media --download {row.media_id} --to FILE` before RingCentral "
            "deletes it."
        )
        return await self._park(row, "MEDIA-413", why)

    async def _park(
        self, row: MediaRow, code: str, why: str, *, effect: Effect | None = None
    ) -> MediaRow:
        at = await self._db.now()
        parked = replace(row, state="parked", why=why, error_code=code, due_at=None, finished_at=at)

        def park(conn: sa.Connection) -> None:
            ours = media_effects.put(conn, parked, self._tools.worker)
            if ours and effect is not None:
                media_effects.park(conn, effect, code, why)

        await self._db.run(park)
        log.warning("media_parked", media=row.key, kind=row.kind, code=code)
        return parked

    def _timezone(self, row: MediaRow) -> str:
        office = self._tools.offices.get(row.office or "")
        return office.timezone if office else self._tools.configuration.settings.company.timezone


def _attached(row: MediaRow, effect: Effect) -> MediaRow:
    """Return the piece as its journal says: the journal is the truth."""
    body = json.loads(effect.request)
    return replace(
        row,
        state="done",
        why="",
        error_code=None,
        module=effect.module,
        record_id=body["record_id"],
        attachment_id=effect.vendor_id,
        file_name=row.file_name or body["name"],
        size=row.size or body["size"],
        due_at=effect.finished_at if row.transcript == "waiting" else None,
        finished_at=effect.finished_at,
    )
