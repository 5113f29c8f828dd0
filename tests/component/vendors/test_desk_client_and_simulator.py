"""The Zoho Desk client and the simulated portal understand each other, come what may."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.desk_stage import SPEED, a_draft, a_person, desk_client, desk_of, plan, rows

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.simulators.server import SimulatorServer
from switchboard.simulators.zoho_desk.schema import Field
from switchboard.store import budgets
from switchboard.store.database import Database
from switchboard.store.database import now as store_now
from switchboard.vendors.zoho_desk.access import read_key
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import NewTicket, TicketChanges
from switchboard.vendors.zoho_desk.webhooks import verify_delivery


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=7, scenario="empty", calls=0, speed=SPEED) as running:
        yield running


@pytest.fixture
def simulator(server: SimulatorServer) -> SimulatorServer:
    server.app.state.stage.reset(server.spec)
    return server


def act(simulator: SimulatorServer, ticket_id: str, **what: Any) -> None:
    url = f"{simulator.base_url}/_sim/desk/tickets/{ticket_id}"
    httpx.post(url, json=what).raise_for_status()


async def upload(client: ZohoDeskClient, ticket_id: str, name: str = "log.txt") -> Any:
    return await client.upload_attachment(
        ticket_id, io.BytesIO(b"hello"), name=name, content_type="text/plain", size=5, timeout=5
    )


async def test_a_chat_becomes_a_ticket_with_its_history(
    simulator: SimulatorServer, database: Database
) -> None:
    """Contact, ticket, comments, file: as the agents find them afterwards."""
    async with desk_client(simulator, database) as client:
        person = await client.create_contact(a_person())
        draft = a_draft(desk_of(simulator), contact_id=person.id)
        ticket = await client.create_ticket(draft)
        await client.create_comment(ticket.id, "Visitor: help\nBot: with what?", public=True)
        await upload(client, ticket.id, "Bildschirm foto.png")
        (again,) = await client.read_contact_tickets(person.id)
        comments = await client.read_comments(ticket.id)
        files = await client.read_attachments(ticket.id)
        whole = await client.read_ticket(ticket.id)
    assert again.id == ticket.id
    assert again.number == ticket.number
    assert again.subject == "Password reset [IT-7F3K2]"
    assert whole.description == "User &lt;jo&gt; cannot sign in &amp; needs help"
    assert whole.status_type == "Open"
    assert whole.custom["cf_workflow_type"] == "password_reset"
    assert [(each.content, each.content_type, each.is_public) for each in comments] == [
        ("Visitor: help\nBot: with what?", "plainText", True)
    ]
    assert [(each.name, each.size) for each in files] == [("Bildschirm foto.png", 5)]


async def test_an_inline_contact_is_found_by_its_address(
    simulator: SimulatorServer, database: Database
) -> None:
    """Two first tickets of one person make one contact."""
    async with desk_client(simulator, database) as client:
        first = await client.create_ticket(a_draft(desk_of(simulator)))
        second = await client.create_ticket(
            a_draft(desk_of(simulator), contact=a_person(email="INES@example.com"))
        )
    assert first.contact_id == second.contact_id
    assert len(rows(simulator, "contacts")) == 1


async def test_a_second_contact_with_the_same_address_is_told_apart(
    simulator: SimulatorServer, database: Database
) -> None:
    """The caller then looks for who is there; the search shows it minutes later."""
    plan(simulator, match="POST .*/contacts$", kind="index_lag", delay_s=100_000)
    async with desk_client(simulator, database) as client:
        person = await client.create_contact(a_person())
        with pytest.raises(RejectedError) as caught:
            await client.create_contact(a_person(last_name="Other"))
        assert caught.value.code == "DESK-409"
        assert await client.find_contacts("ines@example.com") == []
        simulator.world.clock.advance(101_000)
        assert await client.find_contacts("Ines@Example.com") == [person]


async def test_look_alikes_are_not_taken_for_the_person(
    simulator: SimulatorServer, database: Database
) -> None:
    """Desk's search finds addresses by their words."""
    async with desk_client(simulator, database) as client:
        await client.create_contact(a_person(email="ines.x@example.com"))
        simulator.world.clock.advance(121)
        assert await client.find_contacts("ines@example.com") == []
        assert len(desk_of(simulator).contacts) == 1


