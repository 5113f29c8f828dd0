"""A simulated mail server in the test's own event loop, and mails to send through it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from switchboard.config.documents import EmailConfig
from switchboard.reports.outgoing import OutgoingMail, compose
from switchboard.simulators.assembly import empty_world
from switchboard.simulators.core.faults import Fault
from switchboard.simulators.core.world import World
from switchboard.simulators.mail.listener import MailListener, Mode
from switchboard.simulators.mail.state import PASSWORD, USERNAME, Delivered
from switchboard.vendors.credentials import SmtpCredentials
from switchboard.vendors.mail.client import MailClient
from switchboard.vendors.mail.models import Timeouts

AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
CREDENTIALS = SmtpCredentials(username=USERNAME, password=SecretStr(PASSWORD))
PATIENT = Timeouts(connect=10, command=10, stalled=10, accepted=10)
HASTY = Timeouts(connect=0.7, command=0.5, stalled=2, accepted=0.5)


@dataclass(slots=True)
class Rig:
    """The server, its world and a configuration that points at it."""

    world: World
    listener: MailListener
    ca_file: Path
    mode: Mode

    def config(self, **changes: Any) -> EmailConfig:
        values = {
            "smtp_server": "127.0.0.1",
            "smtp_port": self.listener.port,
            "use_tls": self.mode != "plain",
            "tls_ca_file": str(self.ca_file),
            "sender_email": "integration@keystone.example",
            "sender_name": "RC-Zoho Integration",
        }
        return EmailConfig.model_validate(values | changes)

    def client(
        self,
        credentials: SmtpCredentials | None = CREDENTIALS,
        *,
        timeouts: Timeouts = PATIENT,
        **changes: Any,
    ) -> MailClient:
        return MailClient(self.config(**changes), credentials, timeouts=timeouts)

    def mail(self, recipient: str = "admin@keystone.example", **changes: Any) -> OutgoingMail:
        values: dict[str, Any] = {
            "occasion": "run-1",
            "kind": "report",
            "recipient": recipient,
            "subject": "Report",
            "text": "All is well.\n",
            "at": AT,
        }
        return compose(self.config(), **(values | changes))

    def plan(self, match: str, kind: str, **more: Any) -> None:
        self.world.faults.add(
            Fault.model_validate({"vendor": "mail", "match": match, "kind": kind, **more})
        )

    @property
    def mailbox(self) -> list[Delivered]:
        return self.world.mail.messages

    def commands(self) -> list[str]:
        return [row.method for row in self.world.requests.rows("mail")]


@asynccontextmanager
async def serving(tmp_path: Path, mode: Mode = "starttls") -> AsyncIterator[Rig]:
    """Serve mail until the block ends."""
    world = empty_world()
    listener = MailListener(lambda: world, host="127.0.0.1", port=0, mode=mode)
    ca_file = tmp_path / f"{listener.port}.pem"
    ca_file.write_text(listener.door.ca_pem)
    await listener.open()
    try:
        yield Rig(world, listener, ca_file, mode)
    finally:
        await listener.close()
