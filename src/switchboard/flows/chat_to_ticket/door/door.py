"""The door for SalesIQ's deliveries and for programs: every one gets an answer, and in time.

SalesIQ shows the visitor nothing after five seconds and switches the bot off at the fourth failure
(zoho-salesiq.md §1, §2). So nothing behind the door decides whether there is an answer, only which.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from switchboard.errors import SwitchboardError, TransientError
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.door.alarms import ANSWER_FAILED, Alarms
from switchboard.flows.chat_to_ticket.door.gate import admit, from_salesiq
from switchboard.flows.chat_to_ticket.door.limits import PORTAL_PER_MINUTE, MovingWindow
from switchboard.flows.chat_to_ticket.door.previews import Previews
from switchboard.flows.chat_to_ticket.door.replies import work_replies
from switchboard.flows.chat_to_ticket.door.turn import Spoken, Turn
from switchboard.flows.chat_to_ticket.door.values import OK, UNAVAILABLE, DoorAnswer, Outcome
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store.deliveries import Claim
from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.deliveries import CHECK_ANSWER
from switchboard.vendors.zoho_salesiq.models import Action, Bubble, Delivery
from switchboard.vendors.zoho_salesiq.refusals import DOOR_STATUS, SIGNATURE_REFUSED
from switchboard.vendors.zoho_salesiq.signature import load_keys

log = structlog.get_logger(__name__)

NOT_TAKEN = "SIQ-447"
RESERVE_SECONDS = 0.4  # Of the time to answer: for writing down what became of the ticket.
STORE_SECONDS = 1.0  # Of it: for working a delivery after somebody else was asked about it.
GOODBYE_SECONDS = 10.0
Tell = Callable[[DoorAnswer, float], None]
Deliver = Callable[[ChatTools, str], Awaitable[str | None]]


def nobody(_answer: DoorAnswer, _seconds: float) -> None:
    """Count nothing."""


class SalesiqDoor:
    """The one door of a process; `outcomes` counts by outcome, refusals by code."""

    def __init__(
        self,
        tools: Callable[[], ChatTools],
        *,
        tell: Tell = nobody,
        deliver: Deliver | None = None,
    ) -> None:
        self._tools, self._tell, self._deliver = tools, tell, deliver or _deliver
        self.outcomes: Counter[str] = Counter()
        self._alarms, self._previews = Alarms(), Previews()
        self._window = MovingWindow(_loop_time)
        self._keys: tuple[tuple[str, ...], tuple[RSAPublicKey, ...]] = ((), ())
        self._at_work: dict[str, asyncio.Task[DoorAnswer]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def receive(self, raw: bytes, headers: Mapping[str, str], *, trusted: bool) -> DoorAnswer:
        """Return what to send back; raises nothing.

        *trusted*: the sender gave a valid API key. The flat form needs it; SalesIQ's own deliveries
        need their signature, or the key as long as no public key of the bot is configured.
        """
        started = _loop_time()
        try:
            answer = await self._received(raw, headers, trusted=trusted, started=started)
        except SwitchboardError as error:
            status = DOOR_STATUS.get(error.code, UNAVAILABLE)
            answer = _refusal(status, error)
            if error.code == SIGNATURE_REFUSED and from_salesiq(raw, headers):
                self._start(self._alarms.sound(self._tools(), error.code, error.message))
        self.outcomes[answer.code or answer.outcome] += 1
        self._tell(answer, _loop_time() - started)
        return answer

    async def aclose(self) -> None:
        """Let what is under way come to its end, for a while."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GOODBYE_SECONDS)
        for task in self._tasks:
            task.cancel()

    # -- who and what ---------------------------------------------------------------------------

    async def _received(
        self, raw: bytes, headers: Mapping[str, str], *, trusted: bool, started: float
    ) -> DoorAnswer:
        tools = self._tools()
        delivery = admit(
            raw,
            headers,
            trusted=trusted,
            keys=self._public_keys(tools),
            most_bytes=tools.configuration.settings.server.max_body_kilobytes * 1024,
            now=tools.now(),
        )
        if delivery.kind in {"check", "other"}:
            return DoorAnswer(OK, dict(CHECK_ANSWER), "checked")
        if not delivery.conversation_id:
            return _unnamed(delivery)
        if not self._in_pace(tools, delivery):
            return _plain(delivery, words.SLOW_DOWN, "slowed")
        until = started + tools.configuration.settings.chat.answer_seconds
        if delivery.preview:
            return await self._preview(tools, delivery, until)
        return await self._in_time(tools, delivery, until)

    def _public_keys(self, tools: ChatTools) -> tuple[RSAPublicKey, ...]:
        """Read the keys anew when the document changed; OperatorError where one is unreadable."""
        salesiq = tools.configuration.salesiq
        texts = salesiq.public_keys if salesiq else ()
        if texts != self._keys[0]:
            self._keys = (texts, load_keys(texts))
        return self._keys[1]

    def _in_pace(self, tools: ChatTools, delivery: Delivery) -> bool:
        if not self._window.hit(f"portal {delivery.form} {delivery.org_id}", PORTAL_PER_MINUTE):
            return False
        if delivery.kind == "failure":  # Not the visitor's doing.
            return True
        who = delivery.visitor.id or delivery.conversation_id
        limit = tools.configuration.settings.chat.messages_per_minute
        return self._window.hit(f"{delivery.form} {delivery.org_id} {who}", limit)

    # -- in time --------------------------------------------------------------------------------

    async def _in_time(self, tools: ChatTools, delivery: Delivery, until: float) -> DoorAnswer:
        """Work the delivery, or wait for the task of this process that does."""
        key = delivery.dedupe_key
        task, turn = self._at_work.get(key), None
        if task is None:
            turn = Turn(tools, delivery)
            task = self._start(self._worked(turn, until))
            self._at_work[key] = task
            task.add_done_callback(lambda _: self._at_work.pop(key, None))
        done, _ = await asyncio.wait({task}, timeout=max(until - _loop_time(), 0.0))
        if not done:
            if turn is not None:
                turn.late = True
            return _plain(delivery, words.LATER, "late")
        answer = task.result()
        if turn is None and answer.outcome == "answered":
            return DoorAnswer(answer.status, answer.document, "repeated")
        return answer

    async def _worked(self, turn: Turn, until: float) -> DoorAnswer:
        """Return the answer; whatever goes wrong, it is one."""
        try:
            return await self._answered(turn, until)
        except Exception as error:
            log.exception("salesiq_delivery_failed", interaction_id=turn.chat.id)
            await self._let_go(turn)
            if turn.delivery.form == "bot":
                return _plain(turn.delivery, words.NOT_TAKEN, "broken")
            # A program can wait and send the same again; SalesIQ would count a failure.
            return _refusal(UNAVAILABLE, _known(error))

    async def _answered(self, turn: Turn, until: float) -> DoorAnswer:
        await turn.consult(until - STORE_SECONDS - _loop_time())
        db = turn.tools.db
        found = await db.run(turn.begin)
        while isinstance(found, Claim):
            if found.verdict == "answered":
                return turn.again(found)
            if _loop_time() + found.retry_after > until:
                return _plain(turn.delivery, words.LATER, "late")
            await asyncio.sleep(found.retry_after)
            found = await db.run(turn.begin)
        for lane in sorted(found.lanes):
            turn.tools.wake(lane)
        if found.alarm:
            cause = turn.delivery.cause
            detail = f"{cause.code} {cause.text}".strip() if cause else ""
            message = f"SalesIQ could not carry out an answer of ours ({detail})."
            self._start(self._alarms.sound(turn.tools, ANSWER_FAILED, message))
        if found.document is None:
            found = await self._with_ticket(turn, found, until)
        if turn.late and not found.kept:
            await db.run(lambda conn: turn.keep_for_later(conn, found))
        return DoorAnswer(OK, found.document, found.outcome)

    async def _with_ticket(self, turn: Turn, spoken: Spoken, until: float) -> Spoken:
        """Give Zoho Desk what time there is, then answer with what is true by then."""
        work = self._start(_tickets(self._deliver, turn.tools, turn.chat.id))
        await asyncio.wait({work}, timeout=max(until - RESERVE_SECONDS - _loop_time(), 0.0))
        finished = await turn.tools.db.run(lambda conn: turn.finish(conn, spoken))
        if finished.outcome == "pending":
            self._start(_promised(turn.tools, work))
        return finished

    async def _let_go(self, turn: Turn) -> None:
        """Leave the delivery to whoever gets it next."""
        try:
            await turn.tools.db.run(turn.claimed.give_up)
        except Exception:  # noqa: BLE001 - whatever it is, the visitor is still to be answered.
            log.warning("salesiq_delivery_still_claimed", interaction_id=turn.chat.id)

    async def _preview(self, tools: ChatTools, delivery: Delivery, until: float) -> DoorAnswer:
        try:
            async with asyncio.timeout_at(until):
                document = await self._previews.answer(tools, delivery)
        except Exception:
            log.exception("salesiq_preview_failed")
            return _plain(delivery, words.NOT_TAKEN, "broken")
        return DoorAnswer(OK, document, "preview")

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beyond this request; what it raises is logged where it is raised."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _deliver(tools: ChatTools, conversation_id: str) -> str | None:
    """Create the tickets a chat has asked for; return what stopped it."""
    return await work_tickets(tools, conversation_id=conversation_id)


