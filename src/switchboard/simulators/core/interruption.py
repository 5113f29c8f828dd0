"""Let something happen in the middle of an answer's body."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Send

FLUSH_SECONDS = 0.02  # What was sent before a cut has to have left the machine.


class Interruption:
    """Passes the first *after* bytes on, awaits *then*, and sends the rest unless it was final."""

    def __init__(
        self, after: int, send: Send, then: Callable[[], Awaitable[object]], *, final: bool = False
    ) -> None:
        self._left, self._send, self._then, self._final = after, send, then, final
        self._happened = False

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        if self._happened:
            if not self._final:  # Else nobody is there any more.
                await self._send(message)
            return
        body = message.get("body", b"")
        if len(body) <= self._left and message.get("more_body"):
            self._left -= len(body)
            await self._send(message)
            return
        await self._send({**message, "body": body[: self._left], "more_body": True})
        await asyncio.sleep(FLUSH_SECONDS)
        self._happened = True
        await self._then()
        if not self._final:
            await self._send({**message, "body": body[self._left :]})
