"""Chat workflows in the console: found, checked, tried and saved, and never broken for visitors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.console.configuration.configuration_rig import Rig, confirm
from tests.component.console.workflows.workflow_stage import (
    HOSTILE,
    LIST,
    PLACE,
    PRINTER,
    edited,
    row_counts,
    saved,
    shipped,
    workflow_console,
)
from tests.html_form import form_of
from tests.unit.flows.chat_to_ticket.test_yaml_text import BOMB

from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.store import audit, configuration_history


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with workflow_console(tmp_path) as found:
        yield found


def warmer(text: str) -> str:
    return text.replace("Let us look at the printer.", "Poor printer!")


async def test_every_workflow_is_listed_with_its_state(rig: Rig) -> None:
    """Shipped, changed, one's own, switched off and broken are told apart; problems are on top."""
    rig.write(PLACE, warmer(shipped()))
    rig.write("chat/workflows/email_issues.yaml", "id: email_issues\nsteps: [")
    own = shipped("server_reboot").replace("id: server_reboot", "id: kettle")
    rig.write("chat/workflows/kettle.yaml", own.replace("title: Server reboot", "title: Kettle"))
    off = shipped("windows_update").replace("\ntitle:", "\ndetected: false\ntitle:", 1)
    rig.write("chat/workflows/windows_update.yaml", off)
    page = (await (await rig.stage.signed_in("vera")).get(LIST)).text
    for words in ("Changed here", "Your own", "Kettle", "Switched off", "Not in force"):
        assert words in page
    assert page.count("As shipped") == 11
    assert "1 of your documents is not in force" in page


async def test_findings_come_with_line_and_cure(rig: Rig) -> None:
    """A misspelt slot is shown with the line it stands in, and what to do about it."""
    browser = await rig.stage.signed_in("vera")
    text = shipped().replace("if: problem is missing", "if: probem is missing")
    page = (await edited(browser, text, "/check")).text
    line = text.splitlines().index("    if: probem is missing") + 1
    assert f'data-line="{line}">Line {line}</a>' in page
    assert "CHAT-109" in page
    assert "Correct the errors first" in page


@pytest.mark.parametrize("text", [BOMB, "id: [", "!!python/name:os.system", "- 1", "id: other"])
async def test_a_broken_or_hostile_document_is_never_saved(rig: Rig, text: str) -> None:
    """Refused with the reason, on the form it came in; the file stays away, the bot as it was."""
    browser = await rig.stage.signed_in()
    answer = await edited(browser, text)
    assert answer.status_code == 422
    assert "Nothing was saved." in answer.text
    assert not (rig.root / PLACE).exists()
    assert not load_library(rig.root).findings


async def test_a_change_is_reviewed_saved_in_force_and_undone(rig: Rig) -> None:
    """The review shows the line; saving writes it; undo brings ours back; both are in the trail."""
    browser = await rig.stage.signed_in()
    review = await edited(browser, warmer(shipped()))
    assert "Poor printer!" in review.text
    assert not (rig.root / PLACE).exists()
    await confirm(browser, review)
    assert load_library(rig.root).workflows["printer_issues"].intro == "Poor printer!"
    assert "Poor printer!" in (await browser.get(f"{PRINTER}/difference")).text
    change = (await rig.stage.db.run(configuration_history.recent))[0]
    undo = await browser.get(f"/console/configuration/history/{change.id}/undo")
    await confirm(browser, undo)
    assert not (rig.root / PLACE).exists()
    trail = await rig.stage.db.run(audit.entries)
    assert len([each for each in trail if each.actor == "console:ana"]) >= 2


async def test_the_text_that_ships_needs_no_document(rig: Rig) -> None:
    """Saving ours again takes the operator's document away."""
    browser = await rig.stage.signed_in()
    await saved(browser, warmer(shipped()))
    await saved(browser, shipped())
    assert not (rig.root / PLACE).exists()


async def test_a_document_changed_underneath_is_not_overwritten(rig: Rig) -> None:
    """Who saves later hears of it, and nothing is lost."""
    browser = await rig.stage.signed_in()
    fields = form_of((await browser.get(PRINTER)).text, "editor")
    rig.write(PLACE, shipped().replace("Let us look", "Let me look"))
    answer = await browser.post(PRINTER, data={**fields, "text": warmer(shipped())})
    assert answer.status_code == 409
    assert "Let me look" in rig.text(PLACE)


