"""Two services on one store, and deliveries that come to either of them."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path

import httpx
import pytest
from tests.acceptance.chat_account import at_rest, faults_of
from tests.acceptance.chat_harness import SLOW, ChatSite
from tests.acceptance.random_visitors import random_visitors

from switchboard.simulators.salesiq.visitors.cast import cast

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]


class Balancer(httpx.AsyncBaseTransport):
    """Sends each delivery to the next service, and to the other one where nobody listens."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._turns = ports, itertools.count()
        self._wire = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
        self.sent = dict.fromkeys(ports, 0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        turn = next(self._turns)
        for offset in range(len(self._ports)):
            port = self._ports[(turn + offset) % len(self._ports)]
            request.url = request.url.copy_with(port=port)
            try:
                answer = await self._wire.handle_async_request(request)
            except httpx.ConnectError:
                continue
            self.sent[port] += 1
            return answer
        raise httpx.ConnectError("Nobody listens.", request=request)


def side_by_side(home: Path, **environment: str) -> None:
    rng = random.Random(77)

    async def run(site: ChatSite, balancer: Balancer) -> list[str]:
        for which in (0, 1):
            site.start(which)
        for which in (0, 1):
            await site.ready(which)
        site.disorder(rng, 12)
        visiting = asyncio.create_task(site.visit([*cast(), *random_visitors(rng, 8)]))
        await asyncio.sleep(1.5)
        site.kill(1)
        site.start(1)
        visits = await visiting
        assert min(balancer.sent.values()) > 0
        return faults_of(site, await at_rest(site), visits)

    with ChatSite(home, seed=43, services=2, **environment) as site:
        balancer = Balancer(site.ports)
        site.simulators.world.salesiq.state.http = httpx.AsyncClient(
            transport=balancer, timeout=None
        )
        site.plan(vendor="zoho_desk", match="^POST ", **SLOW)
        assert asyncio.run(run(site, balancer)) == [], site.said()


def test_two_services_double_nothing(tmp_path: Path) -> None:
    """Whichever of them a visitor's words and their repetition come to."""
    side_by_side(tmp_path / "home")


@pytest.mark.postgresql
def test_two_services_on_postgresql_double_nothing(tmp_path: Path, postgres_url: str) -> None:
    side_by_side(tmp_path / "home", SWITCHBOARD_DATABASE_URL=postgres_url)
