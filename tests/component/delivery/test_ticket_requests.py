"""Programs that read, comment and close tickets through us."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.component.delivery.delivery_stage import delivering, settled
from tests.desk_stage import desk_of, plan, rows

from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.delivery.requests import (
    TicketRequest,
    add_comment,
    raise_by_request,
    read_ticket,
    set_status,
)
from switchboard.simulators.server import SimulatorServer
from switchboard.store import audit, tickets

WANTED = TicketRequest(subject="Test", description="Test", contact_email="t@company.com")


async def test_a_comment_of_a_program_is_written_once_for_each_key(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Asked again, also after a lost answer, it is the same comment; another body is refused."""
    async with delivering(simulator, tmp_path) as stage:
        row = await raise_by_request(stage.tools, WANTED, key="k", actor="p")
        number = row.number or ""
        plan(simulator, match="POST .*/comments$", kind="done_but_lost")
        for _ in range(3):
            view = await add_comment(
                stage.tools, number, "On its way", public=False, key="c1", actor="p"
            )
        await settled(stage)
        view = await add_comment(
            stage.tools, number, "On its way", public=False, key="c1", actor="p"
        )
        assert (view.state, bool(view.id)) == ("settled", True)
        with pytest.raises(RejectedError) as caught:
            await add_comment(stage.tools, number, "Other", public=False, key="c1", actor="p")
        assert caught.value.code == "API-409"
        for _ in "12":
            await add_comment(stage.tools, number, "No key", public=True, key=None, actor="p")
        with pytest.raises(RejectedError, match="needs a text"):
            await add_comment(stage.tools, number, " ", public=True, key=None, actor="p")
    assert simulator.world.faults.planned() == []
    said = [(each.public, each.content) for each in desk_of(simulator).comments.values()]
    assert [public for public, _ in said] == [False, True]
    assert "On its way" in said[0][1]


async def test_a_status_is_set_by_name_or_by_type(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The portal's own names count, in any case; what it does not have is refused with a list."""
    async with delivering(simulator, tmp_path) as stage:
        row = await raise_by_request(stage.tools, WANTED, key="k", actor="p")
        view = await set_status(stage.tools, row.number or "", "closed", actor="p")
        assert view.live is not None
        assert view.live.is_closed
        found = await stage.do(lambda c: tickets.load(c, stage.tools.sealer, row.reference))
        assert found.look_at <= await stage.db.now()
        assert "follow_ups" in stage.woken
        with pytest.raises(RejectedError) as caught:
            await set_status(stage.tools, row.number or "", "No such", actor="p")
        assert caught.value.code == "API-422"
        assert "Closed" in caught.value.message
        with pytest.raises(RejectedError) as caught:
            await set_status(stage.tools, "4711", "Open", actor="p")
        assert caught.value.code == "API-404"
        trail = await stage.do(lambda conn: audit.entries(conn, subject=row.reference))
    assert "ticket.status" in {each.action for each in trail}


async def test_a_ticket_is_read_live_and_as_last_known_where_desk_is_down(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Whoever asks is told whether it is Desk's word or ours."""
    async with delivering(simulator, tmp_path) as stage:
        row = await raise_by_request(stage.tools, WANTED, key="k", actor="p")
        view = await read_ticket(stage.tools, row.number or "")
        assert (view.stale, view.live is not None) == (False, True)
        plan(simulator, match="GET .*/tickets/", kind="error", status=503, times=50)
        view = await read_ticket(stage.tools, row.desk_id or "")
        assert (view.stale, view.live, view.ticket.number) == (True, None, row.number)
        stage.change(desk=None)
        assert (await read_ticket(stage.tools, row.reference)).stale
    assert len(rows(simulator, "tickets")) == 1
