"""`switchboard chat`: try out how visitors are understood and answered, and check the documents."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.chat_records import list_chats, show_chat
from switchboard.cli.chat_retry import retry
from switchboard.cli.chat_second_opinion import ask_adviser
from switchboard.cli.chat_stats import stats
from switchboard.cli.chat_try import try_chat
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.cli.ticket_commands import tickets_app
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.detector.sources import read_sources
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.mails.templates import load_templates
from switchboard.flows.chat_to_ticket.models import Verdict

chat_app = typer.Typer(
    name="chat",
    help="Chats and their tickets: what became of them, and how visitors are understood.",
    no_args_is_help=True,
)
chat_app.command("try")(try_chat)
chat_app.command()(stats)
chat_app.command("list")(list_chats)
chat_app.command("show")(show_chat)
chat_app.command()(retry)
chat_app.add_typer(tickets_app)
_HERE = Path()
_LONGEST_LINE = 1_000_000
_WORDS = {
    "start": "would start",
    "ask": "would ask which is meant",
    "none": "is none of the workflows",
    "human": "wants a person",
    "smalltalk": "is small talk",
}


@chat_app.command()
def classify(
    text: Annotated[str, typer.Argument(help="What a visitor writes.")] = "",
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help='Read {"text": ...} lines from standard input, answer each.'),
    ] = False,
    second_opinion: Annotated[
        bool,
        typer.Option("--second-opinion", help="Ask the language model of the settings as well."),
    ] = False,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Show what the detector makes of a message: start, ask, none, human or smalltalk."""
    if jsonl:
        if text or second_opinion:
            raise OperatorError("CLI-001", "--jsonl goes without a message and second opinions.")
        _answer_lines(_detector(config_dir))
        return
    if not text.strip():
        raise OperatorError(
            "CHAT-012", "There is no message: write it in quotation marks, or use --jsonl."
        )
    verdict = _detector(config_dir)(text)
    if second_opinion:
        verdict = ask_adviser(config_dir, text, verdict)
    if as_json:
        output.emit_json({**_plain(verdict), "guard": verdict.guard})
        return
    console = output.out()
    output.say(console, Text(_WORDS[verdict.outcome].capitalize() + _subject(verdict), "bold"))
    rule = f", by the rule {verdict.guard!r}" if verdict.guard else ""
    output.say(console, f"Most like: {', '.join(verdict.labels[:3])}", indent=2)
    output.say(console, f"Chance that the first is right: {verdict.p:.0%}{rule}", indent=2)


@chat_app.command()
def lint(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Check examples, workflows and mails: ours, and those in chat/."""
    corpus, found = read_sources(config_dir).corpus()
    library = load_library(config_dir)
    findings = [*found, *library.findings, *load_templates(config_dir).findings]
    usable = not any(each.severity == "error" for each in findings)
    if as_json:
        rows = [output.finding_json(each) for each in findings]
        counts = {"examples": len(corpus.examples()), "workflows": len(library.workflows)}
        output.emit_json({"ok": usable, **counts, "findings": rows})
    else:
        console = output.out()
        output.show_findings(console, findings)
        style = "green" if usable else "bold"
        counted = f"{len(corpus.examples())} examples, {len(library.workflows)} workflows"
        counted = f"{counted}: {output.summary(findings)}."
        output.say(console, Text(counted, style=style))
    if not usable:
        raise typer.Exit(output.USAGE)


def _detector(config_dir: Path) -> Detector:
    detector = Detector(config_dir)
    errors = [each for each in detector.findings if each.severity == "error"]
    if errors:
        output.show_findings(output.err(), detector.findings)
    return detector


def _subject(verdict: Verdict) -> str:
    if verdict.outcome == "start":
        return f": {verdict.labels[0]}"
    return f": {', '.join(verdict.offered)}" if verdict.offered else ""


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome,
        "labels": list(verdict.labels),
        "offered": list(verdict.offered),
        "p": round(verdict.p, 4),
    }


def _answer_lines(judge: Callable[[str], Verdict]) -> None:
    """Answer each line at once, so that a program can talk back and forth with us."""
    good = True
    for line in _lines(sys.stdin.buffer):
        text = _text_of(line)
        if text is None:
            good = False
            words = 'The line is not JSON of the form {"text": "..."}.'
            answer: dict[str, Any] = {"error": {"code": "CHAT-011", "message": words}}
        else:
            answer = _plain(judge(text))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    if not good:
        raise typer.Exit(output.PARKED)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Read line by line; of a line without end only as much as memory should hold."""
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(_LONGEST_LINE)):
            line = b""  # Longer than any message: not to be understood, but to be answered.
        yield line


def _text_of(line: bytes) -> str | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    text = document.get("text") if isinstance(document, dict) else None
    return text if isinstance(text, str) else None