async def test_only_what_changed_is_sent(simulator: SimulatorServer, database: Database) -> None:
    """What an agent did meanwhile survives."""
    async with desk_client(simulator, database) as client:
        ticket = await client.create_ticket(a_draft(desk_of(simulator)))
        act(simulator, ticket.id, priority="High")
        await client.update_ticket(ticket.id, TicketChanges(custom={"cf_salesiq_chat_id": "c-9"}))
        whole = await client.read_ticket(ticket.id)
    assert whole.priority == "High"
    assert whole.custom["cf_salesiq_chat_id"] == "c-9"
    assert whole.custom["cf_workflow_type"] == "password_reset"


async def test_tickets_are_closed_by_the_portals_own_word(
    simulator: SimulatorServer, database: Database
) -> None:
    """Portals rename and translate their statuses."""
    desk = desk_of(simulator)
    desk.statuses = (*desk.statuses[:3], type(desk.statuses[0])("Erledigt", "Closed"))
    async with desk_client(simulator, database) as client:
        ticket = await client.create_ticket(a_draft(desk))
        closed = await client.close_ticket(ticket.id)
        opened = await client.set_status_type(ticket.id, "Open")
        metrics = await client.read_ticket_metrics(ticket.id)
    assert (closed.status, closed.is_closed) == ("Erledigt", True)
    assert closed.closed_time is not None
    assert (opened.status, opened.closed_time) == ("Open", None)
    assert metrics.reopen_count == 1


async def test_a_portal_that_lists_no_statuses_has_the_usual_ones(
    simulator: SimulatorServer, database: Database
) -> None:
    """The call is not in Desk's own description; asking once an hour is enough."""
    desk_of(simulator).rules.statuses_listed = False
    async with desk_client(simulator, database) as client:
        ticket = await client.create_ticket(a_draft(desk_of(simulator)))
        assert (await client.close_ticket(ticket.id)).is_closed
        assert not (await client.set_status_type(ticket.id, "Open")).is_closed
    asked = [each.path for each in simulator.world.requests.rows("zoho_desk")]
    assert asked.count("/api/v1/ticketStatuses") == 1


async def test_an_agents_work_is_read_back(simulator: SimulatorServer, database: Database) -> None:
    """Status, comment and how long it took."""
    async with desk_client(simulator, database) as client:
        ticket = await client.create_ticket(a_draft(desk_of(simulator)))
        simulator.world.clock.advance(600)
        act(simulator, ticket.id, comment="Done, please try again.")
        simulator.world.clock.advance(6_000)
        act(simulator, ticket.id, status="Closed")
        assert (await client.read_ticket(ticket.id)).is_closed
        (comment,) = await client.read_comments(ticket.id)
        metrics = await client.read_ticket_metrics(ticket.id)
    assert (comment.commenter_type, comment.commenter_name) == ("AGENT", "Amara Osei")
    assert (metrics.first_response_minutes, metrics.resolution_minutes) == (10, 110)
    assert metrics.minutes_by_status["Open"] == 110


async def test_the_portal_is_read(simulator: SimulatorServer, database: Database) -> None:
    """What configuration has to be checked against."""
    desk = desk_of(simulator)
    desk.add_field("tickets", Field("cf_site", "Site", "Picklist", 120, ("A", "B"), mandatory=True))
    async with desk_client(simulator, database) as client:
        (organization,) = await client.read_organizations()
        departments = await client.read_departments()
        agents = await client.read_agents()
        fields = {each.api_name: each for each in await client.read_fields("tickets")}
        statuses = await client.read_statuses()
    assert organization.id == desk.org_id
    assert [each.name for each in departments] == ["IT Support", "Accounting Software"]
    assert "DISABLED" in {each.status for each in agents}
    assert len(agents) == 5
    assert (fields["cf_site"].mandatory, fields["cf_site"].allowed) == (True, ("A", "B"))
    assert fields["subject"].max_length == 255
    assert {each.type for each in statuses} == {"Open", "On Hold", "Closed"}


async def test_a_guard_stops_a_write_at_the_last_moment(
    simulator: SimulatorServer, database: Database
) -> None:
    """Whoever lost the lease while waiting must not write any more."""

    def guard() -> None:
        raise RejectedError("DESK-422", "The lease ran out.")

    async with desk_client(simulator, database) as client:
        with pytest.raises(RejectedError, match="lease"):
            await client.create_contact(a_person(), guard=guard)
    assert rows(simulator, "contacts") == []


async def test_a_token_goes_to_hosts_of_zoho_desk_only(
    simulator: SimulatorServer, database: Database
) -> None:
    """Neither a wrong setting nor an unknown data centre leads it elsewhere."""
    wrong: list[dict[str, Any]] = [
        {"zoho_desk_url": "https://desk.example.com"},
        {"zoho_desk_url": ""},
        {"zoho_accounts_url": "https://accounts.zoho.com"},
    ]
    for changes in wrong:
        with pytest.raises(OperatorError) as caught:
            async with desk_client(simulator, database, **changes):
                pass
        assert caught.value.code == "DESK-400"


