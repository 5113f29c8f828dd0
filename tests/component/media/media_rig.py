"""A product on the simulators whose calls are done and whose media is owed piece by piece."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from switchboard.bootstrap import Session, open_session
from switchboard.config.load import load
from switchboard.flows.call_to_lead.media import pieces_of
from switchboard.flows.call_to_lead.media_work import work_media
from switchboard.flows.call_to_lead.models import Attribution, Call
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.flows.call_to_lead.working import working
from switchboard.running import run_in
from switchboard.simulators.ringcentral.audio import audio
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import ledger, media
from switchboard.store.media import MediaRow
from switchboard.store.tables import interaction
from switchboard.vendors.ringcentral.models import CallRecord

SPEED = 600.0
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Rig:
    """One installation beside its vendors."""

    sim: SimulatorServer
    home: Path

    @classmethod
    def make(cls, sim: SimulatorServer, home: Path, **media_settings: Any) -> Rig:
        write_config(sim.world, sim.base_url, home, speed=SPEED)
        rig = cls(sim, home)
        rig.configure("vendors", retry_wait_seconds=0.01, read_timeout_seconds=2.0)
        rig.configure(
            "media",
            retry_minutes=[0.001],
            give_up_hours=1.0,
            transfer_seconds=0.8,
            **media_settings,
        )
        return rig

    def configure(self, section: str, **values: Any) -> None:
        path = self.home / "data/settings.json"
        document = json.loads(path.read_text())
        document.setdefault(section, {}).update(values)
        path.write_text(json.dumps(document))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        async with open_session(load(self.home)) as session:
            yield session

    def add_calls(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        reply = httpx.post(f"{self.sim.base_url}/_sim/calls", json=list(orders))
        reply.raise_for_status()
        made: list[dict[str, Any]] = reply.json()
        return made

    def plan(self, **fault: Any) -> None:
        httpx.post(f"{self.sim.base_url}/_sim/faults", json=[fault]).raise_for_status()

    def struck(self) -> int:
        """Return how often planned faults happened, and let nothing more go wrong."""
        planned = httpx.get(f"{self.sim.base_url}/_sim/faults").json()
        httpx.delete(f"{self.sim.base_url}/_sim/faults").raise_for_status()
        return sum(each["struck"] for each in planned)

    async def do_calls(self) -> None:
        """Write leads and notes, and leave every recording where it is."""
        self.configure("media", enabled=False)
        try:
            async with self.session() as session:
                report = await run_in(session, RunOptions(hours_back=72))
            assert report.stopped_by is None, report
        finally:
            self.configure("media", enabled=True)

    async def done_sessions(self) -> set[str]:
        done = sa.select(interaction.c.session).where(interaction.c.fate == "done")
        async with self.session() as session:
            return await session.tools.db.run(lambda conn: set(conn.scalars(done)))

    async def owe(self, session: Session, *sessions: str) -> list[MediaRow]:
        """Owe what the records of these calls name, as reading them does."""

        def look(conn: sa.Connection) -> list[MediaRow]:
            ids = [f"call:{account}:{each}" for each in sessions for account in _accounts(conn)]
            rows = ledger.load(conn, ids)
            stored = ledger.records(conn, ids)
            for row in rows.values():
                document = json.loads(row.document)
                call = Call.model_validate(document["call"])
                records = [CallRecord.model_validate_json(each) for each in stored[row.id]]
                office = Attribution.model_validate(document["attribution"]).office_id
                media.owe(conn, pieces_of(call, records, office))
            found = media.of_interactions(conn, ids)
            return [piece for pieces in found.values() for piece in pieces]

        return await session.tools.db.run(look)

    async def attach(self, session: Session) -> str | None:
        async with working(session.tools):
            return await work_media(session.tools, minutes=5)

    async def finish(self, session: Session, keys: Iterable[str]) -> list[MediaRow]:
        """Work again and again, as a schedule would, until nothing is left to do."""
        deadline, wanted = time.monotonic() + PATIENCE_SECONDS, set(keys)
        while True:
            await self.attach(session)
            rows = await session.tools.db.run(
                lambda conn: [r for r in media.debt(conn, states=()) if r.key in wanted]
            )
            if all(row.state != "owed" and row.transcript != "waiting" for row in rows):
                return rows
            assert time.monotonic() < deadline, rows
            await asyncio.sleep(0.05)

    def attachments(self) -> list[dict[str, Any]]:
        return self.state("attachments")

    def state(self, collection: str, vendor: str = "zoho_crm") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = httpx.get(
            f"{self.sim.base_url}/_sim/state/{vendor}/{collection}"
        ).json()
        return rows

    def left_behind(self) -> list[str]:
        folder = self.home / "data/tmp"
        return [path.name for path in folder.iterdir()] if folder.exists() else []

    def sound(self, call: dict[str, Any]) -> dict[str, str]:
        """Return the digest of everything recorded of a call, by RingCentral's id."""
        ids = [str(each) for each in (call["recording"], call["message"]) if each]
        return {
            each: hashlib.sha256(b"".join(audio(each, call["talk_seconds"]))).hexdigest()
            for each in ids
        }

    def lead_of(self, call: dict[str, Any]) -> str:
        found = [row["id"] for row in self.state("leads") if row.get("Phone") == call["caller"]]
        assert len(found) == 1, (call, found)
        return str(found[0])

    def notes_of(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        return [each for each in self.state("notes") if call["session"] in each["title"]]


def _accounts(conn: sa.Connection) -> set[str]:
    return set(conn.scalars(sa.select(interaction.c.account).distinct()))
