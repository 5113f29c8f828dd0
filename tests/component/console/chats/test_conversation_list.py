"""Which chats there are: found by what people ask for, 25 a page, opened for those alone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.console.chats.chats_console import HOSTILE, ChatsConsole, shown, words_of
from tests.component.conversing.chat_stage import FORGOT, a_chat

from switchboard.flows.chat_to_ticket.models import Visitor
from switchboard.store import conversations, tickets
from switchboard.store.conversations import StoredConversation
from switchboard.store.sealing import Sealer

NOBODY = Visitor(id="v9")
NONE = set[str]()
EVERYBODY = {"Anna Lee", "Bob Ray", "Eve Moss"}


def found(page: str) -> list[str]:
    """The names in the order of the list."""
    return re.findall(r'<a class="cover"[^>]*><bdi[^>]*>(.*?)</bdi>', page)


def visitor(name: str, **changes: Any) -> Visitor:
    return Visitor(id=name, name=name, **changes)


async def three_chats(desk: ChatsConsole) -> None:
    """One open, one with its ticket on its way, one closed."""
    chat = desk.chat
    await chat.to_stage("raised", a_chat("with-ticket"))
    bob = a_chat("open", visitor=visitor("Bob Ray", email="Bob@Example.com"))
    await chat.say("My printer is broken", chat=bob)
    eve = a_chat("over", visitor=visitor("Eve Moss", phone="+442079460000"))
    await chat.say("hello", chat=eve)
    browser = await desk.browser()
    await browser.submit(
        "/conversations/chat%3Aacme%3Aover", "/conversations/chat%3Aacme%3Aover/close"
    )


async def test_a_line_tells_who_what_about_and_how_far(desk: ChatsConsole) -> None:
    """Name, topic, step, ticket and last words, without opening the chat."""
    await desk.chat.to_stage("raised")
    words = words_of(await shown(await desk.browser("vera"), "/conversations"))
    assert "1 conversation " in words
    assert "Anna Lee" in words
    assert "Password reset" in words
    assert f"“{FORGOT}”" in words
    assert "Ticket on its way" in words


async def test_who_did_not_say_a_name_is_masked(desk: ChatsConsole) -> None:
    """An address stands in for a name, but not in full for everybody who looks over a shoulder."""
    await desk.chat.say("hello", chat=a_chat("a", visitor=NOBODY))
    known = Visitor(id="v8", email="anna@example.com")
    await desk.chat.say("hello", chat=a_chat("b", visitor=known))
    page = await shown(await desk.browser(), "/conversations")
    assert found(page) == ["a***@example.com", "No name given"]


FILTERS = (
    ("", EVERYBODY),
    ("stage=open", {"Anna Lee", "Bob Ray"}),
    ("stage=closed", {"Eve Moss"}),
    ("stage=waiting", {"Anna Lee"}),
    ("stage=operator", NONE),
    ("stage=nonsense", EVERYBODY),
    ("workflow=password_reset", {"Anna Lee"}),
    ("verified=yes", NONE),
    ("verified=no", EVERYBODY),
    ("period=7", NONE),
    ("q=bob@example.com", {"Bob Ray"}),
    ("q=BOB@example.COM", {"Bob Ray"}),
    ("q=%2B44+20+7946+0000", {"Eve Moss"}),
    ("q=(212) 555-0147", {"Anna Lee"}),
    ("q=open", {"Bob Ray"}),
    ("q=chat:acme:over", {"Eve Moss"}),
    ("q=bob", NONE),
    ("q=%25", NONE),
    ("stage=open&q=bob@example.com", {"Bob Ray"}),
    ("stage=closed&q=bob@example.com", NONE),
)


async def test_filters_find_what_they_say(desk: ChatsConsole) -> None:
    """Each alone and together; addresses and numbers however they are written, but in full."""
    await three_chats(desk)
    browser = await desk.browser()
    for query, names in FILTERS:
        page = await shown(browser, f"/conversations?{query}")
        assert set(found(page)) == names, query
        assert ("Clear filters" in page) == bool(query), query


async def test_a_ticket_finds_its_chat(desk: ChatsConsole) -> None:
    """By number, with or without #, and by reference."""
    await three_chats(desk)
    (reference,) = await desk.chat.tickets()
    await desk.chat.do(lambda conn: tickets.update(conn, reference, number="1007", desk_id="77"))
    browser = await desk.browser()
    for name in ("1007", "%231007", "77", reference):
        assert found(await shown(browser, f"/conversations?q={name}")) == ["Anna Lee"]


