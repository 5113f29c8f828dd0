"""Whom a ticket is for, and whether it is a new one: contacts, open tickets, the portal's lists."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.component.conversing.chat_stage import ANNA, ChatStage, a_chat
from tests.component.delivery.delivery_stage import delivering, newest, settled, wants_space
from tests.desk_stage import desk_of, plan, rows

from switchboard.config.chat_documents import DeskConfig
from switchboard.flows.chat_to_ticket.delivery import raising
from switchboard.flows.chat_to_ticket.delivery.composing import Place, Wanted, ticket_of
from switchboard.flows.chat_to_ticket.delivery.requests import TicketRequest, raise_by_request
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.models import TicketDraft
from switchboard.simulators.server import SimulatorServer
from switchboard.store.tickets import Ticket
from switchboard.vendors.zoho_desk.models import DeskField, NewContact, TicketChanges

BACK = a_chat("s2", visitor=ANNA.model_copy(update={"id": "v2"}))


async def came_back(stage: ChatStage, **desk: object) -> list[Ticket]:
    """A visitor whose matter has a ticket comes back with it in another chat."""
    if desk:
        config = DeskConfig.model_validate(desk)
        stage.change(configuration=replace(stage.tools.configuration, desk=config))
    await wants_space(stage, BACK)
    await settled(stage)
    return sorted(await newest(stage), key=lambda row: row.raised_at or 0)


async def test_a_matter_that_is_open_is_added_to(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The agent reads all of it in one ticket; the visitor is told its number."""
    async with delivering(simulator, tmp_path) as stage:
        await wants_space(stage)
        await settled(stage)
        first, second = await came_back(stage)
        told = await stage.state(BACK.id)
    assert (first.extends, second.extends) == (False, True)
    assert second.number == first.number == told.conversation.tickets[0].number
    assert len(rows(simulator, "tickets")) == 1
    added = [each.content for each in desk_of(simulator).comments.values()]
    assert sum("has come back on this matter" in each for each in added) == 1
    assert sum(second.reference in each for each in added) == 1


@pytest.mark.parametrize("reason", ["closed", "another workflow", "not wanted"])
async def test_what_is_over_or_another_matter_gets_a_ticket_of_its_own(
    simulator: SimulatorServer, tmp_path: Path, reason: str
) -> None:
    """Nobody looks into a closed ticket, and two matters are two tickets."""
    async with delivering(simulator, tmp_path) as stage:
        desk = stage.tools.desk
        assert desk is not None
        if reason == "another workflow":
            await stage.to_stage("raised")
        else:
            await wants_space(stage)
        first = await settled(stage)
        if reason == "closed":
            await desk.update_ticket(first.desk_id or "", TicketChanges(status="Closed"))
        wish = {"extend_open_tickets": False} if reason == "not wanted" else {}
        found = await came_back(stage, **wish)
    assert [row.extends for row in found] == [False, False]
    assert len(rows(simulator, "tickets")) == 2


