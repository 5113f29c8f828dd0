"""What a person has settled otherwise leaves the list and every count, and can come back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.console.attention.trouble import CHAT, a_parked_call, everything
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.api.metrics import store_gauges
from switchboard.console.attention import looking, stopped
from switchboard.console.dashboard.observed import observe
from switchboard.doctor import storage
from switchboard.store import audit, chat_counts, ledger
from switchboard.store import tables as t

HOSTILE = 'Rang <b>twice</b> & "paid"'
KINDS = {
    "call": "call:700:1",
    "recording": "call:700:1:media:recording:1",
    "voicemail": "call:700:2:media:voicemail:2",
    "call-back": "call:700:8",
    "mail": "run1:report:m1@example.com",
    "ticket": "SB-REFUSED",
    "update": "ticket:SB-FINE:desk_comment:2",
    "reply": CHAT,
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path) as made:
        made.account()
        made.account("ben", "operator")
        made.account("vera", "viewer")
        await made.db.run(partial(everything, sealer=made.sealer, at=made.now()))
        yield made


def causes_of(stage: ConsoleStage, *, aside: bool = False) -> dict[str, int]:
    def count(conn: sa.Connection) -> dict[str, int]:
        found = stopped.tallies(conn, stage.now(), 7.0, aside=aside)
        return {each.cause: each.number for each in found}

    return stage.db.run_sync(count)


async def press(browser: Browser, action: str, **fields: str) -> str:
    """Send a form; return what the next page tells."""
    answer = await browser.submit("/account", f"/attention/{action}", **fields)
    assert answer.status_code == 303, answer.text
    return (await browser.get("/console/account")).text


async def shown(browser: Browser, path: str) -> str:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_one_thing_is_asked_for_set_aside_and_brought_back(stage: ConsoleStage) -> None:
    """A page asks, so that it works without script; a reason may be left out."""
    browser, before = await stage.signed_in("ben"), causes_of(stage)
    listed = await shown(browser, "/attention/cause/DESK-422")
    link = re.search(r'href="/console(/attention/put-aside\?[^"]*)"', listed)
    assert link is not None
    asked = await shown(browser, link[1].replace("&amp;", "&"))
    assert "Nothing is sent or changed because of it" in asked
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked))
    fields.pop("csrf")
    assert (fields["cause"], fields["seen"]) == ("DESK-422", "1")
    told = await press(browser, "put-aside", **fields, reason=HOSTILE)
    assert "1 ticket is set aside." in told
    assert "DESK-422" not in causes_of(stage)
    page = await shown(browser, "/attention/set-aside")
    assert "by ben" in page
    assert "Rang &lt;b&gt;twice&lt;/b&gt; &amp; " in page
    told = await press(browser, "bring-back", kind="ticket", id="SB-REFUSED")
    assert "1 ticket is among what needs attention again." in told
    assert causes_of(stage) == before
    assert causes_of(stage, aside=True) == {}
    trail = [row for row in await stage.db.run(audit.entries) if row.action.startswith("ticket.")]
    assert [(row.actor, row.action, row.subject) for row in reversed(trail)] == [
        ("console:ben", "ticket.set_aside", "SB-REFUSED"),
        ("console:ben", "ticket.bring_back", "SB-REFUSED"),
    ]


async def test_every_kind_that_stops_can_be_set_aside_and_no_count_has_it(
    stage: ConsoleStage,
) -> None:
    """The badge, the doctor, the chats' figures and the metrics leave out the same things."""
    browser = await stage.signed_in("ben")
    before = stage.db.run_sync(lambda c: looking.count(c, stage.now(), 7.0))
    for kind, name in KINDS.items():
        asked = await shown(browser, f"/attention/put-aside?kind={kind}&id={name}")
        cause = re.findall(r'name="cause" value="([^"]*)"', asked)[0]
        told = await press(browser, "put-aside", kind=kind, id=name, cause=cause)
        assert "is set aside." in told, kind
    await press(browser, "put-aside", cause="parked", seen="1")
    await press(browser, "put-aside", cause="SMTP-002", seen="1")

    def counted(conn: sa.Connection) -> tuple[int, storage.WorkFacts, dict[str, int], set[str]]:
        families = list(store_gauges(conn))
        states = {s.labels["state"] for each in families for s in each.samples if s.value}
        now = looking.count(conn, stage.now(), 7.0)
        return now, storage._work(conn, 7.0), chat_counts.unraised(conn), states

    number, facts, tickets, states = stage.db.run_sync(counted)
    assert stage.db.run_sync(partial(observe, now=stage.now(), refused_for=60.0)).mails.failing == 1
    assert number == before - len(KINDS) - 2
    assert (facts.parked, facts.parked_callbacks, facts.parked_media) == (0, 0, 0)
    assert (facts.parked_tickets, facts.unsent_mails) == (0, 1), "the mail with a code"
    assert tickets == {"wanted": 1, "refused": 1}, "what was asked for is gone of that one"
    assert "set_aside" in states
    assert "parked" not in states
    assert sum(causes_of(stage, aside=True).values()) == len(KINDS) + 2


