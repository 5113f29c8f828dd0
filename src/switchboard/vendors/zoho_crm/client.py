"""Read and write Zoho CRM: a thin shell over wire.py (what is asked) and answers.py (what came)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from switchboard.errors import TransientError
from switchboard.vendors.bodies import ReadableFile
from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.transport import Guard, Transport
from switchboard.vendors.zoho_accounts.client import ZohoAccountsClient
from switchboard.vendors.zoho_crm import answers, files, tasks, wire
from switchboard.vendors.zoho_crm.models import (
    Attachment,
    CrmField,
    CrmPerson,
    CrmUser,
    ItemResult,
    Note,
    NoteDraft,
)

T = TypeVar("T")
METADATA_SECONDS = 3600.0
MOST_PAGES = 10_000


class ZohoCrmClient:
    """One organisation's CRM, seen by the user who granted the refresh token."""

    def __init__(self, transport: Transport, credentials: ZohoCredentials) -> None:
        self._transport = transport
        self._accounts = ZohoAccountsClient(transport, credentials)
        self._fields: dict[str, tuple[float, tuple[CrmField, ...]]] = {}
        self._bare: dict[str, tuple[float, tuple[CrmField, ...]]] = {}  # Without layouts.
        self._reading_fields = asyncio.Lock()

    async def create_records(
        self, module: str, records: Sequence[Mapping[str, Any]], *, guard: Guard | None = None
    ) -> list[ItemResult]:
        """Insert up to 100 records and say of each what became of it, in the order sent.

        Raises InDoubtError when they may have been created although no usable answer came. *guard*
        is called right before sending, after all waiting, and raises if we must not send any more.
        """
        return await self._write(wire.create_request(module, records), len(records), guard)

    async def update_records(
        self, module: str, records: Sequence[Mapping[str, Any]], *, guard: Guard | None = None
    ) -> list[ItemResult]:
        """Change the named fields of up to 100 records, each with its `id`."""
        return await self._write(wire.update_request(module, records), len(records), guard)

    async def create_notes(
        self, notes: Sequence[NoteDraft], *, guard: Guard | None = None
    ) -> list[ItemResult]:
        """Write up to 100 notes, under as many different people as there are."""
        return await self._write(wire.notes_request(notes), len(notes), guard)

    async def read_people(
        self, module: str, *, modified_since: datetime | None
    ) -> AsyncIterator[list[CrmPerson]]:
        """Yield everybody in the module changed since the moment, converted leads included."""
        fields, phones = await self._person_fields(module)
        request = wire.people_request(module, fields, modified_since, None)
        number = 1
        for _ in range(MOST_PAGES):
            page = await self._send(request, answers.read_page)
            if page.items:
                yield answers.read_people(page.items, module, phones)
            if not page.more:
                return
            number += 1
            if page.token is not None:
                request = wire.people_request(module, fields, modified_since, page.token)
            elif number <= wire.MOST_BY_PAGE_NUMBER:
                request = wire.people_page_request(request, number)
            else:
                break
        raise TransientError("ZOHO-500", f"Zoho CRM's pages of {module} do not come to an end.")

    async def read_deleted(self, module: str, since: datetime | None) -> list[str]:
        """Return the ids of records deleted since the moment."""
        pages = self._pages(lambda number: wire.deleted_request(module, since, number))
        return [one async for page in pages for one in answers.read_ids(page)]

    async def find_people_by_phone(self, module: str, e164s: Sequence[str]) -> list[CrmPerson]:
        """Return who has one of the numbers, written exactly so; sees what was written just now."""
        fields, phones = await self._person_fields(module)
        columns = ["id", *(field for field in fields if not field.startswith("Converted"))]
        keys = list(dict.fromkeys(e164s))
        found: dict[str, CrmPerson] = {}
        for start in range(0, len(keys), wire.MOST_IN_VALUES):
            part = keys[start : start + wire.MOST_IN_VALUES]
            for number in range(MOST_PAGES):
                request = wire.coql_request(module, columns, phones, part, number * wire.PAGE_SIZE)
                page = await self._send(request, answers.read_page)
                for person in answers.read_people(page.items, module, phones):
                    found[person.id] = person
                if not page.more:
                    break
        return list(found.values())

    async def read_person(self, module: str, record_id: str) -> CrmPerson | None:
        """Return the person as the CRM has it now, or None if there is none with this id."""
        page = await self._send(wire.person_request(module, record_id), answers.read_page)
        _, phones = await self._person_fields(module)
        return next(iter(answers.read_people(page.items, module, phones)), None)

    async def read_notes(self, module: str, parent_id: str) -> list[Note]:
        """Return all notes of a lead or contact, newest first."""
        pages = self._pages(lambda number: wire.notes_of_request(module, parent_id, number))
        return [note async for page in pages for note in answers.read_notes(page)]

    async def find_tasks(self, subjects: Sequence[str]) -> list[tasks.CrmTask]:
        """Return the tasks with exactly these subjects; sees what was written just now."""
        wanted = list(dict.fromkeys(subjects))
        found: list[tasks.CrmTask] = []
        for start in range(0, len(wanted), tasks.MOST_SUBJECTS):
            part = wanted[start : start + tasks.MOST_SUBJECTS]
            for number in range(MOST_PAGES):
                request = tasks.find_request(part, number * wire.PAGE_SIZE)
                page = await self._send(request, answers.read_page)
                found += [each for each in tasks.read_tasks(page) if each.subject in part]
                if not page.more:
                    break
        return found

    async def read_tasks(self, ids: Sequence[str]) -> dict[str, tasks.CrmTask]:
        """Return how tasks stand now, by id; those that were deleted are left out."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, tasks.CrmTask] = {}
        for start in range(0, len(wanted), tasks.MOST_IDS):
            request = tasks.read_request(wanted[start : start + tasks.MOST_IDS])
            page = await self._send(request, answers.read_page)
            found |= {each.id: each for each in tasks.read_tasks(page)}
        return found

    async def read_note(self, note_id: str) -> Note | None:
        """Return one note as it is now, or None if it is gone."""
        page = await self._send(files.note_request(note_id), answers.read_page)
        return next(iter(answers.read_notes(page)), None)

    async def update_note(
        self, note_id: str, *, content: str, guard: Guard | None = None
    ) -> ItemResult:
        """Replace a note's text, not its title; the result is always a success.

        RejectedError ZOHO-404: the note is gone; ZOHO-403: it belongs to another user.
        """
        request = files.update_note_request(note_id, content)
        return await self._send(request, lambda answer: files.read_single(answer, "a note"), guard)

    async def upload_attachment(
        self,
        module: str,
        record_id: str,
        file: ReadableFile,
        *,
        name: str,
        content_type: str,
        size: int,
        timeout: float,  # noqa: ASYNC109 - of the exchange alone, not of the waits before it.
        guard: Guard | None = None,
    ) -> ItemResult:
        """Attach *file*, read while it is sent; the result is always a success.

        InDoubtError: it may be there, look with `read_attachments` under `files.file_name(name)`.
        RejectedError ZOHO-413: too large for Zoho; ZOHO-404: the record is gone.
        """
        request = files.upload_request(
            module,
            record_id,
            file,
            name=name,
            content_type=content_type,
            size=size,
            seconds=timeout,
        )
        return await self._send(
            request, lambda answer: files.read_single(answer, "an attachment"), guard
        )

    async def read_attachments(self, module: str, record_id: str) -> list[Attachment]:
        """Return all files and links under a record."""
        pages = self._pages(lambda number: files.attachments_request(module, record_id, number))
        return [one async for page in pages for one in files.read_attachments(page)]

    async def read_users(self) -> tuple[CrmUser, ...]:
        """Return all users, inactive ones included; `status` tells."""
        pages = self._pages(wire.users_request, "users")
        return tuple([user async for page in pages for user in answers.read_users(page)])

    async def read_fields(
        self, module: str, *, fresh: bool = False, layouts: bool = True
    ) -> tuple[CrmField, ...]:
        """Return the module's fields, mandatory where the system or a layout says so.

        They are kept for an hour; *fresh* reads them again, after a refusal that names a field.
        Without *layouts* a request is spared, and only the system's word counts.
        """
        async with self._reading_fields:
            kept = self._fields.get(module) or (None if layouts else self._bare.get(module))
            if kept is not None and not fresh and kept[0] > self._transport.clock():
                return kept[1]
            fields = await self._send(wire.fields_request(module), answers.page_of("fields"))
            until = self._transport.clock() + METADATA_SECONDS
            if not layouts:
                found = answers.read_fields(fields, answers.Page(items=()))
                self._bare[module] = (until, found)
                return found
            shown = await self._send(wire.layouts_request(module), answers.page_of("layouts"))
            found = answers.read_fields(fields, shown)
            self._fields[module] = (until, found)
            return found

    async def read_org(self) -> dict[str, Any]:
        """Return the organisation: `id`, `company_name`, `time_zone`, `type` and more."""
        return await self._send(wire.org_request(), answers.read_org)

    async def _person_fields(self, module: str) -> tuple[list[str], list[str]]:
        """Return the fields to ask for and those of them that hold phone numbers."""
        # Only leads are written, so only of them it matters what a layout demands.
        fields = await self.read_fields(module, layouts=module in wire.CONVERTIBLE)
        known = {field.api_name: field for field in fields}
        phones = [
            name for name, field in known.items() if field.data_type == answers.PHONE_TYPE
        ] or list(answers.PHONE_FIELDS[:2])
        # The usual ones first: COQL allows 25 conditions, a list 50 fields.
        phones.sort(key=lambda name: name not in answers.PHONE_FIELDS)
        return [name for name in wire.PERSON_FIELDS if name in known] + phones[:20], phones[:20]

    async def _pages(
        self, ask: Callable[[int], Request], key: str = "data"
    ) -> AsyncIterator[answers.Page]:
        for number in range(1, MOST_PAGES):
            page = await self._send(ask(number), answers.page_of(key))
            yield page
            if not page.more:
                return

    async def _write(self, request: Request, count: int, guard: Guard | None) -> list[ItemResult]:
        return await self._send(request, lambda answer: answers.read_items(answer, count), guard)

    async def _send(
        self, request: Request, read: Callable[[Answer], T], guard: Guard | None = None
    ) -> T:
        return await self._transport.send(request, read, keeper=self._accounts.keeper, guard=guard)
