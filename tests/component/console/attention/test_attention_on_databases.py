"""What needs attention, people and the trail are found on SQLite and PostgreSQL alike."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from tests.component.console.attention.test_attention_page import CAUSES
from tests.component.console.attention.trouble import everything
from tests.component.store.makers import NOW
from tests.component.store.sealers import a_sealer
from tests.component.store.test_forgetting import EMAIL, PHONE, fill

from switchboard.api.metrics import store_gauges
from switchboard.console.attention import looking, stopped
from switchboard.console.attention.setting_aside import put_aside_in
from switchboard.console.people import events, finding
from switchboard.store import audit, audit_search
from switchboard.store.audit_search import Wanted
from switchboard.store.database import Database
from switchboard.store.personal import Person


async def test_every_cause_is_found_on_both_databases(db: Database) -> None:
    await db.run(partial(everything, sealer=a_sealer(), at=NOW))

    def look(conn: sa.Connection) -> tuple[dict[str, str], int, list[str]]:
        found = looking.look(conn, [], NOW, 7.0)
        one = looking.look_at(conn, [], NOW, 7.0, "ZOHO-422", page=0, size=25)
        held = stopped.retryable(conn, NOW, 7.0, cause="ZOHO-422")
        assert one is not None
        assert [each.id for each in one.items] == [name for _, name in held]
        assert sum(len(each.examples) for each in found) == len(found)
        return (
            {each.name: each.words for each in found},
            looking.count(conn, NOW, 7.0),
            [each.examples[0].name for each in found if each.name == "ZOHO-422"],
        )

    words, number, names = await db.read(look)
    # Runs are told by the store's own clock, which is not this one's.
    assert words == {name: said for name, said in CAUSES.items() if name in words}
    assert set(CAUSES) - set(words) <= {"RC-401"}
    assert number == len(words)
    assert names == ["+1 215-555-0001"]


async def test_what_is_set_aside_is_told_apart_on_both_databases(db: Database) -> None:
    def work(conn: sa.Connection) -> None:
        everything(conn, a_sealer(), NOW)
        chosen = stopped.named(conn, NOW, 7.0, cause="DESK-422")
        put_aside_in(conn, chosen, reason="By hand.", actor="console:ben")

    def look(conn: sa.Connection) -> tuple[list[str], list[str], dict[tuple[str, str], float]]:
        (cause,) = looking.look_aside(conn, NOW, 7.0)
        page = looking.look_at(conn, [], NOW, 7.0, cause.name, page=0, size=9, aside=True)
        assert page is not None
        waiting = looking.look(conn, [], NOW, 7.0)
        (family,) = [each for each in store_gauges(conn) if each.name == "switchboard_tickets"]
        states = {(s.labels["workflow"], s.labels["state"]): s.value for s in family.samples}
        return [each.id for each in page.items], [each.name for each in waiting], states

    await db.run(work)
    aside, waiting, states = await db.read(look)
    assert aside == ["SB-REFUSED"]
    assert "DESK-422" not in waiting
    assert states["refund", "set_aside"] == 1


async def test_people_and_the_trail_are_found_on_both_databases(db: Database) -> None:
    sealer = a_sealer()
    await db.run(partial(fill, sealer=sealer))
    await db.run(lambda c: audit.append(c, actor="cli:x", action="key.create", subject="key:100%"))

    def look(conn: sa.Connection) -> list[list[str]]:
        asked = ("", "5550177", "lovelace", EMAIL, PHONE)
        return [
            [one.key for one in finding.find(conn, lambda: sealer, finding.asked(each, ["US"]))]
            for each in asked
        ]

    latest, digits, name, address, number = await db.read(look)
    assert set(latest) >= {PHONE}
    assert (digits, name, address, number) == ([PHONE], [PHONE], [EMAIL], [PHONE])
    known = await db.read(
        lambda c: events.known_of(c, sealer, Person(phone=PHONE), offices=(), titled=str)
    )
    assert known.counts == {"call": 3, "call-back": 1, "chat": 1, "approval": 1}
    part = await db.read(lambda c: audit_search.page(c, Wanted(subject="100%", actor="CLI")))
    assert [each.subject for each in part.entries] == ["key:100%"]
