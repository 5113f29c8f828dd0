"""Try the mail server as a run would use it, and send a mail a person can look for."""

from __future__ import annotations

import datetime as dt
import secrets

from switchboard.config.documents import EmailConfig
from switchboard.reports.outgoing import OutgoingMail, compose
from switchboard.vendors.credentials import SmtpCredentials
from switchboard.vendors.mail.client import MailClient

_SUBJECT = "Switchboard can send mail"
_TEXT = """This is the test mail of Switchboard you asked for.

Reports will come from this address. Should they not arrive, look into the folder for
unwanted mail first, and tell your mail system that this sender is welcome.
"""


async def try_mail_server(
    config: EmailConfig, credentials: SmtpCredentials | None, send_to: str | None = None
) -> str:
    """Connect, encrypt and sign in; with *send_to*, send a mail there. Return what happened."""
    client = MailClient(config, credentials)
    said = await client.check()
    if send_to is not None:
        mail = trial_mail(config, send_to)
        await client.send(mail.message, mail.recipient)
        said += f" It took the test mail to {send_to}."
    return said


async def send_trial(
    config: EmailConfig, credentials: SmtpCredentials | None, send_to: str, *,
    subject: str, text: str, html: str,
) -> None:  # fmt: skip
    """Send a mail somebody wrote to an address they chose; the outbox does not know of it."""
    mail = trial_mail(config, send_to, subject=subject, text=text, html=html)
    await MailClient(config, credentials).send(mail.message, mail.recipient)


def trial_mail(
    config: EmailConfig,
    recipient: str,
    *,
    subject: str = _SUBJECT,
    text: str = _TEXT,
    html: str | None = None,
) -> OutgoingMail:
    """Return a mail of its own each time: whoever asks twice wants two."""
    return compose(
        config,
        occasion=f"test-{secrets.token_hex(8)}",
        kind="test",
        recipient=recipient,
        subject=subject,
        text=text,
        html=html,
        at=dt.datetime.now(dt.UTC),
    )