async def test_a_workflow_is_switched_off_and_on(rig: Rig) -> None:
    """Off is a document of the operator's; on again, nothing is left of it."""
    browser = await rig.stage.signed_in()
    for to, offered in (("off", False), ("on", True)):
        seen = form_of((await browser.get(PRINTER)).text, "editor")["seen"][0]
        review = await browser.submit(
            "/configuration/workflows/printer_issues",
            "/configuration/workflows/printer_issues/switch",
            seen=seen,
            to=to,
        )
        await confirm(browser, review)
        assert load_library(rig.root).workflows["printer_issues"].detected is offered
    assert not (rig.root / PLACE).exists()


async def test_going_back_to_the_shipped_one_is_reviewed_too(rig: Rig) -> None:
    """The operator's document is removed, and can be brought back by undo."""
    browser = await rig.stage.signed_in()
    await saved(browser, warmer(shipped()))
    seen = form_of((await browser.get(PRINTER)).text, "editor")["seen"][0]
    review = await browser.submit(
        "/configuration/workflows/printer_issues",
        "/configuration/workflows/printer_issues/restore",
        seen=seen,
    )
    assert (rig.root / PLACE).exists()
    await confirm(browser, review)
    assert not (rig.root / PLACE).exists()


async def test_a_new_workflow_begins_with_a_document_that_works(rig: Rig) -> None:
    """Id and title are asked for; the editor opens without findings; any title is taken as text."""
    browser = await rig.stage.signed_in()
    bad = await browser.get(f"{LIST}/new-workflow?name=No+Spaces&title=x")
    assert bad.status_code == 422
    taken = await browser.get(f"{LIST}/new-workflow?name=printer_issues&title=x")
    assert "There is a workflow with this id." in taken.text
    began = await browser.get(
        f"{LIST}/new-workflow", params={"name": "headset", "title": f'A "{HOSTILE}": {{x}}'}
    )
    assert began.status_code == 303
    page = await browser.get(began.headers["location"])
    assert "No findings. The bot can use it." in page.text
    assert HOSTILE not in page.text
    fields = form_of(page.text, "editor")
    review = await browser.post(f"{LIST}/headset", data=fields)
    await confirm(browser, review)
    assert load_library(rig.root).workflows["headset"].title == f'A "{HOSTILE}": {{x}}'


async def test_a_chat_is_tried_with_the_text_in_the_form_and_nothing_is_written(rig: Rig) -> None:
    """Its buttons are buttons, the ticket is shown as a draft, and no row of any table changes."""
    browser = await rig.stage.signed_in("vera")
    text = warmer(shipped()).replace("Nothing is printed", "It is on strike")
    page = (await edited(browser, text, "/try")).text
    before = await row_counts(rig)
    for said in (
        "It is on strike", "Only me", "From my own computer", "No, go on", "skip", "USB cable",
        "skip", "Anna Lee", "anna@example.com", "skip", "Yes, log it",
    ):  # fmt: skip
        assert "Correct the errors" not in page
        fields = form_of(page, "editor")
        page = (await browser.post(f"{PRINTER}/try", data={**fields, "pick": said})).text
    assert "Poor printer!" in page
    assert "A ticket would be raised: Printer issues: It is on strike (Anna Lee)." in page
    assert "<dd>It is on strike</dd>" in page
    assert await row_counts(rig) == before
    assert not (rig.root / PLACE).exists()


async def test_the_code_of_a_trial_is_on_a_button(rig: Rig) -> None:
    """Whoever tries a workflow with a proof of identity need not read any mail."""
    page_of = f"{LIST}/password_reset"
    browser = await rig.stage.signed_in()
    said = '["windows", "I forgot it", "alee", "call", "Anna Lee", "anna@example.com"]'
    text = shipped("password_reset")
    page = (await edited(browser, text, "/try", page_of, said=said, say="212 555 0147")).text
    assert 'name="pick" value="123456"' in page
    right = form_of(page, "editor")
    page = (await browser.post(f"{page_of}/try", data={**right, "pick": "123456"})).text
    assert "Thank you, that is right." in page


@pytest.mark.parametrize("said", ["{", "[1]", '{"a": 1}', "[" * 5000, '["' + "x" * 5000 + '"]'])
async def test_whatever_a_form_says_was_said_is_survived(rig: Rig, said: str) -> None:
    """The words so far come from the browser: they may be anything."""
    browser = await rig.stage.signed_in("vera")
    answer = await edited(browser, shipped(), "/try", said=said, say=HOSTILE)
    assert answer.status_code == 200
    assert HOSTILE not in answer.text


