"""One-time codes: mailed, kept as a digest alone, and few to one address."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_string, policy

from tests.component.conversing.chat_stage import ChatStage, a_chat

from switchboard.flows.chat_to_ticket.conversing import Heard
from switchboard.flows.chat_to_ticket.models import Visitor
from switchboard.store import outbox
from switchboard.store.outbox import Mail


def code_in(stage: ChatStage, mail: Mail) -> str:
    parsed = message_from_string(outbox.opened(stage.tools.sealer, mail), policy=policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    found = re.search(r"\b\d{6}\b", body.get_content())
    assert found is not None
    return found[0]


async def asked_for_a_code(stage: ChatStage, session: str = "s1") -> Heard:
    return await stage.to_stage("verifying", chat=a_chat(session))


async def test_the_mailed_code_proves_who_writes(stage: ChatStage) -> None:
    """The code of the mail, typed into the chat, makes the ticket a verified one."""
    await asked_for_a_code(stage)
    assert "mails" in stage.woken
    (mail,) = await stage.mails()
    assert mail.recipient.lower() == "anna@example.com"
    await stage.say(code_in(stage, mail))
    assert (await stage.row()).verified
    await stage.to_stage("raised")
    assert "verified password_reset" in await stage.facts()


async def test_the_code_stands_nowhere_in_the_store_but_sealed(stage: ChatStage) -> None:
    """State and transcript hold a digest; the mail's text only opens with the vault."""
    await asked_for_a_code(stage)
    (mail,) = await stage.mails()
    code = code_in(stage, mail)
    assert code not in ((await stage.row()).state or "")
    assert code not in " ".join(each.text or "" for each in await stage.transcript())
    assert code not in (mail.message or "")
    assert code not in mail.subject


async def test_a_wrong_code_proves_nothing(stage: ChatStage) -> None:
    """Guessing costs tries."""
    await asked_for_a_code(stage)
    (mail,) = await stage.mails()
    wrong = "000000" if code_in(stage, mail) != "000000" else "111111"
    await stage.say(wrong)
    state = (await stage.state()).conversation
    assert (state.verification.state, state.verification.tries) == ("sent", 1)


async def test_a_code_is_of_no_use_after_its_minutes(stage: ChatStage) -> None:
    """Ten minutes by default."""
    await asked_for_a_code(stage)
    (mail,) = await stage.mails()
    stage.wait(minutes=11)
    await stage.say(code_in(stage, mail))
    assert not (await stage.row()).verified


async def test_a_mailbox_is_not_flooded_from_many_chats(stage: ChatStage) -> None:
    """The sixth chat of an hour reads the same words, and nothing is mailed."""
    answers = [await asked_for_a_code(stage, f"s{number}") for number in range(6)]
    assert len(await stage.mails()) == 5
    assert answers[5].replies == answers[0].replies
    states = [(await stage.state(a_chat(f"s{n}").id)).conversation for n in (0, 5)]
    assert [each.verification.state for each in states] == ["sent", "sent"]
    assert (await stage.facts()).count("code_limited password_reset") == 1
    stage.wait(hours=1)
    await asked_for_a_code(stage, "s7")
    assert len(await stage.mails()) == 6


async def test_another_spelling_is_the_same_mailbox(stage: ChatStage) -> None:
    """Upper case does not make an address a new one."""
    spellings = ("anna@example.com", "ANNA@example.com", "Anna@Example.COM")
    for number in range(6):
        visitor = Visitor(id="v", name="Anna", email=spellings[number % 3], phone="2125550147")
        await stage.to_stage("verifying", chat=a_chat(f"s{number}", visitor=visitor))
    assert len(await stage.mails()) == 5


async def test_an_hour_is_any_sixty_minutes(stage: ChatStage) -> None:
    """Five before the full hour and five after it would be ten in a few minutes."""
    stage.wait(minutes=55)
    for number in range(5):
        await asked_for_a_code(stage, f"early{number}")
    stage.wait(minutes=5)
    await asked_for_a_code(stage, "late")
    assert len(await stage.mails()) == 5


async def test_a_mail_that_cannot_be_made_leads_on(stage: ChatStage) -> None:
    """The chat goes on without proof instead of waiting for a mail that never comes."""
    stage.change(configuration=replace(stage.tools.configuration, email=None))
    heard = await stage.to_stage("reviewing")
    assert heard.replies[-1].options
    assert await stage.mails() == []
    assert (await stage.state()).conversation.verification.state == "unverified"


async def test_without_a_mail_server_the_ticket_says_unverified(stage: ChatStage) -> None:
    """Nobody is caught by a code that cannot be sent."""
    stage.change(can_mail=False)
    await stage.to_stage("raised")
    assert await stage.mails() == []
    assert "unverified password_reset" in await stage.facts()
