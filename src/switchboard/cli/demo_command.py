"""`switchboard demo`: the main job on invented vendors, so that anybody can see it work."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.markup import escape

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli.browser import open_browser, seen_by_a_person
from switchboard.cli.calls_commands import exit_code
from switchboard.cli.demo_chats import ACCOUNT_NAME, Running, receive_visitors, service_running
from switchboard.cli.demo_display import VisitDisplay
from switchboard.cli.output import emit_json
from switchboard.cli.run_display import RunDisplay, aside, print_report, screen
from switchboard.config.files import write_private
from switchboard.config.load import Configuration, load
from switchboard.config.places import SCHEDULE
from switchboard.console.links import MOUNTED_AT
from switchboard.flows.call_to_lead.accounts import RunReport
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.flows.call_to_lead.tools import Listener
from switchboard.running import run_in
from switchboard.simulators.salesiq.visitors.cast import cast
from switchboard.simulators.scenario.files import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import ledger

SPEED = 60.0  # The vendors' minutes last a second, so nobody watches a rate limit pass by.
DAYS = 15.0  # Two weeks, and a usual day of the week to compare today with.


def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave after the run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another company.")] = 1,
    calls: Annotated[int, typer.Option("--calls", min=1, help="How many calls to invent.")] = 300,
    home: Annotated[
        Path | None, typer.Option("--home", help="Keep configuration, store and logs here.")
    ] = None,
) -> None:
    """Start invented vendors, process calls and chats, and show what became of them."""
    with (
        _home(home) as root,
        SimulatorServer(seed=seed, calls=calls, days=DAYS, speed=SPEED) as simulators,
    ):
        write_config(simulators.world, simulators.base_url, root, speed=SPEED)
        _schedule(root)
        configuration = load(root)
        names = logs.files_for("all", several_offices=configuration.several_offices)
        logs.configure(configuration.logs_dir, files=names, console_level="error")
        hours = float(configuration.processing.max_hours_back)

        async def go(tell: Listener) -> RunReport:
            async with open_session(configuration, tell=tell) as session:
                return await run_in(session, RunOptions(hours_back=hours), actor="cli:demo")

        with RunDisplay(quiet=as_json) as display:
            report = asyncio.run(go(display.tell))
        proof = prove(simulators.base_url, report)
        if not as_json:
            print_report(report)
            _print_proof(proof)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_chats(configuration, simulators, proof, once=once, quiet=as_json))
        if as_json:
            emit_json(proof)
        elif once and home is not None:
            _print_next(configuration, None)
    if not (proof["accounted_for"] and proof.get("chats", {}).get("accounted_for")):
        raise typer.Exit(1)
    raise typer.Exit(0 if exit_code(report) in {0, 1} else exit_code(report))


async def _chats(
    configuration: Configuration,
    simulators: SimulatorServer,
    proof: dict[str, Any],
    *,
    once: bool,
    quiet: bool,
) -> None:
    """Serve, let the visitors come, and stay for a person to chat unless it is *once*."""
    visitors = cast()
    with VisitDisplay(len(visitors), quiet=quiet) as display:
        async with service_running(configuration, simulators, say=display.ignore) as running:
            proof["chats"] = await receive_visitors(simulators, visitors, display.tell)
            display.close()
            if not quiet:
                _print_chats(proof["chats"])
            if not once:
                _print_next(configuration, simulators.base_url)
                _print_service(running, simulators.base_url)
                if seen_by_a_person():
                    open_browser(f"{running.address}{MOUNTED_AT}/")
                aside().print("\nEverything stays up. Ctrl-C ends the demo.")
                await asyncio.Event().wait()


def _schedule(root: Path) -> None:
    """Let the service look for calls by itself, as it does for everybody who has set it up."""
    run = {"name": "every half hour", "cron": "*/30 * * * *", "hours_back": 24}
    write_private(root / SCHEDULE, json.dumps({"runs": [run]}, indent=2) + "\n")


@contextmanager
def _home(home: Path | None) -> Iterator[Path]:
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="switchboard-demo-") as folder:
        yield Path(folder)


def prove(base_url: str, report: RunReport) -> dict[str, Any]:
    """Return the document of the demo; duplicates and the account come from the vendors' side."""
    with httpx.Client(base_url=base_url, timeout=30) as door:
        state = {
            name: door.get(f"/_sim/state/zoho_crm/{name}").json()
            for name in ("leads", "notes", "tasks", "attachments")
        }
        sessions = door.get("/_sim/state/ringcentral/sessions").json()
        requests = door.get("/_sim/requests").json()
    document = report.document()
    ours = [lead for lead in state["leads"] if lead.get("Lead_Source") == "RingCentral Integration"]
    phones = Counter(lead.get("Phone") for lead in ours)
    notes = Counter(
        (note["parent_id"], note["title"]) for note in state["notes"] if "[rc:" in note["title"]
    )
    noted = {title.partition("[rc:")[2] for _, title in notes}
    figures = document["calls"]
    crm = document["crm"] | {
        "duplicate_leads": sum(count - 1 for count in phones.values()),
        "duplicate_notes": sum(count - 1 for count in notes.values()),
        "duplicate_tasks": _doubled(task["Subject"] for task in state["tasks"]),
        "duplicate_attachments": _doubled(
            (each["parent_id"], each["file_name"]) for each in state["attachments"]
        ),
    }
    accounted = (
        report.stopped_by is None
        and len(sessions)
        == figures["seen"]
        == sum(figures[name] for name in ("done", "skipped", "parked", "waiting"))
        and len(ours) == crm["leads_created"]
        and len(noted) == figures["done"]
    )
    groups = Counter(
        str(row.get("group") or "none") for row in requests if row["vendor"] == "ringcentral"
    )
    crm_requests = Counter(
        f"{row['method']} {_shape(row['path'])}" for row in requests if row["vendor"] == "zoho_crm"
    )
    return {
        "offices": document["offices"],
        "calls": figures,
        "crm": crm,
        "requests": {"ringcentral": dict(groups), "zoho_crm": dict(crm_requests)},
        "accounted_for": accounted,
    }


