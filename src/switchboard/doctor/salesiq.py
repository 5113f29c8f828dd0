"""Check SalesIQ: are its deliveries taken, when did one come, may answers follow later?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from switchboard.bootstrap import ChatVendors
from switchboard.config.load import Configuration
from switchboard.config.places import SALESIQ
from switchboard.doctor.results import SIGN_IN, Check, info, ok, warning
from switchboard.flows.chat_to_ticket.door.alarms import TROUBLE
from switchboard.store.tables import audit, delivery
from switchboard.vendors.zoho_salesiq.refusals import SIGNATURE_REFUSED

GROUP = "SalesIQ"


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """What the store says of the door."""

    last_delivery: float | None = None
    trouble_at: float | None = None
    trouble: str = ""  # A code.


def read_door(conn: sa.Connection) -> DoorFacts:
    last = conn.scalar(sa.select(sa.func.max(delivery.c.received_at)))
    query = sa.select(audit).where(audit.c.action == TROUBLE).order_by(audit.c.seq.desc()).limit(1)
    row = conn.execute(query).first()
    return DoorFacts(last, row.at, row.subject) if row else DoorFacts(last)


def examine(configuration: Configuration, facts: DoorFacts) -> Iterator[Check]:
    """Judge what needs no answer."""
    salesiq = configuration.salesiq
    yield judge_keys(len(salesiq.public_keys) if salesiq else 0, there=salesiq is not None)
    yield from judge_door(facts)


def judge_keys(number: int, *, there: bool) -> Check:
    if number:
        noun = "key" if number == 1 else "keys"
        return ok(GROUP, "Public keys", f"{number} {noun}: signed deliveries are taken.")
    reason = f"{SALESIQ} names no public key" if there else f"There is no {SALESIQ}"
    message = f"{reason}: only messages with an API key are taken, SalesIQ's own are refused."
    advice = "Switch Secure your webhook on in the bot's settings, and copy the public key there."
    return warning(GROUP, "Public keys", SIGNATURE_REFUSED, message, advice)


def judge_door(facts: DoorFacts) -> Iterator[Check]:
    """Trouble counts until a delivery was taken again."""
    last = facts.last_delivery
    if last is None:
        message = "None has come lately. Write to the bot on your website, then look again."
        yield info(GROUP, "Deliveries", message)
    else:
        yield ok(GROUP, "Deliveries", f"The last one came {_moment(last)}.")
    if facts.trouble_at is None:
        return
    refused = facts.trouble == SIGNATURE_REFUSED
    if refused and (last is None or facts.trouble_at >= last):
        message = f"A delivery was refused {_moment(facts.trouble_at)}, and none was taken since."
        yield warning(GROUP, "Signature", SIGNATURE_REFUSED, message)
    elif not refused and last is not None and facts.trouble_at >= last - 1:
        message = f"SalesIQ could not carry out an answer of ours {_moment(facts.trouble_at)}."
        yield warning(GROUP, "Answers", facts.trouble, message)


async def sign_in(_configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    if vendors.salesiq_problem is not None:
        raise vendors.salesiq_problem
    if vendors.salesiq is None:
        message = "Answers given later are not set up: the bot answers at once or not at all."
        advice = f"`switchboard credentials set salesiq`, and screen_name in {SALESIQ}."
        return [info(GROUP, SIGN_IN, message, advice)]
    await vendors.salesiq.check()
    return [ok(GROUP, SIGN_IN, "Answers may be given later, and notes left for operators.")]


ASKED = ((GROUP, SIGN_IN, sign_in),)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
