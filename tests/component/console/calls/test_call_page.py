"""A call's page tells what became of it, and lets operators do something about it."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from tests.component.console.calls.call_makers import (
    HOSTILE,
    NOON,
    a_call,
    keep,
    know,
    page_of,
    parked,
    write,
)
from tests.component.console.calls.conftest import Woken
from tests.console_stage import Browser, ConsoleStage

from switchboard.console.routes import call as call_routes
from switchboard.console.routes import call_media
from switchboard.errors import TransientError
from switchboard.people.mentions import mentions_of
from switchboard.store import audit, forgetting, journal, ledger, media
from switchboard.store.ledger import Interaction
from switchboard.store.media import MediaPiece
from switchboard.store.personal import Person
from switchboard.vendors.zoho_crm.models import CrmPerson, CrmUser

DECISION = {
    "match": {"kind": "none", "module": None, "record_id": None, "why": "Nobody has this number."},
    "owner_id": "11",
    "owner_why": "Sarah is next in the rotation (weight 2 of 3).",
    "status_why": "",
    "problems": [],
}
WHOSE = {"office_id": "north", "extension_id": "201", "extension_name": "Desk north",
         "role": "rung", "process_calls": True, "decided_by": "Desk north"}  # fmt: skip
USERS = (
    CrmUser(id="11", full_name="Sarah"),
    CrmUser(id="14", full_name="Kim <b>"),
    CrmUser(id="15", full_name="Old", status="inactive"),
)


def told(text: str) -> str:
    """Return a page's words in order."""
    words = re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)
    return " ".join(unescape(words).split())


def written(stage: ConsoleStage, row: Interaction) -> None:
    """Let the call have made a lead and a note."""
    keep(stage.db, row)
    write(stage.db, row, "lead", "901", Last_Name=HOSTILE, Owner={"id": "11"})
    write(stage.db, row, "note", "902", parent_id="901", title="Missed call", content=HOSTILE)
    know(stage.db, CrmPerson(module="Leads", id="901", phones=(row.person,), owner_id="11"))


def trail(stage: ConsoleStage) -> list[tuple[str, str]]:
    rows = stage.db.run_sync(lambda conn: list(audit.entries(conn)))
    ours = ("call.", "calls.", "media.")
    return [(each.actor, each.action) for each in rows if each.action.startswith(ours)]


def fate(stage: ConsoleStage, row: Interaction) -> ledger.Interaction:
    return stage.db.run_sync(lambda conn: ledger.load(conn, [row.id]))[row.id]


