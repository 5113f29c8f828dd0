"""Check the mail server: reached, encrypted and signed in, without sending anything."""

from __future__ import annotations

from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.doctor.results import Check, info, ok, warning
from switchboard.vendors.mail.client import MailClient

GROUP = "E-mail"


async def server(configuration: Configuration) -> list[Check]:
    if configuration.email is None and configuration.chats:
        message = "There is no data/email_config.json: no codes, no confirmations, no approvals."
        return [warning(GROUP, "Server", "DOC-017", message)]
    if configuration.email is None:
        return [info(GROUP, "Server", "No reports by e-mail: there is no data/email_config.json.")]
    credentials = Vault.open(configuration.root).load().smtp
    return [ok(GROUP, "Server", await MailClient(configuration.email, credentials).check())]
