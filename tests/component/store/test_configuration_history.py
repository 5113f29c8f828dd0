"""What the configuration said before: sealed, findable, forgotten in time."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from tests.component.store.sealers import a_key, a_sealer

from switchboard.store import configuration_history as history
from switchboard.store.configuration_history import Edit
from switchboard.store.database import Database
from switchboard.store.resealing import reseal
from switchboard.store.tables import configuration_change

SETTINGS, EMAIL = "data/settings.json", "data/email_config.json"


def saved(db: Database, sealer: object, *edits: Edit, at: float = 100.0, **more: object) -> str:
    def work(conn: sa.Connection) -> str:
        made = history.begin(
            conn, sealer, now=at, actor="console:ana", title="A change", edits=edits, **more  # type: ignore[arg-type]
        )  # fmt: skip
        history.confirm(conn, made)
        return made

    return db.run_sync(work)


def test_the_texts_are_sealed_and_come_back(db: Database) -> None:
    """Documents name people: whoever has the database alone reads none."""
    sealer = a_sealer()
    made = saved(db, sealer, Edit(EMAIL, "absent", "d1", None, "ana@example.com"))
    stored = db.run_sync(lambda conn: conn.execute(sa.select(configuration_change)).all())
    assert "ana@example.com" not in str(stored)
    found = db.run_sync(partial(history.load, sealer=sealer, change_id=made))
    assert found is not None
    assert [(each.old, each.new) for each in found.edits] == [(None, "ana@example.com")]


def test_a_new_key_opens_what_an_old_one_sealed(db: Database) -> None:
    old, new = a_key(), a_key()
    edits = [Edit(place, "d0", "d1", "before", "after") for place in (SETTINGS, EMAIL)]
    made = saved(db, a_sealer(old), *edits)
    after: str | None = ""
    while after is not None:
        after = db.run_sync(partial(reseal, sealer=a_sealer(new, old), after=after, limit=1))
    found = db.run_sync(partial(history.load, sealer=a_sealer(new), change_id=made))
    assert found is not None
    assert [each.new for each in found.edits] == ["after", "after"]


def test_changes_are_listed_newest_first_and_by_document(db: Database) -> None:
    sealer = a_sealer()
    first = saved(db, sealer, Edit(SETTINGS, "a", "b", "1", "2"), at=1.0)
    both = saved(db, sealer, Edit(SETTINGS, "b", "c"), Edit(EMAIL, "x", "y"), at=2.0, undoes=first)
    third = saved(db, sealer, Edit(EMAIL, "y", "z"), at=3.0)
    assert [each.id for each in db.run_sync(history.recent)] == [third, both, first]
    of_email = db.run_sync(partial(history.recent, place=EMAIL))
    assert [(each.id, len(each.edits)) for each in of_email] == [(third, 1), (both, 2)]
    assert [each.id for each in db.run_sync(partial(history.recent, before=3.0, limit=1))] == [both]
    assert db.run_sync(history.recent)[2].undone_by == both
    assert db.run_sync(history.places) == [EMAIL, SETTINGS]


def test_a_version_is_found_by_its_digest(db: Database) -> None:
    sealer = a_sealer()
    saved(db, sealer, Edit(SETTINGS, "absent", "b", None, "text"))
    find = partial(history.text_of, sealer=sealer, place=SETTINGS)
    assert db.run_sync(partial(find, digest="b")) == ("text",)
    assert db.run_sync(partial(find, digest="absent")) == (None,)
    assert db.run_sync(partial(find, digest="other")) is None


def test_an_unfinished_change_is_known_until_it_is_confirmed_or_withdrawn(db: Database) -> None:
    sealer = a_sealer()

    def begin(conn: sa.Connection) -> str:
        edits = [Edit(SETTINGS, "a", "b")]
        return history.begin(conn, sealer, now=1.0, actor="x", title="t", edits=edits)

    made = db.run_sync(begin)
    assert db.run_sync(history.unfinished) == [made]
    db.run_sync(partial(history.withdraw, change_id=made))
    assert db.run_sync(history.unfinished) == []
    assert db.run_sync(history.recent) == []


def test_old_versions_are_forgotten(db: Database) -> None:
    sealer = a_sealer()
    saved(db, sealer, Edit(SETTINGS, "a", "b"), at=1.0)
    kept = saved(db, sealer, Edit(SETTINGS, "b", "c"), at=5.0)
    assert db.run_sync(partial(history.purge, before=5.0)) == 1
    assert [each.id for each in db.run_sync(history.recent)] == [kept]