async def _tickets(work: Deliver, tools: ChatTools, conversation_id: str) -> None:
    try:
        stopped = await work(tools, conversation_id)
    except Exception:
        log.exception("ticket_of_chat_failed", interaction_id=conversation_id)
    else:
        if stopped is not None:
            log.warning("ticket_of_chat_waits", interaction_id=conversation_id, reason=stopped)


async def _promised(tools: ChatTools, work: asyncio.Task[Any]) -> None:
    """Keep the promise as soon as there is something to say; what is not, the lane does."""
    await asyncio.wait({work})
    try:
        await work_replies(tools)
    except Exception:
        log.exception("promised_replies_failed")


def _unnamed(delivery: Delivery) -> DoorAnswer:
    """Answer what belongs to no chat; a message nobody could answer goes to people."""
    if delivery.kind == "trigger":
        return _plain(delivery, words.HELLO, "unnamed")
    return _plain(delivery, words.GIVE_UP, "unnamed", action="operator_busy")


def _plain(
    delivery: Delivery, text: str, outcome: Outcome, *, action: Action = "reply"
) -> DoorAnswer:
    document = write_answer(delivery, [Bubble(text=text)], action=action)
    return DoorAnswer(OK, document, outcome)


def _refusal(status: int, error: SwitchboardError) -> DoorAnswer:
    document = {
        "type": "about:blank",
        "title": error.message,
        "status": status,
        "code": error.code,
    }
    return DoorAnswer(status, document, "refused", error.code)


def _known(error: Exception) -> SwitchboardError:
    if isinstance(error, SwitchboardError):
        return error
    return TransientError(NOT_TAKEN, "The message could not be taken; send it again.")


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