async def test_all_of_a_cause_is_set_aside_but_nothing_nobody_saw(stage: ConsoleStage) -> None:
    """What stopped between the page and the press is shown first."""
    browser = await stage.signed_in("ben")
    more = [a_parked_call(n, stage.now()) for n in (20, 21)]
    await stage.db.run(lambda c: ledger.upsert(c, more))
    refused = await browser.submit(
        "/account", "/attention/put-aside", cause="ZOHO-422", seen="1", reason="Done"
    )
    assert refused.status_code == 422
    assert "2 more stopped meanwhile" in refused.text
    assert 'value="Done"' in refused.text
    assert 'name="seen" value="3"' in refused.text
    assert causes_of(stage)["ZOHO-422"] == 3
    told = await press(browser, "put-aside", cause="ZOHO-422", seen="3")
    assert "3 calls are set aside." in told
    assert "ZOHO-422" not in causes_of(stage)
    told = await press(browser, "bring-back", cause="ZOHO-422")
    assert "3 calls are among what needs attention again." in told


async def test_a_retry_ends_it_and_what_stopped_otherwise_is_not_hidden(
    stage: ConsoleStage,
) -> None:
    browser = await stage.signed_in("ben")
    told = await press(browser, "put-aside", kind="call", id="call:700:1", cause="ZOHO-403")
    assert "Nothing of it is stopped any more." in told, "it stopped by something else"
    await press(browser, "put-aside", kind="call", id="call:700:1", cause="ZOHO-422")
    await browser.submit("/account", "/calls/call:700:1/retry")
    assert stage.db.run_sync(lambda c: c.scalar(sa.select(t.set_aside.c.id))) is None
    told = await press(browser, "put-aside", kind="call", id="call:700:3", cause="late-call")
    assert "Nothing of it is stopped any more." in told, "it goes on by itself"


async def test_viewers_see_what_is_set_aside_and_change_nothing(stage: ConsoleStage) -> None:
    await press(await stage.signed_in("ben"), "put-aside", cause="ZOHO-422", seen="1")
    vera = await stage.signed_in("vera")
    listed = await shown(vera, "/attention")
    assert "Set aside (1)" in listed
    assert "put-aside" not in listed
    page = await shown(vera, "/attention/set-aside")
    assert "by ben" in page
    assert "bring-back" not in page
    for action in ("put-aside", "bring-back"):
        answer = await vera.submit("/account", f"/attention/{action}", cause="ZOHO-422")
        assert answer.status_code == 403
    assert causes_of(stage, aside=True) == {"ZOHO-422": 1}


async def test_the_things_own_pages_say_who_set_them_aside(stage: ConsoleStage) -> None:
    browser = await stage.signed_in("ben")
    for kind in ("call", "ticket", "reply"):
        asked = await shown(browser, f"/attention/put-aside?kind={kind}&id={KINDS[kind]}")
        cause = re.findall(r'name="cause" value="([^"]*)"', asked)[0]
        await press(
            browser, "put-aside", kind=kind, id=KINDS[kind], cause=cause, reason=f"Did {kind}."
        )
    for path, said in (
        ("/calls/call:700:1", "Did call."),
        ("/tickets/SB-REFUSED", "Did ticket."),
        (f"/conversations/{CHAT}", "Did reply."),
    ):
        page = await shown(browser, path)
        assert "set aside" in page.lower(), path
        assert "by ben" in page, path
        assert said in page, path
        if not path.startswith("/conversations"):
            chips = re.findall(r'<span class="chip ?(\w*)">.*?</svg>([^<]*)</span>', page)
            assert chips[0] == ("", "Set aside"), path
    for path in ("/calls?fate=parked", "/tickets"):
        line = await shown(browser, path)
        assert re.search(r'<span class="chip ?">.*?</svg>Set aside</span>', line), path
