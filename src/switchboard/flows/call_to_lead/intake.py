"""Read the company call log once and put every call into the ledger, once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead import follow_ups
from switchboard.flows.call_to_lead.collapse import collapse
from switchboard.flows.call_to_lead.models import (
    RUN_REASONS,
    Attribution,
    Call,
    CallType,
    Skip,
    Window,
)
from switchboard.flows.call_to_lead.select import attribute, select
from switchboard.flows.call_to_lead.sessions import by_session, ringout_sessions
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.flows.call_to_lead.verdict import Verdict, digest_of, weigh
from switchboard.store import ledger
from switchboard.store.database import now as store_now
from switchboard.vendors.ringcentral.models import CallLogPage, CallRecord, Extension

NO_OFFICE = "(no office)"  # Calls that touch no configured extension; shown when all offices run.

RawWriter = Callable[[str, list[dict[str, object]]], object]


@dataclass(frozen=True, slots=True)
class Look:
    """What one run looks at."""

    account: str
    offices: tuple[Office, ...]  # In processing order.
    everything: bool  # All offices run: calls of no office are accounted for as well.
    types: frozenset[CallType]
    window: Window
    now: datetime
    extensions: Mapping[str, Extension]  # By id: who is a person, who a queue or a menu.


@dataclass(slots=True)
class Seen:
    """Every call of the run by the office it counts for, and what could not be read."""

    office_of: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, readings: Iterable[Reading]) -> None:
        """Count calls; one that was read before counts once, for the office it has now."""
        self.office_of |= {each.call.id: each.office for each in readings}


@dataclass(frozen=True, slots=True)
class Reading:
    """One call as it now stands, whose it is, and what is to become of it."""

    call: Call
    attribution: Attribution | None
    skip: Skip | None

    @property
    def office(self) -> str:
        return self.attribution.office_id if self.attribution else NO_OFFICE


@dataclass(frozen=True, slots=True)
class _Weighed:
    reading: Reading
    verdict: Verdict | None  # None: a second look changes nothing.
    before: ledger.Interaction | None
    records: tuple[CallRecord, ...]

    @property
    def processed(self) -> bool:
        """Whether the call is worked now or was by an earlier run that looked at more."""
        if _forgotten(self.before):
            return False
        known = self.before is not None and self.before.fate != "skipped"
        skip = self.reading.skip
        return skip is None or (known and skip.reason in RUN_REASONS)


@dataclass(frozen=True, slots=True)
class Planned:
    """A call that is new or changed, and what a real run would put into the ledger."""

    reading: Reading
    verdict: Verdict


class Intake:
    """Reads for one run."""

    def __init__(self, tools: Tools, look: Look, write_raw: RawWriter | None = None) -> None:
        self._tools, self._look, self._write_raw = tools, look, write_raw
        self._calls = tools.configuration.settings.calls
        self._last_page: tuple[CallRecord, ...] = ()
        self._ringouts: frozenset[str] = frozenset()

    async def read(self) -> Seen:
        """Fill the ledger from the call log, then look again at calls that were not settled."""
        seen = Seen()
        async for page, records in self._pages(seen):
            readings = await self._tools.db.run(partial(self._store, records=records))
            seen.add(readings)
            self._keep_raw(page.raw, readings)
        await self._read_unsettled(seen)
        return seen

    async def preview(self) -> tuple[Seen, list[Planned]]:
        """Do the same without writing: the new or changed calls a dry run plans with."""
        seen = Seen()
        planned: dict[str, Planned] = {}
        async for _, records in self._pages(seen):
            weighed = await self._tools.db.run(partial(self._weighed, records=records))
            seen.add([each.reading for each in weighed])
            for each in weighed:  # The half of a RingOut may be looked at twice: the last counts.
                planned.pop(each.reading.call.id, None)
                if each.verdict is not None:
                    planned[each.reading.call.id] = Planned(each.reading, each.verdict)
        return seen, list(planned.values())

    async def _pages(self, seen: Seen) -> AsyncIterator[tuple[CallLogPage, tuple[CallRecord, ...]]]:
        """Yield each page of the window, and the records to look at because of it."""
        start = self._look.window.start - timedelta(minutes=self._calls.trailing_minutes)
        async for page in self._tools.ringcentral.read_call_log(start, self._look.window.end):
            seen.problems.extend(page.problems)
            yield page, self._with_ringouts(page.records)
            self._tools.tell(Event("read", count=len(seen.office_of)))

    def _with_ringouts(self, page: tuple[CallRecord, ...]) -> tuple[CallRecord, ...]:
        """Find calls we placed by RingOut, also where a page's edge parts the two halves."""
        around = (*self._last_page, *page)
        self._ringouts = ringout_sessions(around, self._look.offices[0].region)
        again = [each for each in self._last_page if each.session_key in self._ringouts]
        self._last_page = page
        return (*again, *page)

    def _keep_raw(self, raw: Iterable[dict[str, object]], readings: Iterable[Reading]) -> None:
        if self._write_raw is None:
            return
        office_of = {each.call.session: each.office for each in readings}
        by_office: dict[str, list[dict[str, object]]] = {}
        for document in raw:
            session = document.get("telephonySessionId") or document.get("sessionId")
            office = office_of.get(str(session or document.get("id")))
            if office is not None:
                by_office.setdefault(office, []).append(document)
        for office, documents in by_office.items():
            self._write_raw("unassigned" if office == NO_OFFICE else office, documents)

    async def _read_unsettled(self, seen: Seen) -> None:
        """Read calls again, by id, that earlier runs left unsettled and this window misses."""
        wanted = [office.id for office in self._look.offices]

        def find(conn: sa.Connection) -> dict[str, list[CallRecord]]:
            waiting = [
                each for office in wanted for each in ledger.waiting_ids(conn, office=office)
            ]
            rows = ledger.load(conn, [each for each in waiting if each not in seen.office_of])
            ids = [row.id for row in rows.values() if row.due_at is None]
            stored = ledger.records(conn, ids)
            return {each: [_record(text) for text in stored.get(each, ())] for each in ids}

        missed = await self._tools.db.run(find)
        records = {record.id: record for group in missed.values() for record in group}
        if not records:
            return
        answers = await self._tools.ringcentral.read_call_records(list(records))
        fresh = [answer for answer in answers.values() if isinstance(answer, CallRecord)]
        gone = set()
        for record_id, answer in answers.items():
            if isinstance(answer, SwitchboardError) and answer.code == "RC-404":
                gone.add(record_id)
            elif isinstance(answer, SwitchboardError):
                seen.problems.append(f"call record {record_id}: {answer}")
        lost = [each for each, group in missed.items() if {r.id for r in group} <= gone]
        await self._tools.db.run(partial(_give_up, ids=lost))
        readings = await self._tools.db.run(
            lambda conn: self._store(conn, fresh, whatever_window=True)
        )
        seen.add(readings)
        unread = set(missed) - set(seen.office_of)
        if unread:  # Still waiting, and still part of this run's account.
            rows = await self._tools.db.run(lambda conn: ledger.load(conn, unread))
            seen.office_of |= {row.id: row.office or NO_OFFICE for row in rows.values()}

    def _store(
        self, conn: sa.Connection, records: Iterable[CallRecord], *, whatever_window: bool = False
    ) -> list[Reading]:
        weighed = self._weighed(conn, records, whatever_window=whatever_window)
        at = store_now(conn)
        changed = [each for each in weighed if each.verdict is not None]
        ledger.put_records(
            conn,
            [
                (each.reading.call.id, record.id, record.model_dump_json(exclude_defaults=True))
                for each in changed
                for record in each.records
            ],
        )
        ledger.upsert(conn, [_row(each, each.verdict, at) for each in changed if each.verdict])
        self._follow_up(conn, weighed)
        return [each.reading for each in weighed]

    def _follow_up(self, conn: sa.Connection, weighed: Iterable[_Weighed]) -> None:
        """Hand on recordings, also those that came late, and callers who were reached."""
        settings = self._tools.configuration.settings
        for each in weighed:
            reading = each.reading
            if settings.media.enabled and each.processed:
                follow_ups.owe_media(conn, reading.call, reading.office, each.records)
            if each.verdict is not None:
                follow_ups.note_reached(conn, reading.call, settings)

    def _weighed(
        self, conn: sa.Connection, records: Iterable[CallRecord], *, whatever_window: bool = False
    ) -> list[_Weighed]:
        groups = {
            f"call:{self._look.account}:{session}": (session, members)
            for session, members in by_session(records).items()
        }
        old = ledger.load(conn, list(groups))
        stored = ledger.records(conn, list(old))
        weighed = []
        for each, (session, fresh) in groups.items():
            merged = (*map(_record, stored.get(each, ())), *fresh)
            reading = self._reading(session, merged, whatever_window=whatever_window)
            before = old.get(each)
            if not self._concerns(reading, before):
                continue
            verdict = None
            if not _forgotten(before):
                verdict = weigh(
                    reading.call,
                    reading.skip,
                    before.fate if before else None,
                    before.digest if before else None,
                    before.reason if before else None,
                    workable=before is not None and before.due_at is not None,
                )
            weighed.append(_Weighed(reading, verdict, before, merged))
        return weighed

    def _concerns(self, reading: Reading, before: ledger.Interaction | None) -> bool:
        """Say whether the call is part of this run: of its offices, and of its window."""
        if reading.attribution is None:
            if not self._look.everything:
                return False
        elif reading.attribution.office_id not in {office.id for office in self._look.offices}:
            return False
        outside = reading.skip is not None and reading.skip.reason == "outside_window"
        waits = before is not None and before.fate == "waiting"
        return waits or not outside

    def _reading(
        self, session: str, records: Sequence[CallRecord], *, whatever_window: bool
    ) -> Reading:
        region = self._look.offices[0].region
        call = self._collapse(session, records, region)
        attribution = attribute(call, tuple(self._tools.offices.values()))
        office = self._tools.offices[attribution.office_id] if attribution else None
        if office is not None and office.region != region:
            region = office.region
            call = self._collapse(session, records, region)
        skip = select(
            call,
            attribution,
            types=self._look.types,
            window=None if whatever_window else self._look.window,
            block_list=self._calls.block_list,
            include_internal=self._calls.include_internal,
            region=region,
        )
        return Reading(call, attribution, skip)

    def _collapse(self, session: str, records: Sequence[CallRecord], region: str) -> Call:
        return collapse(
            self._look.account,
            records,
            self._look.now,
            self._calls.settle_minutes * 60,
            self._calls.trailing_minutes * 60,
            region,
            session=session,
            extensions=self._look.extensions,
            ringout=session in self._ringouts,
        )


