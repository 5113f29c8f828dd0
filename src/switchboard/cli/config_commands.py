"""`switchboard config`: check, show and begin a configuration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.chat_documents import DESK_DEPARTMENT, DESK_KEY, DESK_ORG
from switchboard.config.environment import environment
from switchboard.config.files import write_private
from switchboard.config.findings import ConfigError, finding
from switchboard.config.load import Configuration, load
from switchboard.config.places import CREDENTIALS, DESK, SALESIQ, redacted_database_url
from switchboard.config.starter import starting_set

config_app = typer.Typer(
    name="config", help="Check, show or begin the configuration.", no_args_is_help=True
)
_HERE = Path()
Sections = list[tuple[str, list[tuple[str, str]]]]  # Titles, with names and values.


@config_app.command()
def check(
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask neither Zoho CRM nor RingCentral.")
    ] = False,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Name everything that is wrong with the configuration, and what to do about it.

    With credentials at hand, the vendors are asked about owners, fields, picklists and queues.
    """
    from switchboard.flows.configuration_check import check_all  # noqa: PLC0415 - it is much.

    configuration, findings = check_all(config_dir.absolute())
    asked = False
    if configuration is not None and not offline and _has_call_vendors(configuration):
        from switchboard.cli.config_vendors import with_vendors  # noqa: PLC0415 - loads clients.

        findings = asyncio.run(with_vendors(configuration, findings))
        asked = True
    usable = not any(each.severity == "error" for each in findings)
    if as_json:
        output.emit_json(
            {
                "ok": usable and configuration is not None,
                "vendors_asked": asked,
                "config_dir": str(config_dir.absolute()),
                "findings": [output.finding_json(each) for each in findings],
            }
        )
    else:
        console = output.out()
        output.show_findings(console, findings)
        if configuration is None or not usable:
            output.say(console, Text(f"{output.summary(findings)}.", style="bold"))
        else:
            offices = len(configuration.offices)
            noun = "office" if offices == 1 else "offices"
            good = f"The configuration can be used ({offices} {noun})"
            output.say(console, Text(f"{good}: {output.summary(findings)}.", style="green"))
        if configuration is not None and configuration.calls and not asked:
            output.say(console, "The vendors were not asked about owners, fields and queues.")
    if configuration is None or not usable:
        raise typer.Exit(output.USAGE)


def _has_call_vendors(configuration: Configuration) -> bool:
    return configuration.calls and (configuration.root / CREDENTIALS).exists()


