"""What was not understood for certain: noticed in chats, learnt from with a click, then gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.console.configuration.configuration_rig import Rig, confirm
from tests.component.console.workflows.workflow_stage import HOSTILE, chats_of, workflow_console
from tests.component.conversing.chat_stage import ChatStage, a_chat
from tests.component.store.sealers import a_key, a_sealer
from tests.config_files import two_offices

from switchboard.console.saving import in_force
from switchboard.flows.chat_to_ticket.detector.anonymous import anonymous
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.detector.editing import with_examples
from switchboard.flows.chat_to_ticket.detector.sets import example_sets
from switchboard.flows.chat_to_ticket.models import Learning
from switchboard.people.mentions import mentions_of
from switchboard.store import audit, configuration_history, conversations, forgetting, personal
from switchboard.store import unsure_messages as unsure
from switchboard.store.personal import Person
from switchboard.store.resealing import reseal
from switchboard.store.tables import unsure_message

PAGE = "/configuration/examples"
STREAKS = "The flurbonator leaves streaks"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with workflow_console(tmp_path) as found:
        yield found


@pytest.fixture
async def chats(rig: Rig, tmp_path: Path) -> ChatStage:
    return chats_of(rig, tmp_path)


async def kept(rig: Rig) -> list[unsure.Unsure]:
    return await rig.stage.db.run(lambda conn: unsure.waiting(conn, rig.stage.sealer))


async def test_what_left_the_visitor_with_a_question_is_kept(rig: Rig, chats: ChatStage) -> None:
    """Nothing fits, several may be meant, or the one offered was refused; what was begun then."""
    await chats.say(STREAKS, "my printer is jammed", "Yes", "Nothing is printed")
    await chats.say("the printer prints slow quickbooks invoices", chat=a_chat("s2"))
    await chats.say("windows update", "No, something else", chat=a_chat("s3"))
    found = {each.text: each for each in await kept(rig)}
    assert found.keys() == {
        STREAKS, "the printer prints slow quickbooks invoices", "windows update",
    }  # fmt: skip
    assert [each.outcome for each in found.values()].count("ask") == 1
    assert (found[STREAKS].outcome, found[STREAKS].chosen) == ("none", "printer_issues")
    refused = found["windows update"]
    assert (refused.outcome, refused.labels[0]) == ("start", "windows_update")
    assert refused.chosen == ""


async def test_answers_and_clear_messages_are_not_kept(rig: Rig, chats: ChatStage) -> None:
    """Answers to questions, small talk, wishes for a person and what was understood."""
    await chats.say("hello", "my printer is jammed", "Yes", "It blinks strangely", "Only me")
    await chats.say("get me a human being", chat=a_chat("s2"))
    assert await kept(rig) == []


async def test_a_flood_of_one_chat_is_kept_in_part(rig: Rig, chats: ChatStage) -> None:
    """A visitor who writes nonsense all day fills no list."""
    for number in range(14):
        await chats.say(f"nonsense of the kind {number}")
    assert len(await kept(rig)) <= unsure.MOST_OF_A_CHAT


async def test_a_message_becomes_an_example_with_a_click(rig: Rig, chats: ChatStage) -> None:
    """The workflow begun is chosen already, the visitor's name is gone; undo brings it back."""
    await chats.say(f"{STREAKS}, says Anna", "my printer is jammed", "Yes")
    await chats.say(f"{STREAKS}, says Anna", chat=a_chat("s2"))
    browser = await rig.stage.signed_in()
    page = (await browser.get(f"/console{PAGE}")).text
    assert "2 times" in page
    assert '<option value="printer_issues" selected>Printer issues</option>' in page
    assert f'value="{STREAKS}, says"' in page
    key = (await kept(rig))[0].key
    sent = {"chat": key[0], "number": str(key[1]), "target": "printer_issues", "text": STREAKS}
    review = await browser.submit(PAGE, f"{PAGE}/add", **sent)
    assert not (rig.root / "chat/examples").exists()
    await confirm(browser, review)
    assert example_sets(rig.root)["printer_issues"].own == (STREAKS,)
    assert await rig.stage.db.run(unsure.number_waiting) == 0
    assert "Nothing to explain" in (await browser.get(f"/console{PAGE}")).text
    change = (await rig.stage.db.run(configuration_history.recent))[0]
    await confirm(browser, await browser.get(f"/console/configuration/history/{change.id}/undo"))
    assert "2 times" in (await browser.get(f"/console{PAGE}")).text


