"""Try the mail server as a run would use it, and send a mail a person can look for."""

from __future__ import annotations

import datetime as dt
import secrets

from switchboard.cli.connection_checks import ConnectionCheck
from switchboard.config.documents import EmailConfig
from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.errors import SwitchboardError
from switchboard.reports.outgoing import OutgoingMail, compose
from switchboard.vendors.mail.client import MailClient

NAME = "Mail server"
_SUBJECT = "Switchboard can send mail"
_TEXT = """This is the test mail of Switchboard you asked for.

Reports will come from this address. Should they not arrive, look into the folder for
unwanted mail first, and tell your mail system that this sender is welcome.
"""


async def check_mail(configuration: Configuration, send_to: str | None) -> ConnectionCheck | None:
    """Connect, encrypt and sign in; with *send_to*, send a mail there. None: no mail configured."""
    if configuration.email is None:
        if send_to is None:
            return None
        message = "There is no data/email_config.json that names a mail server."
        return ConnectionCheck(NAME, ok=False, message=message, code="SMTP-001")
    client = MailClient(configuration.email, Vault.open(configuration.root).load().smtp)
    try:
        message = await client.check()
        if send_to is not None:
            mail = trial_mail(configuration.email, send_to)
            await client.send(mail.message, mail.recipient)
            message += f" It took the test mail to {send_to}."
    except SwitchboardError as error:
        return ConnectionCheck(NAME, ok=False, message=error.message, code=error.code)
    return ConnectionCheck(NAME, ok=True, message=message)


def trial_mail(config: EmailConfig, recipient: str) -> OutgoingMail:
    """Return a mail of its own each time: whoever asks twice wants two."""
    return compose(
        config,
        occasion=f"test-{secrets.token_hex(8)}",
        kind="test",
        recipient=recipient,
        subject=_SUBJECT,
        text=_TEXT,
        at=dt.datetime.now(dt.UTC),
    )
