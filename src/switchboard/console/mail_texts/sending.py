"""Send somebody a mail of chats as its texts stand in the form, made up of an example."""

from __future__ import annotations

import asyncio

from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.errors import OperatorError, TransientError
from switchboard.flows.chat_to_ticket.mails.templates import Rendered
from switchboard.reports.trial import send_trial

PATIENCE_SECONDS = 30.0


async def send_test(configuration: Configuration, made: Rendered, to: str) -> None:
    """Hand the mail to the mail server at once; SwitchboardError says what kept it from leaving."""
    if configuration.email is None:
        raise OperatorError("SMTP-001", "No mail server is set up, so nothing can be sent.")
    credentials = (await asyncio.to_thread(Vault.open(configuration.root).load)).smtp
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await send_trial(
                configuration.email,
                credentials,
                to,
                subject=f"Test: {made.subject}",
                text=made.text,
                html=made.html,
            )
    except TimeoutError as error:
        message = f"The mail server gave no answer within {PATIENCE_SECONDS:g} seconds."
        raise TransientError("SMTP-001", message) from error
