"""Calls are found by whatever somebody knows of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from tests.component.console.calls.call_makers import (
    HOSTILE,
    NOON,
    a_call,
    keep,
    know,
    page_of,
    parked,
)
from tests.console_stage import Browser, ConsoleStage

from switchboard.store import callbacks
from switchboard.store.database import Database
from switchboard.store.tables import callback
from switchboard.vendors.zoho_crm.models import CrmPerson

DAY = 86_400
CALLS = (
    a_call(1, name="Olga O'Neil"),
    a_call(2, office="south", outcome="voicemail"),
    parked(3, outcome="accepted"),
    a_call(4, fate="waiting", outcome="unsettled", started_at=NOON - DAY),
    a_call(5, fate="skipped", office=None, outcome="fax", started_at=NOON - 40 * DAY),
    a_call(6, person="+442079460958", started_at=NOON - 3 * DAY),
    a_call(7, person="call:700:7", started_at=NOON - 2 * DAY),
)


@pytest.fixture
async def found(stage: ConsoleStage, browser: Browser) -> Browser:
    keep(stage.db, *CALLS)
    lead = CrmPerson(module="Leads", id="901", phones=("+12155550002",), full_name="Zoë Quill",
                     owner_id="12")  # fmt: skip
    know(stage.db, lead)
    stage.skipped = NOON + 3600 - stage.now()
    return browser


def ids(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'href="/console/calls/call%3A700%3A(\d+)"', page)]


async def look(browser: Browser, **query: str) -> list[int]:
    answer = await browser.get(f"/console/calls?{urlencode(query)}")
    assert answer.status_code == 200
    said = re.search(r'role="status">(\d+) calls?<', answer.text)
    assert said
    assert int(said[1]) == len(ids(answer.text))
    return ids(answer.text)


THREE = (
    "+12155550003", "(215) 555-0003", "215 555 0003", "215.555.0003", "1-215-555-0003",
    "12155550003", " tel:+1 215 555 0003 ", "5550003", "555-0003", "55 00 03",
)  # fmt: skip
LONDON = ("+44 20 7946 0958", "0044 20 7946 0958", "020 7946 0958")
WORDS = {
    "olga": [1], "O'NEIL": [1], "quill": [2], "Zoë": [2], "s-3": [3], "call:700:3": [3],
    "nobody": [], "%": [], "_": [], "\x00": [3, 2, 1, 4, 7, 6, 5],
}  # fmt: skip
FILTERS: tuple[tuple[dict[str, str], list[int]], ...] = (
    ({"office": "south"}, [2]),
    ({"office": "-"}, [5]),
    ({"office": "gone"}, []),
    ({"fate": "parked"}, [3]),
    ({"fate": "waiting"}, [4]),
    ({"fate": "skipped"}, [5]),
    ({"outcome": "answered"}, [3]),
    ({"outcome": "voicemail"}, [2]),
    ({"outcome": "open"}, [4]),
    ({"outcome": "other"}, [5]),
    ({"owner": "12"}, [2]),
    ({"owner": "11"}, []),
    ({"when": "today"}, [3, 2, 1]),
    ({"when": "yesterday"}, [4]),
    ({"when": "week"}, [3, 2, 1, 4, 7, 6]),
    ({"when": "month"}, [3, 2, 1, 4, 7, 6]),
    ({"from": "2026-05-26", "to": "2026-05-27"}, [4, 7]),
    ({"from": "2026-05-27", "to": "2026-05-26"}, [4, 7]),
    ({"to": "2026-05-25"}, [6, 5]),
    ({"from": "2026-05-28"}, [3, 2, 1]),
    ({"fate": "done", "office": "north", "when": "today"}, [1]),
    ({"fate": "made up", "outcome": "x", "when": "y", "from": "soon"}, [3, 2, 1, 4, 7, 6, 5]),
)


async def test_a_number_is_found_however_it_is_typed(found: Browser) -> None:
    wanted = {words: [3] for words in THREE} | {words: [6] for words in LONDON}
    assert {words: await look(found, q=words) for words in wanted} == wanted


async def test_a_name_or_an_id_is_found(found: Browser) -> None:
    """Names as RingCentral and as Zoho CRM has them; signs of a database mean themselves."""
    assert {words: await look(found, q=words) for words in WORDS} == WORDS


async def test_every_filter_leaves_what_it_says(found: Browser) -> None:
    assert [(query, await look(found, **query)) for query, _ in FILTERS] == list(FILTERS)


async def test_whom_a_person_chose_for_a_waiting_call_counts_as_its_owner(
    stage: ConsoleStage, found: Browser
) -> None:
    chosen = {"owner_by_hand": {"owner_id": "11", "name": "Ann", "by": "ben"}}
    keep(stage.db, parked(8, document=chosen), a_call(9, document=chosen))
    assert await look(found, owner="11") == [8]


async def test_who_was_not_called_back_is_found_and_said(
    stage: ConsoleStage, found: Browser
) -> None:
    """A customer says nobody called back: the list, the call and the dashboard's link agree."""
    due = {1: ("open", NOON), 2: ("owed", NOON + DAY), 3: ("closed", NOON), 6: ("needless", None)}

    def work(conn: sa.Connection) -> None:
        for number, (state, at) in due.items():
            row = CALLS[number - 1]
            callbacks.owe(conn, interaction_id=row.id, person=row.person, office="north",
                          opened_at=row.started_at)  # fmt: skip
            values = {"state": state, "task_due_at": at, "why": "<b>Reached</b> by Ada."}
            those = callback.c.interaction_id == row.id
            conn.execute(sa.update(callback).where(those).values(**values))

    await stage.db.run(work)
    assert await look(found, callback="open") == [2, 1]
    assert await look(found, callback="overdue") == [1]
    assert await look(found, callback="done") == [3]
    assert len(await look(found, callback="nonsense")) == len(CALLS)
    listed = (await found.get("/console/calls")).text
    assert [listed.count(f"{word}</span>") for word in ("Call-back overdue", "To call back")] == [
        1,
        1,
    ]
    said = {1: "Nobody has called back yet.", 3: "Somebody has called back.",
            6: "No call-back is needed.", 4: ""}  # fmt: skip
    for number, words in said.items():
        page = (await found.get(f"/console{page_of(CALLS[number - 1])}")).text
        assert words in page
        assert "<b>Reached</b>" not in page
    assert "Was due Thu 28 May, 16:26 EDT." in (
        await found.get(f"/console{page_of(CALLS[0])}")
    ).text  # fmt: skip


