"""One chat: word for word as its visitor saw it, with what was made of it, and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from tests.component.console.chats.chats_console import (
    HOSTILE,
    ChatsConsole,
    page_of,
    shown,
    words_of,
)
from tests.component.conversing.chat_stage import FORGOT, a_chat

from switchboard.console.visit import POLL
from switchboard.flows.chat_to_ticket.models import Attachment, Reply, Visitor
from switchboard.store import approvals, conversations, outbox, tickets
from switchboard.store.approvals import Approval, Decision
from switchboard.store.outbox import NewMail

PAGE = page_of(a_chat().id)


async def test_the_words_stand_as_the_visitor_saw_them(desk: ChatsConsole) -> None:
    """Both sides, the buttons that were shown, and the one that was pressed."""
    await desk.chat.say(FORGOT, "Yes")
    page = await shown(await desk.browser("vera"), PAGE)
    words = words_of(page)
    assert words.index(FORGOT) < words.index("This is about: Password reset.")
    assert page.count('class="pressed"') == 1
    pressed = page.split('class="pressed"')[1]
    assert words_of(pressed.split("</li>")[0]).removeprefix("> ") == "Yes (chosen)"
    assert "Talk to a person" in words


async def test_a_number_presses_a_button_too(desk: ChatsConsole) -> None:
    await desk.chat.say(FORGOT, "1")
    page = await shown(await desk.browser(), PAGE)
    assert "Yes<" in page.split('class="pressed"')[1].split("</li>")[0]


async def test_codes_and_passwords_stay_hidden(desk: ChatsConsole) -> None:
    await desk.chat.to_stage("verifying")
    await desk.chat.say("123 456", "my password is Secret#99")
    page = await shown(await desk.browser("ana"), PAGE)
    assert "Secret#99" not in page
    assert "123 456" not in page
    assert "[code]" in page


async def test_hostile_words_names_and_files_stay_text(desk: ChatsConsole) -> None:
    who = Visitor(id="v1", name=HOSTILE, page_url="javascript:alert(1)", channel=HOSTILE)
    chat = a_chat(visitor=who)
    await desk.chat.say(HOSTILE, chat=chat)
    sent = Attachment(url="javascript:alert(2)", name=f"{HOSTILE}.pdf")
    desk.chat.wait(seconds=5)
    event = desk.chat.event("see here", attachments=(sent,))
    from switchboard.flows.chat_to_ticket.conversing import hear  # noqa: PLC0415

    await hear(desk.chat.tools, chat, event, delivery="d-file")
    page = await shown(await desk.browser(), PAGE)
    assert "<img" not in page
    assert 'href="javascript' not in page
    file = page.split('<p class="file">')[1].split("</p>")[0]
    assert "&lt;img src=x" in file
    assert ".pdf" in file


async def test_only_what_was_sent_is_shown_as_a_file(desk: ChatsConsole) -> None:
    """Whoever writes the words for a file has not sent one."""
    await desk.chat.say("[file] invoice.exe")
    page = await shown(await desk.browser(), PAGE)
    assert '<p class="file">' not in page
    assert "[file] invoice.exe" in page


async def test_the_facts_tell_topic_step_answers_and_identity(desk: ChatsConsole) -> None:
    await desk.chat.to_stage("verifying")
    words = words_of(await shown(await desk.browser(), PAGE))
    assert "Topic Password reset" in words
    assert "Step Asked for the code" in words
    assert "Identity Waiting for the code sent to Anna@Example.com" in words
    assert "Name (personal) Anna Lee" in words
    assert "as SalesIQ knew it" in words
    assert "One-time code Waiting" in words


async def test_a_new_message_is_in_the_next_look(desk: ChatsConsole) -> None:
    """An open page asks again; what came since has a place of its own to be put below."""
    desk.chat.now = datetime.now(UTC)
    await desk.chat.say(FORGOT)
    browser = await desk.browser()
    before = await shown(browser, PAGE)
    assert 'data-every="4"' in before
    assert ">Live<" in before
    await desk.chat.say("Yes")
    answer = await browser.get(f"/console{PAGE}", headers={POLL: "1"})
    last = len(await desk.chat.transcript())
    assert f'id="m{last}"' in answer.text
    assert f'id="m{last}"' not in before


async def test_the_detectors_view_is_made_anew_on_demand(desk: ChatsConsole) -> None:
    """Verdicts are not kept, so a page asks the detector: what it would do, and how sure it is."""
    await desk.chat.say("my printer is at 42 %, call 212 555 0147 or write to bo@example.com")
    (first, *_) = [one for one in await desk.chat.transcript() if one.direction == "visitor"]
    browser = await desk.browser("vera")
    assert "data-made" not in await shown(browser, PAGE)
    page = await shown(browser, f"{PAGE}?made={first.sequence}")
    words = words_of(page.split("data-made")[1].split("</div>")[0])
    assert "Would begin the topic once the visitor confirms it" in words
    assert "Printer issues · " in words
    assert "E-mail address: bo@example.com" in words
    assert "Phone number: +12125550147" in words
    assert "Percentage: 42 %" in words
    for other in ("0", "999", f"{first.sequence + 1}"):
        assert "data-made" not in await shown(browser, f"{PAGE}?made={other}")


async def test_a_forgotten_chat_shows_that_it_took_place(desk: ChatsConsole) -> None:
    await desk.chat.say(FORGOT)
    await desk.chat.do(lambda conn: conversations.empty(conn, [a_chat().id]))
    page = await shown(await desk.browser(), PAGE)
    assert "What was said here has been forgotten" in page
    assert FORGOT not in page
    assert page.count('<p class="gone">') == len(await desk.chat.transcript())
    assert "close-chat" not in page


async def test_an_unknown_chat_is_told_as_such(desk: ChatsConsole) -> None:
    browser = await desk.browser()
    for name in ("chat:acme:nobody", "a/b", "../x", "%00"):
        answer = await browser.get(f"/console/conversations/{quote(name, safe='')}")
        assert answer.status_code == 404, name
        assert "There is no such conversation." in answer.text


async def test_ids_may_hold_anything(desk: ChatsConsole) -> None:
    """A portal's id with slashes, blanks or question marks still has a page of its own."""
    odd = a_chat("a/b?c#d e")
    await desk.chat.say(FORGOT, chat=odd)
    browser = await desk.browser()
    listed = await shown(browser, "/conversations")
    assert f'href="/console{page_of(odd.id)}"' in listed
    assert FORGOT in await shown(browser, page_of(odd.id))
    answer = await browser.submit(page_of(odd.id), f"{page_of(odd.id)}/close")
    assert answer.status_code == 303
    assert (await desk.chat.row(odd.id)).stage == "closed"