async def test_deliveries_are_proven_with_the_portals_keys(
    simulator: SimulatorServer, database: Database
) -> None:
    """The keys are public, so they are asked for without a token."""
    async with desk_client(simulator, database) as client:
        keys = await client.read_webhook_keys()
    desk = desk_of(simulator)
    told: dict[str, Any] = {"org_id": desk.org_id, "webhook_id": "9", "now": datetime.now(UTC)}
    assert verify_delivery(desk.webhooks.proof("9"), keys, **told) is None
    assert simulator.world.accounts.access_tokens == {}


async def test_a_missing_mandatory_field_is_named(
    simulator: SimulatorServer, database: Database
) -> None:
    """The ticket is parked, and a person reads which field it was."""
    desk_of(simulator).add_field("tickets", Field("cf_site", "Site", mandatory=True))
    async with desk_client(simulator, database) as client:
        with pytest.raises(RejectedError, match="cf/cf_site missing") as caught:
            await client.create_ticket(a_draft(desk_of(simulator)))
    assert caught.value.code == "DESK-422"


Write = Callable[[ZohoDeskClient, str, str], Awaitable[Any]]
WRITES: dict[str, tuple[Write, str, str]] = {
    "contact": (
        lambda client, *_: client.create_contact(a_person()),
        "contacts",
        "POST /api/v1/con",
    ),
    "ticket": (
        lambda client, department, _: client.create_ticket(
            a_draft_for(department, a_person(email="jo@example.com"))
        ),
        "tickets",
        "POST /api/v1/tickets",
    ),
    "comment": (
        lambda client, _, ticket: client.create_comment(ticket, "hello", public=False),
        "comments",
        "comments",
    ),
    "attachment": (lambda client, _, ticket: upload(client, ticket), "attachments", "attachments"),
    "change": (
        lambda client, _, ticket: client.update_ticket(ticket, TicketChanges(priority="Low")),
        "tickets",
        "PATCH",
    ),
}


def a_draft_for(department: str, person: Any) -> Any:
    return NewTicket(subject="Printer", department_id=department, contact=person)


LOST: list[dict[str, Any]] = [
    {"kind": "done_but_lost"},
    {"kind": "garbage"},
    {"kind": "error", "status": 500, "body": {"errorCode": "INTERNAL_SERVER_ERROR"}},
    {"kind": "timeout", "delay_s": 0.5, "processed": True},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: str(fault["kind"]))
async def test_a_write_without_an_answer_is_in_doubt_and_sent_once(
    simulator: SimulatorServer, database: Database, fault: dict[str, Any]
) -> None:
    """Desk has no idempotency keys: whoever repeats a create by itself doubles it."""
    async with desk_client(simulator, database, read_timeout_seconds=0.4) as client:
        draft = a_draft(desk_of(simulator), contact=a_person(email="first@example.com"))
        ticket = await client.create_ticket(draft)
        for name, (write, kind, match) in WRITES.items():
            before = len(rows(simulator, kind))
            plan(simulator, match=match, **fault)
            sent = len(simulator.world.requests.rows("zoho_desk"))
            with pytest.raises(InDoubtError):
                await write(client, ticket.department_id or "", ticket.id)
            assert len(simulator.world.requests.rows("zoho_desk")) == sent + 1, name
            grown = int(fault["kind"] != "error" and name != "change")
            assert len(rows(simulator, kind)) == before + grown, name


@pytest.mark.parametrize("kind", ["rate_limit", "expired_token", "drop"])
async def test_what_was_not_done_is_done_once_in_the_end(
    simulator: SimulatorServer, database: Database, kind: str
) -> None:
    """Too many at once, or a token that ran out: nothing was done, so we send it again ourselves.

    A dropped connection may hide anything; there the caller decides, having looked.
    """
    async with desk_client(simulator, database) as client:
        draft = a_draft(desk_of(simulator), contact=a_person(email="first@example.com"))
        ticket = await client.create_ticket(draft)
        for name, (write, things, match) in WRITES.items():
            before = len(rows(simulator, things))
            plan(simulator, match=match, kind=kind)
            if kind == "drop":
                with pytest.raises(InDoubtError):
                    await write(client, ticket.department_id or "", ticket.id)
            assert await write(client, ticket.department_id or "", ticket.id)
            grown = len(rows(simulator, things)) - before
            assert grown == (name != "change"), name


