"""`switchboard sandbox`: the stand-ins for all vendors and a mail server, until Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from switchboard.errors import OperatorError
from switchboard.simulators.core.server import PortTakenError
from switchboard.simulators.scenario import SCENARIOS, connect_bot, write_config
from switchboard.simulators.server import SimulatorServer

_MOUNTS = {
    "RingCentral": "/ringcentral",
    "RingCentral media": "/ringcentral-media",
    "Zoho accounts": "/zoho-accounts",
    "Zoho CRM": "/zoho-crm/crm/v8",
    "Zoho Desk": "/zoho-desk/api/v1",
    "Zoho SalesIQ": "/salesiq/api/v2",
    "Chat page": "/chat",
    "Control door": "/_sim/health",
    "Mailbox": "/_sim/mail",
}
BOT = "http://127.0.0.1:8000/webhook/salesiq"  # Where `switchboard serve` answers by default.


def sandbox(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8900,
    smtp_port: Annotated[
        int, typer.Option(help="Port of the simulated mail server; 0 takes a free one.")
    ] = 8925,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 1,
    scenario: Annotated[str, typer.Option(help=f"One of: {', '.join(SCENARIOS)}.")] = "default",
    calls: Annotated[int, typer.Option(min=0, help="How many calls the log holds.")] = 300,
    days: Annotated[float, typer.Option(min=0.1, help="Over how many days they spread.")] = 3.0,
    speed: Annotated[
        float, typer.Option(min=0.001, help="How many times shorter the vendors' minutes are.")
    ] = 1.0,
    bot: Annotated[
        str, typer.Option("--bot", metavar="URL", help="Where chats go; empty: nowhere.")
    ] = BOT,
    write_config_to: Annotated[
        Path | None,
        typer.Option("--write-config", help="Write a configuration directory that points here."),
    ] = None,
) -> None:
    """Serve simulated RingCentral, Zoho, SalesIQ and a mail server on this machine."""
    if scenario not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise OperatorError("SIM-002", f"There is no scenario {scenario!r}; there are: {known}.")
    port_of_bot = _port_of(bot)
    server = _server(
        port=port,
        smtp_port=smtp_port,
        seed=seed,
        scenario=scenario,
        calls=calls,
        days=days,
        speed=speed,
    )
    # The service may come later: its address is not asked before a visitor writes.
    connect_bot(server.world, bot)
    if write_config_to is not None:
        write_config(
            server.world,
            server.base_url,
            write_config_to,
            speed=speed,
            server_port=port_of_bot,
        )
    _announce(server, bot, write_config_to)
    try:
        server.run()
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def _port_of(bot: str) -> int:
    """Return the port `switchboard serve` has to take for chats to arrive; 0: any."""
    try:
        parts = urlsplit(bot)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if bot and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise typer.BadParameter("--bot is an address such as " + BOT)
    return port or 0


def _server(**options: float | str) -> SimulatorServer:
    try:
        return SimulatorServer(**options)  # type: ignore[arg-type]
    except PortTakenError as error:
        option = "--smtp-port" if error.port == options["smtp_port"] else "--port"
        message = f"Port {error.port} cannot be used: {error.strerror}. Try {option} 0."
        raise OperatorError("SIM-001", message) from error


def _announce(server: SimulatorServer, bot: str, config: Path | None) -> None:
    table = Table("what", "address", title=f"Simulators: {len(server.world.ringcentral)} calls")
    for name, path in _MOUNTS.items():
        table.add_row(name, f"{server.base_url}{path}")
    table.add_row("Mail server", f"{server.host}:{server.smtp_port} (STARTTLS)")
    table.add_row("Chats go to", bot or "nowhere")
    console = Console(soft_wrap=True)
    console.print(table)
    if config is not None:
        console.print("Configuration written. Next:")
        console.print(f"  [bold]switchboard calls run --all --config-dir {config}[/bold]")
        if bot:
            serve = f"switchboard serve --config-dir {config}"
            console.print(f"  [bold]{serve}[/bold], then chat at {server.base_url}/chat")
    console.print("Ctrl-C stops them.")
    sys.stdout.flush()
