"""Tickets are followed at the simulated portal until they are closed, and who has to know, does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.component.closing.closing_stage import REFERENCE, ClosingStage
from tests.component.conversing.chat_stage import a_chat
from tests.desk_stage import SPEED, a_draft, desk_client, desk_of, plan

from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.conversing import load_state
from switchboard.flows.chat_to_ticket.following import (
    follow_ups_due,
    receive_desk,
    work_follow_ups,
)
from switchboard.simulators.server import SimulatorServer
from switchboard.store import tickets
from switchboard.vendors.zoho_desk.client import ZohoDeskClient

HOOK = "4711"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=7, scenario="empty", calls=0, speed=SPEED) as running:
        yield running


class Followed:
    """A ticket at the portal, and the row that follows it."""

    def __init__(self, stage: ClosingStage, server: SimulatorServer, desk_id: str) -> None:
        self.stage, self.server, self.desk_id = stage, server, desk_id

    def act(self, **what: Any) -> None:
        url = f"{self.server.base_url}/_sim/desk/tickets/{self.desk_id}"
        httpx.post(url, json=what).raise_for_status()

    def pass_time(self, seconds: float) -> None:
        url = f"{self.server.base_url}/_sim/clock"
        httpx.post(url, json={"advance_s": seconds}).raise_for_status()

    async def look(self) -> tickets.Ticket:
        """Have the ticket read now."""
        at = await self.stage.db.now()
        await self.stage.db.run(lambda conn: tickets.update(conn, REFERENCE, look_at=at))
        assert await work_follow_ups(self.stage.tools) is None
        return await self.stage.ticket()

    async def unsent(self) -> list[str]:
        stage = self.stage
        found = await stage.db.run(lambda conn: load_state(conn, stage.tools, a_chat().id))
        assert found is not None
        return [each.text for each in found[1].unsent]

    async def deliver(self, *, proof: str | None = None, **event: Any) -> None:
        webhooks = desk_of(self.server).webhooks
        self.stage.now = datetime.fromtimestamp(desk_of(self.server).now(), UTC)
        body = [
            {
                "eventType": "Ticket_Update",
                "payload": {"id": self.desk_id},
                "eventTime": "1",
                **event,
            }
        ]
        headers = {"X-ZDesk-JWT": webhooks.proof(HOOK) if proof is None else proof}
        await receive_desk(self.stage.tools, json.dumps(body).encode(), headers)


@pytest.fixture
async def client(server: SimulatorServer, stage: ClosingStage) -> AsyncIterator[ZohoDeskClient]:
    server.app.state.stage.reset(server.spec)
    async with desk_client(server, stage.db) as desk:
        yield desk


@pytest.fixture
async def followed(
    server: SimulatorServer, stage: ClosingStage, client: ZohoDeskClient
) -> Followed:
    stage.configure_desk(webhook_id=HOOK)
    stage.change(desk=client)
    await stage.say("I need more disk space")
    made = await client.create_ticket(a_draft(desk_of(server)))
    await stage.raised(made.id, at=await stage.db.now())
    return Followed(stage, server, made.id)


async def test_what_an_agent_answers_reaches_the_open_chat(followed: Followed) -> None:
    """Public words once, as text; private ones and our own never."""
    followed.act(comment="<p>We are <b>on it</b></p><p>Ten minutes</p>")
    followed.act(comment="The customer is slow", public=False)
    followed.act(comment="Visitor: hello\n[SB-ABCDEFGHIJ]")
    row = await followed.look()
    assert row.comments_seen == 3
    await followed.look()
    (told,) = [each for each in await followed.unsent() if "We are" in each]
    assert told.endswith(": We are on it Ten minutes")
    assert not any("slow" in each or "hello" in each for each in await followed.unsent())


async def test_a_closing_is_told_once_with_how_long_it_took(followed: Followed) -> None:
    """Status and times come from Desk; the customer gets one mail with the five links."""
    followed.act(status="Closed")
    row = await followed.look()
    assert row.status_type == "Closed"
    assert row.closed_at is not None
    assert row.resolution_minutes is not None
    assert row.closing_told_at is not None
    await followed.look()
    (mail,) = await followed.stage.mails_of("closed")
    assert mail.recipient == "anna@example.com"
    assert followed.stage.text(mail).count("/feedback/") == 5
    assert (await followed.stage.audited()).count("ticket.close") == 1
    assert sum("it is closed" in each for each in await followed.unsent()) == 1


async def test_a_ticket_that_is_opened_again_is_told_of_again(followed: Followed) -> None:
    """Reopened, it counts as open; its next closing is another one."""
    followed.act(status="Closed")
    await followed.look()
    followed.act(status="Open")
    row = await followed.look()
    assert row.closed_at is None
    assert row.resolution_minutes is None
    followed.pass_time(7200)
    followed.act(status="Closed")
    await followed.look()
    assert len(await followed.stage.mails_of("closed")) == 2
    assert "ticket.reopen" in await followed.stage.audited()


async def test_a_deleted_ticket_is_not_read_again(followed: Followed) -> None:
    """Its state is noted, nobody is mailed, and the polling ends."""
    desk_of(followed.server).tickets.pop(followed.desk_id)
    row = await followed.look()
    assert row.status == "Deleted"
    assert row.look_at is None
    assert await followed.stage.mails_of("closed") == []


async def test_a_portal_that_fails_is_asked_again(followed: Followed) -> None:
    """What stopped it is said, and the ticket stays due."""
    plan(followed.server, match="GET .*/tickets/.*", kind="error", status=503, times=20)
    at = await followed.stage.db.now()
    stopped = await work_follow_ups(followed.stage.tools)
    assert stopped is not None
    assert stopped.startswith("DESK-")
    later = at + 5
    assert await followed.stage.db.run(lambda conn: follow_ups_due(conn, later))


async def test_a_delivery_has_its_ticket_read_at_once_and_only_once(followed: Followed) -> None:
    """A repeated delivery changes nothing; one about a stranger's ticket neither."""
    stage = followed.stage
    await stage.db.run(lambda conn: tickets.update(conn, REFERENCE, look_at=None))
    await followed.deliver(payload={"id": "999999"})
    assert (await stage.ticket()).look_at is None
    await followed.deliver()
    assert (await stage.ticket()).look_at is not None
    assert "follow_ups" in stage.woken
    await stage.db.run(lambda conn: tickets.update(conn, REFERENCE, look_at=None))
    await followed.deliver()
    assert (await stage.ticket()).look_at is None


@pytest.mark.parametrize("proof", ["", "abc", "e30.e30.e30"])
async def test_a_delivery_without_proof_is_refused(followed: Followed, proof: str) -> None:
    """Anybody can post there: without Desk's signature nothing is read, and Desk not bothered."""
    for _ in range(3):
        with pytest.raises(RejectedError, match="DESK-498"):
            await followed.deliver(proof=proof)


async def test_a_proof_for_another_webhook_is_none(followed: Followed) -> None:
    """The signature is Desk's, but it was made for somebody else."""
    other = desk_of(followed.server).webhooks.proof("9999")
    with pytest.raises(RejectedError, match="DESK-498"):
        await followed.deliver(proof=other)


async def test_two_workers_tell_of_a_closing_once(followed: Followed) -> None:
    """Both find the ticket due; one of them takes it."""
    followed.act(status="Closed")
    tools = followed.stage.tools
    await asyncio.gather(work_follow_ups(tools), work_follow_ups(tools))
    assert len(await followed.stage.mails_of("closed")) == 1
    assert (await followed.stage.audited()).count("ticket.close") == 1
