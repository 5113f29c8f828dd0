"""Compare the documents of the chat half with the workflows there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from switchboard.config.findings import Finding, finding
from switchboard.config.load import Configuration
from switchboard.config.places import DESK
from switchboard.config.reading import Place, Raw, key_text
from switchboard.flows.chat_to_ticket.detector.sources import OWN, read_sources
from switchboard.flows.chat_to_ticket.library import Library, load_library
from switchboard.flows.chat_to_ticket.mails.templates import load_templates

Read = Callable[[str], Raw]


def check_chats(configuration: Configuration, read: Read) -> list[Finding]:
    """Return what is wrong with an operator's workflows, wording, examples, mails, and our names.

    *read* gives a document as it stands, so that every finding has its line.
    """
    library = load_library(configuration.root)
    return [
        *library.findings,
        *_examples(configuration.root),
        *load_templates(configuration.root).findings,
        *check_names(configuration, library, read),
    ]


def check_texts(root: Path) -> list[Finding]:
    """Return what is wrong with workflows, wording, examples and mails, whatever the others say."""
    library, mails = load_library(root), load_templates(root)
    return [*library.findings, *_examples(root), *mails.findings]


def check_names(configuration: Configuration, library: Library, read: Read) -> Iterator[Finding]:
    """Find names of workflows and departments that only one side knows."""
    desk = configuration.desk
    if desk is None:
        return
    raw = read(DESK)
    for name in desk.priorities:
        if name not in library.workflows:
            message = f'there is no workflow "{name}"'
            yield _found(raw, ("priorities", name), message, _meant(name, library.workflows))
    wanted = {
        each.ticket.department: each.id
        for each in library.workflows.values()
        if each.ticket.department
    }
    for name in desk.departments:
        if name not in wanted:
            message = f'no workflow sends its tickets to "{name}"'
            yield _found(raw, ("departments", name), message, _meant(name, wanted))
    for name, workflow in wanted.items():
        if name not in desk.departments:
            message = (
                f'lacks "{name}", where the workflow {workflow} sends its tickets: they go to '
                "department_id"
            )
            yield _found(raw, ("departments",), message, _meant(name, desk.departments))


def _examples(root: Path) -> list[Finding]:
    """Lint the examples where there are own ones: those that ship were linted before they did."""
    return read_sources(root).corpus()[1] if (root / OWN).is_dir() else []


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f'Did you mean "{close[0]}"?' if close else ""


def _found(raw: Raw, place: Place, message: str, hint: str) -> Finding:
    return finding(
        "CFG-046", raw.file, message, key=key_text(place), hint=hint, line=raw.line(place)
    )
