"""What is wrong with this process, the documents and the connections: nothing of single items."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from switchboard.config.findings import ConfigError
from switchboard.config.vault import Vault
from switchboard.console.attention import places
from switchboard.console.attention.items import Item
from switchboard.console.configuration.cards import page_of
from switchboard.console.service import ConsoleService, WakeLane
from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.mails.catalogue import mails
from switchboard.jobs.chores import Diary
from switchboard.store import runs
from switchboard.store import tables as t

HISTORY = 7 * 86_400.0
_RECENT_RUNS = 60
_NOT_SET_UP, _STARTING = "API-003", "API-004"
_ENDED_BADLY = {"failed", "died", "stopped"}
_VENDORS = {
    "ringcentral": "RingCentral", "zoho": "Zoho CRM", "zoho_crm": "Zoho CRM",
    "zoho_desk": "Zoho Desk", "zoho_salesiq": "Zoho SalesIQ", "desk": "Zoho Desk",
    "salesiq": "Zoho SalesIQ",
}  # fmt: skip
# What a person calls a chore, and the lane that does it at once when woken.
LANES: dict[str, tuple[str, WakeLane]] = {
    "waiting calls": ("Working waiting calls", "calls"),
    "recordings and voicemails": ("Attaching recordings and voicemails", "recordings"),
    "call-backs": ("Writing call-back tasks", "call-backs"),
    "replies": ("Answering chats", "replies"),
    "tickets": ("Creating tickets", "tickets"),
    "follow-ups": ("Following tickets up", "follow_ups"),
    "mails": ("Sending mails", "mails"),
}


def of_service(service: ConsoleService) -> list[Item]:
    """Return what this process knows is wrong. Reads files: not for the event loop."""
    return [
        *_documents(service),
        *_credentials(service),
        *_chats(service),
        *_mail_texts(service),
        *lanes(service.diary),
    ]


def lanes(diary: Diary) -> Iterator[Item]:
    """Return the jobs beside the runs whose last attempt failed."""
    for name, entry in diary.entries.items():
        if entry.code:
            title, _ = LANES.get(name, (name.capitalize(), None))
            tried = "once" if entry.failures == 1 else f"{entry.failures} times in a row"
            yield Item(
                "lane", name, entry.code, f"Failed {tried}; it is tried again by itself.", title,
                since=entry.succeeded_at, retryable=name in LANES,
            )  # fmt: skip


def of_store(conn: sa.Connection, at: float) -> list[Item]:
    """Return runs that ended badly with none good since, and refused connections."""
    return [*_runs(conn, at), *_refusals(conn, at)]


def _documents(service: ConsoleService) -> Iterator[Item]:
    problem = service.configuration_problem()
    if problem is None:
        return
    for number, each in enumerate(problem.errors or problem.findings):
        key = f"{each.key}: " if each.key else ""
        yield Item(
            "document", f"{each.place}#{number}", each.code, f"{key}{each.message}", each.place,
            href=page_of(each),
        )  # fmt: skip


def _credentials(service: ConsoleService) -> Iterator[Item]:
    """A console without documents has no vault to be opened either."""
    try:
        configuration = service.configuration()
    except SwitchboardError:
        return
    try:
        missing = Vault.open(configuration.root).load().missing() if configuration.calls else ()
    except ConfigError as error:
        yield Item("connection", "vault", error.code, error.message, "Credentials")
        return
    for each in missing:
        why = "There are no credentials for it."
        yield Item("connection", f"vault:{each}", "CFG-025", why, _VENDORS.get(each, each))


def _chats(service: ConsoleService) -> Iterator[Item]:
    problem = service.chats_problem()
    if problem is not None and problem.code not in {_NOT_SET_UP, _STARTING}:
        yield Item("connection", "chats", problem.code, problem.message, "Chats and tickets")


def _mail_texts(service: ConsoleService) -> Iterator[Item]:
    """Return the texts of the operator's in whose place the standard ones are sent."""
    try:
        root = service.configuration().root
    except SwitchboardError:
        return
    for mail in mails(root):
        for each in mail.problems:
            why = f"{each.message}. The standard text is sent meanwhile."
            yield Item(
                "mail-text", each.place, each.code, why[:1].upper() + why[1:], mail.about.title,
                href=page_of(each),
            )  # fmt: skip


def _runs(conn: sa.Connection, at: float) -> Iterator[Item]:
    """Return the runs that ended badly, unless a later one of their offices went well."""
    again: list[set[str]] = []  # The offices of good runs, newest first; an empty set: all.
    for each in runs.history(conn, runs.Wanted(), limit=_RECENT_RUNS):
        options = json.loads(each.run.options)
        offices = set(options.get("offices") or ())
        if each.run.started_at < at - HISTORY or options.get("dry_run"):
            continue
        if each.run.outcome == "done":
            again.append(offices)
        elif each.died or each.run.outcome in _ENDED_BADLY:
            if any(not good or (offices and offices <= good) for good in again):
                continue
            cause, why = ("run-died", "") if each.died else _ending(each.run)
            yield Item(
                "run", each.run.id, cause, why, f"Run {each.run.id}", min(offices, default=None),
                each.run.started_at, href=places.run(each.run.id),
            )  # fmt: skip


def _ending(run: runs.Run) -> tuple[str, str]:
    code, _, message = str(json.loads(run.summary).get("stopped_by") or "").partition(": ")
    if code:
        return code, message
    return "run-died" if run.outcome == "died" else "run-failed", ""


def _refusals(conn: sa.Connection, at: float) -> Iterator[Item]:
    """Return the connections whose credentials were refused, for as long as that is believed."""
    for row in conn.execute(sa.select(t.token.c.connection, t.token.c.document)):
        refused = json.loads(row.document).get("refused")
        if isinstance(refused, dict) and float(refused.get("until", 0.0)) > at:
            vendor = str(row.connection).partition(":")[0]
            yield Item(
                "connection", row.connection, str(refused["code"]), str(refused["message"]),
                _VENDORS.get(vendor, vendor),
            )  # fmt: skip
