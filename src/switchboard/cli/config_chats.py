"""The half of `config check` that reads workflows and examples; loaded only for that."""

from __future__ import annotations

from collections.abc import Sequence

from switchboard.config.findings import Finding
from switchboard.config.load import Configuration
from switchboard.config.reading import reader
from switchboard.flows.chat_to_ticket.documents_check import check_chats


def with_chats(configuration: Configuration, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Add what `switchboard chat lint` says, and names that only one side knows."""
    found = [*findings, *check_chats(configuration, reader(configuration.root))]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.severity != "error"))