async def test_an_operator_closes_once(desk: ChatsConsole) -> None:
    """The second press changes nothing, and says so; the trail names who it was."""
    await desk.chat.say(FORGOT)
    browser = await desk.browser()
    first = await browser.submit(PAGE, f"{PAGE}/close")
    assert first.headers["location"] == f"/console{PAGE}"
    page = await shown(browser, PAGE)
    assert "Closed. The visitor" in page
    assert "close-chat" not in page
    assert set(desk.woken) == {"tickets", "replies"}
    await browser.submit("/conversations", f"{PAGE}/close")
    assert "It was closed already" in await shown(browser, PAGE)
    closed = [each for each in desk.audit() if each[1] == "chat.closed"]
    assert closed == [("console:ben", "chat.closed", a_chat().id)]


async def test_a_viewer_may_look_but_change_nothing(desk: ChatsConsole) -> None:
    await desk.chat.say(FORGOT)
    browser = await desk.browser("vera")
    page = await shown(browser, PAGE)
    assert "close-chat" not in page
    for action in ("close", "retry"):
        answer = await browser.submit("/account", f"{PAGE}/{action}")
        assert answer.status_code == 403
    assert (await desk.chat.row()).stage != "closed"


async def stop(desk: ChatsConsole) -> str:
    """Have the chat's ticket parked and its mail refused."""
    await desk.chat.to_stage("raised")
    (reference,) = await desk.chat.tickets()

    def work(conn: sa.Connection) -> None:
        tickets.update(
            conn, reference, state="parked", error_code="DESK-422", why="A field is missing."
        )
        mail = NewMail(
            key=f"ticket:{reference}:ticket:a@example.com", run_id=None, kind="ticket",
            recipient="a@example.com", subject="Your ticket", message="From: x",
        )  # fmt: skip
        outbox.queue(conn, [mail])
        claimed = outbox.claim(conn, "w1", 9e9)
        while claimed and claimed.kind != "ticket":
            claimed = outbox.claim(conn, "w1", 9e9)
        assert claimed
        outbox.refuse(conn, claimed, "SMTP-550", "No such user.", 1.0)

    await desk.chat.do(work)
    return reference


