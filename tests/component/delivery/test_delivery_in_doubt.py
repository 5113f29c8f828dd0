"""Whoever dies, and wherever: the next worker finds what was written, and writes the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.component.conversing.chat_stage import ANNA, ChatStage, a_chat
from tests.component.delivery.delivery_stage import (
    attempts,
    delivering,
    newest,
    once,
    settled,
    wants_space,
)
from tests.desk_stage import desk_of, plan, rows

from switchboard.config.chat_documents import DeskConfig, TicketFields
from switchboard.flows.chat_to_ticket.delivery import carrying
from switchboard.flows.chat_to_ticket.delivery.leasing import address_leases
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.jobs.at_work import registered
from switchboard.simulators.server import SimulatorServer
from switchboard.store import journal, leases
from switchboard.store.tables import lease
from switchboard.vendors.zoho_desk.models import NewContact

WRITES = ("POST .*/contacts", "POST .*/tickets", "POST .*/comments")
KINDS = ("desk_contact", "desk_ticket", "desk_comment")
TOO_LATE: dict[str, dict[str, Any]] = {
    "done, no answer": {"kind": "timeout", "processed": True},
    "no answer": {"kind": "timeout"},
    "late answer": {"kind": "slow", "delay_s": 0.8},
}


def the_ticket_quickly(writes: Sequence[str], others: Iterable[str], of: str) -> list[Any]:
    """All combinations; beyond those of the ticket itself they are tried in the slow tier."""
    return [
        pytest.param(write, other, marks=() if write == of else pytest.mark.slow)
        for write in writes
        for other in others
    ]


TWIN = a_chat("s2", visitor=ANNA.model_copy(update={"id": "v2"}))


class Killed(BaseException):
    """The process ends here: nothing after it runs, not even an error's handler."""


@pytest.mark.parametrize(("write", "fault"), the_ticket_quickly(WRITES, TOO_LATE, WRITES[1]))
async def test_an_answer_too_late_or_never_neither_loses_nor_doubles(
    simulator: SimulatorServer, tmp_path: Path, write: str, fault: str
) -> None:
    """Nobody waits for ever; whether it was done is looked up first."""
    async with delivering(simulator, tmp_path, patience=0.6) as stage:
        await stage.to_stage("raised")
        plan(simulator, match=f"{write}$|{write}\\?", **({"delay_s": 1.0} | TOO_LATE[fault]))
        row = await settled(stage)
    assert simulator.world.faults.planned() == []
    assert row.state == "raised"
    assert once(simulator) == (1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "moment"), the_ticket_quickly(KINDS, ("_mark", "_settle"), KINDS[1])
)
async def test_a_worker_that_dies_between_two_steps_is_followed_by_another(
    simulator: SimulatorServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    moment: str,
) -> None:
    """Dead right after it marked a write, or after the vendor did it and before it was noted."""
    ours: Callable[..., Any] = getattr(carrying, moment)
    killed: list[str] = []

    async def dies(*arguments: Any) -> Any:
        effect = next(each for each in arguments if isinstance(each, journal.Effect))
        if killed or effect.kind != kind:
            return await ours(*arguments)
        killed.append(effect.key)
        if moment == "_mark":
            await ours(*arguments)
        raise Killed

    monkeypatch.setattr(carrying, moment, dies)
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("raised")
        with pytest.raises(Killed):
            await work_tickets(stage.tools)
        assert killed
        stage.change(worker="w2")
        row = await settled(stage)
    assert row.state == "raised"
    assert once(simulator) == (1, 1, 1)


async def test_the_leases_of_a_dead_service_are_free_at_once(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """A worker that registered is known to be dead; nobody waits for its leases to run out."""
    async with delivering(simulator, tmp_path) as stage:
        await stage.to_stage("raised")
        gone = leases.WorkerIdentity("gone", leases.host_identity(), 2**22 - 1, 1.0)
        far = await stage.db.now() + 3600

        def die(conn: Any) -> None:
            leases.register(conn, gone, far - 3600)
            leases.acquire(conn, [a_chat().id], "gone", far, far - 3600)

        await stage.do(die)
        async with registered(stage.db, stage.tools.worker, 10):
            row = await settled(stage)
    assert row.state == "raised"


async def test_two_chats_of_one_person_at_once_make_one_ticket(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Whoever comes second sees the ticket of the first, and adds to it."""
    async with delivering(simulator, tmp_path) as stage:
        await known_without_a_field(stage)
        for chat in (a_chat(), TWIN):
            await wants_space(stage, chat)
        other = replace(stage.tools, worker="w2")
        await asyncio.gather(*(work_tickets(each) for each in (stage.tools, other) for _ in "12"))
        await settled(stage)
        found = await newest(stage)
        left = await stage.rows(lease.select().where(lease.c.person.startswith(leases.ADDRESS)))
    assert len(rows(simulator, "tickets")) == 1
    assert sorted(row.extends for row in found) == [False, True]
    assert len({row.number for row in found}) == 1
    assert left == []  # Not even a hash of the address stays behind.


async def test_a_ticket_in_doubt_is_waited_for_by_the_persons_other_chat(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The first got no answer: the second may have to extend it, and does not raise another."""
    async with delivering(simulator, tmp_path) as stage:
        await known_without_a_field(stage)
        for chat in (a_chat(), TWIN):
            await wants_space(stage, chat)
        plan(simulator, match="POST .*/tickets$", kind="done_but_lost", times=1)
        await settled(stage)
    assert simulator.world.faults.planned() == []
    assert len(rows(simulator, "tickets")) == 1


async def test_an_address_another_worker_is_at_is_left_alone(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The ticket waits a moment, and is raised when the other has done."""
    async with delivering(simulator, tmp_path) as stage:
        await wants_space(stage)
        names = address_leases(stage.tools, " ANNA@example.com ")
        now = await stage.db.now()
        await stage.do(lambda conn: leases.acquire(conn, names, "w9", now + 60, now))
        assert await work_tickets(stage.tools) is None
        (row,) = await newest(stage)
        assert row.state == "wanted"
        assert "Another worker" in row.why
        assert await attempts(stage, "desk_ticket") == ["intended"]
        await stage.do(lambda conn: leases.release(conn, names, "w9"))
        assert (await settled(stage)).state == "raised"
    assert len(desk_of(simulator).tickets) == 1


async def known_without_a_field(stage: ChatStage) -> None:
    """Have the contact found by all, and their open ticket by our own store alone."""
    desk = stage.tools.desk
    assert desk is not None
    await desk.create_contact(NewContact(last_name="Lee", email="anna@example.com"))
    async with asyncio.timeout(30):
        while not await desk.find_contacts("anna@example.com"):  # noqa: ASYNC110 - its index lags.
            await asyncio.sleep(0.05)
    config = DeskConfig(custom_fields=TicketFields(workflow_type=None))
    stage.change(configuration=replace(stage.tools.configuration, desk=config))
