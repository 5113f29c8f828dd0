"""Add a voicemail's transcript to the note about its call, once, and never over a person's words.

The note is written without waiting for it. If it is still as we wrote it the transcript goes below;
if a person changed or removed it, the transcript gets a note of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.flows.call_to_lead import media_effects
from switchboard.flows.call_to_lead.media import HOUR, next_try
from switchboard.flows.call_to_lead.media_claim import Claim, Parent
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.transcript_text import (
    cleaned,
    holds_transcript,
    same_text,
    separate_note,
    state_of,
    with_transcript,
)
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.media import MediaRow, Transcript
from switchboard.vendors.ringcentral.models import Message
from switchboard.vendors.zoho_crm.models import ItemResult, NoteDraft

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written: our note anew (`note_id`), or a note of its own (`title`)."""

    text: str
    content: str
    before: str = ""
    note_id: str | None = None
    title: str | None = None

    def request(self, parent: Parent) -> str:
        return json.dumps(
            {
                "parent_id": parent.record_id,
                "note_id": self.note_id,
                "title": self.title,
                "content": self.content,
                "before": self.before,
                "text": self.text,
            },
            ensure_ascii=False,
        )

    @classmethod
    def read(cls, request: str) -> Change:
        body = json.loads(request)
        return cls(body["text"], body["content"], body["before"], body["note_id"], body["title"])


