"""Tickets: found, told in the order in which things happened, and taken up again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from tests.component.console.chats.chats_console import (
    HOSTILE,
    ChatsConsole,
    page_of,
    shown,
    words_of,
)
from tests.component.conversing.chat_stage import a_chat
from tests.component.delivery.delivery_stage import delivering, settled, wants_space
from tests.desk_stage import SPEED, plan

from switchboard.console.chats.known import ticket_path
from switchboard.flows.chat_to_ticket.models import Attachment, Visitor
from switchboard.simulators.server import SimulatorServer
from switchboard.store import audit, tickets
from switchboard.store.tickets import Ticket


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=7, scenario="empty", calls=0, speed=SPEED) as running:
        yield running


@pytest.fixture
async def delivered(server: SimulatorServer, tmp_path: Path) -> AsyncIterator[ChatsConsole]:
    """A ticket that is in Zoho Desk, with everything that belongs on it."""
    server.app.state.stage.reset(server.spec)
    async with delivering(server, tmp_path) as stage:
        await wants_space(stage)
        await settled(stage)
        yield ChatsConsole(stage)


async def the_ticket(desk: ChatsConsole) -> Ticket:
    rows = await desk.chat.do(lambda conn: tickets.newest(conn, desk.chat.tools.sealer))
    return rows[0]  # type: ignore[no-any-return]


def found(page: str) -> list[str]:
    """The subjects in the order of the list."""
    return re.findall(r">([^<]*)</span></td>\s*<td class=\"ticket-who\"", page)


def titles(page: str) -> list[str]:
    return [words_of(each) for each in re.findall(r'<p class="event-head"><b>(.*?)</b>', page)]


def act(server: SimulatorServer, row: Ticket, **what: str) -> None:
    """Do what an agent does in Zoho Desk."""
    url = f"{server.base_url}/_sim/desk/tickets/{row.desk_id}"
    httpx.post(url, json=what).raise_for_status()


async def a_row(desk: ChatsConsole, reference: str, **values: object) -> None:
    def work(conn: sa.Connection) -> None:
        draft = {"subject": f"Subject of {reference}", "contact_name": "Anna Lee"}
        draft |= {"contact_email": "anna@example.com"}
        row = Ticket(
            reference=reference, workflow="password_reset", priority="Medium",
            wanted_at=float(str(values.pop("wanted_at", 1000))),
            request={"draft": draft, "email": "anna@example.com"},
        )  # fmt: skip
        tickets.create(conn, desk.chat.tools.sealer, row, email="anna@example.com")
        if values:
            tickets.update(conn, reference, **values)

    await desk.chat.do(work)


async def test_filters_find_tickets(desk: ChatsConsole) -> None:
    """By state, by what Zoho Desk calls it, topic, priority, and by number, address, reference."""
    await a_row(desk, "A-1", wanted_at=4)
    await a_row(desk, "B-1", wanted_at=3, state="raised", status="Open", status_type="Open",
                number="1001", desk_id="77", priority="High")  # fmt: skip
    await a_row(desk, "C-1", wanted_at=2, state="refused", error_code="DESK-422")
    await a_row(desk, "D-1", wanted_at=1, state="parked", workflow="printer_issues")
    browser = await desk.browser("vera")
    for query, names in (
        ("", "ABCD"), ("state=wanted", "A"), ("state=raised", "B"), ("state=stopped", "CD"),
        ("state=refused", "C"), ("state=parked", "D"), ("state=x", "ABCD"),
        ("status=Open", "B"), ("status=Closed", ""), ("workflow=printer_issues", "D"),
        ("priority=High", "B"), ("period=7", ""), ("q=1001", "B"), ("q=%231001", "B"),
        ("q=77", "B"), ("q=C-1", "C"), ("q=ANNA@example.com", "ABCD"), ("q=anna", ""),
        ("q=anna@example.com&state=parked", "D"),
    ):  # fmt: skip
        page = await shown(browser, f"/tickets?{query}")
        assert found(page) == [f"Subject of {name}-1" for name in names], query


async def test_what_a_program_asked_for_has_a_story_too(desk: ChatsConsole) -> None:
    await a_row(desk, "API-1")
    held = {"status": "On Hold"}
    await desk.chat.do(
        lambda conn: audit.append(
            conn, actor="key:crm", action="ticket.status", subject="API-1", detail=held
        )
    )
    page = await shown(await desk.browser(), "/tickets/API-1")
    assert titles(page) == ["Asked for by a program", "Status changed by a program"]
    assert "To On Hold By key:crm" in words_of(page)
    assert "The conversation" not in page


async def test_pages_of_tickets_follow_each_other(desk: ChatsConsole) -> None:
    for at in range(30):
        await a_row(desk, f"T{at:02}-1", wanted_at=at // 3)
    browser = await desk.browser()
    first = await shown(browser, "/tickets")
    link = re.search(r'rel="next" href="/console([^"]+)"', first)
    assert link
    second = await shown(browser, link[1].replace("&amp;", "&"))
    expected = [f"Subject of T{at:02}-1" for at in reversed(range(30))]
    assert [*found(first), *found(second)] == expected


async def test_the_story_tells_all_that_happened_in_its_order(delivered: ChatsConsole) -> None:
    """From the wish to the chat on the ticket; found under its reference, number and id."""
    row = await the_ticket(delivered)
    browser = await delivered.browser("vera")
    page = await shown(browser, ticket_path(row.reference))
    told = titles(page)
    assert told[0] == "Asked for in the chat"
    raised = told.index(f"Ticket {row.number} raised in Zoho Desk")
    assert told.index("Contact in Zoho Desk") < raised < told.index("The chat passed on")
    assert any(each.startswith("Mail: ") for each in told)
    words = words_of(page)
    assert f"Id {row.desk_id}" in words
    assert re.search(r"\d+ messages in 1 comment", words)
    assert f'href="/console{page_of(a_chat().id)}"' in page
    assert "ticket:" in page.split('id="each-write"')[1]
    assert "Look again" not in page
    for name in (row.number, row.desk_id):
        assert f"Ticket {row.number}" in await shown(browser, f"/tickets/{name}")


async def test_only_addresses_of_the_web_become_links(desk: ChatsConsole) -> None:
    from switchboard.flows.chat_to_ticket.delivery import keys  # noqa: PLC0415
    from switchboard.flows.chat_to_ticket.delivery.matter import put_request  # noqa: PLC0415

    await desk.chat.to_stage("raised")
    row = await the_ticket(desk)
    key = keys.effect_key(row.reference, keys.TICKET)
    browser = await desk.browser()
    for address, is_link in (
        ("https://desk.zoho.com/x", True), ("javascript:alert(1)", False), ("//evil", False),
    ):  # fmt: skip
        request = {"reference": row.reference, "web_url": address}
        await desk.chat.do(partial(put_request, key=key, request=request))
        page = await shown(browser, ticket_path(row.reference))
        assert ("Open in Zoho Desk" in page) == is_link
        assert "javascript:" not in page


async def test_hostile_answers_and_file_names_stay_text(desk: ChatsConsole) -> None:
    chat = a_chat(visitor=Visitor(id="v1", name="Anna Lee", email="a@example.com"))
    await desk.chat.say("My printer is broken", chat=chat)
    desk.chat.wait(seconds=5)
    from switchboard.flows.chat_to_ticket.conversing import hear  # noqa: PLC0415

    sent = Attachment(url="https://x.example/f", name=f"{HOSTILE}.pdf")
    await hear(desk.chat.tools, chat, desk.chat.event("", attachments=(sent,)), delivery="f")
    await desk.chat.to_stage("raised", chat)
    row = await the_ticket(desk)
    await desk.chat.do(
        lambda conn: tickets.put_feedback(
            conn, desk.chat.tools.sealer, row.reference, score=1, text=HOSTILE, at=5.0
        )
    )
    page = await shown(await desk.browser(), ticket_path(row.reference))
    assert "<img" not in page
    assert page.count("&lt;img src=x") >= 3  # The file, and the words twice.
    assert "1</b> of 5" in page


async def test_a_forgotten_ticket_still_tells_what_was_done(delivered: ChatsConsole) -> None:
    row = await the_ticket(delivered)
    await delivered.chat.do(lambda conn: tickets.empty(conn, [row.reference]))
    page = await shown(await delivered.browser(), ticket_path(row.reference))
    assert "What was asked for has been forgotten." in page
    assert f"Ticket {row.number} raised in Zoho Desk" in titles(page)
    assert "What was asked for has been forgotten." in await shown(
        await delivered.browser(), "/tickets"
    )
    assert (await (await delivered.browser()).get("/console/tickets/no")).status_code == 404


async def test_what_stopped_a_ticket_is_explained_and_mended_once(desk: ChatsConsole) -> None:
    """Code, meaning and solution stand on top; Retry puts it back to work, once."""
    await desk.chat.to_stage("raised")
    row = await the_ticket(desk)
    await desk.chat.do(
        lambda conn: tickets.update(
            conn, row.reference, state="refused", error_code="DESK-422", why="No such field."
        )
    )
    path = ticket_path(row.reference)
    browser = await desk.browser()
    page = words_of(await shown(browser, path))
    assert "DESK-422: No such field." in page.replace(" :", ":")
    assert "What you can do:" in page
    await browser.submit(path, f"{path}/retry")
    assert "Taken up again: 1 ticket." in await shown(browser, path)
    assert desk.woken == ["tickets"]
    await browser.submit("/tickets", f"{path}/retry")
    page = await shown(browser, path)
    assert "Nothing of it waits for a retry." in page
    assert "Taken up again" in titles(page)
    assert "By console:ben" in page
    viewer = await desk.browser("vera")
    for action in ("retry", "look"):
        answer = await viewer.submit("/account", f"{path}/{action}")
        assert answer.status_code == 403


async def test_a_ticket_that_waits_for_its_next_try_is_tried_at_once(desk: ChatsConsole) -> None:
    await desk.chat.to_stage("raised")
    row = await the_ticket(desk)
    await desk.chat.do(
        lambda conn: tickets.update(
            conn, row.reference, work_at=9e9, tries=4, error_code="DESK-503", why="Desk is away."
        )
    )
    path = ticket_path(row.reference)
    browser = await desk.browser()
    assert "after 4 that failed" in await shown(browser, path)
    await browser.submit(path, f"{path}/retry")
    after = await the_ticket(desk)
    assert after.work_at is not None
    assert after.work_at < 9e9
    assert after.tries == 0


async def test_looking_again_reads_zoho_desk_now(
    delivered: ChatsConsole, server: SimulatorServer
) -> None:
    """What an agent has just done is there after one press, and the planned look stays."""
    row = await the_ticket(delivered)
    act(server, row, status="Closed")
    browser = await delivered.browser()
    path = ticket_path(row.reference)
    await browser.submit(path, f"{path}/look")
    page = await shown(browser, path)
    assert "Read again from Zoho Desk. Its status: Closed." in page
    assert "Closed" in titles(page)


async def test_a_look_at_what_was_added_is_a_look_at_the_ticket_itself(
    delivered: ChatsConsole,
) -> None:
    """One row looks after a ticket of Zoho Desk's, however many stand for it."""
    row = await the_ticket(delivered)
    await a_row(delivered, "ADDED-1", state="raised", desk_id=row.desk_id, extends=True,
                number=row.number, raised_at=9.0, look_at=None)  # fmt: skip
    browser = await delivered.browser()
    await browser.submit("/tickets/ADDED-1", "/tickets/ADDED-1/look")
    assert "Read again from Zoho Desk." in await shown(browser, "/tickets/ADDED-1")

    def rows(conn: sa.Connection) -> list[Ticket | None]:
        names = (row.reference, "ADDED-1")
        return [tickets.load(conn, delivered.chat.tools.sealer, each) for each in names]

    first, added = await delivered.chat.do(rows)
    assert first.look_at > row.look_at
    assert (added.look_at, added.status) == (None, first.status)


async def test_a_look_that_fails_says_so_and_changes_nothing(
    delivered: ChatsConsole, server: SimulatorServer
) -> None:
    before = await the_ticket(delivered)
    plan(server, match="GET .*/tickets/", kind="error", status=503, times=50)
    browser = await delivered.browser()
    path = ticket_path(before.reference)
    await browser.submit(path, f"{path}/look")
    assert "DESK-5" in await shown(browser, path)
    assert (await the_ticket(delivered)).look_at == before.look_at
