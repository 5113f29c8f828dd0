"""One simulated portal: who works there, its contacts and tickets, and what happens to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from switchboard.simulators.zoho_desk import schema
from switchboard.simulators.zoho_desk.limits import Limits
from switchboard.simulators.zoho_desk.records import (
    Agent,
    Comment,
    Department,
    File,
    Record,
    Team,
    Thread,
    Ticket,
)
from switchboard.simulators.zoho_desk.webhooks import Webhooks

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

MEBIBYTE = 1024 * 1024
KEPT_EMAIL = 100  # A longer address is cut: zoho-desk.md §7.
FIRST_NUMBER = 1_001
HISTORY_TEXT = 100


@dataclass(slots=True)
class Rules:
    """What differs between portals, or what Zoho does not promise; change at will."""

    edition: str = "ENTERPRISE"
    credits_per_day: int | None = None  # None: what the edition and its agents give.
    concurrency: int | None = None
    index_lag_s: float = 120.0  # Before searches see a write; lists of a contact's tickets do.
    attachment_bytes: int = 20 * MEBIBYTE
    latency_s: float = 0.0  # Real seconds an answer takes, its place in flight being taken.
    create_cost: float = 1.0  # Not published.
    statuses_listed: bool = True  # Whether GET /ticketStatuses is served.
    deliver_twice: bool = False  # Webhooks come at least once.
    deliver_never: bool = False  # … and maybe never.


class DeskState:
    """Everything behind `/api/v1`. Ids come from the seed, times from the world's clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = Rules()
        self._ids = (400_000 + world.seed % 100_000) * 10**12 + 1_000_000
        self.org_id = str(700_000_000 + world.seed % 1_000_000)
        self._number = FIRST_NUMBER - 1
        self.ticket_fields, self.contact_fields = schema.ticket_fields(), schema.contact_fields()
        self.statuses = schema.STATUSES
        self.departments: dict[str, Department] = {}
        self.agents: dict[str, Agent] = {}
        self.teams: dict[str, Team] = {}
        self.contacts: dict[str, Record] = {}
        self.tickets: dict[str, Ticket] = {}
        self.comments: dict[str, Comment] = {}
        self.threads: dict[str, Thread] = {}
        self.files: dict[str, File] = {}
        self.layout_id = self.next_id()
        self._staff()
        self.limits = Limits(world, self.rules, lambda: len(self.agents))
        self.webhooks = Webhooks(self)

    def _staff(self) -> None:
        support = self.add_department("IT Support", default=True)
        books = self.add_department("Accounting Software")
        both = (support.id, books.id)
        self.current_agent = self.add_agent("Switchboard", "Integration", both).id
        people = [
            self.add_agent("Amara", "Osei", (support.id,)),
            self.add_agent("Jonas", "Lindholm", (support.id,)),
            self.add_agent("Beatriz", "Quintero", both),
        ]
        self.add_agent("Walter", "Pym", (support.id,), status="DISABLED")
        self.human_agent = people[0].id
        team = Team(self.next_id(), "Hosting", support.id, tuple(each.id for each in people[:2]))
        self.teams[team.id] = team

    # -- what a scenario sets up --------------------------------------------------------------

    def next_id(self) -> str:
        self._ids += 1
        return str(self._ids)

    def now(self) -> float:
        return self.world.clock.now()

    def elapsed(self) -> float:
        return self.world.clock.elapsed()

    def add_department(
        self, name: str, *, enabled: bool = True, default: bool = False
    ) -> Department:
        found = Department(self.next_id(), name, enabled, default)
        self.departments[found.id] = found
        return found

    def add_agent(
        self, first: str, last: str, departments: Iterable[str], *, status: str = "ACTIVE"
    ) -> Agent:
        email = f"{first}.{last}@hosting.example".lower()
        agent = Agent(self.next_id(), first, last, email, tuple(departments), status)
        self.agents[agent.id] = agent
        return agent

    def add_field(self, module: str, new: schema.Field) -> None:
        """Add or change a field as the portal's administrator would."""
        known = self.ticket_fields if module == "tickets" else self.contact_fields
        known[new.api_name] = new

    # -- what happens -------------------------------------------------------------------------

    def status_type(self, name: str) -> str:
        return next((each.type for each in self.statuses if each.name == name), "Open")

    def contact_by_email(self, email: str) -> Record | None:
        wanted = email[:KEPT_EMAIL].casefold()
        return next(
            (
                each
                for each in self.contacts.values()
                if not each.trashed and str(each.fields.get("email") or "").casefold() == wanted
            ),
            None,
        )

    def enter_contact(self, given: dict[str, Any], lag_s: float = 0.0) -> Record:
        kept = {name: value for name, value in given.items() if value not in (None, "")}
        if "email" in kept:
            kept["email"] = str(kept["email"])[:KEPT_EMAIL]
        cf = kept.pop("cf", None) or {}
        contact = Record(
            self.next_id(), kept, self.now(), self.now(), self.current_agent, self.current_agent, cf
        )
        contact.indexed_at = self.elapsed() + self.rules.index_lag_s + lag_s
        self.contacts[contact.id] = contact
        self.webhooks.happened("Contact_Add", contact)
        return contact

    def raise_ticket(
        self, given: dict[str, Any], lag_s: float = 0.0, *, by: str | None = None
    ) -> Ticket:
        author = by or self.current_agent
        kept = {name: value for name, value in given.items() if value not in (None, "")}
        cf = dict(kept.pop("cf", None) or {})
        status = str(kept.pop("status", self.statuses[0].name))
        self._number += 1
        ticket = Ticket(
            self.next_id(), kept, self.now(), self.now(), author, author, cf,
            number=str(self._number), status=status, stages=[(status, self.now())],
        )  # fmt: skip
        ticket.indexed_at = self.elapsed() + self.rules.index_lag_s + lag_s
        self.tickets[ticket.id] = ticket
        if kept.get("description"):
            thread = Thread(
                self.next_id(), ticket.id, str(kept["description"]), "in",
                str(kept.get("channel") or "Web"), str(kept["contactId"]), self.now(),
            )  # fmt: skip
            self.threads[thread.id] = thread
        self._dated(ticket)
        self.note(ticket, "TicketCreated", author, [])
        self.webhooks.happened("Ticket_Add", ticket)
        return ticket

    def change_ticket(
        self, ticket: Ticket, given: dict[str, Any], lag_s: float = 0.0, *, by: str | None = None
    ) -> None:
        author, before = by or self.current_agent, self.webhooks.shown(ticket)
        given = dict(given)
        ticket.stale = ticket.searchable(self.elapsed())
        ticket.indexed_at = self.elapsed() + self.rules.index_lag_s + lag_s
        changed = [
            {
                "propertyName": name,
                "propertyType": "Text",
                "systemProperty": False,
                "propertyValue": None if value is None else str(value)[:HISTORY_TEXT],
            }
            for name, value in given.items()
            if name != "cf" and not isinstance(value, dict | list)
        ]
        ticket.cf = {**ticket.cf, **(given.pop("cf", None) or {})}
        status = given.pop("status", None)
        if "assigneeId" in given and given["assigneeId"] != ticket.fields.get("assigneeId"):
            ticket.reassigned += ticket.fields.get("assigneeId") is not None
        ticket.fields = {**ticket.fields, **given}
        if status is not None and status != ticket.status:
            was, becomes = self.status_type(ticket.status), self.status_type(status)
            ticket.reopened += was == "Closed" and becomes != "Closed"
            ticket.status = status
            ticket.stages.append((status, self.now()))
            self._dated(ticket)
        ticket.modified, ticket.modified_by = self.now(), author
        self.note(ticket, "TicketUpdated", author, changed)
        self.webhooks.happened("Ticket_Update", ticket, before=before, by=author)

    def comment(
        self,
        ticket: Ticket,
        content: str,
        *,
        public: bool,
        content_type: str = "html",
        by: str | None = None,
        attachments: tuple[str, ...] = (),
    ) -> Comment:
        author, now = by or self.current_agent, self.now()
        found = Comment(
            self.next_id(), ticket.id, content, content_type, public, author, now, now, attachments
        )
        self.comments[found.id] = found
        if public and author != self.current_agent:
            ticket.responses.append(now)
        ticket.modified = now
        self.note(ticket, "CommentAdded", author, [])
        self.webhooks.happened("Ticket_Comment_Add", ticket, comment=found, by=author)
        return found

    def note(self, ticket: Ticket, event: str, by: str, changed: list[dict[str, Any]]) -> None:
        """Remember an event for the ticket's history."""
        ticket.history.append({"event": event, "at": self.now(), "by": by, "changed": changed})

    def _dated(self, ticket: Ticket) -> None:
        kind = self.status_type(ticket.status)
        ticket.closed = self.now() if kind == "Closed" else None
        ticket.on_hold = self.now() if kind == "On Hold" else None

    # -- what tests look at -------------------------------------------------------------------

    def collections(self) -> dict[str, Callable[[], list[dict[str, Any]]]]:
        """What `/_sim/state/zoho_desk/…` shows: everything any write left behind."""

        def rows(things: dict[str, Any]) -> Callable[[], list[dict[str, Any]]]:
            return lambda: [_plain(each) for each in things.values()]

        return {
            "tickets": rows(self.tickets),
            "contacts": rows(self.contacts),
            "comments": rows(self.comments),
            "threads": rows(self.threads),
            "attachments": rows(self.files),
            "departments": rows(self.departments),
            "agents": rows(self.agents),
            "webhooks": rows(self.webhooks.by_id),
            "deliveries": lambda: list(self.webhooks.deliveries),
            "credits": lambda: [self.limits.shown()],
            "portal": lambda: [{"org_id": self.org_id, "current_agent": self.current_agent}],
        }


def _plain(thing: Any) -> dict[str, Any]:
    shown = {each.name: getattr(thing, each.name) for each in fields(thing)}
    record = shown.pop("fields", None)
    if record is not None:
        shown = {**record, **shown}
    content = shown.get("content")
    if isinstance(content, bytes):
        shown["content"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return shown