async def test_an_example_counts_when_it_is_learnt_and_not_before(tmp_path: Path) -> None:
    """Saving takes a moment, learning most of a minute: the page says which of them is done."""
    state: list[Learning] = ["learning"]
    async with workflow_console(tmp_path, learning=lambda: state[0]) as rig:
        chats = chats_of(rig, tmp_path)
        await chats.say(STREAKS)
        browser = await rig.stage.signed_in()
        key = (await kept(rig))[0].key
        sent = {"chat": key[0], "number": str(key[1]), "target": "printer_issues", "text": STREAKS}
        await confirm(browser, await browser.submit(PAGE, f"{PAGE}/add", **sent))
        page = (await browser.get(f"/console{PAGE}")).text
        assert "Saved. It is being learnt: in about a minute" in page
        assert "in force" not in page
        for where in (PAGE, "/configuration/workflows/printer_issues/examples"):
            waiting = (await browser.get(f"/console{where}")).text
            assert '<div id="learning" role="status" data-refresh="5">' in waiting
            assert "The latest examples are being learnt" in waiting
        state[0] = "refused"
        assert "The latest examples are not learnt" in (await browser.get(f"/console{PAGE}")).text
        state[0] = "learnt"
        learnt = (await browser.get(f"/console{PAGE}")).text
        assert "latest examples" not in learnt
        assert "data-refresh" not in learnt.partition('id="learning"')[2].partition("</div>")[0]


@pytest.mark.parametrize(
    ("places", "learning", "words"),
    [
        (["data/settings.json"], "learning", "Saved. It is in force now."),
        (["chat/workflows/x.yaml"], "learning", "Saved. It is in force now."),
        (["chat/examples/x.yaml"], "learnt", "Saved, and learnt."),
        (["chat/examples/x.yaml"], None, "Saved. It is learnt when chats are led."),
    ],
)
def test_a_save_says_when_it_counts(
    places: list[str], learning: Learning | None, words: str
) -> None:
    assert in_force(places, learning) == words


@pytest.mark.slow
def test_the_detector_understands_what_it_was_taught(tmp_path: Path) -> None:
    """The very same words, and words like them, begin the workflow from then on."""
    root = two_offices(tmp_path)
    before = Detector(root)(STREAKS)
    text = None
    for each in (STREAKS, "flurbonator leaves streaks again", "streaks from our flurbonator"):
        text = with_examples(text, "printer_issues", "printer_issues", add=[each])
    assert text is not None
    (root / "chat/examples").mkdir(parents=True)
    (root / "chat/examples/printer_issues.yaml").write_text(text, "utf-8")
    after = Detector(root)("the flurbonator leaves streaks on everything")
    assert before.outcome != "start"
    assert (after.outcome, after.labels[0]) == ("start", "printer_issues")


async def test_what_is_none_of_ours_can_be_taught_too(rig: Rig, chats: ChatStage) -> None:
    """A set of messages that belong to no workflow, with its label."""
    await chats.say("the coffee machine is empty")
    browser = await rig.stage.signed_in()
    key = (await kept(rig))[0].key
    sent = {"chat": key[0], "number": str(key[1]), "target": "none_everyday", "text": "no coffee"}
    await confirm(browser, await browser.submit(PAGE, f"{PAGE}/add", **sent))
    assert "label: none" in rig.text("chat/examples/none_everyday.yaml")
    for wrong in ({"target": "nothing"}, {"text": "  "}, {"target": ""}):
        answer = await browser.submit(PAGE, f"{PAGE}/add", **(sent | wrong))
        assert answer.status_code in {303, 422}


