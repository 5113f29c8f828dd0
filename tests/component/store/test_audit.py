"""Whatever somebody does to the audit trail behind our back, `verify` says so, and where."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW

from switchboard.store import audit as trail
from switchboard.store.audit import GENESIS, Anchor
from switchboard.store.database import Database
from switchboard.store.tables import audit

WRITER = """
import sys
from functools import partial
from switchboard.store import audit
from switchboard.store.database import Database
url, name, count = sys.argv[1:]
db = Database.open(url)
for number in range(int(count)):
    db.run_sync(partial(audit.append, actor=name, action="test", subject=str(number)))
db.close()
"""


async def write(db: Database, count: int = 6) -> None:
    for number in range(1, count + 1):
        await db.run(
            partial(trail.append, actor="ann", action="key.create", subject=f"key:{number}",
                    detail={"days": number, "näme": "\u2603 \\u0000 \x00"}, at=NOW + number)
        )  # fmt: skip


async def behind_our_back(db: Database, *statements: Any) -> None:
    """Do what the database itself refuses to everybody but its owner."""

    def work(conn: sa.Connection) -> None:
        if conn.dialect.name == "sqlite":
            conn.execute(sa.text("DROP TRIGGER IF EXISTS audit_no_update"))
            conn.execute(sa.text("DROP TRIGGER IF EXISTS audit_no_delete"))
        else:
            conn.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))
        for statement in statements:
            conn.execute(statement)

    await db.run(work)


async def problems(db: Database, *anchors: Anchor) -> list[tuple[int, str]]:
    report = await db.run(partial(trail.verify, anchors=anchors))
    return [(each.seq, each.kind) for each in report.problems]


async def test_an_untouched_trail_is_sound(db: Database) -> None:
    assert await db.run(trail.verify) == trail.AuditReport(0, Anchor(0, GENESIS), ())
    await write(db)
    report = await db.run(trail.verify)
    assert (report.rows, report.head.seq, report.problems) == (6, 6, ())
    assert report.head == await db.run(trail.head)
    assert await problems(db, report.head, Anchor(0, GENESIS)) == []
    newest = (await db.run(trail.entries))[0]
    assert newest.document()["detail"] == {"days": 6, "näme": "\u2603 \\u0000 \x00"}


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"])
async def test_the_database_refuses_changes(db: Database, statement: str) -> None:
    """Not even a mistake of ours can rewrite the trail."""
    await write(db, 2)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        await db.run(lambda c: c.execute(sa.text(statement)))
    assert await problems(db) == []


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "detail", "hash"])
async def test_a_changed_row_is_named(db: Database, column: str) -> None:
    await write(db)
    value = {"at": NOW, "detail": "{}", "hash": "f" * 64}.get(column, "eve")
    change = sa.update(audit).where(audit.c.seq == 3).values({column: value})
    await behind_our_back(db, change)
    assert (3, "changed") in await problems(db)


async def test_a_changed_row_with_a_fitting_hash_does_not_fit_the_next(db: Database) -> None:
    """Computing the hash again does not help: the next row was written after the old one."""
    await write(db)
    row = next(each for each in await db.run(trail.entries) if each.seq == 3)
    values = {**asdict(row), "actor": "eve"}
    values.pop("hash")
    forged = {"actor": "eve", "hash": trail._digest(values)}
    await behind_our_back(db, sa.update(audit).where(audit.c.seq == 3).values(forged))
    assert await problems(db) == [(4, "unlinked")]


async def test_removed_rows_are_named(db: Database) -> None:
    await write(db)
    await behind_our_back(db, sa.delete(audit).where(audit.c.seq.in_([1, 3, 4])))
    report = await db.run(trail.verify)
    assert [(each.seq, each.kind) for each in report.problems] == [(1, "missing"), (3, "missing")]
    assert "Rows 3 to 4 are missing" in report.problems[1].message


async def test_inserted_and_moved_rows_are_named(db: Database) -> None:
    await write(db)
    row = asdict((await db.run(trail.entries))[0])

    def move(old: int, new: int) -> Any:
        return sa.update(audit).where(audit.c.seq == old).values(seq=new)

    await behind_our_back(
        db, move(2, 99), move(5, 2), move(99, 5), sa.insert(audit).values({**row, "seq": 0})
    )
    found = await problems(db)
    assert {(0, "unlinked"), (0, "changed"), (2, "changed"), (5, "changed")} <= set(found)


async def test_a_cut_off_end_is_found_by_an_anchor_kept_elsewhere(db: Database) -> None:
    await write(db)
    kept = await db.run(trail.head)
    assert Anchor.read(str(kept)) == kept
    await behind_our_back(db, sa.delete(audit).where(audit.c.seq > 4))
    assert await problems(db) == []
    assert await problems(db, kept) == [(6, "anchor")]
    await write(db, 3)  # Written on, the place is taken by another row.
    assert await problems(db, kept) == [(6, "anchor")]


@pytest.mark.parametrize("text", ["", "abc@1", f"{'g' * 64}@1", f"{'a' * 64}@-1", "a" * 64])
def test_what_is_no_anchor_is_not_read_as_one(text: str) -> None:
    assert Anchor.read(text) is None


async def test_personal_data_is_masked_before_it_is_kept_for_good(db: Database) -> None:
    """A trail nobody can change must hold nothing somebody may want forgotten."""
    entry = await db.run(
        partial(trail.append, actor="ann", action="people.export", subject="ada@example.com",
                detail={"phone": "+12155550177", "nested": [{"mail": "ada@example.com"}]})
    )  # fmt: skip
    stored = json.dumps(asdict(entry))
    assert "2155550177" not in stored
    assert "ada@" not in stored
    assert await problems(db) == []


async def test_the_trail_is_read_by_time_actor_and_subject(db: Database) -> None:
    await write(db, 4)
    await db.run(partial(trail.append, actor="bob", action="x", subject="key:2", at=NOW + 9))

    async def seqs(**wanted: Any) -> list[int]:
        return [each.seq for each in await db.run(partial(trail.entries, **wanted))]

    assert await seqs() == [5, 4, 3, 2, 1]
    assert await seqs(limit=2) == [5, 4]
    assert await seqs(since=NOW + 4) == [5, 4]
    assert await seqs(actor="bob") == [5]
    assert await seqs(subject="key:2", actor="ann") == [2]
    assert await seqs(subject="%") == []


@pytest.mark.slow
def test_two_processes_write_one_chain(database_url: str) -> None:
    """No gaps, no forks, nothing lost."""
    count = 40
    db = Database.open(database_url)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, database_url, name, str(count)])
        for name in "ab"
    ]
    assert [each.wait(timeout=60) for each in writers] == [0, 0]
    report = db.run_sync(trail.verify)
    rows = db.run_sync(partial(trail.entries, limit=1000))
    db.close()
    assert (report.rows, report.problems) == (2 * count, ())
    for name in "ab":
        written = [int(each.subject) for each in reversed(rows) if each.actor == name]
        assert written == list(range(count))


@pytest.mark.slow
async def test_any_single_change_of_any_row_is_found(db: Database) -> None:
    """Property: flip one character anywhere, or delete, or swap; an anchored trail shows it."""
    await write(db, 12)
    kept = await db.run(trail.head)
    chance = random.Random(7)
    rows = [asdict(each) for each in await db.run(trail.entries)]
    await behind_our_back(db)
    for _ in range(60):
        row = chance.choice(rows)
        column = chance.choice([c for c in row if c not in {"seq", "at"} and row[c]])
        at = chance.randrange(len(row[column]))
        changed = row[column][:at] + chance.choice("xyz01") + row[column][at + 1 :]
        if changed == row[column]:
            continue
        change = sa.update(audit).where(audit.c.seq == row["seq"])
        await behind_our_back(db, change.values({column: changed}))
        assert await problems(db, kept) != []
        await behind_our_back(db, change.values({column: row[column]}))
    assert await problems(db, kept) == []