@config_app.command()
def show(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Show the configuration as it takes effect, defaults and environment included."""
    configuration = load(config_dir)
    if as_json:
        output.emit_json(as_plain(configuration))
        return
    console = output.out()
    output.say(console, Text("Offices", style="bold"))
    numbers = ("Order", "Extensions", "Owners")
    table = output.plain_table("Order", "Id", "Name", "Time zone", *numbers[1:], numbers=numbers)
    for office in configuration.offices:
        listed = office.owners.lead_owners
        table.add_row(
            str(office.processing_order),
            office.id,
            office.name,
            office.timezone,
            f"{len(office.processed_extensions)} of {len(office.extensions)}",
            f"{sum(each.active for each in listed)} of {len(listed)}",
        )
    console.print(table)
    output.say(console, "Extensions: with process_calls. Owners: active.")
    for title, rows in _sections(configuration):
        console.print()
        output.say(console, Text(title, style="bold"))
        grid = output.plain_table("", "")
        grid.show_header = False
        for name, value in rows:
            grid.add_row(f"  {name}", value)
        console.print(grid)
    if configuration.warnings:
        console.print()
        output.show_findings(console, configuration.warnings)


@config_app.command()
def init(
    config_dir: ConfigDir = _HERE,
    offices: Annotated[
        str, typer.Option("--offices", metavar="ID,ID", help="Several offices, by their ids.")
    ] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", help="The time zone of the offices.")
    ] = "America/New_York",
    calls: Annotated[
        bool, typer.Option("--calls/--no-calls", help="Calls become leads in Zoho CRM.")
    ] = True,
    chats: Annotated[
        bool, typer.Option("--chats/--no-chats", help="Chats become tickets in Zoho Desk.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite documents.")] = False,
) -> None:
    """Write a complete, commented starting set; what exists is kept unless --force."""
    if not (calls or chats):
        raise typer.BadParameter("without calls, --chats has to be given")
    ids = [each.strip() for each in offices.split(",") if each.strip()]
    documents = starting_set(ids, timezone=timezone, calls=calls, chats=chats)
    root = config_dir.absolute()
    there = [name for name in documents if (root / name).exists()]
    if there and not force:
        raise ConfigError([finding("CFG-028", name, "is already there") for name in there])
    console = output.out()
    for name, text in documents.items():
        write_private(root / name, text)
        output.say(console, f"wrote {name}")
    output.say(console, "")
    output.say(console, "Next:")
    where = "" if config_dir == _HERE else f" --config-dir {config_dir}"
    steps = [
        *(["Replace the example extensions and lead owners by yours."] if calls else []),
        *([f"Fill in {DESK} and {SALESIQ}."] if chats else []),
        f"switchboard credentials set{where}",
        f"switchboard config check{where}",
    ]
    for number, step in enumerate(steps, start=1):
        output.say(console, f"{number}. {step}", indent=2)


def as_plain(configuration: Configuration) -> dict[str, Any]:
    """The configuration for programs; the store's password is masked."""
    settings = configuration.settings.model_dump(mode="json")
    settings["database_url"] = redacted_database_url(configuration.settings.database_url)
    del settings["processing"], settings["company"]  # What they say is in the offices below.
    email, desk, salesiq = configuration.email, configuration.desk, configuration.salesiq
    return {
        "config_dir": str(configuration.root),
        "several_offices": configuration.several_offices,
        "offices": [each.model_dump(mode="json") for each in configuration.offices],
        "processing": configuration.processing.model_dump(mode="json"),
        "mappings": configuration.mappings.model_dump(mode="json"),
        "email": email.model_dump(mode="json") if email else None,
        "calls": configuration.calls,
        "chats": configuration.chats,
        "desk": desk.model_dump(mode="json") if desk else None,
        "salesiq": salesiq.model_dump(mode="json") if salesiq else None,
        "environment": from_environment(configuration.root),
        "settings": settings,
        "warnings": [output.finding_json(each) for each in configuration.warnings],
    }


def _sections(configuration: Configuration) -> Sections:
    sections = _call_sections(configuration) if configuration.calls else []
    if configuration.email:
        email = configuration.email
        rows = [("server", f"{email.smtp_server}:{email.smtp_port}"), ("from", email.sender_email)]
        rows += [("to", each.email) for each in email.recipients]
        sections.append(("Reports by e-mail", rows))
    sections += _chat_sections(configuration)
    plain = as_plain(configuration)["settings"]
    chats = ("server", "chat") if configuration.chats else ()
    calls = ("calls",) if configuration.calls else ()
    for name in (*calls, *chats, "journal", "retention"):
        rows = [(key, _plain(value)) for key, value in plain[name].items()]
        sections.append((name.capitalize(), rows))
    vendors = configuration.settings.vendors
    rows = [
        ("RingCentral", vendors.ringcentral_base_url),
        ("Zoho accounts", vendors.zoho_accounts_url),
        ("store", plain["database_url"]),
    ]
    return [*sections, ("Addresses", rows)]


def _call_sections(configuration: Configuration) -> Sections:
    processing, mappings = configuration.processing, configuration.mappings
    return [
        (
            "Look-back",
            [
                ("hours, unless told otherwise", f"{processing.default_hours_back:g}"),
                ("hours at most", f"{processing.max_hours_back:g}"),
            ],
        ),
        ("Fields of accepted calls", list(mappings.accepted_calls.items())),
        ("Fields of missed calls", list(mappings.missed_calls.items())),
        ("Lead status", list(mappings.lead_status.model_dump().items())),
    ]


def _chat_sections(configuration: Configuration) -> Sections:
    documents = (("Zoho Desk", configuration.desk), ("SalesIQ", configuration.salesiq))
    sections = []
    for title, document in documents:
        if document is not None:
            plain = document.model_dump(mode="json")
            if "public_keys" in plain:
                plain["public_keys"] = [f"{len(plain['public_keys'])} known"]
            sections.append((title, [(name, _plain(value)) for name, value in plain.items()]))
    given = from_environment(configuration.root)
    if given:
        sections.append(("Environment, over the documents", list(given.items())))
    return sections


def from_environment(root: Path) -> dict[str, str]:
    """Return the variables of Zoho Desk that are set, the key masked."""
    variables = environment(root)
    given = {
        name: variables.get(name, "").strip() for name in (DESK_KEY, DESK_ORG, DESK_DEPARTMENT)
    }
    shown = {name: value for name, value in given.items() if value}
    if DESK_KEY in shown:
        shown[DESK_KEY] = f"•••••••• ({len(shown[DESK_KEY])} characters)"
    return shown


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
