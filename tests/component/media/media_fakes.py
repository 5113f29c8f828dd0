"""Recordings, mailboxes and attachments in memory, and processes that may die at any step."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import sqlalchemy as sa
from tests.component.calls.company import Company
from tests.component.calls.fakes import FakeCrm, FakeRingCentral, Hazard, KilledError

from switchboard.config.settings import MediaSettings
from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.flows.call_to_lead.media_work import work_media
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.working import working
from switchboard.store import media, tables
from switchboard.store.media import MediaPiece, MediaRow
from switchboard.vendors.bodies import MediaInfo
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.ringcentral.models import Message, RecordingRetention
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import Attachment, ItemResult, Note, NoteDraft

DAY = 86_400.0


def sound_of(media_id: str) -> bytes:
    return b"ID3" + media_id.encode() * 400


@dataclass
class MediaWorld:
    """What RingCentral has and what the CRM was given; it outlives every process."""

    missing: set[str] = field(default_factory=set)  # Ids RingCentral answers 404 for.
    forbidden: set[str] = field(default_factory=set)  # Kinds a permission is missing for.
    transcripts: dict[str, str] = field(default_factory=dict)
    transcription: dict[str, str] = field(default_factory=dict)
    attachments: list[tuple[str, str, str, str]] = field(default_factory=list)
    contents: dict[int, str] = field(default_factory=dict)  # By number of the note.
    largest: int = 10**9
    downloads: int = 0
    silent: bool = False  # The CRM takes no upload and does not say so.


class MediaRingCentral(FakeRingCentral):
    """A media host beside the call log."""

    def __init__(self, inner: FakeRingCentral, world: MediaWorld) -> None:
        super().__init__(inner.records, inner.hazard)
        self.world = world

    def _meet(self) -> str:
        kind = self.hazard.next()
        if kind in {"lost", "drop", "refused"}:
            raise TransientError("RC-500", "RingCentral did not answer.", retry_after=0.01)
        return kind

    def _allow(self, kind: str) -> None:
        if kind in self.world.forbidden:
            raise OperatorError("RC-403", "The app lacks a permission.")

    async def download(
        self,
        content_uri: str,
        sink: Callable[[bytes], object],
        *,
        kind: Literal["recording", "voicemail"],
        most_bytes: int,
        timeout: float,  # noqa: ASYNC109 - the client's own.
    ) -> MediaInfo:
        met = self._meet()
        self._allow(kind)
        media_id = content_uri.removesuffix("/content").rpartition("/")[2]
        if media_id in self.world.missing:
            raise RejectedError("RC-404", "There is no such recording.")
        sound = sound_of(media_id)
        if len(sound) > most_bytes:
            raise RejectedError("RC-413", "It is too large.")
        for start in range(0, len(sound), 1000):
            sink(sound[start : start + 1000])
        self.world.downloads += 1
        self.hazard.after(met)
        return MediaInfo("audio/mpeg", len(sound))

    async def read_messages(
        self, mailbox_id: str, ids: Sequence[str]
    ) -> dict[str, Message | SwitchboardError]:
        met = self._meet()
        self._allow("voicemail")
        gone = RejectedError("RC-404", "There is no such message.")
        found = {each: gone if each in self.world.missing else self._message(each) for each in ids}
        self.hazard.after(met)
        return cast("dict[str, Message | SwitchboardError]", found)

    def _message(self, media_id: str) -> Message:
        text = self.world.transcripts.get(media_id)
        return Message(
            id=media_id,
            transcription=self.world.transcription.get(
                media_id, "Completed" if text else "NotAvailable"
            ),
            audio_uri=f"https://media/{media_id}/content",
            transcript_uri=f"https://media/{media_id}/text" if text else None,
        )

    async def read_text(self, content_uri: str) -> str:
        met = self._meet()
        text = self.world.transcripts[content_uri.removesuffix("/text").rpartition("/")[2]]
        self.hazard.after(met)
        return text

    async def read_recording_retention(self) -> RecordingRetention:
        self._meet()
        return RecordingRetention(automatic_days=90.0, on_demand_days=30.0)


class MediaCrm(FakeCrm):
    """Attachments and the contents of notes beside the records."""

    def __init__(self, inner: FakeCrm, media_world: MediaWorld) -> None:
        super().__init__(inner.world, inner.hazard)
        self.media = media_world

    async def create_notes(
        self, notes: Sequence[NoteDraft], *, guard: Callable[[], None]
    ) -> list[ItemResult]:
        def remember() -> list[ItemResult]:
            results = []
            for note in notes:
                self.world.notes.append((note.module, note.parent_id, note.title))
                self.media.contents[len(self.world.notes)] = note.content
                results.append(ItemResult(ok=True, id=f"n{len(self.world.notes)}"))
            return results

        guard()
        return self._write(remember)

    async def upload_attachment(
        self,
        module: str,
        record_id: str,
        file: Any,
        *,
        name: str,
        guard: Callable[[], None],
        **_: Any,
    ) -> ItemResult:
        guard()
        content = file.read()
        if self.media.silent:
            raise InDoubtError("ZOHO-000", "No answer.")

        def keep() -> list[ItemResult]:
            if record_id not in self.world.people:
                raise RejectedError("ZOHO-404", "The record is gone.")
            if len(content) > self.media.largest:
                raise RejectedError("ZOHO-413", "The file is too large.")
            digest = hashlib.sha256(content).hexdigest()
            self.media.attachments.append((module, record_id, name, digest))
            return [ItemResult(ok=True, id=f"a{len(self.media.attachments)}")]

        return self._write(keep)[0]

    async def read_attachments(self, module: str, record_id: str) -> list[Attachment]:
        self._read()
        return [
            Attachment(id=f"a{number}", name=name, size=1)
            for number, (where, parent, name, _) in enumerate(self.media.attachments, 1)
            if (where, parent) == (module, record_id)
        ]

    async def read_note(self, note_id: str) -> Note | None:
        self._read()
        content = self.media.contents.get(int(note_id[1:]))
        return None if content is None else Note(id=note_id, title="t", content=content)

    async def update_note(
        self, note_id: str, *, content: str, guard: Callable[[], None] | None = None
    ) -> ItemResult:
        if guard is not None:
            guard()

        def change() -> list[ItemResult]:
            if int(note_id[1:]) not in self.media.contents:
                raise RejectedError("ZOHO-404", "The note is gone.")
            self.media.contents[int(note_id[1:])] = content
            return [ItemResult(ok=True, id=note_id)]

        return self._write(change)[0]

    async def read_person(self, module: str, ident: str) -> Any:
        if ident not in self.world.people:
            self._read()
            return None
        return await super().read_person(module, ident)


@dataclass
class MediaCompany(Company):
    """The small company, with recordings; each process works the media debt once."""

    media_world: MediaWorld = field(default_factory=MediaWorld)
    media_settings: dict[str, Any] = field(default_factory=dict)

    def tools(self, hazard: Hazard) -> Tools:
        tools = super().tools(hazard)
        values: dict[str, Any] = {
            "retry_minutes": (0.0001,),
            "give_up_hours": 10_000.0,
            "transfer_seconds": 0.4,
            "minutes_per_run": 30.0,
        }
        settings = tools.configuration.settings.model_copy(
            update={"media": MediaSettings(**(values | self.media_settings))}
        )
        return replace(
            tools,
            configuration=replace(tools.configuration, settings=settings),
            ringcentral=cast(
                "RingCentralClient",
                MediaRingCentral(cast("FakeRingCentral", tools.ringcentral), self.media_world),
            ),
            crm=cast("ZohoCrmClient", MediaCrm(cast("FakeCrm", tools.crm), self.media_world)),
        )

    async def prepare(self) -> None:
        """Write the calls, and owe nothing yet."""
        worked, self.media_settings = self.media_settings, {"enabled": False}
        await self.run()
        self.media_settings = worked
        await self.database.run(lambda conn: conn.execute(sa.delete(tables.media)).close())

    async def owe(self, *pieces: tuple[str, Literal["recording", "voicemail"], str]) -> None:
        """Owe (session, kind, media id), whatever the call's records say."""

        def add(conn: sa.Connection) -> None:
            rows = {row.session: row for row in conn.execute(sa.select(tables.interaction))}
            media.owe(
                conn,
                [
                    MediaPiece(
                        key=f"{rows[session].id}:media:{kind}:{media_id}",
                        interaction_id=rows[session].id,
                        person=rows[session].person,
                        office=rows[session].office,
                        kind=kind,
                        media_id=media_id,
                        position=position,
                        mailbox_id="201",
                        content_uri=f"https://media/{media_id}/content",
                        recording_type="Automatic",
                        call_started_at=rows[session].started_at,
                        call_ended_at=rows[session].started_at + 40,
                    )
                    for position, (session, kind, media_id) in enumerate(pieces)
                ],
            )

        await self.database.run(add)

    async def work(self, hazard: Hazard | None = None, **options: Any) -> str | None:
        """Be one process that works the media debt; "killed" when it did not live to the end."""
        tools = self.tools(hazard or Hazard())
        try:
            async with working(tools):
                return await work_media(tools, **options)
        except KilledError:
            await asyncio.sleep(0)
            return "killed"
        except SwitchboardError as error:
            return str(error)

    async def finish(self) -> list[MediaRow]:
        for _ in range(60):
            await self.work()
            rows = await self.rows()
            if all(row.state != "owed" and row.transcript != "waiting" for row in rows):
                return rows
            await asyncio.sleep(0.02)
        raise AssertionError(await self.rows())

    async def rows(self) -> list[MediaRow]:
        return await self.database.run(lambda conn: media.debt(conn, states=()))