@pytest.fixture
def zoho(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Zoho's users, as the page asks for them; `down` lets nobody ask."""
    state = SimpleNamespace(down=False)

    async def read_users() -> tuple[CrmUser, ...]:
        if state.down:
            raise TransientError("ZOHO-000", "Zoho CRM did not answer.")
        return USERS

    @asynccontextmanager
    async def session(_configuration: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(tools=SimpleNamespace(crm=SimpleNamespace(read_users=read_users)))

    monkeypatch.setattr(call_routes, "open_session", session)
    return state


async def test_the_story_is_told_in_order(stage: ConsoleStage, browser: Browser) -> None:
    """RingCentral, outcome, office, match, owner and why, lead, note, and how it ended."""
    row = a_call(1, name="Olga", document={"attribution": WHOSE, "decision": DECISION})
    written(stage, row)
    leg = {
        "start_time": "2026-05-28T20:26:40Z",
        "direction": "Inbound",
        "result": "Missed",
        "to": {"name": "Desk north", "extension_number": "2011"},
        "duration_seconds": 40,
    }
    record = json.dumps({"id": "r1", "legs": [leg]})
    stage.db.run_sync(lambda conn: ledger.put_records(conn, [(row.id, "r1", record)]))
    page = (await browser.get(f"/console{page_of(row)}")).text
    steps = [
        "Olga", "A customer called", "Olga", "Step by step",
        "16:26:40 Inbound to Desk north (ext. 2011): Missed, 40 s",
        "Missed", "Whole call: 40 seconds", "Read from RingCentral",
        "North office, because Desk north rang.", "Looked for in Zoho CRM",
        "Nobody has this number.", "Owner: 11", "Sarah is next in the rotation",
        "Lead created", "Number 901 in Leads", "Note written", "Done",
        "What RingCentral sent",
    ]  # fmt: skip
    words, place = told(page), 0
    for step in steps:
        assert step in words[place:], step
        place = words.index(step, place) + len(step)
    assert "data-refresh" not in page
    assert f'href="/console/people/%2B{row.person[1:]}"' in page


async def test_nothing_that_came_from_outside_is_markup(
    stage: ConsoleStage, browser: Browser
) -> None:
    row = a_call(1, name=HOSTILE, why=HOSTILE, document={"decision": {"match": {"why": HOSTILE}}})
    written(stage, row)
    record = json.dumps({"id": HOSTILE, "legs": [{"result": HOSTILE, "to": {"name": HOSTILE}}]})
    stage.db.run_sync(lambda conn: ledger.put_records(conn, [(row.id, "r1", record)]))
    page = (await browser.get(f"/console{page_of(row)}")).text
    assert "<img" not in page
    assert page.count("&lt;img src=x") >= 6


async def test_an_unknown_call_is_a_page_that_says_so(browser: Browser) -> None:
    for path in ("call%3A700%3A99", "x", "a%2Fb", "x/skip", "x/reassign"):
        answer = await browser.get(f"/console/calls/{path}")
        assert (answer.status_code, "CON-404" in answer.text) == (404, True), path


async def test_an_id_with_a_slash_has_a_page(stage: ConsoleStage, browser: Browser) -> None:
    row = parked(1, id="call:700:s/1 ?#", session="s/1 ?#")
    keep(stage.db, row)
    assert page_of(row) in (await browser.get("/console/calls")).text
    assert (await browser.get(f"/console{page_of(row)}")).status_code == 200
    assert (await browser.get(f"/console{page_of(row)}/skip")).status_code == 200


async def test_a_parked_call_says_what_helps(stage: ConsoleStage, browser: Browser) -> None:
    row = parked(1)
    keep(stage.db, row)
    words = told((await browser.get(f"/console{page_of(row)}")).text)
    assert "ZOHO-422" in words
    assert "What helps:" in words


async def test_a_retry_is_worked_at_once_and_once(
    stage: ConsoleStage, browser: Browser, woken: Woken
) -> None:
    """Pressed twice it is one retry; the page looks again while the call waits."""
    row = parked(1)
    keep(stage.db, row)
    at = page_of(row)
    for _ in range(2):
        answer = await browser.submit(at, f"{at}/retry")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console{at}")
    assert woken.lanes == ["calls"]
    assert trail(stage) == [("console:ben", "call.retry")]
    assert fate(stage, row).fate == "waiting"
    page = (await browser.get(f"/console{at}")).text
    assert 'data-refresh="3"' in page


async def test_several_are_tried_again_but_only_parked_ones(
    stage: ConsoleStage, browser: Browser, woken: Woken
) -> None:
    keep(stage.db, parked(1), parked(2), parked(3), a_call(4))
    seen = (await browser.get("/console/calls?fate=parked&q=555")).text
    assert seen.count('type="checkbox" name="call"') == 3
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', seen)
    assert token
    chosen = {"call": ["call:700:1", "call:700:2", "call:700:4", "call:700:99"]}
    form = {"csrf": token[1], "back": "fate=parked&q=555&evil=//x", **chosen}
    answer = await browser.post("/console/calls/retry", data=form)
    assert answer.headers["location"] == "/console/calls?q=555&fate=parked"
    assert "2 calls are tried again." in (await browser.get("/console/calls")).text
    assert (woken.lanes, len(trail(stage))) == (["calls"], 2)
    answer = await browser.post("/console/calls/retry", data={"csrf": token[1]})
    assert "Choose the calls" in (await browser.get("/console/calls")).text


async def test_a_call_is_skipped_with_a_reason(stage: ConsoleStage, browser: Browser) -> None:
    row = parked(1)
    keep(stage.db, row)
    at = page_of(row)
    refused = await browser.submit(f"{at}/skip", reason=" ")
    assert (refused.status_code, "CALL-003" in refused.text) == (422, False)
    assert "Say in a few words" in refused.text
    assert fate(stage, row).fate == "parked"
    done = await browser.submit(f"{at}/skip", reason=HOSTILE)
    assert done.status_code == 303
    assert fate(stage, row).why == f"ben skipped it: {HOSTILE}"
    page = (await browser.get(f"/console{at}")).text
    assert "<img" not in page
    assert "/retry" not in page
    again = await browser.submit(f"{at}/skip", reason="once more")
    assert (again.status_code, "is skipped" in again.text) == (422, True)


async def test_a_lead_is_given_to_another_owner(
    stage: ConsoleStage, browser: Browser, woken: Woken, zoho: SimpleNamespace
) -> None:
    """Zoho's active users can be chosen; pressed twice it is one change."""
    row = a_call(1)
    written(stage, row)
    at = page_of(row)
    page = (await browser.get(f"/console{at}/reassign")).text
    assert '<option value="11" selected>' in page
    assert "Kim &lt;b&gt;" in page
    assert "Old" not in told(page)
    for _ in range(2):
        assert (await browser.submit(f"{at}/reassign", owner="14")).status_code == 303
    assert woken.lanes == ["calls", "calls"]
    matter = journal.owner_changes_of(row.id)
    (change,) = stage.db.run_sync(lambda conn: journal.of_interactions(conn, [matter]))[matter]
    assert json.loads(change.request)["target"] == "14"
    page = (await browser.get(f"/console{at}")).text
    assert "To be given to Kim &lt;b&gt;" in page
    assert 'data-refresh="3"' in page
    zoho.down = True
    page = (await browser.get(f"/console{at}/reassign")).text
    assert "Zoho CRM did not answer." in page
    answer = await browser.submit(f"{at}/reassign", owner="99")
    assert (answer.status_code, "Choose one of them." in answer.text) == (422, True)


async def test_the_owner_of_a_call_not_written_yet_is_kept(
    stage: ConsoleStage, browser: Browser, zoho: SimpleNamespace
) -> None:
    row = parked(1)
    keep(stage.db, row)
    at = page_of(row)
    assert (await browser.submit(f"{at}/reassign", owner="14")).status_code == 303
    words = told((await browser.get(f"/console{at}")).text)
    assert "ben chose Kim <b> for the lead, once it is made." in words
    del zoho


async def test_viewers_see_everything_and_change_nothing(stage: ConsoleStage) -> None:
    stage.account("vera", "viewer")
    viewer = await stage.signed_in("vera")
    row = parked(1)
    keep(stage.db, row)
    at = page_of(row)
    page = (await viewer.get(f"/console{at}")).text
    for action in ("retry", "skip", "reassign"):
        assert f"{at}/{action}" not in page
        assert (await viewer.submit("/account", f"{at}/{action}")).status_code == 403
    for path in ("/calls/retry", "/calls/export", f"{at}/media"):
        assert (await viewer.submit("/account", path, key="x")).status_code == 403
    assert "Download as CSV" not in (await viewer.get("/console/calls")).text
    assert trail(stage) == []


async def test_a_forgotten_caller_leaves_a_page_without_them(
    stage: ConsoleStage, browser: Browser
) -> None:
    row = a_call(1, name="Olga", document={"attribution": WHOSE, "decision": DECISION})
    written(stage, row)
    owe = MediaPiece(
        key=f"{row.id}:media:recording:9", interaction_id=row.id, person=row.person,
        kind="recording", media_id="9", call_started_at=NOON, call_ended_at=NOON,
    )  # fmt: skip
    stage.db.run_sync(lambda conn: media.owe(conn, [owe]))
    mentions = mentions_of(row.person, None)
    stage.db.run_sync(
        lambda conn: forgetting.forget(
            conn, None, Person(phone=row.person), mentions, b"k" * 32, time.time()
        )
    )
    for path in (page_of(row), "/calls"):
        page = await browser.get(f"/console{path}")
        assert page.status_code == 200
        assert "Forgotten person" in page.text
        assert "Olga" not in page.text
        assert row.person[1:] not in page.text
    page = await browser.get(f"/console{page_of(row)}")
    assert "The caller was forgotten." in page.text
    assert "/reassign" not in page.text


async def test_a_recording_is_handed_out_and_noted(
    stage: ConsoleStage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name cannot break out of the header; nothing of it stays on the machine."""
    row = a_call(1)
    keep(stage.db, row)
    piece = MediaPiece(
        key=f"{row.id}:media:recording:9", interaction_id=row.id, person=row.person,
        kind="recording", media_id='9"\r\nX: y', call_started_at=NOON, call_ended_at=NOON,
    )  # fmt: skip
    stage.db.run_sync(lambda conn: media.owe(conn, [piece]))

    @asynccontextmanager
    async def session(_configuration: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(tools=None)

    async def fetch(_tools: object, _row: object, sink: Any) -> int:
        sink(b"RIFF" * 50_000)
        return 200_000

    monkeypatch.setattr(call_media, "open_session", session)
    monkeypatch.setattr(call_media, "fetch", fetch)
    at = page_of(row)
    answer = await browser.submit(at, f"{at}/media", key=piece.key)
    assert (answer.status_code, answer.content) == (200, b"RIFF" * 50_000)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer.headers["content-disposition"])
    assert trail(stage) == [("console:ben", "media.download")]
    folder = stage.service.configuration().temporary_dir
    assert list(folder.iterdir()) == []
    other = await browser.submit(at, f"{at}/media", key="another")
    assert other.status_code == 404


async def test_a_list_is_taken_along_without_formulas(
    stage: ConsoleStage, browser: Browser
) -> None:
    """Only what is filtered; the trail says who took it, and not whom they looked for."""
    for number, name in enumerate(("=cmd|' /C calc'!A0", "+1+1", "-2", "@x", "\t=1", "Olga"), 1):
        keep(stage.db, a_call(number, name=name))
    keep(stage.db, a_call(9, fate="skipped", name="Left out"))
    answer = await browser.submit("/calls", "/calls/export", back="fate=done&q=555")
    assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(lines) == 7
    assert "Left out" not in answer.text
    assert [line[2] for line in lines[1:]] == [
        "Olga", "' =1", "'@x", "'-2", "'+1+1", "'=cmd|' /C calc'!A0",
    ]  # fmt: skip
    assert lines[1][:4] == ["2026-05-28 16:32:40", "America/New_York", "Olga", "+12155550006"]
    (entry,) = [e for e in stage.db.run_sync(lambda c: list(audit.entries(c)))
                if e.action == "calls.export"]  # fmt: skip
    assert entry.document()["detail"]["calls"] == 6
    assert "555" not in entry.detail
