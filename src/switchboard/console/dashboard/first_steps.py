"""What is left to do until the first run: the way from an installation to a working day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.console.dashboard.connections import Connection
from switchboard.store.accounts import Role
from switchboard.store.tables import account, run

_ASKED = {"ringcentral", "zoho_crm", "zoho_desk", "zoho_salesiq"}


@dataclass(frozen=True, slots=True)
class Begun:
    """What the store knows of the beginning."""

    rehearsed: bool = False
    ran: bool = False
    accounts: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, why, where, and who may."""

    title: str
    words: str
    href: str
    link: str
    done: bool
    role: Role = "operator"


def begun(conn: sa.Connection) -> Begun:
    """Look how far it is; once a run has worked, nothing more is asked."""
    dry = run.c.options.contains('"dry_run": true')
    ended = run.c.outcome == "done"
    if conn.scalar(sa.select(sa.exists().where(ended, ~dry))):
        return Begun(ran=True)
    rehearsed = bool(conn.scalar(sa.select(sa.exists().where(ended, dry))))
    number = conn.scalar(sa.select(sa.func.count()).select_from(account)) or 0
    return Begun(rehearsed=rehearsed, accounts=number)


def steps(
    how_far: Begun,
    configuration: Configuration | None,
    states: Iterable[Connection],
    *,
    dry_run: str,
) -> Sequence[Step]:
    """Return the steps in their order; none once a run has worked, or where none belong. Pure."""
    if how_far.ran or (
        configuration is not None and configuration.chats and not configuration.calls
    ):
        return ()
    used = [each for each in states if each.id in _ASKED and each.word != "Not set up"]
    ready = configuration is not None and bool(configuration.calls)
    return (
        Step("Set up offices and vendors", "Credentials, offices, extensions and lead owners.",
             "/configuration", "Open the configuration", ready, "administrator"),
        Step("Test the connections", "Signs in everywhere and writes nothing.",
             "/dashboard/connections", "Test them",
             bool(used) and all(each.kind == "ok" for each in used)),
        Step("See what a run would do", "A dry run shows each call with the reason, and writes "
             "nothing.", dry_run, "Start a dry run", how_far.rehearsed),
        Step("Start the first run", "Writes leads, notes and call-back tasks, each once.",
             "/processing", "To Processing", done=False),
        Step("Plan when runs start by themselves", "Until then they start by hand only.",
             "/configuration/schedule", "Plan runs",
             configuration is not None and bool(configuration.schedule.runs), "administrator"),
        Step("Invite your colleagues", "Each gets a link of their own.",
             "/team", "Invite somebody", how_far.accounts > 1, "administrator"),
    )  # fmt: skip