async def many(desk: ChatsConsole, number: int) -> None:
    def work(conn: sa.Connection) -> None:
        for at in range(number):
            row = StoredConversation(
                id=f"chat:acme:{at:03}", opened_at=1.0, updated_at=1000.0 + at // 2,
                stage="open", visitor={"name": f"V{at:03}"},
            )  # fmt: skip
            conversations.save(conn, desk.chat.tools.sealer, row)

    await desk.chat.do(work)


def link(page: str, rel: str) -> str:
    match = re.search(rf'rel="{rel}" href="/console([^"]+)"', page)
    return match[1].replace("&amp;", "&") if match else ""


async def test_older_pages_follow_without_gap_or_repeat(desk: ChatsConsole) -> None:
    """Also where several were updated in the same moment, and while new chats arrive."""
    await many(desk, 60)
    browser = await desk.browser()
    first = await shown(browser, "/conversations?stage=open")
    assert link(first, "prev") == ""
    second = await shown(browser, link(first, "next"))
    assert "stage=open" in link(first, "next")
    await desk.chat.say("hello", chat=a_chat("new"))
    third = await shown(browser, link(second, "next"))
    assert link(third, "next") == ""
    names = [*found(first), *found(second), *found(third)]
    assert names == [f"V{at:03}" for at in reversed(range(60))]
    assert found(await shown(browser, link(third, "prev"))) == found(second)
    top = await shown(browser, link(second, "prev"))
    assert found(top)[0] == "V059"
    assert len(found(top)) == 25
    assert found(await shown(browser, link(top, "prev")))[0] == "Anna Lee"


async def test_a_mark_that_is_none_shows_the_first_page(desk: ChatsConsole) -> None:
    await many(desk, 3)
    browser = await desk.browser()
    for mark in ("x", "nan~x", "~", "1e999~y"):
        assert len(found(await shown(browser, f"/conversations?before={mark}"))) == 3


async def test_only_what_is_shown_is_opened(
    desk: ChatsConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a hundred sealed chats a page opens its 25: fast, and no more than needed."""
    await many(desk, 100)
    opened: list[str] = []
    unseal = Sealer.unseal

    def watched(self: Sealer, place: str, text: str) -> Any:
        opened.append(place)
        return unseal(self, place, text)

    monkeypatch.setattr(Sealer, "unseal", watched)
    assert len(found(await shown(await desk.browser(), "/conversations"))) == 25
    assert len(set(opened)) <= 25 * 4


async def test_hostile_names_and_words_stay_text(desk: ChatsConsole) -> None:
    await desk.chat.say(HOSTILE, chat=a_chat(visitor=visitor(HOSTILE)))
    page = await shown(await desk.browser(), "/conversations")
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "{{7*7}}" in page


async def test_a_forgotten_chat_is_still_listed(desk: ChatsConsole) -> None:
    await desk.chat.say("My printer is broken")
    await desk.chat.do(lambda conn: conversations.empty(conn, [a_chat().id]))
    words = words_of(await shown(await desk.browser(), "/conversations"))
    assert "No name given" in words
    assert "What was said has been forgotten." in words


async def test_nothing_yet_and_nothing_found_are_different_words(desk: ChatsConsole) -> None:
    browser = await desk.browser()
    assert "No conversations yet" in await shown(browser, "/conversations")
    page = await shown(browser, "/conversations?q=nobody@example.com")
    assert "No conversation fits" in page
    assert "No conversations yet" not in page


async def test_a_list_is_shown_while_no_chats_are_led(desk: ChatsConsole) -> None:
    """What took place can be read although the settings for chats are broken."""
    await desk.chat.say("hello")
    from switchboard.console.service import _no_chats, _no_tools  # noqa: PLC0415

    closed = replace(desk.console.service, chats=_no_tools, chats_problem=_no_chats)
    desk.console.console.state.console = closed
    page = await shown(await desk.browser(), "/conversations")
    assert "No chats are led at the moment." in page
    assert found(page) == ["Anna Lee"]
