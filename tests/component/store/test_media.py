"""The list of recordings still owed, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from tests.component.store.makers import NOW, an_interaction

from switchboard.store import leases, ledger, media, tables
from switchboard.store.database import Database, now
from switchboard.store.leases import worker_identity
from switchboard.store.media import MediaPiece, MediaRow

ME, OTHER = "worker-a", "worker-b"


def a_piece(number: int = 1, media_id: str = "90", **changes: Any) -> MediaPiece:
    values: dict[str, Any] = {
        "key": f"call:700:{number}:media:recording:{media_id}",
        "interaction_id": f"call:700:{number}",
        "person": f"+1215555{number:04d}",
        "office": "philadelphia",
        "kind": "recording",
        "media_id": media_id,
        "call_started_at": NOW - 1000 + number,
        "call_ended_at": NOW - 900 + number,
    }
    return MediaPiece(**values | changes)


async def owe(db: Database, *pieces: MediaPiece, fate: Any = "done") -> None:
    def add(conn: sa.Connection) -> None:
        numbers = {int(piece.interaction_id.rpartition(":")[2]) for piece in pieces}
        ledger.upsert(conn, [an_interaction(each, fate=fate, due_at=None) for each in numbers])
        media.owe(conn, pieces)

    await db.run(add)


async def rows(db: Database) -> list[MediaRow]:
    return await db.run(lambda conn: media.debt(conn, states=()))


async def due(db: Database, **options: Any) -> list[str]:
    values: dict[str, Any] = {"worker": ME, "by": NOW, "limit": 10}
    return await db.run(lambda conn: media.due(conn, **values | options))


async def test_owing_again_keeps_the_state_and_learns_where_it_is(db: Database) -> None:
    await owe(db, a_piece())
    (row,) = await rows(db)
    done = replace(row, state="done", due_at=None, attachment_id="a1")
    await db.run(lambda conn: media.put(conn, done))
    await owe(db, a_piece(content_uri="https://media/90", position=1), a_piece(media_id="91"))
    first, second = sorted(await rows(db), key=lambda each: each.key)
    assert (first.state, first.attachment_id, first.due_at) == ("done", "a1", None)
    assert (first.content_uri, first.position) == ("https://media/90", 1)
    assert second.state == "owed"
    await owe(db, a_piece())
    assert (await rows(db))[0].content_uri == "https://media/90"


async def test_only_calls_that_are_done_have_due_media(db: Database) -> None:
    await owe(db, a_piece(1))
    for number, fate in enumerate(("waiting", "parked", "skipped"), 2):
        await owe(db, a_piece(number), fate=fate)
    assert await due(db) == ["call:700:1"]
    assert await db.run(lambda conn: media.count_due(conn, by=NOW)) == 1


async def test_what_is_deleted_first_is_worked_first(db: Database) -> None:
    await owe(db, a_piece(1), a_piece(2), a_piece(3, recording_type="OnDemand"))
    await db.run(lambda conn: media.set_retention(conn, "recording", {"OnDemand": 30.0}, 90.0))
    assert await due(db) == ["call:700:3", "call:700:1", "call:700:2"]
    assert await due(db, limit=1) == ["call:700:3"]
    assert await due(db, offices=["denver"]) == []
    assert await due(db, kinds=["voicemail"]) == []
    assert await due(db, by=NOW - 10_000) == []


async def test_what_another_process_holds_is_left_to_it(db: Database) -> None:
    await owe(db, a_piece(1))
    identity = worker_identity()

    def take(conn: sa.Connection) -> None:
        at = now(conn)
        leases.register(conn, replace(identity, id=OTHER), at)
        leases.acquire(conn, [media.lease_key("call:700:1")], OTHER, at + 60, at)

    await db.run(take)
    assert await due(db) == []
    assert await due(db, worker=OTHER) == ["call:700:1"]


async def test_a_skipped_calls_media_is_needless_until_it_is_owed_again(db: Database) -> None:
    await owe(db, a_piece(), fate="skipped")
    assert await db.run(media.drop_needless) == 1
    assert [(row.state, row.due_at) for row in await rows(db)] == [("needless", None)]
    await owe(db, a_piece())
    (row,) = await rows(db)
    assert (row.state, row.why, row.finished_at) == ("owed", "", None)
    assert await due(db) == ["call:700:1"]


async def test_an_alarm_names_what_is_not_in_the_crm_and_is_marked_once(db: Database) -> None:
    await owe(db, a_piece(1), a_piece(2), a_piece(3))
    await db.run(
        lambda conn: conn.execute(
            sa.update(tables.media).values(expires_at=now(conn) + 100)
        ).close()
    )
    first, second, third = await rows(db)
    await db.run(lambda conn: media.put(conn, replace(first, state="done")))
    await db.run(lambda conn: media.put(conn, replace(second, state="parked", due_at=None)))
    soon = await db.run(lambda conn: media.expiring(conn, 1))
    assert {row.key for row in soon} == {second.key, third.key}
    await db.run(lambda conn: media.mark_alarmed(conn, [third.key]))
    (marked,) = [row for row in await rows(db) if row.alarmed_at is not None]
    await db.run(lambda conn: media.mark_alarmed(conn, [third.key]))
    assert marked in await rows(db)
    assert await db.run(media.counts) == {
        "owed": 1,
        "done": 1,
        "gone": 0,
        "parked": 1,
        "needless": 0,
    }


async def test_only_parked_ones_are_put_back(db: Database) -> None:
    await owe(db, a_piece(1), a_piece(2))
    first, second = await rows(db)
    await db.run(lambda conn: media.put(conn, replace(first, state="gone", due_at=None)))
    await db.run(lambda conn: media.put(conn, replace(second, state="parked", due_at=None)))
    keys = [first.key, second.key]
    assert await db.run(lambda conn: media.retry(conn, keys)) == [second.key]
    assert {row.state for row in await rows(db)} == {"gone", "owed"}
    found = await db.run(lambda conn: media.find(conn, "90"))
    assert [row.key for row in found] == keys
    assert len(await db.run(lambda conn: media.find(conn, first.key))) == 1
