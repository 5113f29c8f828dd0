"""Work off the media debt, behind everything else: what is due now, once each, in a given time.

Two calls at a time, the pieces of one call in the order of its legs. Whatever is left, for want of
time or because a vendor is in trouble, stays owed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError, RejectedError, SwitchboardError, TransientError
from switchboard.flows.call_to_lead.accounts import OfficeReport
from switchboard.flows.call_to_lead.media_claim import Claim, claim
from switchboard.flows.call_to_lead.media_piece import IN_DOUBT, Pace, Pieces
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.flows.call_to_lead.transcript_text import state_of
from switchboard.flows.call_to_lead.transcripts import Transcripts
from switchboard.spool import Spool
from switchboard.store import journal, leases, media
from switchboard.store.media import KINDS, Kind, MediaRow
from switchboard.vendors.ringcentral.models import Message

log = structlog.get_logger(__name__)

LANE = "media"  # The office of this lane's events.
AT_ONCE = 2  # Transfers side by side: leads and notes of other processes need the line as well.
CLAIM = 20  # Calls taken together: their voicemails are read in bulk.
TROUBLES = 3  # In a row: then it is the vendor, not the piece.
LATE_SHARE = 0.5  # Of a transfer: how long an upload may wait for its turn after it was marked.

Answers = Mapping[str, Message | SwitchboardError]


async def work_media(
    tools: Tools,
    *,
    offices: Sequence[str] | None = None,
    minutes: float | None = None,
    parts: Mapping[str, OfficeReport] | None = None,
) -> str | None:
    """Attach what is due; return what stopped it early, in words, or None.

    To be called as a worker (`working`). *offices* None means all; *minutes* None means the
    setting; *parts* get their figures. Nothing a vendor does here ends the run.
    """
    settings = tools.configuration.settings.media
    if not settings.enabled:
        return None
    minutes = settings.minutes_per_run if minutes is None else minutes
    lane = _Lane(tools, tuple(offices or ()), minutes * 60.0, parts or {})
    return await lane.work()


def reopen(conn: sa.Connection, rows: Sequence[MediaRow]) -> list[str]:
    """Owe the parked ones of *rows* again; what was parked in doubt is looked up first."""
    opened = media.retry(conn, [row.key for row in rows])
    effects = journal.by_keys(conn, opened)
    journal.retry(conn, [e.key for e in effects.values() if e.state in {"refused", "parked"}])
    return opened


class _Lane:
    def __init__(
        self,
        tools: Tools,
        offices: tuple[str, ...],
        seconds: float,
        parts: Mapping[str, OfficeReport],
    ) -> None:
        self._tools, self._offices, self._parts = tools, offices, parts
        self._db, self._settings = tools.db, tools.configuration.settings
        self._ends_at = time.monotonic() + seconds
        transfer = self._settings.media.transfer_seconds
        late = max(self._settings.journal.reconcile_after_seconds, transfer * LATE_SHARE)
        self._spool = Spool(tools.configuration.temporary_dir)
        self._pieces = Pieces(tools, self._spool, Pace(transfer, late))
        self._transcripts = Transcripts(tools)
        self._blocked: dict[Kind, str] = {}
        self._stopped: str | None = None
        self._troubles = 0

    async def work(self) -> str | None:
        await asyncio.to_thread(self._spool.sweep)
        await self._db.run(media.drop_needless)
        by = await self._db.now()  # What is put off from here on is the next run's.
        count = await self._db.run(lambda conn: media.count_due(conn, by=by, offices=self._offices))
        if not count:
            return None
        self._tools.tell(Event("stage", LANE, text="Attaching recordings and voicemails"))
        self._tools.tell(Event("planned", LANE, count))
        await self._date()
        while not self._is_over:
            claims = await self._db.run(lambda conn: self._claim(conn, by))
            if not claims:
                break
            await self._work_claims(claims)
        reason = self._stopped or "; ".join(dict.fromkeys(self._blocked.values())) or None
        if reason is not None:
            log.warning("media_stopped", why=reason)
        return reason

    @property
    def _kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in KINDS if kind not in self._blocked)

    @property
    def _is_over(self) -> bool:
        return bool(self._stopped) or not self._kinds or time.monotonic() >= self._ends_at

    def _claim(self, conn: sa.Connection, by: float) -> list[Claim]:
        return claim(
            conn,
            worker=self._tools.worker,
            by=by,
            lease_seconds=self._settings.journal.lease_seconds,
            limit=CLAIM,
            offices=self._offices,
            kinds=self._kinds,
        )

    async def _date(self) -> None:
        """Say of everything open when RingCentral deletes it, by what the account says today."""
        ours = self._settings.media
        await self._db.run(
            lambda conn: media.set_retention(conn, "voicemail", {}, ours.voicemail_retention_days)
        )
        days: dict[str, float] = {}
        usual = ours.recording_retention_days
        if usual is None:
            try:
                found = await self._tools.ringcentral.read_recording_retention()
            except SwitchboardError as error:
                log.warning("retention_unknown", code=error.code)  # The dates stay as they were.
                return
            named = {"Automatic": found.automatic_days, "OnDemand": found.on_demand_days}
            days = {name: each for name, each in named.items() if each is not None}
            usual = min(days.values(), default=media.USUAL_RETENTION_DAYS)
        await self._db.run(lambda conn: media.set_retention(conn, "recording", days, usual))

    # --- calls ---------------------------------------------------------------------------------

    async def _work_claims(self, claims: Sequence[Claim]) -> None:
        left = list(reversed(claims))
        try:
            answers = await self._messages(claims)

            async def work_some() -> None:
                while left and not self._is_over:
                    await self._work_call(left.pop(), answers)

            tasks = [asyncio.create_task(work_some()) for _ in range(AT_ONCE)]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            held = [each.lease for each in claims]
            await self._db.run(lambda conn: leases.release(conn, held, self._tools.worker))

    async def _work_call(self, each: Claim, answers: Answers) -> None:
        for row in each.rows:
            if self._is_over:
                return
            if row.kind in self._blocked:
                continue
            ended = row
            for step in (self._audio, self._transcript):
                try:
                    ended = await step(each, ended, answers)
                except TransientError as error:
                    ended = await self._pieces.postpone(ended, error)
                    self._trouble(str(error))
                    break
                except OperatorError as error:
                    ended = await self._pieces.postpone(ended, error)
                    self._stop(error, row.kind)
                    break
            else:
                if ended.why == IN_DOUBT and not each.is_sending(row.key):
                    self._trouble(f"{ended.error_code}: {IN_DOUBT}")
                else:
                    self._troubles = 0
            self._count(row, ended)

    async def _audio(self, each: Claim, row: MediaRow, answers: Answers) -> MediaRow:
        """Attach the piece; of a voicemail, see first what the message says."""
        message = _message(row, answers)
        if message is not None and row.transcript is None:
            never = state_of(message) == "never"
            row = replace(row, transcript="none" if never else "waiting")
        if row.state != "owed":
            return row
        if row.kind == "voicemail" and message is None and not each.is_sending(row.key):
            return await self._pieces.not_there(row)
        return await self._pieces.attach(each, row, message)

    async def _transcript(self, each: Claim, row: MediaRow, answers: Answers) -> MediaRow:
        if row.state == "done" and row.transcript != "waiting":  # Whole: not to be claimed again.
            return row if row.due_at is None else await self._pieces.put(replace(row, due_at=None))
        if row.transcript != "waiting" or row.state == "gone":
            return row
        return await self._transcripts.write(each, row, _message(row, answers))

    async def _messages(self, claims: Sequence[Claim]) -> Answers:
        """Read the voicemails of all these calls: 50 of a mailbox cost one request."""
        boxes: dict[str, list[str]] = {}
        found: dict[str, Message | SwitchboardError] = {}
        for each in claims:
            for row in each.rows:
                if row.kind == "voicemail" and row.mailbox_id is not None:
                    boxes.setdefault(row.mailbox_id, []).append(row.media_id)
                elif row.kind == "voicemail":
                    why = "The call's records do not say whose mailbox the voicemail is in."
                    found[row.media_id] = RejectedError("RC-404", why)
        for mailbox, ids in boxes.items():
            try:
                found |= await self._tools.ringcentral.read_messages(mailbox, ids)
            except SwitchboardError as error:
                found |= dict.fromkeys(ids, error)
        return found

    # --- trouble -------------------------------------------------------------------------------

    def _trouble(self, what: str) -> None:
        self._troubles += 1
        if self._troubles >= TROUBLES:
            self._stopped = f"{what} The rest of the recordings stays owed."

    def _stop(self, error: OperatorError, kind: Kind) -> None:
        """A missing permission concerns one kind of media, everything else all of it."""
        if error.code == "RC-403":
            needed = "ReadCallRecording" if kind == "recording" else "ReadMessages"
            self._blocked[kind] = f"{error} ({kind}s need {needed})"
        else:
            self._stopped = str(error)

    def _count(self, before: MediaRow, after: MediaRow) -> None:
        waits = after.state == "owed"
        self._tools.tell(Event("finished", LANE, 1, "waiting" if waits else after.state))
        if before.state == "owed" and after.state == "done":
            log.info("media", media=after.key, kind=after.kind, size=after.size)
            part = self._parts.get(after.office or "")
            if part is not None:
                part.media_attached += 1


def _message(row: MediaRow, answers: Answers) -> Message | None:
    """Return a voicemail's message, None if RingCentral does not have it; raise its trouble."""
    if row.kind != "voicemail":
        return None
    answer = answers.get(row.media_id)
    if answer is None:
        raise TransientError("RC-500", "RingCentral's answer left out a message.")
    if isinstance(answer, Message):
        return answer if answer.availability.lower() == "alive" else None
    if isinstance(answer, RejectedError):
        return None
    raise answer
