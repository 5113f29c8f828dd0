"""Check all documents of a configuration directory together: CLI, console and editor agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from switchboard.config.desk_access import desk_parts
from switchboard.config.editing import Changes
from switchboard.config.findings import Finding, finding
from switchboard.config.load import Configuration, inspect
from switchboard.config.overlay import overlay
from switchboard.config.places import DESK
from switchboard.config.reading import reader
from switchboard.config.vault import Vault
from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.documents_check import check_chats, check_texts

Checked = tuple[Configuration | None, tuple[Finding, ...]]


def check_all(root: Path) -> Checked:
    """Return the configuration, unless its documents have errors, and every finding there is.

    What only the vendors know is not in it.
    """
    configuration, findings = inspect(root)
    if not root.is_dir():
        return configuration, findings
    if configuration is None:
        return None, _sorted([*findings, *check_texts(root)])
    found = [*findings, *check_chats(configuration, reader(configuration.root))]
    if configuration.chats:
        found += _halfway(configuration)
    return configuration, _sorted(found)


def check_changed(root: Path, changes: Changes) -> Checked:
    """Return the same as it would be with *changes* made; nothing is written."""
    with overlay(root, changes) as made:
        configuration, findings = check_all(made)
        shown = tuple(_at_home(each, made, root) for each in findings)
    return configuration, shown


def in_the_way(
    changes: Changes, before: tuple[Finding, ...], after: tuple[Finding, ...]
) -> list[Finding]:
    """Return the errors that keep *changes* from being saved.

    An error elsewhere that was there before keeps nobody from mending things one by one.
    """
    known = {(each.code, each.file, each.key, each.message) for each in before}
    return [
        each
        for each in after
        if each.severity == "error"
        and (each.file in changes or (each.code, each.file, each.key, each.message) not in known)
    ]


def _at_home(each: Finding, made: Path, root: Path) -> Finding:
    said = [text.replace(str(made), str(root)) for text in (each.message, each.hint)]
    return replace(each, message=said[0], hint=said[1])


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: each.severity != "error"))


def _halfway(configuration: Configuration) -> Iterator[Finding]:
    """Name what Zoho Desk still lacks, where something of it is there: its tickets would wait."""
    try:
        contents = Vault.open(configuration.root).load()
    except SwitchboardError:
        return  # What is wrong with the vault is found elsewhere.
    parts = desk_parts(configuration, contents)
    if parts is not None and parts.missing:
        message = f"lacks {', '.join(parts.missing)}"
        yield finding("CFG-043", DESK, message, severity="warning")
