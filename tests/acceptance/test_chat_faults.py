"""Everything that can go wrong behind a chat ends with the same tickets, and nobody is deceived."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.chat_account import at_rest, faults_of
from tests.acceptance.chat_harness import ChatSite

from switchboard.simulators.salesiq.visitors.cast import cast

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]

SOAK = "SOAK" in os.environ  # Each of them at each write; otherwise those that lose most.
WRITES = (r"/contacts", r"/tickets", r"/comments", r"/attachments")
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "done_but_lost"},
    {"kind": "drop"},
    {"kind": "timeout", "delay_s": 1.5},
    {"kind": "timeout", "delay_s": 1.5, "processed": True},
    {"kind": "error", "status": 500, "body": {"errorCode": "INTERNAL_SERVER_ERROR"}},
    {"kind": "error", "status": 502, "body": "<html>Bad gateway</html>", "processed": True},
    {"kind": "rate_limit"},
    {"kind": "garbage"},
    {"kind": "slow", "delay_s": 0.6},
    {"kind": "expired_token"},
    {"kind": "index_lag", "delay_s": 60},
)
WORST = 4
MAIL = ({"match": "MAIL ", "kind": "drop"}, {"match": "DATA-END", "kind": "slow", "delay_s": 0.5})


def test_every_fault_on_every_write_ends_in_the_same_tickets(tmp_path: Path) -> None:
    """One contact, one ticket, one transcript and one file each, whatever became of an answer."""
    visitors = [replace(each, sends=f"what {each.name} sees") for each in cast()]

    async def run(site: ChatSite) -> list[str]:
        site.start()
        await site.ready()
        planned = [
            site.plan(vendor="zoho_desk", match=f"^POST [^?]*{write}(\\?|$)", times=1, **fault)
            for write in WRITES
            for fault in (FAULTS if SOAK else FAULTS[:WORST])
        ]
        mails = [site.plan(vendor="mail", times=1, **each) for each in MAIL]
        visits = await site.visit(visitors)
        kept = await at_rest(site)
        assert [each.match for each in (*planned, *mails) if not each.struck] == []
        files = site.rows("zoho_desk", "attachments")
        assert len(files) == len(kept.newest()) == len({each["ticket_id"] for each in files})
        return faults_of(site, kept, visits)

    with ChatSite(tmp_path / "home", seed=41) as site:
        site.set("vendors", read_timeout_seconds=1.0)
        assert asyncio.run(run(site)) == [], site.said()


def test_while_desk_is_down_nobody_is_deceived_and_the_number_follows_by_mail(
    tmp_path: Path,
) -> None:
    """The visitor hears that the ticket is not there yet; it comes by itself."""
    visitors = [each for each in cast() if each.goal == "ticket"][:4]

    async def run(site: ChatSite) -> list[str]:
        site.start()
        await site.ready()
        down = {"kind": "error", "status": 503, "body": "", "probability": 1.0}
        site.plan(vendor="zoho_desk", **down)
        visits = await site.visit(visitors)
        assert [each.tickets for each in visits] == [()] * len(visitors)
        told = " ".join(each["text"] for each in site.rows("salesiq", "messages"))
        assert "has been logged" not in told
        assert "number follows" in told
        site.simulators.world.faults.clear()
        kept = await at_rest(site)
        mails = site.rows("mail", "messages")
        for row in kept.tickets:
            assert [each for each in mails if f"{row.number}" in each["subject"]], row.reference
        return faults_of(site, kept, visits)

    with ChatSite(tmp_path / "home", seed=42) as site:
        assert asyncio.run(run(site)) == [], site.said()