async def test_a_ticket_can_be_for_somebody_without_an_address(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The person goes along with the ticket, and a lost answer doubles neither."""
    wanted = TicketRequest(
        subject="Call me", description="Printer", contact_name="Bo Ek", contact_phone="+12155550177"
    )
    async with delivering(simulator, tmp_path) as stage:
        plan(simulator, match="POST .*/tickets$", kind="done_but_lost")
        await raise_by_request(stage.tools, wanted, key="k", actor="p")
        row = await settled(stage)
    assert simulator.world.faults.planned() == []
    assert row.state == "raised"
    assert len(rows(simulator, "tickets")) == len(rows(simulator, "contacts")) == 1
    (contact,) = rows(simulator, "contacts")
    assert (contact["firstName"], contact["lastName"]) == ("Bo", "Ek")


async def test_a_contact_the_search_does_not_show_yet_is_waited_for(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Desk says the address is taken, and finds nobody: a little later it does."""
    plan(simulator, match="POST .*/contacts$", kind="index_lag", delay_s=100_000)
    async with delivering(simulator, tmp_path) as stage:
        desk = stage.tools.desk
        assert desk is not None
        known = await desk.create_contact(NewContact(last_name="Lee", email="anna@example.com"))
        await stage.to_stage("raised")
        assert await work_tickets(stage.tools) is None
        (row,) = await newest(stage)
        assert (row.state, row.error_code) == ("wanted", "DESK-409")
        simulator.world.clock.advance(101_000)
        row = await settled(stage)
    assert (row.state, row.contact_id) == ("raised", known.id)
    assert len(rows(simulator, "contacts")) == 1


async def test_a_contact_that_is_never_shown_goes_along_with_the_ticket(
    simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some minutes the ticket bears the address, by which Desk finds the person itself."""
    monkeypatch.setattr(raising, "SEARCH_SECONDS", 0.0)
    plan(simulator, match="POST .*/contacts$", kind="index_lag", delay_s=100_000)
    async with delivering(simulator, tmp_path) as stage:
        desk = stage.tools.desk
        assert desk is not None
        await desk.create_contact(NewContact(last_name="Lee", email="anna@example.com"))
        await stage.to_stage("raised")
        row = await settled(stage)
    assert simulator.world.faults.planned() == []
    assert row.state == "raised"
    assert len(rows(simulator, "contacts")) == 1


async def test_people_at_once_with_one_new_address_are_one_contact(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """Three programs ask for one person's first tickets in the same second."""
    wishes = [
        TicketRequest(subject=f"T{number}", description="D", contact_email="new@example.com")
        for number in range(3)
    ]
    async with delivering(simulator, tmp_path) as stage:
        await asyncio.gather(
            *(raise_by_request(stage.tools, each, key=None, actor="p") for each in wishes)
        )
        await settled(stage)
    assert len(rows(simulator, "contacts")) == 1
    assert len(rows(simulator, "tickets")) == 3


async def test_what_a_portal_has_no_place_for_is_said_once(
    simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A category the portal does not list is left out of each ticket, and logged once."""
    monkeypatch.setattr(raising, "_left_out", set[str]())
    wishes = [
        TicketRequest(
            subject=f"T{number}", description="D", contact_email="n@x.example",
            custom_fields={"no_such_thing": "x"}, workflow="w",
        )
        for number in range(2)
    ]  # fmt: skip
    fields = {"workflow_type": "cf_not_there"}
    async with delivering(simulator, tmp_path) as stage:
        config = DeskConfig.model_validate({"custom_fields": fields})
        stage.change(configuration=replace(stage.tools.configuration, desk=config))
        with capture_logs() as logs:
            for each in wishes:
                await raise_by_request(stage.tools, each, key=None, actor="p")
            await settled(stage)
    said = [each["field"] for each in logs if each["event"] == "ticket_field_left_out"]
    assert said == ["cf_not_there: the portal has no such field"]
    assert len(rows(simulator, "tickets")) == 2


@pytest.mark.parametrize(
    ("listed", "sent"),
    [
        (("Email", "Chat"), "Chat"),
        (("Email", "SalesIQ", "Chat"), "SalesIQ"),
        (("Email", "salesiq"), "salesiq"),
        (("Email", "Web"), ""),
        ((), "SalesIQ"),
    ],
)
def test_a_ticket_comes_by_a_channel_the_portal_has(listed: tuple[str, ...], sent: str) -> None:
    """By the source configured if it is one of the portal's channels, else by its own for chats."""
    draft = TicketDraft(
        reference="R", workflow="w", subject="s", summary="t", fields=(), priority="Low"
    )
    channel = DeskField(api_name="channel", label="Channel", type="Picklist", allowed=listed)
    place = Place("1", {"channel": channel})
    ticket, left_out = ticket_of(
        Wanted(draft), DeskConfig(), place, marker="R", contact_id="2", due=None
    )
    assert ticket.channel == sent
    assert bool(left_out) is (sent == "")
