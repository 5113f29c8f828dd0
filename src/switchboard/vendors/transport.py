"""The only way out to the vendors: budgets, breaker, retries, tokens, redaction and figures.

A request is admitted by the budgets all processes share, sent once, and judged by its vendor's
table. It is repeated here only where that cannot do a thing twice: reads, and writes the vendor
surely did not carry out. Everything else reaches the caller as one of our errors.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import httpx
import sqlalchemy as sa
import stamina
import structlog

from switchboard.errors import InDoubtError, SwitchboardError, TransientError
from switchboard.store import budgets
from switchboard.store.database import Database
from switchboard.store.database import now as store_now
from switchboard.store.holders import this_process
from switchboard.vendors.admission import Admissions, Patience
from switchboard.vendors.allowances import ZOHO_CRM, ZOHO_DESK, Allowances
from switchboard.vendors.breaking import SERVER_ERROR, Breakers
from switchboard.vendors.exchange import Answer, Request, UnreadableError, exchange
from switchboard.vendors.keeper import Access, Cipher, TokenKeeper
from switchboard.vendors.queueing import Sleep
from switchboard.vendors.redaction import quiet_libraries
from switchboard.vendors.settings import VendorSettings
from switchboard.vendors.usage import Counters

T = TypeVar("T")
Guard = Callable[[], None]

CLIENT_ERROR, TOO_MANY = 400, 429
_CREDITS_LEFT = ("x-api-credits-remaining", "x-rate-limit-remaining-v3")  # Zoho CRM, Zoho Desk.
PENALTY_MARGIN = 1.02  # Clocks differ a little, and an early request starts a penalty again.

_log = structlog.get_logger("switchboard.vendors")


class _Sending:
    """What became of one exchange, kept apart from what the store made of it."""

    def __init__(self) -> None:
        self.started: float | None = None
        self.seconds = 0.0
        self.answer: Answer | None = None
        self.error: SwitchboardError | None = None

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        self.seconds = time.monotonic() - (self.started or 0.0)
        self.error = error if isinstance(error, SwitchboardError) else None


class Transport:
    """One per process; it shares everything that matters with the others through the store."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        database: Database,
        settings: VendorSettings,
        *,
        cipher: Cipher,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        quiet_libraries()
        self.settings, self.database, self.cipher = settings, database, cipher
        self.clock, self.sleep = clock, sleep
        self.counters = Counters()
        self.allowances = Allowances(settings)
        self._http = http
        self._strikes: Counter[str] = Counter()  # Refusals for want of budget in a row.
        self._breakers = Breakers(database, settings)
        self._admissions = Admissions(
            database,
            self.allowances,
            credits_per_day={
                ZOHO_CRM: settings.budgets.zoho_credits_per_day,
                ZOHO_DESK: settings.budgets.zoho_desk_credits_per_day,
            },
            now=self._now,
            sleep=sleep,
        )

    async def send(
        self,
        request: Request,
        read: Callable[[Answer], T],
        *,
        keeper: TokenKeeper | None = None,
        guard: Guard | None = None,
    ) -> T:
        """Send *request* until it is answered for good, and return what *read* makes of it.

        *guard* is called right before every sending, after all waiting: it raises if the caller
        may not send any more (its lease ran out).
        """
        patience, download = Patience(self.settings.patience_seconds), request.download

        def again(error: Exception) -> bool | float:
            if not isinstance(error, TransientError) or isinstance(error, InDoubtError):
                return False
            if download is not None and download.is_over(error, self.settings.read_attempts):
                return False
            if error.retry_after is not None and error.retry_after > patience.left():
                return False
            self.counters.retries[request.vendor.name] += 1
            return True if error.retry_after is None else error.retry_after

        async for attempt in stamina.retry_context(
            on=again,
            attempts=self.settings.read_attempts if download is None else None,
            timeout=None,
            wait_initial=self.settings.retry_wait_seconds,
            wait_max=self.settings.retry_wait_max_seconds,
            wait_jitter=self.settings.retry_wait_seconds,
        ):
            with attempt:
                answer = await self._answered(request, keeper, guard, patience)
                return _understood(request, answer, read)
        raise AssertionError("stamina either returns or raises")  # pragma: no cover

    def log_usage(self) -> None:
        """Log what this process used of the vendors' allowances, one line per vendor."""
        for vendor, part in self.counters.snapshot().items():
            _log.info(
                "api_usage",
                vendor=vendor,
                requests=part["requests"],
                credits=part["credits"],
                groups=part["groups"],
                waited_seconds=round(self.counters.waited[vendor], 1),
                retries=self.counters.retries[vendor],
                credits_remaining=self.counters.credits_remaining.get(vendor),
            )

    async def _answered(
        self,
        request: Request,
        keeper: TokenKeeper | None,
        guard: Guard | None,
        patience: Patience,
    ) -> Answer:
        access = await keeper.access() if keeper else None
        answer = await self._once(request, keeper, access, guard, patience)
        if keeper is not None and request.vendor.stale(answer):
            access = await keeper.access(rejected=access)
            answer = await self._once(request, keeper, access, guard, patience)
        error = request.vendor.judge(request, answer)
        if error is not None:
            raise error
        return answer

    async def _once(
        self,
        request: Request,
        keeper: TokenKeeper | None,
        access: Access | None,
        guard: Guard | None,
        patience: Patience,
    ) -> Answer:
        arrived = time.monotonic()
        seat = await self._admissions.enter(request, patience)
        self.counters.waited[request.vendor.name] += time.monotonic() - arrived
        url, authorization = request.url, None
        if keeper is not None and access is not None:
            whole = request.url.startswith(("https://", "http://"))  # Checked where it was built.
            url = request.url if whole else access.base_url + request.url
            authorization = keeper.header(access)
        sending = _Sending()

        async def send_now() -> Answer:
            deadline = request.timeout or self.settings.read_timeout_seconds
            if request.download is not None:
                deadline = max(request.download.seconds_left, 0.0)
            with sending:
                sending.answer = await exchange(self._http, request, url, authorization, deadline)
                return sending.answer

        try:
            if guard is not None:
                guard()
            return await self._breakers.run(request, send_now)
        except Exception:
            # What became of the request counts, not that the store could not note it down: a
            # write that was carried out must never look as if nothing had happened.
            if sending.error is not None:
                raise sending.error from sending.error.__cause__
            if sending.answer is None:
                raise
            return sending.answer
        finally:
            await asyncio.shield(self._finished(request, seat, sending))

    async def _finished(self, request: Request, seat: str | None, sending: _Sending) -> None:
        """Give the seat back, count the request and keep to what the answer's headers say."""
        vendor, answer, sent = request.vendor, sending.answer, sending.started is not None
        pauses = self._pauses(request, answer) if answer is not None else {}
        spent = _spent(request, answer)
        if sent:
            if request.download is not None:
                request.download.spend(sending.seconds)
            self._count(request, answer, sending.seconds)

        def finish(conn: sa.Connection) -> None:
            now = self._now(conn)
            if seat is not None:
                budgets.stand_up(conn, seat, this_process())
            if sent:
                budgets.count_use(
                    conn, vendor.name, request.operation, now, requests=1, spent=spent
                )
            for bucket, pause in pauses.items():
                budgets.block(conn, bucket, now + pause * PENALTY_MARGIN, now)

        try:
            if seat is not None or sent:
                await self.database.run(finish, durable=False)
        except Exception as error:  # noqa: BLE001 - figures and a seat that runs out by itself.
            _log.warning("vendor_figures_lost", vendor=vendor.name, error=type(error).__name__)

    def _now(self, conn: sa.Connection) -> float:
        """Tell the time all machines on one store agree on, unless a test tells it."""
        return store_now(conn) if self.clock is time.time else self.clock()

    def _pauses(self, request: Request, answer: Answer) -> dict[str, float]:
        """Return which buckets the answer closes, and for how long; learn the limits it names."""
        vendor = request.vendor
        if answer.status == TOO_MANY:
            self._strikes[vendor.name] += 1
        elif answer.status < SERVER_ERROR:
            self._strikes[vendor.name] = 0
        signals = vendor.signals(
            request, answer, self.allowances.window, self._strikes[vendor.name]
        )
        for limit in signals.limits:
            self.allowances.observe(limit.bucket, limit.count, limit.window)
        for bucket, seconds in signals.pauses.items():
            _log.warning("vendor_pause", vendor=vendor.name, bucket=bucket, seconds=seconds)
        return dict(signals.pauses)

    def _count(self, request: Request, answer: Answer | None, seconds: float) -> None:
        vendor, counters = request.vendor.name, self.counters
        outcome = str(answer.status) if answer is not None else "no answer"
        counters.requests[vendor, request.operation] += 1
        spent = _spent(request, answer)
        counters.credits[vendor, request.operation] += spent
        counters.seconds[vendor, request.operation] += seconds
        counters.outcomes[vendor, outcome] += 1
        for bucket in request.costs:
            counters.buckets[bucket] += 1
        moved = _moved(request, answer)
        counters.bytes[vendor, request.operation] += moved
        remaining = _credits_left(answer)
        if remaining.isdigit():
            counters.credits_remaining[vendor] = int(remaining)
        report = _log.debug if answer is not None and answer.status < CLIENT_ERROR else _log.info
        report(
            "vendor_request",
            vendor=vendor,
            operation=request.operation,
            outcome=outcome,
            ms=round(seconds * 1000),
            cost=sum(request.costs.values()),
            credits=spent,
            remaining=_remaining(answer),
            request_id=answer.request_id if answer is not None else "",
            **({"bytes": moved} if moved else {}),
        )


