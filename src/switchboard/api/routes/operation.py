"""For whoever runs the service: is it alive, can it work, how does it do?"""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client.core import Metric

from switchboard.api.describing import problems
from switchboard.api.metrics import CONTENT_TYPE
from switchboard.api.routes.common import ReadsMetrics, Service
from switchboard.api.schemas import Alive, Check, Readiness
from switchboard.api.service import ApiService
from switchboard.api.strict import StrictRoute
from switchboard.errors import SwitchboardError
from switchboard.store.tables import budget

router = APIRouter(tags=["Operation"], route_class=StrictRoute)

LANE_TOLERANCE_SECONDS = 120.0
_METRICS = {"content": {"text/plain": {"schema": {"type": "string"}}}}


@router.get("/healthz", responses=problems())
async def healthz() -> Alive:
    """Tell that the process answers."""
    return Alive()


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={**problems(), 503: {"model": Readiness, "description": "Not ready, and why."}},
)
async def readyz(service: Service) -> JSONResponse:
    """Tell whether work can be taken: the store, the chats, and the lanes behind them."""
    checks = [await _store(service), _chats(service), _lanes(service)]
    ready = all(check.ok for check in checks)
    answer = Readiness(status="ready" if ready else "not_ready", checks=checks)
    return JSONResponse(answer.model_dump(), 200 if ready else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={**problems(401, 403, 429, 503), 200: _METRICS},
)
async def metrics(service: Service, _key: ReadsMetrics) -> Response:
    """Return what Prometheus reads.

    A key is needed even from this machine: behind a proxy, everybody comes from this machine.
    """

    def stored(conn: sa.Connection) -> list[Metric]:
        return [family for gauges in service.gauges for family in gauges(conn)]

    families = await service.db.run(stored)
    return Response(service.metrics.page(families), media_type=CONTENT_TYPE)


async def _store(service: ApiService) -> Check:
    """Write where a write changes nothing: a full disk or a lost server shows here."""

    def write(conn: sa.Connection) -> None:
        conn.execute(sa.delete(budget).where(budget.c.bucket == "no budget is called so"))

    try:
        await service.db.run(write)
    except SwitchboardError as error:
        return Check(name="store", ok=False, code=error.code, detail="It cannot be written.")
    return Check(name="store", ok=True)


def _chats(service: ApiService) -> Check:
    """Chats that nobody set up do not keep the service from its other work."""
    problem = service.chats_problem()
    if problem is None:
        return Check(name="chats", ok=True)
    off = problem.code == "API-003"
    detail = "Not set up." if off else "They are not led."
    return Check(name="chats", ok=off, code=problem.code, detail=detail)


def _lanes(service: ApiService) -> Check:
    late = service.diary.overdue(LANE_TOLERANCE_SECONDS)
    return Check(name="lanes", ok=not late, detail=", ".join(late))