def _doubled(things: Iterable[object]) -> int:
    return sum(count - 1 for count in Counter(things).values())


def _shape(path: str) -> str:
    """Put ids out of a path, so that requests of a kind are counted together."""
    parts = path.partition("?")[0].rpartition("/crm/v8/")[2].split("/")
    return "/".join("{id}" if part.isdigit() else part for part in parts)


def _print_proof(proof: dict[str, Any]) -> None:
    crm, requests = proof["crm"], proof["requests"]
    seen = "every call is accounted for" if proof["accounted_for"] else "the calls do not add up"
    screen().print(
        f"\nAsked at the vendors' side: {crm['duplicate_leads']} duplicate leads, "
        f"{crm['duplicate_notes']} duplicate notes, {crm['duplicate_tasks']} duplicate tasks, "
        f"{crm['duplicate_attachments']} duplicate recordings, {seen}."
    )
    screen().print(
        f"It took {sum(requests['ringcentral'].values())} requests to RingCentral and "
        f"{sum(requests['zoho_crm'].values())} to Zoho CRM."
    )


def _print_next(configuration: Configuration, base_url: str | None) -> None:
    """Name what can be looked at; a run needs vendors that are still up."""
    root = configuration.root
    shown = root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root
    command, folder = sys.argv[0] or "switchboard", escape(str(shown))
    with open_store(configuration) as db:
        done = db.run_sync(lambda conn: ledger.search(conn, fate="done", limit=1))
    number = done[0].person if done else "NUMBER"
    lines = [f"{command} calls list --config-dir {folder}"]
    lines.append(f"{command} calls show {number} --config-dir {folder}")
    lines.append(f"{command} report show --config-dir {folder}")
    if base_url is not None:
        lines.append(f"{command} calls run --all --config-dir {folder}   (writes nothing twice)")
        lines.append(f"{base_url}/_sim/state/zoho_crm/leads   what the CRM holds now")
        lines.append(f"{base_url}/_sim/mail   the report, as it was mailed")
    screen().print("\n[bold]Where to look next[/]")
    for line in lines:
        screen().print(f"  {line}", soft_wrap=True)


def _print_chats(chats: dict[str, Any]) -> None:
    screen().print(
        f"\n[bold]Chats[/]: {chats['conversations']} visitors, {chats['tickets_created']} tickets "
        f"in {len(chats['workflows'])} workflows, {chats['solved']} solved by first aid, "
        f"{chats['escalated']} handed to an operator, {chats['abandoned']} left.\n"
        f"Asked at the vendors' side: {chats['duplicate_tickets']} duplicate tickets, "
        + ("every chat is accounted for." if chats["accounted_for"] else "the chats do not add up.")
    )


def _print_service(running: Running, base_url: str) -> None:
    """Print where a person can chat, read mail and call the API."""
    console = screen()
    console.print("\n[bold]Try it yourself[/]")
    known = running.password or "the password of the demo before; `users reset demo` forgets it"
    for what, address in (
        ("the console", f"{running.address}{MOUNTED_AT}/"),
        ("sign in there as", f"{ACCOUNT_NAME}   {known}"),
        ("chat as a visitor", f"{base_url}/chat"),
        ("the mailbox", f"{base_url}/_sim/mail"),
        ("tickets in Zoho Desk", f"{base_url}/_sim/state/zoho_desk/tickets"),
        ("the API", f"{running.address}/docs"),
        ("a key for it", running.key),
    ):
        console.print(f"  {what:<22}{address}", soft_wrap=True, markup=False)
    console.print(
        f"  {'for example':<22}curl -H 'X-Api-Key: {running.key}' {running.address}/zoho/test",
        soft_wrap=True,
        markup=False,
    )