async def test_a_lost_ticket_is_found_among_the_contacts_own(
    simulator: SimulatorServer, database: Database
) -> None:
    """The search would not know it yet."""
    async with desk_client(simulator, database) as client:
        person = await client.create_contact(a_person())
        plan(simulator, match="POST /api/v1/tickets", kind="done_but_lost")
        with pytest.raises(InDoubtError):
            await client.create_ticket(a_draft(desk_of(simulator), contact_id=person.id))
        found = await client.read_contact_tickets(person.id)
    assert [(each.subject or "").endswith("[IT-7F3K2]") for each in found] == [True]


async def test_reads_are_repeated(simulator: SimulatorServer, database: Database) -> None:
    """Reading twice does no harm."""
    async with desk_client(simulator, database) as client:
        for kind in ("drop", "garbage", "error"):
            plan(simulator, match="GET /api/v1/departments", kind=kind)
        assert len(await client.read_departments()) == 2


async def test_another_portals_id_is_the_operators_business(
    simulator: SimulatorServer, database: Database
) -> None:
    """Nothing can work until the configuration is right."""
    async with desk_client(simulator, database, org_id="1") as client:
        assert len(await client.read_organizations()) == 1
        with pytest.raises(OperatorError, match="organisation id") as caught:
            await client.read_departments()
    assert caught.value.code == "DESK-403"


async def test_a_self_client_needs_no_refresh_token(
    simulator: SimulatorServer, database: Database
) -> None:
    """The closest thing to an API key that Zoho has."""
    org_id = desk_of(simulator).org_id
    key = SecretStr("sim-desk-client:sim-desk-secret")
    async with desk_client(simulator, database, read_key(key, org_id)) as client:
        assert len(await client.read_departments()) == 2
        assert (await client.create_ticket(a_draft(desk_of(simulator)))).number == "1001"
    async with desk_client(simulator, database, read_key(key, "1")) as client:
        with pytest.raises(OperatorError, match="organisation") as caught:
            await client.read_departments()
    assert caught.value.code == "ZOHO-401"


async def test_spent_credits_stop_us_until_desk_says(
    simulator: SimulatorServer, database: Database
) -> None:
    """The rest of the day may be hours: the caller is told, and nobody knocks meanwhile."""
    async with desk_client(simulator, database, patience_seconds=5) as client:
        await client.read_departments()
        desk_of(simulator).rules.credits_per_day = 3
        with pytest.raises(TransientError) as caught:
            await client.read_agents()
        sent = len(simulator.world.requests.rows("zoho_desk"))
        with pytest.raises(TransientError):
            await client.read_departments()
    assert caught.value.code == "DESK-429"
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 100
    assert len(simulator.world.requests.rows("zoho_desk")) == sent


async def test_credits_are_counted_as_desk_counts_them(
    simulator: SimulatorServer, database: Database
) -> None:
    """What a create costs is not published; the header tells."""
    desk_of(simulator).rules.create_cost = 7
    async with desk_client(simulator, database) as client:
        await client.create_contact(a_person())
        await client.read_departments()
    spent = await database.run(
        lambda conn: budgets.credits_in_24_hours(conn, "zoho_desk", store_now(conn))
    )
    assert spent == 10


async def test_pages_are_read_to_the_end(simulator: SimulatorServer, database: Database) -> None:
    """A busy ticket has more comments than one page holds."""
    async with desk_client(simulator, database) as client:
        ticket = await client.create_ticket(a_draft(desk_of(simulator)))
        found = desk_of(simulator).tickets[ticket.id]
        for number in range(205):
            desk_of(simulator).comment(found, f"word {number}", public=False)
        assert await client.read_attachments(ticket.id) == []
        comments = await client.read_comments(ticket.id)
    assert [each.content for each in comments] == [f"word {number}" for number in range(205)]


async def test_a_file_too_large_for_desk_is_told_apart(
    simulator: SimulatorServer, database: Database
) -> None:
    """The ticket stays, the file is left out."""
    desk_of(simulator).rules.attachment_bytes = 4
    async with desk_client(simulator, database) as client:
        ticket = await client.create_ticket(a_draft(desk_of(simulator)))
        with pytest.raises(RejectedError) as caught:
            await upload(client, ticket.id)
    assert caught.value.code == "DESK-413"


async def test_a_record_that_is_gone_is_told_apart(
    simulator: SimulatorServer, database: Database
) -> None:
    async with desk_client(simulator, database) as client:
        with pytest.raises(RejectedError) as caught:
            await client.read_ticket("1")
    assert caught.value.code == "DESK-404"