def _forgotten(before: ledger.Interaction | None) -> bool:
    """Whether the caller was forgotten: RingCentral may still tell of the call, we do not."""
    return before is not None and before.digest == ledger.FORGOTTEN


def _give_up(conn: sa.Connection, ids: Sequence[str]) -> None:
    """Stop waiting for calls whose records RingCentral has deleted before they were final."""
    at = store_now(conn)
    for each in ids:
        why = "RingCentral deleted its record before it was final."
        ledger.set_fate(conn, each, "skipped", "deleted", why, finished_at=at)


def _record(text: str) -> CallRecord:
    return CallRecord.model_validate_json(text)


def _row(each: _Weighed, verdict: Verdict, at: float) -> ledger.Interaction:
    reading, before = each.reading, each.before
    call = reading.call
    document: dict[str, Any] = json.loads(before.document) if before else {}
    document["call"] = call.model_dump(mode="json", exclude_defaults=True)
    document["attribution"] = (
        reading.attribution.model_dump(mode="json") if reading.attribution else None
    )
    if verdict.amends:
        document["amends"] = verdict.amends
    keep_digest = before is not None and before.fate == "done" and verdict.fate != "waiting"
    return ledger.Interaction(
        id=call.id,
        kind="call",
        account=call.account,
        session=call.session,
        office=reading.attribution.office_id if reading.attribution else None,
        person=call.person,
        started_at=call.started_at.timestamp(),
        outcome=call.outcome,
        fate=verdict.fate,
        reason=verdict.reason,
        why=verdict.why,
        error_code=None,
        due_at=at if verdict.workable else None,
        attempts=0,
        document=json.dumps(document, ensure_ascii=False),
        digest=before.digest if keep_digest and before else digest_of(call),
        first_seen=before.first_seen if before else at,
        updated_at=at,
        finished_at=at if verdict.fate == "skipped" else None,
    )


def window_back(hours: float, now: datetime) -> Window:
    """The last *hours* before *now*."""
    end = now.astimezone(UTC)
    return Window(start=end - timedelta(hours=hours), end=end)


def by_office(seen: Mapping[str, str]) -> dict[str, list[str]]:
    """Turn {call: office} round."""
    turned: dict[str, list[str]] = {}
    for each, office in seen.items():
        turned.setdefault(office, []).append(each)
    return turned
