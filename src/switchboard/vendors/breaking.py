"""Leave a failing vendor alone for a while, in every process, and let one probe ask again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from switchboard.errors import OperatorError, TransientError
from switchboard.store.breakers import StoredBreakers, StoredUnitOfWork
from switchboard.store.database import Database
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.settings import VendorSettings

SERVER_ERROR = 500


class _FailedAnswerError(Exception):
    """A 5xx answer on its way through the breaker, which counts it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Breakers:
    """One breaker per vendor, and one for its media; purgatory decides, the store remembers."""

    def __init__(self, database: Database, settings: VendorSettings) -> None:
        self._rest_seconds = settings.rest_seconds
        stored = StoredBreakers(database, settings.breaker_threshold, settings.rest_seconds)
        self._factory = AsyncCircuitBreakerFactory(
            default_threshold=settings.breaker_threshold,
            default_ttl=settings.rest_seconds,
            # A cancelled request and a wrong address say nothing about the vendor's health.
            exclude=[asyncio.CancelledError, OperatorError],
            uow=StoredUnitOfWork(stored),
        )

    async def run(self, request: Request, exchange: Callable[[], Awaitable[Answer]]) -> Answer:
        """Carry out *exchange* unless the vendor rests; silence and 5xx count as failures."""
        vendor = request.vendor
        breaker = await self._factory.get_breaker(request.breaker)
        try:
            async with breaker:
                return _failing(await exchange())
        except _FailedAnswerError as failed:
            return failed.answer
        except OpenedState as opened:
            rest = opened.opened_at + self._rest_seconds - time.time()
            raise TransientError(
                f"{vendor.code}-000",
                f"{vendor.title} has been failing and is left alone for a while; "
                f"{request.operation} was not sent.",
                retry_after=max(rest, 0.0) + 0.05,
            ) from None


def _failing(answer: Answer) -> Answer:
    if answer.status >= SERVER_ERROR:
        raise _FailedAnswerError(answer)
    return answer
