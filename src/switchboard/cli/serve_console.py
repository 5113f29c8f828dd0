"""The console of a running service: what it is given, and the link that begins it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI

from switchboard.api.server import HttpServer
from switchboard.bootstrap import public_url
from switchboard.cli.serve_chat_lanes import Bells
from switchboard.cli.serve_chats import Chats
from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.config.watch import WatchedConfiguration
from switchboard.console import charts
from switchboard.console.app import create_console, mount
from switchboard.console.links import MOUNTED_AT, first_link
from switchboard.console.service import ConsoleService
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.jobs.chores import Diary
from switchboard.running import Runner
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer

SANDBOX = "Sandbox"
_REAL = (".ringcentral.com", ".zoho.")
_TEST_ACCOUNTS = "devtest"  # platform.devtest.ringcentral.com


def console_service(
    watched: WatchedConfiguration,
    db: Database,
    http: HttpServer,
    chats: Chats,
    bells: Bells,
    diary: Diary,
    *,
    tools: Callable[[], Awaitable[ChatTools]],
    runner: Runner,
) -> ConsoleService:
    """Return what the console of this process works with."""

    def sealer() -> Sealer:
        vault = Vault.open(watched.current.root)
        return Sealer(vault.cipher, vault.keys)

    def reload() -> None:
        watched.refresh()

    server = watched.current.settings.server
    return ConsoleService(
        db=db,
        sealer=sealer,
        company=lambda: company_of(watched.current),
        zone=lambda: watched.current.zone,
        address=lambda: reached_at(watched.current, http),
        badge=badge_of(watched.current),
        https=http.https or server.public_url.startswith("https://"),
        configuration=lambda: watched.current,
        configuration_problem=lambda: watched.problem,
        reload=reload,
        chats=tools,
        chats_problem=lambda: chats.problem,
        learning=chats.learning,
        wake=bells.ring,
        diary=diary,
        stopping=http.stopping,
        runner=runner,
    )


def add_console(app: FastAPI, service: ConsoleService) -> None:
    """Let an application answer for the console too."""
    charts.preload()
    mount(app, create_console(service))


def reached_at(configuration: Configuration, http: HttpServer) -> str:
    """Return how browsers reach us: as configured, or at the port we listen on."""
    server = configuration.settings.server
    return public_url(server) if server.public_url else http.address


async def beginning(db: Database, address: str) -> str | None:
    """Return the link for the first administrator; None once somebody has an account."""
    return await db.run(lambda conn: first_link(conn, address, time.time()))


def console_address(address: str) -> str:
    return f"{address}{MOUNTED_AT}/"


def company_of(configuration: Configuration) -> str:
    named = configuration.settings.company.name
    only = configuration.offices[0].name if not configuration.several_offices else named
    return "Switchboard" if only == "Main office" else only


def badge_of(configuration: Configuration) -> str:
    """Tell test vendors from real ones by where they are, as we tell nothing else apart."""
    vendors = configuration.settings.vendors
    hosts = [
        urlsplit(address).hostname or ""
        for address in (vendors.ringcentral_base_url, vendors.zoho_accounts_url)
    ]
    real = all(any(end in host for end in _REAL) and _TEST_ACCOUNTS not in host for host in hosts)
    return "" if real else SANDBOX
