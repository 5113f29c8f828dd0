"""Signing in to the console: what is asked for, what is refused, how it is told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from tests.console_stage import PASSWORD, Browser, ConsoleStage, console_stage

from switchboard.console.links import first_link
from switchboard.store import accounts, audit, setup_links
from switchboard.store.console_sessions import IDLE_SECONDS
from switchboard.store.sign_in_attempts import FREE_HERE


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path) as made:
        yield made


async def inside(browser: Browser) -> bool:
    return (await browser.get("/console/account")).status_code == 200


async def test_name_and_password_open_the_console(stage: ConsoleStage) -> None:
    stage.account()
    browser = await stage.signed_in()
    assert await inside(browser)
    actions = [each.action for each in await stage.db.run(audit.entries)]
    assert "session.start" in actions


@pytest.mark.parametrize(
    ("name", "password"),
    [("ana", "wrong"), ("nobody", PASSWORD), ("", ""), ("off", PASSWORD), ("new", PASSWORD)],
)
async def test_all_else_is_refused_in_the_same_words(
    stage: ConsoleStage, name: str, password: str
) -> None:
    """Nobody learns which names there are."""
    stage.account()
    off = stage.account("off", "viewer")
    await stage.db.run(lambda c: accounts.disable(c, off.id, stage.now(), actor="x"))
    await stage.db.run(
        partial(accounts.create, name="new", role="viewer", now=stage.now(), actor="x")
    )
    browser = stage.browser()
    answer = await browser.sign_in(name, password)
    assert answer.status_code == 422
    assert "Name or password is not right." in answer.text
    assert not await inside(browser)


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    stage: ConsoleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is the same: one comparison, with a hash of the same make."""
    stage.account()
    compared: list[str] = []
    hasher = stage.service.passwords._hasher
    verify = type(hasher).verify

    def counted(self: object, held: str, password: str) -> bool:
        compared.append(held.rpartition("$")[0].rpartition("$")[0])
        return bool(verify(hasher, held, password))

    monkeypatch.setattr(type(hasher), "verify", counted)
    for name in ("ana", "nobody"):
        await stage.browser().sign_in(name, "wrong")
    assert len(compared) == 2
    assert compared[0] == compared[1]


async def test_too_many_failures_have_to_wait_and_are_told_how_long(stage: ConsoleStage) -> None:
    """The right password does not help before its time, and helps after it."""
    stage.account()
    browser = stage.browser()
    for _ in range(FREE_HERE):
        answer = await browser.sign_in("ana", "wrong")
    assert "wait 30 seconds" in answer.text
    refused = await browser.sign_in()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) <= 30
    locked = [e for e in await stage.db.run(audit.entries) if e.action == "session.locked"]
    assert len(locked) == 1
    stage.skipped += 31
    assert (await browser.sign_in()).status_code == 303


async def test_guesses_sent_at_once_are_no_more_than_one_after_the_other(
    stage: ConsoleStage,
) -> None:
    import asyncio  # noqa: PLC0415 - of this test alone.

    stage.account()
    browsers = [stage.browser() for _ in range(12)]
    answers = await asyncio.gather(*(each.sign_in("ana", "wrong") for each in browsers))
    looked_at = [each for each in answers if "Too many" not in each.text]
    assert len(looked_at) <= FREE_HERE


async def test_signing_in_takes_a_new_id_and_leaves_the_old_one_worthless(
    stage: ConsoleStage,
) -> None:
    """An id planted in the browser beforehand is never the one that is signed in."""
    stage.account()
    browser = stage.browser()
    browser.cookies.set("sb_session", "planted", domain="127.0.0.1")
    await browser.sign_in()
    held = browser.cookies.get("sb_session", domain="127.0.0.1", path="/")
    assert held
    assert held != "planted"
    other = stage.browser()
    other.cookies.set("sb_session", "planted")
    assert not await inside(other)


async def test_signing_out_ends_the_session_on_the_server(stage: ConsoleStage) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    stage.account()
    browser = await stage.signed_in()
    copy = stage.browser()
    copy.cookies.update(browser.cookies)
    assert await inside(copy)
    answer = await browser.submit("/account", "/sign-out")
    assert answer.headers["location"] == "/console/sign-in"
    assert not await inside(copy)


