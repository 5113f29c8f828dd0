"""What people do with their own account, and administrators with everybody's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pyotp
import pytest
from tests.console_stage import PASSWORD, Browser, ConsoleStage, console_stage

from switchboard.store import accounts, audit
from switchboard.store.sign_in_attempts import FREE_HERE

NEW = "four noisy herons"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path) as made:
        yield made


async def inside(browser: Browser) -> bool:
    return (await browser.get("/console/account")).status_code == 200


async def actions(stage: ConsoleStage) -> list[tuple[str, str]]:
    return [(each.actor, each.action) for each in await stage.db.run(audit.entries)]


async def test_a_changed_password_signs_other_devices_out(stage: ConsoleStage) -> None:
    stage.account()
    here, there = await stage.signed_in(), await stage.signed_in()
    fields = {"current": PASSWORD, "password": NEW, "repeated": NEW}
    before = str(here.cookies)
    answer = await here.submit("/account", "/account/password", **fields)
    assert answer.status_code == 303
    assert str(here.cookies) != before, "a new id, whoever may have copied the old one"
    assert await inside(here)
    assert not await inside(there)
    assert (await stage.browser().sign_in(password=NEW)).status_code == 303
    assert ("console:ana", "account.password") in await actions(stage)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"current": "wrong"}, "not your current password"),
        ({"repeated": "other"}, "not the same"),
        ({"password": "password1234", "repeated": "password1234"}, "first passwords"),
    ],
)
async def test_a_password_is_not_changed_by_mistake(
    stage: ConsoleStage, fields: dict[str, str], words: str
) -> None:
    stage.account()
    browser = await stage.signed_in()
    sent = {"current": PASSWORD, "password": NEW, "repeated": NEW, **fields}
    answer = await browser.submit("/account", "/account/password", **sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert (await stage.browser().sign_in()).status_code == 303


async def test_an_open_console_is_no_place_to_guess_the_password(stage: ConsoleStage) -> None:
    stage.account()
    browser = await stage.signed_in()
    for _ in range(FREE_HERE):
        await browser.submit("/account", "/account/password", current="wrong")
    sent = {"current": PASSWORD, "password": NEW, "repeated": NEW}
    answer = await browser.submit("/account", "/account/password", **sent)
    assert "Please wait" in answer.text
    assert (await stage.browser().sign_in()).status_code == 303


async def test_a_second_factor_is_turned_on_and_off(stage: ConsoleStage) -> None:
    stage.account()
    browser = await stage.signed_in()
    offered = await browser.submit("/account", "/account/second-factor/offer")
    assert "<svg" in offered.text
    assert "style=" not in offered.text
    secret = re.search(r'class="mono secret">([A-Z2-7 ]+)<', offered.text)
    offer = re.search(r'name="offer" value="([^"]+)"', offered.text)
    assert secret
    assert offer
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(stage.now())
    turn_on = partial(browser.submit, "/account", "/account/second-factor/on", offer=offer[1])
    for wrong in ({"code": "000000", "current": PASSWORD}, {"code": code, "current": "wrong"}):
        assert (await turn_on(**wrong)).status_code == 422
    done = await turn_on(code=code, current=PASSWORD)
    codes = re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", done.text)
    assert len(codes) == accounts.RECOVERY_CODES
    other = stage.browser()
    await other.sign_in()
    await other.submit("/sign-in/code", code=codes[0])
    assert "9 of 10 recovery codes" in (await other.get("/console/account")).text
    renewed = await other.submit("/account", "/account/recovery-codes", current=PASSWORD)
    assert codes[1] not in renewed.text
    await other.submit("/account", "/account/second-factor/off", current=PASSWORD)
    assert (await stage.browser().sign_in()).headers["location"] == "/console/"


async def test_an_offer_made_to_somebody_else_is_worth_nothing(stage: ConsoleStage) -> None:
    """A secret somebody knows cannot be slipped to another person."""
    stage.account()
    stage.account("ben")
    ana, ben = await stage.signed_in(), await stage.signed_in("ben")
    offered = await ana.submit("/account", "/account/second-factor/offer")
    offer = re.search(r'name="offer" value="([^"]+)"', offered.text)
    secret = re.search(r'class="mono secret">([A-Z2-7 ]+)<', offered.text)
    assert offer
    assert secret
    sent = {
        "offer": offer[1],
        "code": pyotp.TOTP(secret[1].replace(" ", "")).at(stage.now()),
        "current": PASSWORD,
    }
    await ben.submit("/account", "/account/second-factor/on", **sent)
    found = await stage.db.run(lambda c: accounts.named(c, "ben"))
    assert not found.has_second_factor


async def test_people_sign_their_other_devices_out(stage: ConsoleStage) -> None:
    stage.account()
    stage.account("ben")
    here, phone, bens = (
        await stage.signed_in(),
        await stage.signed_in(address="203.0.113.9"),
        await stage.signed_in("ben"),
    )
    page = (await here.get("/console/account")).text
    assert "203.0.113.x" in page
    assert "203.0.113.9" not in page
    handles = re.findall(r'name="handle" value="(\w+)"', page)
    assert len(handles) == 1
    await bens.submit("/account", "/account/sessions/end", handle=handles[0])
    assert await inside(phone), "somebody else's sessions are out of reach"
    await here.submit("/account", "/account/sessions/end", handle=handles[0])
    assert [await inside(each) for each in (here, phone, bens)] == [True, False, True]


async def test_somebody_is_invited_by_a_link(stage: ConsoleStage) -> None:
    stage.account()
    browser = await stage.signed_in()
    answer = await browser.submit("/team", "/team/invite", name="Ben", role="operator")
    link = re.search(r'value="(http://127\.0\.0\.1/console/setup/[\w-]+)"', answer.text)
    assert link
    page = link[1].removeprefix("http://127.0.0.1/console")
    ben = stage.browser()
    await ben.submit(page, password=NEW, repeated=NEW)
    assert await inside(ben)
    assert ("console:ana", "account.create") in await actions(stage)
    twice = await browser.submit("/team", "/team/invite", name="BEN", role="viewer")
    assert (twice.status_code, "already" in twice.text) == (422, True)


async def test_a_reset_ends_what_was_and_gives_a_new_link(stage: ConsoleStage) -> None:
    stage.account()
    ben = stage.account("ben", "viewer")
    stage.second_factor(ben)
    anas = await stage.signed_in()
    answer = await anas.submit("/team", f"/team/{ben.id}/reset")
    assert "/console/setup/" in answer.text
    assert (await stage.browser().sign_in("ben")).status_code == 422
    found = await stage.db.run(lambda c: accounts.named(c, "ben"))
    assert not found.has_second_factor


async def test_who_is_disabled_is_signed_out_and_can_come_back(stage: ConsoleStage) -> None:
    stage.account()
    ben = stage.account("ben", "viewer")
    anas, bens = await stage.signed_in(), await stage.signed_in("ben")
    await anas.submit("/team", f"/team/{ben.id}/disable")
    assert not await inside(bens)
    told = (await anas.get("/console/team")).text
    assert "Signed out everywhere" in told
    assert "Signed out everywhere" not in (await anas.get("/console/team")).text
    await anas.submit("/team", f"/team/{ben.id}/enable")
    assert (await stage.browser().sign_in("ben")).status_code == 303


async def test_nobody_takes_the_branch_they_sit_on(stage: ConsoleStage) -> None:
    ana = stage.account()
    browser = await stage.signed_in()
    for what, fields in (("disable", {}), ("reset", {}), ("role", {"role": "viewer"})):
        answer = await browser.submit("/team", f"/team/{ana.id}/{what}", **fields)
        assert (answer.status_code, "CON-003" in answer.text) == (409, True), what
    assert await inside(browser)


async def test_an_account_that_is_not_there_is_told_so(stage: ConsoleStage) -> None:
    stage.account()
    browser = await stage.signed_in()
    answer = await browser.submit("/team", "/team/nobody/disable")
    assert (answer.status_code, "CON-002" in answer.text) == (404, True)
    odd = await browser.submit("/team", "/team/invite", name="x", role="king")
    assert (odd.status_code, "CON-422" in odd.text) == (422, True)
