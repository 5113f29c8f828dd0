"""Work one delivery: what is decided about it, its answer and its claim are one transaction.

Only where a ticket was asked for there are two, since Zoho Desk lies between them: the second one
answers with the ticket's number, with a promise to bring it, or with the truth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.consulting import consulted
from switchboard.flows.chat_to_ticket.conversing import (
    Heard,
    apply,
    hear_in,
    put_unsent,
    take_unsent,
    update_state,
)
from switchboard.flows.chat_to_ticket.door import failing, words
from switchboard.flows.chat_to_ticket.door.claiming import Claimed
from switchboard.flows.chat_to_ticket.door.mapping import (
    bubbles_of,
    chat_of,
    event_of,
    ticket_of,
)
from switchboard.flows.chat_to_ticket.door.values import OK, DoorAnswer, Outcome
from switchboard.flows.chat_to_ticket.holding import held
from switchboard.flows.chat_to_ticket.models import Event, Reply
from switchboard.flows.chat_to_ticket.state import Promise
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.store.deliveries import Claim
from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.models import Action, Delivery
from switchboard.vendors.zoho_salesiq.splitting import items_of

PROMISE_SECONDS = 150.0  # SalesIQ waits 180: zoho-salesiq.md §6.


@dataclass(frozen=True, slots=True)
class Spoken:
    """What there is to say so far."""

    replies: tuple[Reply, ...]
    action: Action = "reply"
    outcome: Outcome = "answered"
    wanted: tuple[str, ...] = ()
    lanes: frozenset[Lane] = frozenset()
    alarm: bool = False
    document: dict[str, Any] | None = None  # None: a ticket is waited for.
    kept: bool = False  # Too late to be an answer: the words wait for the next one.


class Turn:
    """One delivery of one chat, and how far it has come."""

    def __init__(self, tools: ChatTools, delivery: Delivery) -> None:
        self.tools, self.delivery = tools, delivery
        self.chat = chat_of(delivery)
        self.claimed = Claimed(tools, delivery.dedupe_key, delivery.dedupe_seconds)
        self.late = False  # Somebody has answered in our place: what we find is for later.

    async def consult(self, seconds: float) -> None:
        """Ask for a second opinion on what is said, where one is to be had in time."""
        if self.delivery.kind == "message":
            self.tools = await consulted(
                self.tools,
                self.chat,
                event_of(self.delivery),
                delivery=self.claimed.key,
                seconds=seconds,
            )

    # -- in the store's thread ------------------------------------------------------------------

    def begin(self, conn: sa.Connection) -> Spoken | Claim:
        """Claim the delivery and work it; the claim alone where it is not ours to work."""
        claim = self.claimed.claim(conn)
        if claim.verdict != "yours":
            return claim
        spoken = self._recovered(conn) if self.delivery.kind == "failure" else self._heard(conn)
        return spoken if spoken.wanted else self._closed(conn, spoken)

    def finish(self, conn: sa.Connection, spoken: Spoken) -> Spoken:
        """Answer after the wait for a ticket."""
        more = take_unsent(conn, self.tools, self.chat.id)
        if not more and self._may_promise():
            self._promise(conn)
            spoken = replace(spoken, action="pending", outcome="pending")
        elif not more:
            apply(conn, self.tools, self.chat.id, Event(kind="timeout", at=self.tools.now()))
            more = take_unsent(conn, self.tools, self.chat.id)
        return self._closed(conn, replace(spoken, replies=(*spoken.replies, *more)))

    def keep_for_later(self, conn: sa.Connection, spoken: Spoken) -> None:
        """Let the next answer say what came too late for this one."""
        later = take_unsent(conn, self.tools, self.chat.id)
        put_unsent(conn, self.tools, self.chat.id, (*spoken.replies, *later))

    def _recovered(self, conn: sa.Connection) -> Spoken:
        found = failing.recover(conn, self.tools, self.chat, self.delivery)
        said = take_unsent(conn, self.tools, self.chat.id)
        return Spoken((*said, *found.replies), found.action, alarm=found.alarm)

    def _heard(self, conn: sa.Connection) -> Spoken:
        event = event_of(self.delivery)
        heard, lanes = hear_in(conn, self.tools, self.chat, event, delivery=self.claimed.key)
        replies, action = heard.replies, self._action(heard)
        if action == "forward" and not self._may_forward(conn):
            failed = Event(kind="handover_failed", at=event.at)
            apply(conn, self.tools, self.chat.id, failed)
            replies, action = take_unsent(conn, self.tools, self.chat.id), "reply"
        if self.delivery.text_cut:
            replies = (Reply(text=words.CUT), *replies)
        outcome: Outcome = "repeated" if heard.repeated else "answered"
        return Spoken(replies, action, outcome, heard.wanted, frozenset(lanes))

    def _action(self, heard: Heard) -> Action:
        if heard.hand_over is not None:
            return "forward"
        return "end" if heard.ended else "reply"

    def _may_forward(self, conn: sa.Connection) -> bool:
        salesiq, found = self.tools.configuration.salesiq, held(conn, self.tools, self.chat.id)
        wished = salesiq is None or salesiq.hand_over
        return wished and (found is None or failing.may_forward(found.state))

    def _may_promise(self) -> bool:
        delivery = self.delivery
        reachable = self.tools.salesiq is not None and bool(delivery.request_id)
        return reachable and delivery.form == "bot" and not self.late

    def _promise(self, conn: sa.Connection) -> None:
        until = self.delivery.received_at + timedelta(seconds=PROMISE_SECONDS)
        promise = Promise(request_id=self.delivery.request_id, until=until)
        update_state(
            conn,
            self.tools,
            self.chat.id,
            lambda known: known.model_copy(update={"promise": promise}),
        )

    def _closed(self, conn: sa.Connection, spoken: Spoken) -> Spoken:
        """Write the answer down. Whoever lost the delivery in between answers all the same."""
        late = self.late
        if late:
            self.keep_for_later(conn, spoken)
        document = self.written((), "reply") if late else self._document(conn, spoken)
        self.claimed.answer(conn, document, self.chat.id)
        return replace(spoken, document=document, kept=late)

    def _document(self, conn: sa.Connection, spoken: Spoken) -> dict[str, Any]:
        if self.delivery.form == "bot":
            return self.written(spoken.replies, spoken.action)
        found = held(conn, self.tools, self.chat.id)
        ticket = ticket_of(found.state.conversation if found else None)
        return write_answer(
            self.delivery, bubbles_of(spoken.replies), action=spoken.action, ticket=ticket
        )

    # -- anywhere -------------------------------------------------------------------------------

    def written(self, replies: tuple[Reply, ...], action: Action) -> dict[str, Any]:
        """Return an answer of this delivery's form; without replies: that it takes longer."""
        salesiq = self.tools.configuration.salesiq
        department = (salesiq.department_id or "") if salesiq else ""
        said = replies or ((Reply(text=words.LATER),) if action == "reply" else ())
        return write_answer(self.delivery, bubbles_of(said), action=action, department=department)

    def again(self, claim: Claim) -> DoorAnswer:
        """Return the answer this delivery got before; in general words where it is gone."""
        if claim.answer is None:
            hello = (Reply(text=words.GO_ON),)
            return DoorAnswer(OK, self.written(hello, "reply"), "repeated")
        return DoorAnswer(OK, json.loads(claim.answer), "repeated")


def first_items(replies: tuple[Reply, ...]) -> str:
    """Return replies as one text, for where no choices can be shown."""
    return "\n".join(items_of(bubble.text for bubble in bubbles_of(replies)))
