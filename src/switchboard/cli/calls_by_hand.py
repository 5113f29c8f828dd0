"""`switchboard calls skip` and `reassign`: what a person decides about one call."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli.audit_command import operator
from switchboard.cli.output import REFUSED, AsJson, ConfigDir, emit_json
from switchboard.cli.run_display import screen
from switchboard.config.load import Configuration, load
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead import by_hand
from switchboard.flows.call_to_lead.owner_change import work_owners
from switchboard.flows.call_to_lead.story import brief, find, stories
from switchboard.flows.call_to_lead.working import working
from switchboard.store import ledger

CallArgument = Annotated[
    str, typer.Argument(help="Session, record id, or the caller's number.", metavar="CALL")
]


def skip(
    call: CallArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a few words.")],
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Do nothing more about a waiting or parked call, for good."""
    configuration, who = load(config_dir), operator()
    with open_store(configuration) as db:

        def work(conn: sa.Connection) -> ledger.Interaction:
            row = _one(conn, call)
            return by_hand.skip(conn, row.id, reason=reason, actor=who, who=_name(who))

        row = db.run_sync(work)
    if as_json:
        emit_json(brief(row))
    else:
        screen().print(f"Skipped: call {row.session}.", markup=False)


def reassign(
    call: CallArgument,
    owner: Annotated[
        str, typer.Option("--owner", metavar="ID-OR-NAME", help="An active user of Zoho CRM.")
    ],
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Give a call's lead to another owner, in Zoho CRM, or for when it is made."""
    configuration = load(config_dir)
    names = logs.files_for("all", several_offices=False)
    logs.configure(configuration.logs_dir, files=names, console_level="error")
    done, story, stopped = asyncio.run(_reassign(configuration, call, owner))
    if as_json:
        emit_json({"how": done.how, "owner": done.owner_name, "stopped_by": stopped, **story})
    elif done.how == "pinned":
        said = f"{done.owner_name} gets the lead once call {story['session']} is written."
        screen().print(said, markup=False)
    else:
        change = [each for each in story["writes"] if each["kind"] == by_hand.KIND][-1]
        why = stopped or change["error"] or "Zoho CRM has not confirmed it yet."
        settled = change["state"] == "settled"
        said = f"{done.owner_name} owns the lead now." if settled else f"Not changed. {why}"
        screen().print(said, markup=False)
    if stopped:
        raise typer.Exit(REFUSED)


async def _reassign(
    configuration: Configuration, call: str, owner: str
) -> tuple[by_hand.Reassigned, dict[str, Any], str | None]:
    who = operator()
    async with open_session(configuration) as session, working(session.tools):
        tools = session.tools
        row = await tools.db.run(partial(_one, wanted=call))
        users = {each.id: each for each in await tools.crm.read_users()}
        chosen = by_hand.owner_named(owner, users)
        wish = partial(
            by_hand.reassign,
            call_id=row.id,
            owner_id=chosen.id,
            owner_name=chosen.full_name or chosen.id,
            actor=who,
            who=_name(who),
        )
        done = await tools.db.run(wish)
        stopped = await work_owners(tools) if done.how == "wanted" else None
        story = (await tools.db.run(lambda conn: stories(conn, [row])))[0]
        return done, story, stopped


def _one(conn: sa.Connection, wanted: str) -> ledger.Interaction:
    rows = find(conn, wanted)
    if len(rows) > 1:
        raise OperatorError(
            "CLI-001",
            f"{len(rows)} calls fit {wanted!r}; name one by its session. "
            f"`switchboard calls show {wanted}` shows them.",
        )
    return rows[0]


def _name(actor: str) -> str:
    """Return who it was, as a sentence names them."""
    return actor.partition(":")[2] or actor
