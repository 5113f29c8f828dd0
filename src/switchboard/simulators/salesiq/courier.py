"""Post deliveries to the bot as SalesIQ does: signed, impatient, and counting failures."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from switchboard.simulators.salesiq.answers import unusable
from switchboard.simulators.salesiq.state import SalesIqState
from switchboard.simulators.salesiq.values import Conversation, Delivery, SalesIqFault

GONE = 410
Answered = Callable[[Conversation, Delivery], None]


class Courier:
    """One at a time per conversation, in order, unless a fault is planned."""

    def __init__(self, state: SalesIqState, answered: Answered) -> None:
        self._state, self._answered = state, answered
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, conversation: Conversation, handler: str, **content: Any) -> None:
        """Send a delivery on its way; what it is answered with is handed on."""
        state = self._state
        if not state.bot.enabled or not state.bot.url:
            conversation.touch()
            return
        delivery = self._written(conversation, handler, content)
        conversation.under_way += 1
        self._start(self._in_turn(conversation, delivery, state.strike(handler)))

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def answers_a_check(self, url: str) -> bool:
        """Tell whether the address answers as SalesIQ demands on saving it: §2 of the notes."""
        http = self._http()
        for method in ("GET", "HEAD"):
            try:
                async with asyncio.timeout(self._state.rules.timeout_s):
                    response = await http.request(method, url)
            except (httpx.HTTPError, TimeoutError):
                continue
            if response.status_code == httpx.codes.OK:
                return True
        return False

    def _written(
        self, conversation: Conversation, handler: str, content: dict[str, Any]
    ) -> Delivery:
        state = self._state
        request_id = f"sim-{state.world.seed}-{state.number('request'):06d}"
        visitor = dict(conversation.visitor)
        if handler != "trigger" or state.rules.id_on_trigger:
            visitor["active_conversation_id"] = conversation.id
        body = {
            "handler": handler,
            "org_id": state.org_id,
            "request": {"id": request_id},
            "visitor": visitor,
            **content,
        }
        delivery = Delivery(request_id, conversation.id, handler, body, state.world.clock.now())
        state.deliveries.append(delivery)
        return delivery

    async def _in_turn(
        self, conversation: Conversation, delivery: Delivery, fault: SalesIqFault | None
    ) -> None:
        delivery.fault = fault.kind if fault else ""
        if fault is not None and fault.kind == "reorder":
            conversation.held.append(delivery)
            self._start(self._released(conversation, delivery, fault.delay_s))
            return
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.delay_s)
        async with conversation.turn:
            await self._deliver(conversation, delivery)
            for overtaken in _taken(conversation.held):
                await self._deliver(conversation, overtaken)
        if fault is not None and fault.kind == "duplicate":
            await asyncio.sleep(fault.delay_s)
            again = Delivery(
                delivery.request_id,
                delivery.conversation,
                delivery.handler,
                delivery.body,
                self._state.world.clock.now(),
                fault="duplicate",
                copy=True,
            )
            self._state.deliveries.append(again)
            await self._send(again)
            conversation.touch()

    async def _released(
        self, conversation: Conversation, delivery: Delivery, delay_s: float
    ) -> None:
        """Send what waited to be overtaken, although nothing came."""
        await asyncio.sleep(max(delay_s, 0.05))
        async with conversation.turn:
            if delivery in conversation.held:
                conversation.held.remove(delivery)
                await self._deliver(conversation, delivery)

    async def _deliver(self, conversation: Conversation, delivery: Delivery) -> None:
        try:
            await self._send(delivery)
        finally:
            conversation.under_way -= 1
            conversation.touch()
        self._answered(conversation, delivery)

    async def _send(self, delivery: Delivery) -> None:
        state, started = self._state, time.monotonic()
        raw = json.dumps(delivery.body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "ZohoSalesIQ-simulator"}
        if state.bot.secure:
            headers["x-siqsignature"] = state.keys.sign(raw)
        try:
            async with asyncio.timeout(state.rules.timeout_s):
                response = await self._http().post(state.bot.url, content=raw, headers=headers)
        except TimeoutError:
            delivery.outcome = "timeout"
        except httpx.HTTPError as error:
            delivery.outcome = f"unreachable ({type(error).__name__})"
        else:
            self._read(delivery, response)
        delivery.milliseconds = round((time.monotonic() - started) * 1000)
        self._count(delivery)

    def _read(self, delivery: Delivery, response: httpx.Response) -> None:
        delivery.status = response.status_code
        try:
            delivery.answer = response.json()
        except ValueError:
            delivery.answer = response.text[:2000]
        if delivery.fault == "answer_lost":
            delivery.outcome = "timeout"
        elif response.status_code != httpx.codes.OK:
            delivery.outcome = f"HTTP {response.status_code}"
        else:
            bad = unusable(delivery.answer)
            delivery.outcome = f"unusable: {bad}" if bad else "answered"

    def _count(self, delivery: Delivery) -> None:
        """No mail on the first failure, one on the next two, off at the fourth: §2 of the notes."""
        bot = self._state.bot
        if delivery.outcome == "answered":
            bot.failures = 0
            return
        bot.failures += 1
        if delivery.status == GONE:
            bot.enabled, bot.off_because = False, "HTTP 410"
        elif bot.failures > self._state.rules.failures_allowed:
            bot.enabled, bot.off_because = False, f"{bot.failures} failures in a row"
        elif bot.failures > 1:
            bot.mails.append(f"Your bot failed {bot.failures} times: {delivery.outcome}")
        if not bot.enabled:
            bot.mails.append(f"Your bot has been switched off: {bot.off_because}")

    def _http(self) -> httpx.AsyncClient:
        if self._state.http is None:
            # Nothing is kept open: the simulators may be stopped at any moment.
            self._state.http = httpx.AsyncClient(
                timeout=None,  # noqa: S113 - asyncio.timeout, over the whole exchange.
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._state.http

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _taken(held: list[Delivery]) -> list[Delivery]:
    taken = list(held)
    held.clear()
    return taken
