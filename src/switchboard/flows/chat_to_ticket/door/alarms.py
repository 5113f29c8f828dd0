"""Tell a person that deliveries are refused or answers do not arrive: the fourth ends the bot."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog

from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.reports.outgoing import OutgoingMail, compose
from switchboard.reports.sending import queue_mails
from switchboard.store import audit

log = structlog.get_logger(__name__)

ANSWER_FAILED = "SIQ-446"
TROUBLE = "bot.trouble"
"""How the trail calls it; `switchboard doctor` looks for it there."""
QUIET_SECONDS = 3600.0  # What is wrong stays wrong: one line an hour and one mail a day will do.


class Alarms:
    """Each kind of trouble is an error once an hour, and a mail to whoever gets error mails."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    async def sound(self, tools: ChatTools, code: str, message: str) -> None:
        """Log it, note it in the trail, and queue the mail; never raises."""
        at = tools.now()
        if self._told.get(code, 0.0) > at.timestamp() - QUIET_SECONDS:
            log.warning("salesiq_door_trouble", error_code=code, message=message)
            return
        self._told[code] = at.timestamp()
        log.error("salesiq_door_trouble", error_code=code, message=message)
        try:
            await tools.db.run(lambda conn: _remember(conn, code, at.timestamp()))
            if await queue_mails(tools.db, _mails(tools, code, message, at)):
                tools.wake("mails")
        except SwitchboardError as error:
            log.warning("salesiq_alarm_not_kept", error_code=error.code)


def _remember(conn: sa.Connection, code: str, at: float) -> None:
    audit.append(conn, actor="salesiq", action=TROUBLE, subject=code, at=at)


def _mails(tools: ChatTools, code: str, message: str, at: datetime) -> list[OutgoingMail]:
    config = tools.configuration.email
    if config is None or not tools.can_mail:
        return []
    text = (
        f"{code}: {message}\n\n"
        "SalesIQ switches a bot off at the fourth failure in a row. Look at it now:\n"
        "switchboard explain " + code + "\nswitchboard doctor\n"
    )
    return [
        compose(
            config,
            occasion=f"salesiq:{code}:{at:%Y-%m-%d}",
            kind="alarm",
            recipient=each.email,
            recipient_name=each.name,
            subject=f"The SalesIQ bot is in trouble ({code})",
            text=text,
            at=at,
        )
        for each in config.recipients
        if each.receive_errors
    ]
