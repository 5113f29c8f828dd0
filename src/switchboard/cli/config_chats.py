"""The half of `config check` that reads workflows and examples; loaded only for that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from switchboard.config.desk_access import desk_parts
from switchboard.config.findings import Finding, finding
from switchboard.config.load import Configuration
from switchboard.config.places import DESK
from switchboard.config.reading import reader
from switchboard.config.vault import Vault
from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.documents_check import check_chats


def with_chats(configuration: Configuration, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Add what `switchboard chat lint` says, and names that only one side knows."""
    found = [*findings, *check_chats(configuration, reader(configuration.root))]
    if configuration.chats:
        found += _halfway(configuration)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.severity != "error"))


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