async def test_only_administrators_change_workflows(rig: Rig) -> None:
    """Viewers and operators see and try; what they send to be saved is refused."""
    for name in ("vera", "ben"):
        browser = await rig.stage.signed_in(name)
        page = await browser.get(PRINTER)
        assert "Review the change" not in page.text
        for action in ("", "/restore", "/switch", "/examples/add", "/examples/remove"):
            sent = {"text": "x", "seen": "x", "to": "off", "example": "x"}
            answer = await browser.submit("/account", f"{PRINTER[8:]}{action}", **sent)
            assert answer.status_code == 403
    assert (await rig.stage.browser().get(PRINTER)).status_code == 303


async def test_an_unknown_workflow_is_no_page(rig: Rig) -> None:
    """Also one whose name would be a path or is hostile."""
    browser = await rig.stage.signed_in()
    for name in ("nothing_like_it", "%2e%2e", "%3Cscript%3E", "Printer"):
        for tab in ("", "/steps", "/examples", "/difference"):
            assert (await browser.get(f"{LIST}/{name}{tab}")).status_code == 404


async def test_examples_are_added_and_removed_and_comments_stay(rig: Rig) -> None:
    """One on each line; what would contradict another workflow's examples is refused."""
    place = "chat/examples/printer_issues.yaml"
    (rig.root / place).parent.mkdir()
    rig.write(place, 'id: printer_issues  # ours\nexamples:\n  - "the plotter hums"\n')
    browser = await rig.stage.signed_in()
    page = "/configuration/workflows/printer_issues/examples"

    async def send(action: str, **fields: str) -> str:
        seen = form_of_add((await browser.get(f"/console{page}")).text)
        answer = await browser.submit(page, f"{page}/{action}", seen=seen, **fields)
        if answer.status_code == 200:
            await confirm(browser, answer)
        return answer.text

    await send("add", lines=f"the flurbonator: leaves streaks\r\n\r\n{HOSTILE}\r\n")
    await send("remove", example="the plotter hums")
    text = rig.text(place)
    assert "# ours" in text
    assert "plotter" not in text
    assert HOSTILE not in (await browser.get(f"/console{page}")).text
    assert "stands in" in await send("add", lines="quickbooks error H202")
    assert rig.text(place) == text


def form_of_add(page: str) -> str:
    found = page.rpartition('name="seen" value="')[2]
    return found.partition('"')[0]


async def test_a_sentence_is_found_by_what_it_is_about(rig: Rig) -> None:
    """All are there under their headings; a search leaves those that fit, and is kept as it was."""
    browser = await rig.stage.signed_in("vera")
    page = "/console/configuration/bot-wording"
    everything = re.findall(r'<input id="f-(\w+)" type="text"', (await browser.get(page)).text)
    assert everything == list(Wording.model_fields)
    found = (await browser.get(page, params={"q": "GREETING beginning"})).text
    assert "No sentence fits" in found
    found = (await browser.get(page, params={"q": "Greeting"})).text
    assert re.findall(r'<input id="f-(\w+)" type="text"', found) == ["hello", "greeting"]
    assert "2 found" in found
    hostile = (await browser.get(page, params={"q": HOSTILE})).text
    assert HOSTILE not in hostile


async def test_the_bots_sentences_are_reworded_and_checked(rig: Rig) -> None:
    """An empty field is ours again; a placeholder that is never filled in is refused."""
    browser = await rig.stage.signed_in()
    page = "/configuration/bot-wording"

    async def send(**fields: str) -> str:
        seen = form_of_add((await browser.get(f"/console{page}")).text)
        answer = await browser.submit(page, seen=seen, **fields)
        if answer.status_code == 200:
            await confirm(browser, answer)
        return answer.text

    await send(**{"say-goodbye": f"Bye {HOSTILE}", "say-yes": "Yes"})
    assert load_library(rig.root).wording.goodbye == f"Bye {HOSTILE}"
    assert "yes" not in rig.text("chat/wording.yaml")
    assert "is not filled in here" in await send(**{"say-goodbye": "Bye {nobody}"})
    assert HOSTILE not in (await browser.get(f"/console{page}")).text
    await send(**{"say-goodbye": ""})
    assert not (rig.root / "chat/wording.yaml").exists()
