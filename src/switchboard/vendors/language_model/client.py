"""Ask an OpenAI-compatible endpoint once, within seconds, and take nothing it says on trust.

Not by way of `transport.py`: its budgets, waits and repetitions are for what has to be done in the
end. Nobody needs this answer any more once a visitor has been answered without it.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

import httpx
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from pydantic import SecretStr

Failure = Literal["late", "resting", "unreachable", "refused", "unreadable"]

PATH = "/chat/completions"
MOST_BYTES = 64 * 1024
FAILURES_IN_A_ROW, REST_SECONDS = 3, 60.0


class NoAnswerError(Exception):
    """There is no answer; the reason is a word for logs and figures, never what was said."""

    def __init__(self, reason: Failure, status: int | None = None) -> None:
        super().__init__(reason if status is None else f"{reason} ({status})")
        self.reason, self.status = reason, status


class LanguageModel:
    """One endpoint; after some failures it is left alone for a minute."""

    def __init__(self, http: httpx.AsyncClient, url: str, key: SecretStr | None = None) -> None:
        self._http = http
        self._url = url.rstrip("/").removesuffix(PATH) + PATH
        self._key = key
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=FAILURES_IN_A_ROW,
            default_ttl=REST_SECONDS,
            exclude=[asyncio.CancelledError],  # A visitor who left says nothing about it.
        )

    async def ask(self, body: dict[str, Any], seconds: float) -> Any:
        """Return the decoded answer; NoAnswerError whatever went wrong."""
        breaker = await self._breakers.get_breaker("language_model")
        try:
            async with breaker:
                return await self._answer(body, seconds)
        except OpenedState:
            raise NoAnswerError("resting") from None

    async def _answer(self, body: dict[str, Any], seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return json.loads(await self._read(body))
        except (TimeoutError, httpx.TimeoutException):
            raise NoAnswerError("late") from None
        except httpx.HTTPError:
            raise NoAnswerError("unreachable") from None
        except (ValueError, RecursionError):
            raise NoAnswerError("unreadable") from None

    async def _read(self, body: dict[str, Any]) -> bytes:
        # Not compressed: what unpacks to a thousand times its size would escape the bound.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        content = bytearray()
        async with self._http.stream(
            "POST", self._url, json=body, headers=headers, follow_redirects=False
        ) as reply:
            if reply.status_code != httpx.codes.OK:
                raise NoAnswerError("refused", reply.status_code)
            async for piece in reply.aiter_raw():
                content += piece
                if len(content) > MOST_BYTES:
                    raise NoAnswerError("unreadable")
        return bytes(content)