async def test_a_message_is_dismissed_and_hostile_words_stay_words(
    rig: Rig, chats: ChatStage
) -> None:
    """Not an example: gone from the list, and in the trail; markup is shown as it was typed."""
    await chats.say(f"nonsense {HOSTILE}")
    browser = await rig.stage.signed_in("ben")
    page = (await browser.get(f"/console{PAGE}")).text
    assert HOSTILE not in page
    assert "&lt;img src=x" in page
    key = (await kept(rig))[0].key
    sent = {"chat": key[0], "number": str(key[1])}
    refused = await browser.submit(PAGE, f"{PAGE}/add", target="x", text="x", **sent)
    assert refused.status_code == 403
    await browser.submit(PAGE, f"{PAGE}/dismiss", **sent)
    assert await kept(rig) == []
    trail = await rig.stage.db.run(audit.entries)
    assert [e.actor for e in trail if e.action == "example.dismiss"] == ["console:ben"]
    viewer = await rig.stage.signed_in("vera")
    assert (await viewer.submit("/account", f"{PAGE}/dismiss", **sent)).status_code == 403


async def test_messages_go_with_the_texts_of_their_chat(rig: Rig, chats: ChatStage) -> None:
    """When its time is over, or when the person is forgotten; others stay."""
    await chats.say(STREAKS)
    old = chats.now.timestamp()
    chats.wait(days=2)
    await chats.say("something quite different", chat=a_chat("s2"))
    db, address = rig.stage.db, "anna@example.com"
    told = await db.run(lambda conn: personal.export(conn, rig.stage.sealer, Person(email=address)))
    assert [[one["text"] for one in each["not_understood"]] for each in told["conversations"]] == [
        [STREAKS],
        ["something quite different"],
    ]
    await db.run(lambda conn: conversations.forget_texts(conn, old + 60))
    assert [each.text for each in await kept(rig)] == ["something quite different"]
    await db.run(
        lambda conn: forgetting.forget(
            conn, rig.stage.sealer, Person(email=address), mentions_of(None, address),
            b"k" * 32, chats.now.timestamp() + 90_000,
        )
    )  # fmt: skip
    assert (
        await db.run(lambda c: c.scalar(sa.select(sa.func.count()).select_from(unsure_message)))
        == 0
    )


async def test_messages_move_to_the_vaults_new_key(rig: Rig, chats: ChatStage) -> None:
    """After a rotation they are read with the new key alone."""
    old, new = a_key(), a_key()
    before, both, alone = a_sealer(old), a_sealer(new, old), a_sealer(new)
    one = unsure.Unsure(text=STREAKS, outcome="none", labels=("printer_issues",), p=0.1)
    db = rig.stage.db
    await db.run(lambda conn: unsure.add(conn, before, "chat:acme:1", 1.0, one))
    after: str | None = ""
    while after is not None:
        place = after
        after = await db.run(lambda conn: reseal(conn, both, after=place))  # noqa: B023
    found = await db.run(lambda conn: unsure.waiting(conn, alone))
    assert [(each.text, each.labels, each.p) for each in found] == [
        (STREAKS, ("printer_issues",), 0.1)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi, my name is Anna Lee, mail to anna.lee@acme.com", "Hi, mail to someone@example.com"),
        ("call me at (212) 555-0147 please", "call me at 5550100 please"),
        ("Lee's printer is jammed", "printer is jammed"),
        ("error 6123, 0 and 0x80070005 on KB5031356", "error 6123, 0 and 0x80070005 on KB5031356"),
        ("see https://example.com/?token=1", "see"),
        ("my password is Hunter2!x", "my password is [removed]"),
    ],
)
def test_examples_name_nobody(text: str, expected: str) -> None:
    """Names, addresses, numbers and passwords go; error codes and updates are what it is about."""
    assert anonymous(text, ["Anna Lee"]) == expected
