"""Keep chats open while the service runs: opened once, and anew whenever documents change.

What is in force stays in force until its successor stands, and some time beyond, for the
requests that began with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from switchboard.bootstrap import ChatSession, open_chats
from switchboard.config.load import Configuration
from switchboard.errors import OperatorError, SwitchboardError, TransientError
from switchboard.flows.chat_to_ticket.detector.second_opinion import nobody
from switchboard.flows.chat_to_ticket.models import Classify, Learning
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.jobs.at_work import registered
from switchboard.store.database import Database

if TYPE_CHECKING:
    from switchboard.flows.chat_to_ticket.detector.detector import Detector

log = structlog.get_logger(__name__)

LINGER_SECONDS = 30.0  # A request lasts at most some seconds.
TRY_AGAIN_SECONDS = 60.0  # Credentials may be set at any time, and no document tells of it.

Current = Callable[[], Configuration]


class Chats:
    """The chat half of a service; `tools` are those of the newest sound configuration."""

    def __init__(
        self,
        current: Current,
        db: Database,
        *,
        wake: Callable[[Lane], None],
        timed: Callable[[Classify], Classify] = lambda classify: classify,
        advised: Callable[[str], None] = nobody,
        public_url: str = "",
    ) -> None:
        self._current, self._db, self._wake, self._timed = current, db, wake, timed
        self._advised = advised  # Counts what came of second opinions.
        self._public_url = public_url  # Where port 0 has led to.
        self._session: ChatSession | None = None
        self._problem: SwitchboardError | None = starting()
        self._known = asyncio.Event()  # Whether chats are led or not: set once that is known.
        self._changed = asyncio.Event()
        self._detector: Detector | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def session(self) -> ChatSession | None:
        return self._session

    @property
    def problem(self) -> SwitchboardError | None:
        """Why no chats are led, None when they are."""
        return None if self._session else self._problem

    def workflows(self) -> Mapping[str, Workflow]:
        """Return the workflows in force; none where no chats are led."""
        return self._session.tools.library.workflows if self._session else {}

    def learning(self) -> Learning | None:
        """Tell how far the detector is with the examples on the disk; None: no chats are led."""
        if not self.wanted():
            return None
        return self._detector.learning() if self._detector else "learning"

    def tools_now(self) -> ChatTools:
        if self._session is None:
            raise self._problem or starting()
        return self._session.tools

    async def tools(self, *, patience: float) -> ChatTools:
        """Return the tools; wait a little for a service that is starting."""
        try:
            async with asyncio.timeout(patience):
                await self._known.wait()
        except TimeoutError:
            raise starting() from None
        return self.tools_now()

    def changed(self) -> None:
        """Say that the documents are others now."""
        self._changed.set()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep chats open in the background; all is closed at the end."""
        self._keeper = asyncio.create_task(self._keep(), name="chats")
        try:
            yield
        finally:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[ChatTools]:
        """Lend the tools to a lane; where nobody keeps them open they are opened for the while."""
        if self._keeper is None:
            async with self._open() as session:
                yield session.tools
            return
        await self._known.wait()
        yield self.tools_now()

    def wanted(self) -> bool:
        return wanted(self._current())

    async def _keep(self) -> None:
        async with asyncio.TaskGroup() as group:
            in_force = asyncio.Event()  # Set: the session that is in force may go.
            while True:
                self._changed.clear()
                took = False
                if not self.wanted():
                    self._session, self._problem = None, not_set_up()
                    in_force.set()
                    self._known.set()
                else:
                    superseded = asyncio.Event()
                    opened: asyncio.Future[ChatSession] = asyncio.get_running_loop().create_future()
                    group.create_task(self._hold(opened, superseded))
                    took = await self._take(opened)
                    if took:
                        in_force.set()
                        in_force = superseded
                await self._next_change(wait_long=took)

    async def _next_change(self, *, wait_long: bool) -> None:
        try:
            async with asyncio.timeout(None if wait_long else TRY_AGAIN_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _take(self, opened: asyncio.Future[ChatSession]) -> bool:
        try:
            session = await opened
        except SwitchboardError as error:
            if self._session is None and not _same(error, self._problem):
                log.warning("chats_not_open", code=error.code, error=error.message)
            self._problem = error
            return False
        else:
            self._session = session
            return True
        finally:
            self._known.set()

    async def _hold(self, opened: asyncio.Future[ChatSession], superseded: asyncio.Event) -> None:
        """Hold one session open; what goes wrong while opening it is the future's."""
        try:
            async with self._open() as session:
                opened.set_result(session)
                await superseded.wait()
                await asyncio.sleep(LINGER_SECONDS)
        except Exception as error:
            if opened.done():  # It did its work; only closing it has failed.
                log.exception("chats_not_closed", error=type(error).__name__)
            elif isinstance(error, SwitchboardError):
                opened.set_exception(error)
            else:
                log.exception("chats_not_open", code="SB-000", error=type(error).__name__)
                opened.set_exception(SwitchboardError("SB-000", type(error).__name__))

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[ChatSession]:
        configuration = self._current()
        detector = await asyncio.to_thread(self._learned, configuration.root)
        async with open_chats(
            configuration, self._db, wake=self._wake, detector=detector
        ) as session:
            tools = replace(session.tools, classify=self._timed(session.tools.classify))
            if tools.adviser is not None:
                tools = replace(tools, adviser=replace(tools.adviser, tell=self._advised))
            if self._public_url and not configuration.settings.server.public_url:
                tools = replace(tools, public_url=self._public_url)
            lease = configuration.settings.journal.lease_seconds
            async with registered(self._db, tools.worker, lease):
                yield replace(session, tools=tools)

    def _learned(self, root: Path) -> Detector:
        """Return the detector, up to date: seconds of computing, so never on the event loop."""
        # Its arithmetic takes a while to load, and who has calls alone never needs it.
        from switchboard.flows.chat_to_ticket.detector.detector import Detector  # noqa: PLC0415

        if self._detector is None:
            self._detector = Detector(root)
        else:
            self._detector.reload()
        return self._detector


def wanted(configuration: Configuration) -> bool:
    """Tell whether chats are to be led."""
    return configuration.chats


def not_set_up() -> OperatorError:
    return OperatorError("API-003", "Chats and tickets are not set up here.")


def starting() -> TransientError:
    return TransientError(
        "API-004", "The service is starting; ask again in a moment.", retry_after=5
    )


def _same(one: SwitchboardError, other: SwitchboardError | None) -> bool:
    return other is not None and one.code == other.code