async def test_what_stopped_is_shown_with_its_solution_and_taken_up_once(
    desk: ChatsConsole,
) -> None:
    """Ticket and mail go back to work, their lanes are woken; a second press finds nothing."""
    reference = await stop(desk)
    browser = await desk.browser()
    words = words_of(await shown(browser, PAGE))
    assert "Ticket needs a person" in words
    assert "DESK-422 : A field is missing." in words
    assert "This takes up 1 ticket, 1 mail." in words
    await browser.submit(PAGE, f"{PAGE}/retry")
    assert "Taken up again: 1 ticket, 1 mail." in await shown(browser, PAGE)
    assert desk.woken == ["tickets", "mails"]
    row = await desk.chat.do(lambda conn: tickets.load(conn, desk.chat.tools.sealer, reference))
    assert (row.state, row.error_code) == ("wanted", None)
    await browser.submit("/conversations", f"{PAGE}/retry")
    assert "Nothing of it waits for a retry." in await shown(browser, PAGE)
    assert [each[1] for each in desk.audit() if each[0] == "console:ben"].count("ticket.retry") == 1
    assert [each[1] for each in desk.audit() if each[0] == "console:ben"].count("mail.retry") == 1


async def test_words_that_did_not_reach_the_visitor_are_said_again(desk: ChatsConsole) -> None:
    from switchboard.flows.chat_to_ticket.conversing import put_unsent  # noqa: PLC0415

    await desk.chat.say(FORGOT)
    waiting = (Reply(text="Your ticket 1007: it is closed."),)
    await desk.chat.do(lambda conn: put_unsent(conn, desk.chat.tools, a_chat().id, waiting))
    browser = await desk.browser()
    words = words_of(await shown(browser, PAGE))
    assert "1 message waits to be said" in words
    assert "Your ticket 1007: it is closed." in words
    await browser.submit(PAGE, f"{PAGE}/retry")
    assert desk.woken == ["replies"]
    assert "what the visitor was to be told" in await shown(browser, PAGE)


@pytest.mark.parametrize(
    ("decision", "words"),
    [(None, "Not decided yet"), ("approved", "Approved"), ("declined", "Declined")],
)
async def test_an_approval_is_told(
    desk: ChatsConsole, decision: Decision | None, words: str
) -> None:
    await desk.chat.say("I need more disk space")
    one = Approval(
        token_hash="t1", conversation_id=a_chat().id, reference="R-1", created_at=1.0,
        expires_at=9e9, asked="boss@example.com", subject="100 GB more", reason=HOSTILE,
    )  # fmt: skip
    sealer = desk.chat.tools.sealer

    def work(conn: sa.Connection) -> None:
        approvals.create(conn, sealer, one)
        if decision:
            approvals.decide(
                conn,
                sealer,
                "t1",
                decision,
                by="boss@example.com",
                now=2.0,
                reason=HOSTILE,
            )

    await desk.chat.do(work)
    browser = await desk.browser()
    page = await shown(browser, PAGE)
    assert words in page
    assert "boss@example.com" in page
    assert "<img" not in page
    listed = await shown(browser, "/conversations?stage=waiting")
    assert ("Waits for an approval" in listed) == (decision is None)


async def test_deliveries_tell_how_fast_and_how_often(desk: ChatsConsole) -> None:
    from switchboard.store import deliveries  # noqa: PLC0415

    await desk.chat.say(FORGOT)
    sealer = desk.chat.tools.sealer

    def work(conn: sa.Connection) -> None:
        for at in (10.0, 10.2):
            deliveries.claim(
                conn,
                sealer,
                "d1",
                "h",
                now=at,
                seconds=5,
                is_gone=lambda _: True,
            )
        deliveries.answer(
            conn,
            sealer,
            "d1",
            "h",
            "{}",
            now=11.5,
            conversation_id=a_chat().id,
        )

    await desk.chat.do(work)
    words = words_of(await shown(await desk.browser(), PAGE))
    assert "1 received, the slowest answered in 1,500 ms." in words
    assert "Repeated 1" in words


async def test_actions_say_why_they_cannot_be_done(desk: ChatsConsole) -> None:
    """Without the settings for chats nothing is closed, and the page says what is missing."""
    await desk.chat.say(FORGOT)
    from switchboard.console.service import _no_chats, _no_tools  # noqa: PLC0415

    browser = await desk.browser()
    closed = replace(desk.console.service, chats=_no_tools, chats_problem=_no_chats)
    desk.console.console.state.console = closed
    answer = await browser.submit(PAGE, f"{PAGE}/close")
    assert "API-003" in answer.text
    assert (await desk.chat.row()).stage != "closed"
