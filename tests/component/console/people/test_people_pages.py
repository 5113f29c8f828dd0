"""One page per person: what they did and had, whoever they are called, until they are forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from tests.component.console.attention.trouble import a_ticket
from tests.component.store.makers import NOW, an_effect, an_interaction
from tests.component.store.test_forgetting import EMAIL, NAME, OTHER, PHONE, a_call, fill
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.config.findings import refuse
from switchboard.flows import personal_data
from switchboard.store import audit, conversations, directory, journal, ledger, personal, tickets
from switchboard.store import tables as t
from switchboard.store.conversations import StoredConversation
from switchboard.store.personal import Person
from switchboard.vendors.zoho_crm.models import CrmPerson

PATH = f"/people/{quote(PHONE, safe='')}"
SPOKEN = "+1 215-555-0177"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path) as made:
        made.account()
        made.account("vera", "viewer")
        made.account("ben", "operator")
        await made.db.run(partial(fill, sealer=made.sealer))
        yield made


async def page(browser: Browser, path: str) -> str:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def found(text: str) -> list[str]:
    return re.findall(r'class="cover" href="/console(/people/[^"]+)"', text)


SEARCHES: tuple[tuple[str, list[str]], ...] = (
    ("(215) 555-0177", [PATH]),
    ("+12155550177", [PATH]),
    ("00 1 215 555 0177", [PATH]),
    ("5550177", [PATH]),
    ("lovelace", [PATH]),
    ("LOVE", [PATH]),
    (" ADA@Example.com ", [f"/people/{quote(EMAIL, safe='')}"]),
    ("nobody@example.com", []),
    ("+44 20 7946 0958", []),
    ("177", []),
    ("%", []),
    ("_____", []),
    ("\x00", [PATH, f"/people/{quote(OTHER, safe='')}"]),
)


async def test_people_are_found_by_number_address_or_name(stage: ConsoleStage) -> None:
    browser = await stage.signed_in("vera")
    for typed, expected in SEARCHES:
        shown = await page(browser, f"/people?q={quote(typed)}")
        assert sorted(found(shown)) == sorted(expected), typed
        assert ("Nobody fits" in shown) is not bool(expected)


async def test_all_that_happened_stands_on_one_timeline(stage: ConsoleStage) -> None:
    shown = await page(await stage.signed_in("vera"), PATH)
    assert f"<h1>{NAME}</h1>" in shown
    assert SPOKEN in shown
    assert shown.count('<li class="event') == 3 + 1 + 1 + 1  # Calls, call-back, chat, approval.
    for path in ("/calls/call%3A700%3A1", "/conversations/chat%3Aacme%3A1", "/tickets/r"):
        assert f'href="/console{path}"' in shown
    assert "Lead" in shown
    assert "998" in shown
    times = re.findall(r'<time class="muted small" datetime="([^"]+)"', shown)
    assert times == sorted(times, reverse=True)


async def test_an_address_has_a_page_of_its_own_that_names_the_number(stage: ConsoleStage) -> None:
    """Nothing is concluded from one to the other; a link leads there."""
    shown = await page(await stage.signed_in(), f"/people/{quote(EMAIL.title(), safe='')}")
    assert "/calls/" not in shown
    assert "For Ada@Example.Com" in shown
    assert f'href="/console{PATH}"' in shown
    other = await page(await stage.signed_in(), PATH)
    assert f'href="/console/people/{quote(EMAIL, safe="")}"' in other


async def test_several_names_and_records_are_all_told(stage: ConsoleStage) -> None:
    def more(conn: sa.Connection) -> None:
        people = [
            CrmPerson(module="Contacts", id="55", phones=(PHONE,), full_name="Countess of L."),
            CrmPerson(module="Leads", id="56", phones=(PHONE,), full_name="Caller +12155550177"),
        ]
        directory.put(conn, people, lambda phone: phone)
        visitor = {"id": "w", "name": "A. L.", "phone": PHONE, "email": "second@example.com"}
        chat = StoredConversation(id="chat:acme:9", opened_at=NOW, updated_at=NOW, state="x",
                                  visitor=visitor)  # fmt: skip
        conversations.save(conn, stage.sealer, chat)
        wanted = a_ticket("SB-9", NOW, conversation_id="chat:acme:9", state="raised",
                          error_code=None, number="4712", desk_id="9")  # fmt: skip
        tickets.create(conn, stage.sealer, wanted, email="second@example.com")

    await stage.db.run(more)
    shown = await page(await stage.signed_in(), PATH)
    for words in (NAME, "Countess of L.", "A. L.", "second@example.com", "#4712", ">55<", ">56<"):
        assert words in shown, words
    assert "<h1>Caller +" not in shown


async def test_many_calls_are_shown_page_by_page(stage: ConsoleStage) -> None:
    calls = [a_call(n, OTHER, started_at=NOW + n) for n in range(100, 160)]
    await stage.db.run(lambda c: ledger.upsert(c, calls))
    browser, path, counts = await stage.signed_in(), f"/people/{quote(OTHER, safe='')}", []
    while path:
        shown = await page(browser, path)
        counts.append(shown.count('<li class="event'))
        older = re.search(r'rel="next" href="/console([^"]+)"', shown)
        path = older[1] if older else ""
    assert counts == [25, 25, 11]
    beyond = await browser.get(f"/console/people/{quote(OTHER, safe='')}?page=99")
    assert beyond.status_code == 303


async def test_hostile_names_are_shown_as_text(stage: ConsoleStage) -> None:
    hostile = '<img src=x onerror="alert(1)">{{7*7}}'
    document = json.dumps({"call": {"caller_name": hostile}})
    # The newest call brings no name; the one before it does.
    newest = an_interaction(71, person="+12155550170", started_at=NOW + 1)
    call = an_interaction(70, person="+12155550170", document=document, why=hostile, office=hostile)
    await stage.db.run(lambda c: ledger.upsert(c, [call, newest]))
    browser = await stage.signed_in()
    for path in ("/people", "/people/%2B12155550170", f"/people?q={quote(hostile)}"):
        shown = await page(browser, path)
        assert "<img" not in shown
        assert "{{7*7}}" in shown


async def test_who_is_not_known_or_nobody_is_said_plainly(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    assert "Nothing is stored about +44 20 7946 0958" in await page(
        browser, "/people/%2B442079460958"
    )
    for odd in ("call%3A700%3A1", "ada%40", "%3Cb%3E", "..%2F..%2Fetc"):
        assert (await browser.get(f"/console/people/{odd}")).status_code == 404, odd
    assert "forgotten at their wish" in await page(browser, "/people/forgotten%3A0a1b2c")


async def test_pages_do_without_chats_where_the_vault_is_closed(tmp_path: Path) -> None:
    async with console_stage(tmp_path) as stage:
        stage.account()
        await stage.db.run(partial(fill, sealer=stage.sealer))

        def closed() -> Any:
            raise refuse("CFG-026", "data/encryption.key", "is missing")

        object.__setattr__(stage.service, "sealer", closed)
        browser = await stage.signed_in()
        shown = await page(browser, PATH)
        assert "Chats and tickets are left out" in shown
        assert "CFG-026" in shown
        assert "/calls/call%3A700%3A1" in shown
        answer = await browser.submit("/people", "/people/export", who=PHONE)
        assert answer.status_code >= 400
        assert "CFG-026" in answer.text


async def test_the_export_is_the_document_of_the_command_line(stage: ConsoleStage) -> None:
    expected = personal_data.document_text(
        await stage.db.run(
            partial(personal.export, sealer=stage.sealer, person=Person(phone=PHONE))
        )
    )
    browser = await stage.signed_in()
    answer = await browser.submit("/people", "/people/export", who="(215) 555-0177")
    assert answer.text == expected
    assert "attachment" in answer.headers["content-disposition"]
    assert "0177" not in answer.headers["content-disposition"]
    (entry,) = await stage.db.run(lambda c: audit.entries(c, limit=1))
    assert (entry.actor, entry.action) == ("console:ana", "people.export")
    assert entry.subject.startswith("person:")
    assert "0177" not in entry.subject + entry.detail


async def test_exporting_and_forgetting_are_for_administrators(stage: ConsoleStage) -> None:
    for name in ("vera", "ben"):
        browser = await stage.signed_in(name)
        shown = await page(browser, PATH)
        assert "/people/export" not in shown
        assert "/people/forget" not in shown
        assert (await browser.get(f"/console/people/forget?who={quote(PHONE)}")).status_code == 403
        for action in ("export", "forget"):
            sent = {"who": PHONE, "typed": PHONE}
            answer = await browser.submit("/people", f"/people/{action}", **sent)
            assert answer.status_code == 403
        assert NAME in await page(browser, PATH)


async def test_looking_at_what_would_go_changes_nothing(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    before = await stage.db.run(audit.head)
    shown = await page(browser, f"/people/forget?who={quote(PHONE)}")
    assert "<dt>Calls: number, name and place of the caller</dt><dd>3</dd>" in shown
    assert "Not ours to delete: records at Zoho and RingCentral" in shown
    assert await stage.db.run(audit.head) == before
    assert NAME in await page(browser, PATH)
    leases = await stage.db.run(lambda c: c.execute(sa.select(t.lease)).all())
    assert leases == []
    nothing = await page(browser, f"/people/forget?who={quote('+442079460958')}")
    assert "there is nothing to forget" in nothing
    assert "danger-full" not in nothing


async def test_nobody_is_forgotten_without_their_number_typed(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    for typed in ("", OTHER, "forget", EMAIL, "+1215555017"):
        answer = await browser.submit("/people", "/people/forget", who=PHONE, typed=typed)
        assert answer.status_code == 422
        assert f"Type {SPOKEN} to confirm." in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert NAME in await page(browser, PATH)


async def test_a_forgotten_person_is_gone_and_the_trail_does_not_name_them(
    stage: ConsoleStage,
) -> None:
    browser = await stage.signed_in()
    sent = {"who": PHONE, "typed": "(215) 555 0177"}
    answer = await browser.submit("/people", "/people/forget", **sent)
    assert answer.headers["location"] == "/console/people"
    told = (await browser.get("/console/people")).text
    assert "Forgotten. Not ours to delete" in told
    assert "0177" not in told
    assert NAME not in told
    assert "Nothing is stored about" in await page(browser, PATH)
    (entry,) = await stage.db.run(lambda c: audit.entries(c, limit=1))
    assert (entry.actor, entry.action) == ("console:ana", "people.forget")
    assert entry.subject.startswith("forgotten:")
    assert json.loads(entry.detail)["calls"] == 3
    again = await browser.submit("/people", "/people/forget", **sent)
    assert again.status_code == 303, "twice pressed is once done"


async def test_nobody_is_forgotten_while_something_is_being_written(stage: ConsoleStage) -> None:
    def send(conn: sa.Connection) -> None:
        journal.intend(conn, [an_effect(3, person=PHONE, key="call:700:3:x")])
        mine = sa.update(t.effect).where(t.effect.c.key == "call:700:3:x")
        conn.execute(mine.values(state="sending", sending_at=NOW))

    await stage.db.run(send)
    browser = await stage.signed_in()
    assert "DATA-005" in await page(browser, f"/people/forget?who={quote(PHONE)}")
    answer = await browser.submit("/people", "/people/forget", who=PHONE, typed=PHONE)
    assert answer.status_code == 422
    assert "DATA-005" in answer.text
    assert NAME in await page(browser, PATH)
