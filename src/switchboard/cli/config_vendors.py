"""The half of `config check` that asks the vendors; loaded only when there is somebody to ask."""

from __future__ import annotations

from collections.abc import Sequence

from switchboard.bootstrap import open_session
from switchboard.config.findings import Finding
from switchboard.config.load import Configuration
from switchboard.config.reading import reader
from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead.vendor_check import check_with_vendors
from switchboard.flows.call_to_lead.vendor_facts import Unasked, VendorFacts, ask


async def with_vendors(
    configuration: Configuration, findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Ask the vendors; what cannot be asked becomes a warning, never a failure of the check."""
    try:
        async with open_session(configuration) as session:
            facts = await ask(session.tools)
    except SwitchboardError as error:
        what = "owners, fields, picklists and queues"
        facts = VendorFacts(unasked=(Unasked("Zoho CRM and RingCentral", what, str(error)),))
    read = reader(configuration.root)
    return tuple(check_with_vendors(configuration, facts, findings, read))
