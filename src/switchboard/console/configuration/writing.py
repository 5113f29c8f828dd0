"""Write a change of the configuration: noted first, then made, then confirmed."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from switchboard.config.editing import digest, read
from switchboard.config.replacing import Replacement
from switchboard.config.secrets import masked
from switchboard.console.configuration.proposals import Proposal, outdated
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.store import audit, configuration_history
from switchboard.store.configuration_history import Change, Edit
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer

_PATIENCE = 30.0  # Seconds: longer takes no process to replace some files, unless it died.


def changed_underneath() -> OperatorError:
    message = "Somebody has changed this in the meantime. Nothing was overwritten."
    return OperatorError("CON-006", message)


async def write(
    db: Database, sealer: Sealer, root: Path, proposal: Proposal, *, actor: str, now: float
) -> str:
    """Replace the documents; return the change's id. CON-006: they are no longer what was seen."""

    def begin(conn: sa.Connection) -> str:
        configuration_history.alone(conn)
        if configuration_history.unfinished(conn) or outdated(root, proposal):
            raise changed_underneath()
        return configuration_history.begin(
            conn,
            sealer,
            now=now,
            actor=actor,
            title=proposal.title,
            edits=_edits(root, proposal),
            undoes=proposal.undoes,
        )

    def confirm(conn: sa.Connection) -> None:
        configuration_history.confirm(conn, change_id)
        _tell(conn, change_id, proposal.title, list(proposal.changes), actor)

    change_id = ""
    with await asyncio.to_thread(Replacement(root, proposal.changes).__enter__) as new:
        change_id = await db.run(begin)
        try:
            await asyncio.to_thread(_put, new, root, proposal)
        except SwitchboardError:
            await db.run(partial(configuration_history.withdraw, change_id=change_id))
            raise
    await db.run(confirm)
    return change_id


async def settle(db: Database, sealer: Sealer, root: Path, *, now: float) -> None:
    """Finish what a process that died had begun: its change was checked, and wanted."""
    for change_id in await db.run(configuration_history.unfinished):
        change = await db.run(partial(_loaded, sealer=sealer, change_id=change_id))
        if change is None or change.at > now - _PATIENCE:
            continue
        left = {e.place: e.new for e in change.edits if read(root, e.place).digest == e.before}
        with Replacement(root, left) as new:
            await asyncio.to_thread(new.put)

        def confirm(conn: sa.Connection, change: Change = change) -> None:
            configuration_history.confirm(conn, change.id)
            places = [each.place for each in change.edits]
            _tell(conn, change.id, change.title, places, change.actor)

        await db.run(confirm)


def _loaded(conn: sa.Connection, *, sealer: Sealer, change_id: str) -> Change | None:
    return configuration_history.load(conn, sealer, change_id)


def _put(new: Replacement, root: Path, proposal: Proposal) -> None:
    """Look once more at the last moment: an editor may have saved while we wrote."""
    if outdated(root, proposal):
        raise changed_underneath()
    new.put()


def _edits(root: Path, proposal: Proposal) -> list[Edit]:
    edits = []
    for place, text in proposal.changes.items():
        current = read(root, place)
        edits.append(Edit(place, current.digest, digest(text), _told(current.text), text))
    return edits


def _told(text: str | None) -> str | None:
    """A secret somebody wrote into a document goes into no history."""
    return None if text is None else masked(text)


def _tell(conn: sa.Connection, change_id: str, title: str, places: list[str], actor: str) -> None:
    detail = {"change": change_id, "documents": places, "title": title}
    subject = places[0] if len(places) == 1 else f"{len(places)} documents"
    audit.append(conn, actor=actor, action="configuration.change", subject=subject, detail=detail)