def _moved(request: Request, answer: Answer | None) -> int:
    """Return how many bytes of media this exchange carried."""
    if request.download is not None:
        return request.download.moved()
    return request.upload.size if request.upload is not None and answer is not None else 0


def _spent(request: Request, answer: Answer | None) -> float:
    """Return the vendor's own credits: by its word where it gives one."""
    told = request.vendor.weight(answer) if answer is not None else None
    return request.credits if told is None else told


def _credits_left(answer: Answer | None) -> str:
    headers = answer.headers if answer is not None else {}
    return next((str(headers[name]) for name in _CREDITS_LEFT if name in headers), "")


def _remaining(answer: Answer | None) -> str | None:
    """Return what the vendor says is left of its allowance."""
    names = ("x-rate-limit-remaining", *_CREDITS_LEFT)
    headers = answer.headers if answer is not None else {}
    return next((str(headers[name]) for name in names if name in headers), None)


def _understood(request: Request, answer: Answer, read: Callable[[Answer], T]) -> T:
    try:
        return read(answer)
    except UnreadableError as error:
        kind: type[SwitchboardError] = InDoubtError if request.write else TransientError
        raise kind(
            f"{request.vendor.code}-500",
            f"{request.vendor.title} answered {request.operation} with something unreadable.",
            detail=answer.describe(str(error)),
        ) from error
