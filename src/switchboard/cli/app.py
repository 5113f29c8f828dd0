"""The `switchboard` command: run the part that is asked for, end with a code people can use."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, cast

import structlog
import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from switchboard import __version__, logs
from switchboard.cli import output
from switchboard.cli.output import Debug
from switchboard.errors import SwitchboardError
from switchboard.redaction import redact_text

# Loaded when asked for, so that `config check` does not wait for the simulators.
PARTS = {
    "demo": "switchboard.cli.demo_command:demo",
    "setup": "switchboard.cli.setup_command:setup",
    "calls": "switchboard.cli.calls_commands:calls_app",
    "chat": "switchboard.cli.chat_commands:chat_app",
    "config": "switchboard.cli.config_commands:config_app",
    "credentials": "switchboard.cli.credentials_commands:credentials_app",
    "report": "switchboard.cli.report_commands:report_app",
    "serve": "switchboard.cli.serve_command:serve",
    "schedule": "switchboard.cli.schedule_commands:schedule_app",
    "admin": "switchboard.cli.admin_command:admin",
    "doctor": "switchboard.cli.doctor_command:doctor",
    "explain": "switchboard.cli.explain_command:explain",
    "clean": "switchboard.cli.clean_command:clean",
    "db": "switchboard.cli.db_commands:db_app",
    "people": "switchboard.cli.people_command:people_app",
    "keys": "switchboard.cli.keys_commands:keys_app",
    "users": "switchboard.cli.users_commands:users_app",
    "attention": "switchboard.cli.attention_commands:attention_app",
    "audit": "switchboard.cli.audit_command:audit_app",
    "sandbox": "switchboard.cli.sandbox_command:sandbox",
}

# Click is inside Typer or beside it, depending on Typer's version.
_UsageError = cast(
    "type[Exception]",
    next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException"),
)


class _WhenAsked(dict[str, Any]):
    """Commands by name; each is imported the first time somebody looks at it."""

    def __getitem__(self, name: str) -> Any:
        command = super().__getitem__(name)
        if command is None:
            command = self[name] = _part(name)
        return command

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default


class Parts(TyperGroup):
    """The commands by name, and the one place where errors become exit codes."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        there = [name for name in PARTS if find_spec(PARTS[name].partition(":")[0]) is not None]
        self.commands = _WhenAsked(dict.fromkeys(there))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run as a process: a mistyped command ends in a code and words of our own style."""
        words = (args, prog_name, complete_var)
        if not standalone_mode:
            return super().main(*words, False, windows_expand_args, **extra)
        try:
            ended = super().main(*words, False, windows_expand_args, **extra)
        except _UsageError as error:
            output.show_usage_error(error)
            sys.exit(output.USAGE)
        sys.exit(ended if isinstance(ended, int) else output.DONE)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a person never sees a traceback, a scheduler always sees a code."""
        logs.configure()  # Before a part is loaded: its failure must not show a traceback.
        try:
            return super().invoke(ctx)
        except (typer.Exit, _UsageError):
            raise
        except SwitchboardError as error:
            logs.note_failure(error)
            output.show_error(error)
            raise typer.Exit(output.exit_code(error)) from error
        except (typer.Abort, KeyboardInterrupt) as error:
            output.err().print("Interrupted. Nothing is lost: the next run continues.")
            raise typer.Exit(output.INTERRUPTED) from error
        except BrokenPipeError as error:
            _forget_output()
            raise typer.Exit(output.DONE) from error  # The reader, such as `head`, had enough.
        except Exception as error:
            known = output.of_the_machine(error)
            if known is not None:
                logs.note_failure(known)
                output.show_error(known)
                raise typer.Exit(output.exit_code(known)) from error
            # The operator cannot mend this; --debug shows whoever can where it happened.
            logs.note_failure(error)
            structlog.get_logger().debug("unexpected error", exc_info=True)
            text = redact_text(f"{type(error).__name__}: {error}")
            output.err().print(f"SB-000  Switchboard made a mistake: {text}")
            output.err().print("Please report it; `switchboard --debug ...` shows the details.")
            raise typer.Exit(output.DEFECT) from error


app = typer.Typer(
    cls=Parts,
    name="switchboard",
    help="Every phone call of a business, exactly once, where its team works.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _part(name: str) -> Any:
    module, _, attribute = PARTS[name].partition(":")
    with _nothing_collected() if module not in sys.modules else contextlib.nullcontext():
        part = getattr(import_module(module), attribute)
    if isinstance(part, typer.Typer):
        command: Any = get_group(part)
    else:
        single = typer.Typer(add_completion=False)
        single.command(name)(part)
        command = get_command(single)
    command.name = name
    return command


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Spare the collector what is loaded: it stays, and looking for waste in it takes a fifth of
    the start and, later, many milliseconds of a service whose visitors wait."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _version(wanted: bool) -> None:
    if wanted:
        output.out().print(f"switchboard {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_version),
    ] = False,
    debug: Debug = False,
) -> None:
    del version
    logs.configure(debug=debug)


def main() -> None:
    """Run the command line; the entry point of the installed script."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # A narrow code page.
    if hasattr(signal, "SIGTERM"):
        # A service manager's stop ends a run as Ctrl+C does: in order, with exit code 4.
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    app(prog_name="switchboard")


def _forget_output() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
