"""Send what follows a ticket: comments, files, the note in SalesIQ."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from switchboard.errors import InDoubtError, RejectedError, TransientError
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.carrying import Done, Guard
from switchboard.flows.chat_to_ticket.delivery.intending import content_of
from switchboard.flows.chat_to_ticket.delivery.matter import Matter, put_request, request_of
from switchboard.spool import SpoolFile
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_desk import text
from switchboard.vendors.zoho_desk.wire import file_name

log = structlog.get_logger(__name__)

_STEM, _ENDING = 60, 12


@dataclass(frozen=True, slots=True)
class CommentWrite:
    """One comment, recognised by the mark at its end."""

    matter: Matter
    key: str
    slow_seconds: float = 0.0
    sure_seconds: float = 0.0

    async def send(self, effect: Effect, guard: Guard) -> Done:
        content = content_of(self.matter.tools, effect)
        if content is None:
            raise _forgotten()
        ending = f"\n[{keys.mark(effect.key)}]"
        words = text.fit(text.clean(content["text"]), text.COMMENT_LENGTH - text.units(ending))
        made = await self.matter.desk.create_comment(
            _desk_id(self.matter), words + ending, public=content["public"], guard=guard
        )
        return Done(made.id)

    async def look(self, effect: Effect) -> Done | None:
        mark = keys.mark(effect.key)
        found = await self.matter.desk.read_comments(_desk_id(self.matter))
        mine = [each for each in found if keys.bears_mark(each.content, mark)]
        return Done(mine[0].id) if mine else None

    def settle(self, conn: sa.Connection, effect: Effect, done: Done) -> None:
        del done
        empty(conn, effect)


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One file, recognised by the mark in its name; *item* holds it, unless we only look."""

    matter: Matter
    key: str
    name: str
    slow_seconds: float
    item: SpoolFile | None = None
    content_type: str = ""
    sure_seconds: float = 0.0

    async def send(self, effect: Effect, guard: Guard) -> Done:
        del effect
        if self.item is None:  # It was in doubt and is not there: it has to be fetched first.
            raise TransientError("DESK-000", "The file is fetched again.", retry_after=0.0)
        with await asyncio.to_thread(self.item.reader) as reader:
            made = await self.matter.desk.upload_attachment(
                _desk_id(self.matter),
                reader,
                name=self.name,
                content_type=self.content_type or "application/octet-stream",
                size=self.item.size,
                timeout=self.slow_seconds,
                public=True,
                guard=guard,
            )
        return Done(made.id)

    async def look(self, effect: Effect) -> Done | None:
        del effect
        found = await self.matter.desk.read_attachments(_desk_id(self.matter))
        return next((Done(each.id) for each in found if each.name == self.name), None)

    def settle(self, conn: sa.Connection, effect: Effect, done: Done) -> None:
        del done
        empty(conn, effect)


@dataclass(frozen=True, slots=True)
class LinkWrite:
    """The ticket's number as a note on the chat. Nobody can look whether it is there (§8)."""

    matter: Matter
    key: str
    slow_seconds: float = 0.0
    sure_seconds: float = 0.0

    async def send(self, effect: Effect, guard: Guard) -> Done:
        content, salesiq = content_of(self.matter.tools, effect), self.matter.tools.salesiq
        if content is None:
            raise _forgotten()
        if salesiq is None:
            raise RejectedError("SIQ-404", "SalesIQ's REST API is not set up.")
        try:
            await salesiq.add_note(content["session"], content["text"], guard=guard)
        except InDoubtError as error:  # Better none than two: it is a convenience.
            log.info("chat_link_in_doubt", reference=self.matter.row.reference, code=error.code)
            return Done(None)
        return Done(None)

    async def look(self, effect: Effect) -> Done | None:
        del effect
        return Done(None)

    def settle(self, conn: sa.Connection, effect: Effect, done: Done) -> None:
        del done
        empty(conn, effect)


def marked_name(name: str, key: str) -> str:
    """Return a file's name with our mark, as Desk surely stores it."""
    safe = file_name(name)
    stem, dot, ending = safe.rpartition(".")
    if not dot or not stem or len(ending) > _ENDING:
        stem, dot, ending = safe, "", ""
    return f"{stem[:_STEM].strip(' .') or 'file'} ({keys.mark(key)}){dot}{ending}"


def empty(conn: sa.Connection, effect: Effect) -> None:
    """Keep of a written effect what it was about, and not what it said."""
    kept = {name: value for name, value in request_of(effect).items() if name != "sealed"}
    put_request(conn, effect.key, kept)


def _forgotten() -> RejectedError:
    return RejectedError("CHAT-421", "What was to be sent has been forgotten.")


def _desk_id(matter: Matter) -> str:
    desk_id = matter.row.desk_id
    if desk_id is None:
        raise RejectedError("DESK-404", "The ticket is not in Zoho Desk yet.")
    return desk_id