async def test_a_session_nobody_uses_ends(stage: ConsoleStage) -> None:
    stage.account()
    browser = await stage.signed_in()
    stage.skipped += IDLE_SECONDS + 1
    answer = await browser.get("/console/account")
    assert answer.headers["location"] == "/console/sign-in?to=/account"


async def test_a_page_that_looks_by_itself_does_not_keep_a_session_alive(
    stage: ConsoleStage,
) -> None:
    stage.account()
    browser = await stage.signed_in()
    stage.skipped += IDLE_SECONDS - 10
    poll = await browser.get("/console/account", headers={"X-Console-Poll": "1"})
    assert poll.status_code == 200
    stage.skipped += 20
    assert not await inside(browser)


async def test_the_second_factor_is_asked_for_and_each_code_works_once(
    stage: ConsoleStage,
) -> None:
    totp = stage.second_factor(stage.account())
    browser = stage.browser()
    answer = await browser.sign_in()
    assert answer.headers["location"] == "/console/sign-in/code"
    assert not await inside(browser), "the password alone opens nothing"
    wrong = await browser.submit("/sign-in/code", code="000000")
    assert wrong.status_code == 422
    code = totp.at(stage.now())
    right = await browser.submit("/sign-in/code", code=f"{code[:3]} {code[3:]}")
    assert right.status_code == 303
    assert await inside(browser)
    again = stage.browser()
    await again.sign_in()
    assert (await again.submit("/sign-in/code", code=code)).status_code == 422


async def test_a_recovery_code_stands_in_for_the_phone(stage: ConsoleStage) -> None:
    stage.second_factor(stage.account())
    browser = stage.browser()
    await browser.sign_in()
    await browser.submit("/sign-in/code", code="AAAAA BBBBB")
    assert await inside(browser)


async def test_codes_cannot_be_guessed_by_who_has_the_password(stage: ConsoleStage) -> None:
    totp = stage.second_factor(stage.account())
    browser = stage.browser()
    for _ in range(FREE_HERE):
        await browser.sign_in()
        await browser.submit("/sign-in/code", code="000000")
    refused = await browser.submit("/sign-in/code", code=totp.at(stage.now()))
    assert refused.status_code == 429
    assert not await inside(browser)


async def test_after_signing_in_people_are_where_they_wanted_to_go(stage: ConsoleStage) -> None:
    stage.account()
    browser = stage.browser()
    asked = await browser.get("/console/team")
    assert asked.headers["location"] == "/console/sign-in?to=/team"
    assert (await browser.sign_in(to="/team")).headers["location"] == "/console/team"


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
async def test_signing_in_leads_nowhere_else(stage: ConsoleStage, to: str) -> None:
    stage.account()
    answer = await stage.browser().sign_in(to=to)
    assert answer.headers["location"] == "/console/"


async def test_the_first_administrator_is_set_up_by_the_printed_link(stage: ConsoleStage) -> None:
    link = await stage.db.run(lambda c: first_link(c, "http://127.0.0.1", stage.now()))
    assert link
    page = link.removeprefix("http://127.0.0.1/console")
    browser = stage.browser()
    fields = {"name": "Ana", "password": PASSWORD, "repeated": PASSWORD}
    short = await browser.submit(page, **{**fields, "password": "short", "repeated": "short"})
    assert (short.status_code, "this has 5" in short.text) == (422, True)
    other = await browser.submit(page, **{**fields, "repeated": "something else"})
    assert "not the same" in other.text
    odd = await browser.submit(page, **{**fields, "name": "no good"})
    assert "A name has" in odd.text
    done = await browser.submit(page, **fields)
    assert done.status_code == 303
    assert (await browser.get("/console/team")).status_code == 200
    gone = await stage.browser().get(link)
    assert (gone.status_code, "CON-005" in gone.text) == (410, True)
    assert await stage.db.run(lambda c: first_link(c, "http://x", time.time())) is None


async def test_looking_at_a_link_does_not_use_it(stage: ConsoleStage) -> None:
    """Mail programs open links before people do."""
    ana = stage.account()
    token = await stage.db.run(lambda c: setup_links.make(c, ana.id, stage.now()))
    for _ in range(3):
        assert (await stage.browser().get(f"/console/setup/{token}")).status_code == 200
    fields = {"password": "four quiet otters", "repeated": "four quiet otters"}
    assert (await stage.browser().submit(f"/setup/{token}", **fields)).status_code == 303
