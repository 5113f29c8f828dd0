"""The application: routes, what holds for all of them, and what errors become."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from switchboard.api import describing
from switchboard.api.keys import Doorkeeper
from switchboard.api.middleware import Gatehouse
from switchboard.api.problems import RequestError, problem_of, problem_of_status, wrong_of
from switchboard.api.routes import chats, desk, documents, operation, people, tickets
from switchboard.api.service import ApiService
from switchboard.errors import SwitchboardError

log = structlog.get_logger(__name__)

KILOBYTE = 1024


def create_app(service: ApiService) -> FastAPI:
    """Return the application of a running service."""
    app = FastAPI(
        title=describing.TITLE,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            SwitchboardError: _ours,
            RequestValidationError: _invalid,
            HTTPException: _frameworks,
        },
    )
    app.state.service = service
    app.state.doorkeeper = Doorkeeper(service.db)
    for part in (chats, tickets, desk, people, operation, documents):
        app.include_router(part.router)
    app.add_middleware(
        Gatehouse,
        metrics=service.metrics,
        most_bytes=lambda: service.server().max_body_kilobytes * KILOBYTE,
        https=service.https,
    )
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(describing.document(app))
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way.
    return app


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SwitchboardError)  # noqa: S101 - registered for nothing else.
    answer = problem_of(error, request_id(request))
    if answer.status_code >= 500:  # noqa: PLR2004
        said = {"code": error.code, "error": error.message, "detail": error.detail}
        log.warning("request_not_carried_out", **said)
    return answer


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    wrong = wrong_of(error.errors())
    refused = RequestError(422, "The request cannot be used as it is.", wrong=wrong)
    return problem_of(refused, request_id(request))


async def _frameworks(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    if isinstance(error.__cause__, SwitchboardError):
        return await _ours(request, error.__cause__)
    return problem_of_status(error.status_code, request_id(request), error.headers)


def request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
