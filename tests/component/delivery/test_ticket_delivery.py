"""Tickets reach Zoho Desk once, with the chat on them, whatever fails on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.component.conversing.chat_stage import ChatStage, a_chat
from tests.component.delivery.delivery_stage import delivering, once, settled
from tests.desk_stage import desk_of, plan, rows

from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.delivery import intend_comment, working
from switchboard.flows.chat_to_ticket.delivery.requests import TicketRequest, raise_by_request
from switchboard.flows.chat_to_ticket.delivery.retrying import retry
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.simulators.server import SimulatorServer
from switchboard.store import tickets
from switchboard.store.tickets import Ticket

WRITES = ("POST .*/contacts", "POST .*/tickets",
          "POST .*/comments")  # fmt: skip
FAULTS = (
    "error",
    "done_but_lost",
    *(
        pytest.param(each, marks=pytest.mark.slow)
        for each in ("rate_limit", "drop", "garbage", "expired_token", "index_lag")
    ),
)


async def test_a_chat_becomes_one_ticket_with_its_history(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The agent finds who it is, what is wanted, and every word of the chat with its time."""
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("raised")
        row = await settled(stage)
        state = await stage.state()
    assert row.state == "raised"
    assert state.conversation.tickets[0].number == row.number
    assert once(simulator) == (1, 1, 1)
    (ticket,) = desk_of(simulator).tickets.values()
    assert ticket.fields["subject"].endswith(f"[{row.reference}]")
    assert ticket.cf["cf_salesiq_chat_id"] == a_chat().session
    (comment,) = desk_of(simulator).comments.values()
    assert "] Visitor: I forgot my password" in comment.content
    assert comment.public


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("write", WRITES)
async def test_a_fault_at_any_write_neither_loses_nor_doubles(
    simulator: SimulatorServer, tmp_path: Path, write: str, kind: str
) -> None:
    """One contact, one ticket, one transcript: whatever became of an answer."""
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("raised")
        plan(simulator, match=f"{write}$|{write}\\?", kind=kind)
        row = await settled(stage)
    assert simulator.world.faults.planned() == []
    assert row.state == "raised"
    assert once(simulator) == (1, 1, 1)


async def test_two_workers_side_by_side_raise_one_ticket(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Whoever holds the chat's lease writes; the other leaves it alone."""
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("raised")
        other = replace(stage.tools, worker="w2")
        await asyncio.gather(*(work_tickets(each) for each in (stage.tools, other) for _ in "12"))
        await settled(stage)
    assert once(simulator) == (1, 1, 1)


async def test_a_comment_wanted_at_the_very_end_is_sent_as_well(
    simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a colleague decides while a round ends is not left until somebody writes again."""
    left = [1]

    def late(conn: Any, matter: Any, at: float) -> float | None:
        if left:
            left.pop()
            name, said = matter.row.reference, "Approved."
            intend_comment(conn, matter.tools, reference=name, text=said, public=False,
                           key="approved", at=at)  # fmt: skip
        return None  # As of a chat that is over: nobody would look again.

    monkeypatch.setattr(working, "intend_additions", late)
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("raised")
        await settled(stage)
    assert once(simulator) == (1, 1, 2)


async def test_the_same_request_of_a_program_is_one_ticket(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """A key stands for one body; without a key, the body itself does for a while."""
    wanted = TicketRequest(subject="Test", description="Test", contact_email="t@company.com")
    async with delivering(simulator, tmp_path) as stage:
        first = await raise_by_request(stage.tools, wanted, key="k1", actor="p")
        again = await raise_by_request(stage.tools, wanted, key="k1", actor="p")
        other = wanted.model_copy(update={"subject": "Other"})
        with pytest.raises(RejectedError) as caught:
            await raise_by_request(stage.tools, other, key="k1", actor="p")
        assert caught.value.code == "API-409"
        keyless = [
            await raise_by_request(stage.tools, other, key=None, actor="p") for _ in range(2)
        ]
    assert first.number
    assert again.number == first.number
    assert keyless[0].number == keyless[1].number != first.number
    assert len(rows(simulator, "tickets")) == 2


async def test_an_address_desk_would_cut_is_left_to_a_person(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """A cut address would make a second person: it is parked with the reason."""
    wanted = TicketRequest(subject="T", description="T", contact_email=f"{'a' * 100}@x.example")
    async with delivering(simulator, tmp_path) as stage:
        row = await raise_by_request(stage.tools, wanted, key=None, actor="p")
    assert (row.state, row.error_code) == ("parked", "DESK-422")
    assert once(simulator) == (0, 0, 0)


async def test_a_refused_ticket_is_raised_once_a_person_has_mended_the_cause(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """A department that is not there is parked with words; retry raises the one ticket."""
    async with delivering(simulator, tmp_path) as stage:
        good = stage.tools.department_id
        stage.change(department_id="999")
        await stage.to_stage("raised")
        stopped = await settled(stage)
        assert (stopped.state, stopped.error_code) == ("refused", "DESK-422")
        assert "departmentId" in stopped.why
        assert (await stage.account()).fate == "parked"
        stage.change(department_id=good)
        again = await stage.do(lambda c: retry(c, stage.tools, stopped.reference, actor="test"))
        assert again == [stopped.reference]
        row = await settled(stage)
    assert row.state == "raised"
    assert once(simulator) == (1, 1, 1)


async def test_two_requests_that_reach_desk_late_share_a_ticket_and_no_line_is_doubled(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The first one's history took all of the chat along: the second one adds what is left."""
    async with delivering(simulator, tmp_path) as stage:
        stage.now = datetime.now(UTC) - timedelta(hours=1)  # A contact of yesterday is looked up.
        for _ in range(2):
            await stage.say("my monitor has no signal")
            await stage.to_stage("raised")
        async with asyncio.timeout(30):
            while any(row.work_at for row in await ticket_rows(stage)):
                await work_tickets(stage.tools)
                await stage.happen("closed_by_operator")
        assert [row.extends for row in await ticket_rows(stage)] == [False, True]
        said = [each for each in await stage.transcript() if each.direction == "visitor"]
    comments = [each.content for each in desk_of(simulator).comments.values()]
    assert sum(each.count("] Visitor: ") for each in comments) == len(said)


async def ticket_rows(stage: ChatStage) -> list[Ticket]:
    """The wishes in their order."""
    rows = await stage.do(lambda conn: tickets.newest(conn, stage.tools.sealer))
    return sorted(rows, key=lambda row: row.wanted_at)
