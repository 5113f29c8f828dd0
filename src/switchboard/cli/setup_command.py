"""`switchboard setup`: what setup_integration_improved asks and writes once all is installed."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from switchboard.cli import output
from switchboard.cli.output import ConfigDir
from switchboard.config.files import write_private
from switchboard.config.findings import Finding
from switchboard.config.load import inspect
from switchboard.config.places import CREDENTIALS, DESK, OFFICES, SALESIQ, office_file
from switchboard.config.settings import ENV_PREFIX
from switchboard.config.starter import starting_set

_ZONE = "America/New_York"


def setup(
    offices: Annotated[
        str | None, typer.Option("--offices", help="Ids, separated by commas; none: one company.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help=f"The offices' time zone, such as {_ZONE}.")
    ] = None,
    config_dir: ConfigDir = Path(),
) -> None:
    """Prepare a configuration where there is none, and say what comes next."""
    console, root = output.out(), config_dir.absolute()
    if is_configured(root):
        output.say(console, f"The configuration in {root} is kept as it is.")
    else:
        output.say(console, f"There is no configuration in {root} yet.")
        ids, zone = _asked(offices, timezone)
        for name, text in starting_set(ids, timezone=zone).items():
            if not (root / name).exists():
                write_private(root / name, text)
                output.say(console, f"wrote {name}")
    configuration, findings = inspect(root)
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        output.show_findings(console, errors)
    output.say(console, "")
    output.say(console, "Next:")
    several = (root / OFFICES).exists()
    for number, step in enumerate(_next(root, several=several, errors=errors), start=1):
        output.say(console, f"{number}. {step}", indent=2)
    output.say(console, f"The command `switchboard` itself is {Path(sys.argv[0]).absolute()}")
    if configuration is None:
        raise typer.Exit(output.USAGE)


def is_configured(root: Path) -> bool:
    """Tell whether somebody has begun a configuration here."""
    single = office_file("", "extensions.json", several=False)
    return any((root / each).exists() for each in (OFFICES, single, DESK, SALESIQ))


def _asked(offices: str | None, timezone: str | None) -> tuple[list[str], str]:
    """Ask at a terminal for what was not given; elsewhere take one company in New York's time."""
    asking = sys.stdin.isatty()
    if offices is None:
        question = "Ids of your offices, separated by commas (none: a single company)"
        offices = typer.prompt(question, default="", show_default=False) if asking else ""
    if timezone is None:
        timezone = typer.prompt("Time zone", default=_ZONE) if asking else _ZONE
    return [each.strip() for each in offices.split(",") if each.strip()], timezone.strip()


def _next(root: Path, *, several: bool, errors: list[Finding]) -> list[str]:
    end = "bat" if os.name == "nt" else "sh"
    begin = "" if os.name == "nt" else "./"
    folder = "sorted/<office>/" if several else "data/"
    trial = "run_multi_location" if several else "run_single_company"
    trial += "_all_calls_with_report" + ("_ordered" if several else "")
    named = os.environ.get(f"{ENV_PREFIX}CONFIG_DIR") or str(Path.cwd())
    where = "" if Path(named).absolute() == root else f" --config-dir {shlex.quote(str(root))}"
    steps = [
        f"Put your extensions and lead owners in place of the examples in {folder}.",
        f"Try it, writing nothing: {begin}{trial}.{end} --dry-run{where}",
        "Let it run by itself: data/schedule.json, then `switchboard schedule show`.",
    ]
    if errors:
        steps.insert(0, "Correct what is named above; `switchboard config check` names the rest.")
    if not (root / CREDENTIALS).exists():
        steps.insert(-2, f"Store the credentials: {begin}run_setup_credentials.{end}{where}")
    return steps
