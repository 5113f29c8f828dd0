"""Try the mail server as a run would use it, among the checks of connections."""

from __future__ import annotations

from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.doctor.connection_checks import ConnectionCheck
from switchboard.errors import SwitchboardError
from switchboard.reports.trial import try_mail_server

NAME = "Mail server"


async def check_mail(configuration: Configuration, send_to: str | None) -> ConnectionCheck | None:
    """Connect, encrypt and sign in; with *send_to*, send a mail there. None: no mail configured."""
    if configuration.email is None:
        if send_to is None:
            return None
        message = "There is no data/email_config.json that names a mail server."
        return ConnectionCheck(NAME, ok=False, message=message, code="SMTP-001")
    credentials = Vault.open(configuration.root).load().smtp
    try:
        message = await try_mail_server(configuration.email, credentials, send_to)
    except SwitchboardError as error:
        return ConnectionCheck(NAME, ok=False, message=error.message, code=error.code)
    return ConnectionCheck(NAME, ok=True, message=message)