async def test_a_day_is_that_of_the_office(stage: ConsoleStage, found: Browser) -> None:
    """Half past eleven at night in New York is today there, whatever it is in Greenwich."""
    late = 1_780_025_400.0  # 23:30 on 28 May in New York; 29 May in UTC.
    keep(stage.db, a_call(8, started_at=late))
    assert 8 in await look(found, **{"from": "2026-05-28", "to": "2026-05-28"})
    assert 8 not in await look(found, **{"from": "2026-05-29"})


async def test_filters_stay_in_the_fields_and_can_be_cleared(found: Browser) -> None:
    page = (await found.get("/console/calls?fate=parked&q=%3Cb%3E")).text
    assert '<option value="parked" selected>' in page
    assert 'value="&lt;b&gt;"' in page
    assert "Clear filters" in page
    assert "No call fits" in page
    assert "Clear filters" not in (await found.get("/console/calls")).text


async def test_names_of_callers_are_text(stage: ConsoleStage, browser: Browser) -> None:
    keep(stage.db, a_call(1, name=HOSTILE, why=HOSTILE))
    page = (await browser.get("/console/calls")).text
    assert "<img" not in page
    assert HOSTILE in unescape(page)
    found = await browser.get("/console/calls", params={"q": HOSTILE})
    assert ids(found.text) == [1]


async def test_a_withheld_number_and_a_forgotten_person_have_words(
    stage: ConsoleStage, browser: Browser
) -> None:
    keep(stage.db, a_call(7, person="call:700:7"), a_call(8, person="forgotten:0a1b"))
    page = (await browser.get("/console/calls")).text
    assert "Number withheld" in page
    assert "Forgotten person" in page


async def test_a_list_without_calls_says_when_it_fills(browser: Browser) -> None:
    assert "No calls yet" in (await browser.get("/console/calls")).text


async def test_the_list_works_without_a_configuration(tmp_path: Path) -> None:
    """What is stored can be seen although the documents are broken."""
    db = Database.open(f"sqlite:///{tmp_path / 'bare.db'}")
    bare = ConsoleStage(db)
    bare.account("vera", "viewer")
    keep(db, a_call(1))
    visitor = await bare.signed_in("vera")
    assert ids((await visitor.get("/console/calls")).text) == [1]
    assert (await visitor.get("/console/calls/call%3A700%3A1")).status_code == 200
    await db.aclose()


def links(page: str) -> dict[str, str]:
    return {
        kind: unescape(href) for kind, href in re.findall(r'rel="(prev|next)" href="([^"]+)"', page)
    } | {
        kind: unescape(href) for href, kind in re.findall(r'href="([^"]+)" rel="(prev|next)"', page)
    }


async def leaf(browser: Browser, address: str) -> AsyncIterator[tuple[list[int], dict[str, str]]]:
    """Yield pages from the first to the last."""
    while address:
        page = (await browser.get(address)).text
        yield ids(page), links(page)
        address = links(page).get("next", "")


@pytest.mark.parametrize("few", [1000, 10])
async def test_leafing_shows_every_call_once_while_others_arrive(
    stage: ConsoleStage, browser: Browser, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Also when many calls began in the same second, and whichever way they are looked up."""
    monkeypatch.setattr("switchboard.store.call_search.FEW", few)
    keep(stage.db, *(a_call(n, started_at=NOON + n // 7) for n in range(1, 61)))
    seen: list[int] = []
    arrived = 100
    last = ""
    async for numbers, more in leaf(browser, "/console/calls"):
        seen += numbers
        last = more.get("prev", "")
        arrived += 1
        keep(stage.db, a_call(arrived, started_at=NOON + 1000 + arrived))
    assert sorted(seen) == list(range(1, 61))
    back = (await browser.get(last)).text
    assert ids(back) == seen[25:50]
    first = (await browser.get(links(back)["prev"])).text
    assert ids(first) == seen[:25]
    newest = (await browser.get(links(first)["prev"])).text
    assert ids(newest)[:3] == [103, 102, 101]
    assert "prev" not in links(newest)


async def test_a_place_nobody_can_be_at_is_the_first_page(
    stage: ConsoleStage, browser: Browser
) -> None:
    keep(stage.db, *CALLS)
    for place in ("x", "nan,a", "1e300,a", ",", "1.0", "inf,a"):
        page = await browser.get("/console/calls", params={"before": place, "after": place})
        assert ids(page.text) == [3, 2, 1, 4, 7, 6, 5]
