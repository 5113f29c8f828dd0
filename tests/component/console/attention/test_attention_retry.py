"""What a person has mended is tried again with one press, once, and by who may do that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.console.attention.trouble import CHAT, a_mail, a_parked_call, everything
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket import conversing
from switchboard.jobs.chores import Diary, Entry
from switchboard.store import audit, callbacks, journal, ledger, media, outbox
from switchboard.store import tables as t


@dataclass
class Rig:
    stage: ConsoleStage
    woken: list[str] = field(default_factory=list)
    problem: OperatorError | None = None

    async def tools(self) -> Any:
        if self.problem is not None:
            raise self.problem
        return SimpleNamespace(sealer=self.stage.sealer)

    async def press(self, browser: Browser, **fields: str) -> str:
        """Press Retry; return what the next page tells."""
        answer = await browser.submit("/account", "/attention/retry", **fields)
        assert answer.status_code == 303, answer.text
        shown = await browser.get("/console/account")
        assert shown.status_code == 200
        return shown.text

    async def trail(self) -> list[tuple[str, str, str]]:
        rows = await self.stage.db.run(audit.entries)
        return [(row.actor, row.action, row.subject) for row in rows if "retry" in row.action]

    async def fate(self, number: int) -> str:
        call = f"call:700:{number}"
        return (await self.stage.db.run(lambda c: ledger.load(c, [call])))[call].fate


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    woken: list[str] = []
    held: list[Rig] = []
    diary = Diary({"mails": Entry(failures=2, code="SMTP-001"), "retention": Entry(code="IO-001")})

    async def tools() -> Any:
        return await held[0].tools()

    # The chat of these tickets is no real dialogue: what its ledger says is not our matter here.
    monkeypatch.setattr(conversing, "account_for", lambda *_: None)
    async with console_stage(tmp_path, wake=woken.append, chats=tools, diary=diary) as stage:
        for name, role in (("ana", "administrator"), ("ben", "operator"), ("vera", "viewer")):
            stage.account(name, role)  # type: ignore[arg-type]
        held.append(Rig(stage, woken))
        await stage.db.run(partial(everything, sealer=stage.sealer, at=stage.now()))
        yield held[0]


async def test_all_of_a_cause_is_taken_up_and_nothing_else(rig: Rig) -> None:
    now = rig.stage.now()
    more = [a_parked_call(20, now), a_parked_call(21, now, "ZOHO-403")]
    await rig.stage.db.run(lambda c: ledger.upsert(c, more))
    told = await rig.press(await rig.stage.signed_in("ben"), cause="ZOHO-422")
    assert "2 calls are tried again." in told
    assert [await rig.fate(n) for n in (1, 20, 21, 2)] == ["waiting", "waiting", "parked", "parked"]
    assert rig.woken == ["calls"]
    assert sorted(await rig.trail()) == [
        ("console:ben", "call.retry", "call:700:1"), ("console:ben", "call.retry", "call:700:20"),
    ]  # fmt: skip


async def test_a_cause_of_several_kinds_is_taken_up_together(rig: Rig) -> None:
    more = a_parked_call(20, rig.stage.now(), "ZOHO-403")
    await rig.stage.db.run(lambda c: ledger.upsert(c, [more]))
    told = await rig.press(await rig.stage.signed_in(), cause="ZOHO-403")
    assert "1 call and 1 call-back are tried again." in told
    assert rig.woken == ["calls", "call-backs"]


ONE_OF_EACH = (
    ("call", "call:700:1", "calls"),
    ("recording", "call:700:1:media:recording:1", "recordings"),
    ("call-back", "call:700:8", "call-backs"),
    ("mail", "run1:report:m1@example.com", "mails"),
    ("ticket", "SB-REFUSED", "tickets"),
    ("update", "ticket:SB-FINE:desk_comment:2", "tickets"),
)


async def test_one_thing_of_any_kind_is_taken_up_alone(rig: Rig) -> None:
    def states(conn: sa.Connection) -> list[str | None]:
        wanted = sa.select(t.ticket.c.state).where(t.ticket.c.reference == "SB-REFUSED")
        return [
            ledger.load(conn, ["call:700:1"])["call:700:1"].fate,
            media.find(conn, "call:700:1:media:recording:1")[0].state,
            callbacks.load(conn, ["call:700:8"])["call:700:8"].state,
            outbox.by_keys(conn, ["run1:report:m1@example.com"]).popitem()[1].state,
            conn.scalar(wanted),
            journal.by_keys(conn, ["ticket:SB-FINE:desk_comment:2"]).popitem()[1].state,
        ]

    browser = await rig.stage.signed_in("ben")
    after = ["waiting", "owed", "owed", "queued", "wanted", "intended"]
    expected = await rig.stage.db.run(states)
    assert set(expected) == {"parked", "refused"}
    for number, (kind, name, _) in enumerate(ONE_OF_EACH):
        assert "is tried again." in await rig.press(browser, kind=kind, id=name), name
        expected[number] = after[number]
        assert await rig.stage.db.run(states) == expected
    assert rig.woken == [lane for _, _, lane in ONE_OF_EACH]
    trail = await rig.trail()
    assert len(trail) == len(ONE_OF_EACH)
    assert {actor for actor, _, _ in trail} == {"console:ben"}


async def test_pressing_twice_does_it_once(rig: Rig) -> None:
    browser = await rig.stage.signed_in()
    assert "1 call is tried again." in await rig.press(browser, cause="ZOHO-422")
    assert "Nothing of it was stopped any more." in await rig.press(browser, cause="ZOHO-422")
    assert rig.woken == ["calls"]
    assert len(await rig.trail()) == 1


NOT_STOPPED = (
    ("call", "call:700:3"),  # Waits, and goes on by itself.
    ("call", "call:700:5"),  # Done.
    ("call", CHAT),
    ("call", "nobody"),
    ("recording", "call:700:5:media:recording:5"),
    ("voicemail", "call:700:2:media:voicemail:2"),  # Gone for ever.
    ("call-back", "call:700:10"),
    ("mail", "run2:report:m2@example.com"),  # Still tried by itself.
    ("mail", "run4:report:m4@example.com"),  # Long over.
    ("ticket", "SB-FINE"),
    ("ticket", "SB-GONE"),  # What was asked for is forgotten.
    ("lane", "retention"),
    ("lane", "tickets"),
    ("document", "x"),
    ("<b>", "'; drop table mail"),
)


async def test_what_is_not_stopped_is_left_alone(rig: Rig) -> None:
    def picture(conn: sa.Connection) -> list[Any]:
        tables = (t.interaction, t.media, t.callback, t.mail, t.ticket, t.effect)
        return [conn.execute(sa.select(each).order_by(*each.primary_key)).all() for each in tables]

    before = await rig.stage.db.run(picture)
    browser = await rig.stage.signed_in()
    for kind, name in NOT_STOPPED:
        told = await rig.press(browser, kind=kind, id=name)
        assert "Nothing of it was stopped any more." in told, (kind, name)
    assert await rig.stage.db.run(picture) == before
    assert rig.woken == []
    assert await rig.trail() == []


async def test_viewers_see_and_do_not_retry(rig: Rig) -> None:
    browser = await rig.stage.signed_in("vera")
    shown = (await browser.get("/console/attention")).text
    assert "ZOHO-422" in shown
    assert "/attention/retry" not in shown
    assert 'href="/console/configuration/mappings"' not in shown
    answer = await browser.submit("/account", "/attention/retry", cause="ZOHO-422")
    assert answer.status_code == 403
    assert await rig.fate(1) == "parked"


async def test_a_form_of_another_site_retries_nothing(rig: Rig) -> None:
    browser = await rig.stage.signed_in()
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    answer = await browser.post("/console/attention/retry", data={"cause": "ZOHO-422"})
    assert answer.status_code == 403
    assert await rig.fate(1) == "parked"


async def test_many_are_taken_up_in_pieces(rig: Rig) -> None:
    calls = [a_parked_call(n, rig.stage.now(), "ZOHO-429") for n in range(100, 350)]
    await rig.stage.db.run(lambda c: ledger.upsert(c, calls))
    told = await rig.press(await rig.stage.signed_in(), cause="ZOHO-429")
    assert "250 calls are tried again." in told
    assert rig.woken == ["calls"]


async def test_a_mail_that_may_have_arrived_is_asked_for_first(rig: Rig) -> None:
    browser = await rig.stage.signed_in()
    shown = (await browser.get("/console/attention")).text
    assert "They may have arrived already" in shown
    assert "1 mail is tried again." in await rig.press(browser, cause="SMTP-002")
    empty = a_mail(40, rig.stage.now(), message=None, error_code="SMTP-553")
    await rig.stage.db.run(lambda c: c.execute(sa.insert(t.mail), [empty]) and None)
    assert "Nothing of it was stopped" in await rig.press(browser, cause="SMTP-553")


async def test_a_job_that_was_put_off_is_begun_at_once(rig: Rig) -> None:
    told = await rig.press(await rig.stage.signed_in("ben"), kind="lane", id="mails")
    assert "1 background job is tried again." in told
    assert rig.woken == ["mails"]


async def test_calls_are_taken_up_though_chats_cannot_be_led(rig: Rig) -> None:
    rig.problem = OperatorError("DESK-401", "Zoho Desk refused the token.")
    more = a_parked_call(20, rig.stage.now(), "DESK-422")
    await rig.stage.db.run(lambda c: ledger.upsert(c, [more]))
    told = await rig.press(await rig.stage.signed_in(), cause="DESK-422")
    assert "1 call tried again. Tickets cannot be taken up now: Zoho Desk refused" in told
    assert await rig.fate(20) == "waiting"


async def test_the_side_bar_counts_anew_after_a_retry(rig: Rig) -> None:
    browser = await rig.stage.signed_in()
    before = int((await browser.get("/console/account")).text.split('class="count">')[1][:2])
    after = await rig.press(browser, cause="ZOHO-422")
    assert f'class="count">{before - 1}<' in after


async def test_the_page_of_a_cause_is_returned_to(rig: Rig) -> None:
    browser = await rig.stage.signed_in()
    sent = {"cause": "ZOHO-422", "shown": "ZOHO-422"}
    answer = await browser.submit("/attention", "/attention/retry", **sent)
    assert answer.headers["location"] == "/console/attention/cause/ZOHO-422"
    shown = (await browser.get(answer.headers["location"])).text
    assert "Nothing has this cause any more" in shown
    odd = await browser.submit("/attention", "/attention/retry", shown="//evil.example/\r\nX: y")
    assert odd.headers["location"].startswith("/console/attention/cause/%2F%2Fevil")
