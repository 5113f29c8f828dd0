"""Answer SalesIQ while the service is starting: four failures in a row switch the bot off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.door.gate import from_salesiq
from switchboard.flows.chat_to_ticket.door.values import OK, DoorAnswer
from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.deliveries import read_delivery
from switchboard.vendors.zoho_salesiq.models import Bubble


def not_yet(raw: bytes, headers: Mapping[str, str]) -> DoorAnswer | None:
    """Ask the visitor to write again; None for a program, which is told to come back itself.

    Nothing is known yet by which a sender could be told from a stranger, and nothing is said that
    a stranger might not hear.
    """
    if not from_salesiq(raw, headers):
        return None
    try:
        delivery = read_delivery(raw, headers, now=datetime.now(UTC))
    except RejectedError:
        return None
    if delivery.form != "bot" or delivery.kind in {"check", "other"}:
        return None
    said = words.HELLO if delivery.kind == "trigger" else words.NOT_TAKEN
    return DoorAnswer(OK, write_answer(delivery, [Bubble(text=said)], action="reply"), "broken")