class Transcripts:
    """Writes transcripts for one worker. Vendors' errors that are not about it come out."""

    def __init__(self, tools: Tools) -> None:
        self._tools, self._db, self._crm = tools, tools.db, tools.crm
        self._settings = tools.configuration.settings

    async def write(self, claim: Claim, row: MediaRow, message: Message | None) -> MediaRow:
        """Return the piece as it is now."""
        effect = claim.effects.get(f"{row.key}:transcript")
        if effect is not None and effect.state == "settled":
            return await self._said(row, "written")
        if effect is not None and effect.state == "sending":
            ended = await self._clear_doubt(row, effect)
            if ended is not None:
                return ended
        if state_of(message) == "later":
            return await self._later(row)
        ready = message if state_of(message) == "ready" else None
        if ready is None or ready.transcript_uri is None or claim.parent is None:
            return await self._said(row, "none")
        try:
            text = cleaned(await self._tools.ringcentral.read_text(ready.transcript_uri))
        except RejectedError as error:
            lags = error.code == "RC-404"  # The text may come after its status.
            return await (self._later(row) if lags else self._refused(row, error.code))
        return await self._put_text(claim, row, claim.parent, text)

    async def _put_text(self, claim: Claim, row: MediaRow, parent: Parent, text: str) -> MediaRow:
        if not text or claim.note is None:
            return await self._said(row, "none")
        change = await self._change(claim, row, claim.note, text)
        return await self._send(claim, row, parent, change)

    async def _change(self, claim: Claim, row: MediaRow, note: Effect, text: str) -> Change:
        ours = json.loads(note.request)["content"]
        try:
            found = await self._crm.read_note(note.vendor_id) if note.vendor_id else None
        except RejectedError:
            found = None
        if found is not None and same_text(ours, found.content):
            content = with_transcript(ours, text)
            return Change(text, content, before=ours, note_id=found.id)
        return self._separate(claim, row, text)

    def _separate(self, claim: Claim, row: MediaRow, text: str) -> Change:
        office = self._tools.offices.get(row.office or "")
        region = office.region if office else self._settings.company.region
        caller = claim.person if claim.person != claim.interaction_id else None
        title, content = separate_note(claim.session, caller, region, text)
        return Change(text, content, title=title)

    async def _send(self, claim: Claim, row: MediaRow, parent: Parent, change: Change) -> MediaRow:
        effect = await self._db.run(lambda conn: self._mark(conn, claim, row, parent, change))
        if effect is None:
            raise TransientError("DB-005", "Another worker took over this call's recordings.")
        try:
            result = await self._post(parent, change)
        except InDoubtError:
            return await self._doubtful(row)
        except (TransientError, OperatorError):
            await self._db.run(lambda conn: media_effects.release(conn, effect))
            raise
        except RejectedError as error:
            result = ItemResult(ok=False, code=error.code, message=error.message)
        if result.ok:
            return await self._written(row, effect, result.id)
        if result.in_doubt:
            return await self._doubtful(row)
        if result.transient:
            await self._db.run(lambda conn: media_effects.release(conn, effect))
            raise TransientError("ZOHO-500", f"Zoho CRM put off a note ({result.code}).")
        said = f"{result.code}: {result.message}"
        await self._db.run(lambda conn: media_effects.refuse(conn, effect, "ZOHO-422", said))
        if change.note_id is not None:  # Somebody else's note by now, or gone since we looked.
            other = self._separate(claim, row, change.text)
            return await self._send(claim, row, parent, other)
        return await self._refused(row, result.code)

    def _mark(
        self, conn: sa.Connection, claim: Claim, row: MediaRow, parent: Parent, change: Change
    ) -> Effect | None:
        key, at = f"{row.key}:transcript", store_now(conn)
        wanted = claim.new_effect(key, "transcript", parent.module, change.request(parent), at)
        return media_effects.mark(conn, claim, wanted, self._tools.worker)

    async def _post(self, parent: Parent, change: Change) -> ItemResult:
        guard = self._tools.lease.guard
        if change.note_id is not None:
            return await self._crm.update_note(change.note_id, content=change.content, guard=guard)
        draft = NoteDraft(
            module=parent.module,
            parent_id=parent.record_id,
            title=change.title or "",
            content=change.content,
        )
        return (await self._crm.create_notes([draft], guard=guard))[0]

    # --- doubt ---------------------------------------------------------------------------------

    async def _clear_doubt(self, row: MediaRow, effect: Effect) -> MediaRow | None:
        """Return the piece if that decides it; None when the transcript is to be written."""
        ready = (effect.sending_at or 0.0) + self._settings.journal.reconcile_after_seconds
        if await self._db.now() < ready:
            return await self._wait(row, ready)
        change = Change.read(effect.request)
        parent_id = json.loads(effect.request)["parent_id"]
        try:
            found = await self._look(effect.module, parent_id, change)
        except RejectedError as error:
            code, why = error.code, error.message
            await self._db.run(lambda conn: media_effects.park(conn, effect, code, why))
            return await self._refused(row, code)
        if found is not None:
            return await self._written(row, effect, found)
        await self._db.run(lambda conn: media_effects.release(conn, effect))
        return None

    async def _look(self, module: str, parent_id: str, change: Change) -> str | None:
        """Return the id of the note that has the transcript."""
        if change.note_id is not None:
            note = await self._crm.read_note(change.note_id)
            return note.id if note and holds_transcript(note.content, change.text) else None
        for note in await self._crm.read_notes(module, parent_id):
            if note.title == change.title:
                return note.id
        return None

    # --- what became of it ---------------------------------------------------------------------

    async def _written(self, row: MediaRow, effect: Effect, note_id: str | None) -> MediaRow:
        due = None if row.state == "done" else row.due_at
        written = replace(row, transcript="written", due_at=due)
        settled = await self._db.run(
            lambda conn: media_effects.settle(conn, effect, note_id, written)
        )
        return settled or row

    async def _said(self, row: MediaRow, transcript: Transcript) -> MediaRow:
        due = None if row.state == "done" else row.due_at
        return await self._put(replace(row, transcript=transcript, due_at=due))

    async def _later(self, row: MediaRow) -> MediaRow:
        at = await self._db.now()
        if at >= row.call_ended_at + self._settings.media.give_up_hours * HOUR:
            return await self._said(row, "none")
        ladder = self._settings.media.retry_minutes
        return await self._wait(row, next_try(row.call_ended_at, at, ladder))

    async def _doubtful(self, row: MediaRow) -> MediaRow:
        wait = self._settings.journal.reconcile_after_seconds
        return await self._wait(row, await self._db.now() + wait)

    async def _wait(self, row: MediaRow, until: float) -> MediaRow:
        """Come back then, or when the audio is due if that is sooner."""
        if row.state == "owed" and row.due_at is not None:
            until = min(until, row.due_at)
        return await self._put(replace(row, transcript="waiting", due_at=until))

    async def _refused(self, row: MediaRow, code: str) -> MediaRow:
        log.warning("transcript_refused", media=row.key, code=code)
        return await self._said(row, "none")

    async def _put(self, row: MediaRow) -> MediaRow:
        await self._db.run(lambda conn: media_effects.put(conn, row, self._tools.worker))
        return row
