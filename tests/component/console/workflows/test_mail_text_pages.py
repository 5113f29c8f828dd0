"""Mails of chats in the console: seen by all, changed by administrators, previewed in a sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.component.closing.closing_stage import ClosingStage
from tests.component.console.configuration.configuration_rig import Rig, configured, confirm
from tests.component.conversing.chat_stage import MAIL
from tests.console_stage import Browser
from tests.html_form import form_of
from tests.unit.flows.chat_to_ticket.test_mail_templates import HOSTILE

from switchboard.config.vault import Vault
from switchboard.console.attention import running
from switchboard.console.mail_texts import sending
from switchboard.console.mail_texts.examples import latest
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES
from switchboard.flows.chat_to_ticket.mails.templates import load_templates
from switchboard.store import audit

LIST = "/console/configuration/mails"
PLACE = "chat/mails/closed.txt"
OWN = "Hello {{ name }}, {{ title }} is done.\n"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as found:
        yield found


async def edited(
    browser: Browser, action: str = "", name: str = "closed", **more: str
) -> httpx.Response:
    """Open a mail, change fields of its form, and press the button that sends it to *action*."""
    page = f"{LIST}/{name}"
    fields: dict[str, Any] = form_of((await browser.get(page)).text, "mail-editor")
    changed = {key.replace("_", "-"): value for key, value in more.items()}
    return await browser.post(f"{page}{action}", data={**fields, **changed})


async def test_a_text_is_reviewed_saved_in_force_and_taken_back(rig: Rig) -> None:
    """The review compares it with the standard text; only the text that was changed has a file."""
    browser = await rig.stage.signed_in()
    review = await edited(browser, text_txt=OWN)
    assert "is done." in review.text
    assert "removed: </span>" in review.text  # Of the standard text.
    await confirm(browser, review)
    assert rig.text(PLACE) == OWN
    assert [each.name for each in (rig.root / PLACE).parent.iterdir()] == ["closed.txt"]
    assert "Your own" in (await browser.get(LIST)).text
    page = (await browser.get(f"{LIST}/closed")).text
    assert "Hello John Doe, Password reset is done." in page
    seen = {key: text for key, text in form_of(page, "mail-editor").items() if "seen" in key}
    csrf = form_of(page, "mail-editor")["csrf"]
    back = await browser.post(f"{LIST}/closed/standard", data={"csrf": csrf, **seen})
    await confirm(browser, back)
    assert not (rig.root / PLACE).exists()
    trail = await rig.stage.db.run(audit.entries)
    changes = [each for each in trail if each.action == "configuration.change"]
    assert [each.actor for each in changes] == ["console:ana", "console:ana"]


async def test_a_text_nobody_could_be_sent_is_never_saved(rig: Rig) -> None:
    """It comes back with the line, the cure and what was typed; the standard text is in force."""
    browser = await rig.stage.signed_in()
    answer = await edited(browser, text_txt="Hello\n{{ nmae }}")
    assert answer.status_code == 422
    assert "Nothing was saved." in answer.text
    assert 'data-line="2">Line 2</a>' in answer.text
    assert "Did you mean name?" in answer.text
    assert "{{ nmae }}" in answer.text
    assert not (rig.root / "chat").exists()


async def test_a_file_changed_underneath_is_not_overwritten(rig: Rig) -> None:
    browser = await rig.stage.signed_in()
    page = (await browser.get(f"{LIST}/closed")).text
    rig.write(PLACE, "By hand: {{ title }}\n")
    fields = form_of(page, "mail-editor") | {"text-txt": OWN}
    answer = await browser.post(f"{LIST}/closed", data=fields)
    assert answer.status_code == 409
    assert rig.text(PLACE) == "By hand: {{ title }}\n"


async def test_the_preview_can_do_nothing(rig: Rig) -> None:
    """Whatever is typed is shown in a frame without scripts, of an origin that reads nothing."""
    browser = await rig.stage.signed_in("vera")
    page = await browser.get(f"{LIST}/closed")
    assert " sandbox " in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    text = "<p>{{ name }}</p><script>alert(1)</script>"
    assert "<script" not in (await edited(browser, "/document", text_html=text)).text  # A viewer's.
    browser = await rig.stage.signed_in()
    answer = await edited(browser, "/document", text_html=text)
    assert "<p>John Doe</p><script>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    checked = await edited(browser, "/check", text_subject=HOSTILE)
    assert "<img src=x" not in checked.text


async def test_only_known_mails_and_only_administrators(rig: Rig) -> None:
    """Viewers see every mail; nobody reaches another file, and no viewer changes one."""
    vera = await rig.stage.signed_in("vera")
    page = (await vera.get(f"{LIST}/code")).text
    assert "Review and save" not in page
    assert "Send a test" not in page
    fields = form_of(page, "mail-editor")
    for action in ("", "/standard", "/test"):
        assert (await vera.post(f"{LIST}/code{action}", data=fields)).status_code == 403
    for name in ("layout", "..%2Fsettings", "code.html"):
        assert (await vera.get(f"{LIST}/{name}")).status_code == 404


async def test_a_text_that_is_not_in_force_needs_attention(rig: Rig) -> None:
    """Somebody edited a file by hand: mails go on with the standard text, and people are told."""
    rig.write(PLACE, "{{ nmae }}")
    rig.write("chat/mails/colsed.txt", "Hello")
    (item,) = [each for each in running.of_service(rig.stage.service) if each.kind == "mail-text"]
    assert (item.cause, item.href) == ("CHAT-122", "/configuration/mails/closed")
    browser = await rig.stage.signed_in("vera")
    page = (await browser.get(LIST)).text
    assert "1 of your own is not in force." in page
    assert "chat/mails/colsed.txt" in page
    assert "not in force" in (await browser.get("/console/configuration")).text


async def test_a_test_is_sent_as_typed_with_nobody_real_in_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes to the one address, at once, and is in the trail; a bad address is sent nothing."""
    went: list[tuple[str, str]] = []

    async def send(_config: object, _credentials: object, to: str, **made: str) -> None:
        went.append((to, made["subject"]))

    monkeypatch.setattr(sending, "send_trial", send)
    rig.write("data/email_config.json", MAIL)
    Vault.open(rig.root, create=True).update(lambda known: known)
    rig.stage.service.reload()
    browser = await rig.stage.signed_in()
    bad = await edited(browser, "/test", to="nobody", text_subject="Done: {{ number }}")
    assert bad.status_code == 422
    good = await edited(
        browser, "/test", to="me@example.com", example="real", text_subject="Done: {{ number }}"
    )
    assert "on its way" in good.text
    assert went == [("me@example.com", "Test: Done: 1000001")]
    trail = await rig.stage.db.run(audit.entries)
    assert "mail.test" in {each.action for each in trail}


async def test_the_latest_ticket_is_shown_as_its_mails_are_made(rig: Rig, tmp_path: Path) -> None:
    """Nobody's typed words where no address was proved, and no link that decides anything."""
    stage = ClosingStage(rig.stage.db, tmp_path / "chats")
    draft = {"verification": "unverified", "approval_needed": True}
    row = await stage.raised(draft=draft, closed_at=stage.now.timestamp())
    token = await stage.asked(row)
    made = {}
    for name in SAMPLES:
        found = await stage.db.run(partial(latest, tools=stage.tools, name=name))
        if found is not None:
            assert set(found.facts) == set(SAMPLES[name][0])
            made[name] = load_templates(None).render(name, found.facts)
    assert set(made) == {"customer_ticket", "team_ticket", "approval_request", "closed"}
    assert "SRV-01" in made["team_ticket"].text
    assert "SRV-01" not in made["customer_ticket"].text + made["customer_ticket"].html
    assert "/approve/example?choice=approve" in made["approval_request"].text
    assert token not in "".join(each.html + each.text for each in made.values())
