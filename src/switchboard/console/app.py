"""The console as an application of its own, to be mounted at /console of the service."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import jinja2
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard.console import pages, rendering
from switchboard.console.attention.looking import Badge
from switchboard.console.credentials.asking import Asking
from switchboard.console.dashboard.overview import Dashboard
from switchboard.console.guard import guard
from switchboard.console.headers import HEADERS
from switchboard.console.links import MOUNTED_AT
from switchboard.console.problems import NeedSignInError
from switchboard.console.processing.live import LiveRuns
from switchboard.console.routes import (
    account,
    attention,
    audit,
    call,
    call_media,
    calls,
    configuration,
    conversations,
    credentials,
    dashboard,
    documents,
    email,
    extensions,
    first_page,
    insights,
    keys,
    mail_texts,
    mappings,
    offices,
    owners,
    people,
    processing,
    reports,
    saving,
    schedule,
    set_aside,
    settings,
    setup,
    sign_in,
    team,
    tickets,
    unsure,
    wording,
    workflow_editor,
    workflow_examples,
    workflows,
)
from switchboard.console.service import ConsoleService
from switchboard.console.vendor_facts import VendorFacts
from switchboard.errors import SwitchboardError

_SMALLEST = 500
_ROUTERS = (
    first_page.router,
    sign_in.router,
    setup.router,
    account.router,
    team.router,
    dashboard.router,
    processing.router,
    workflows.router,
    workflow_editor.router,
    workflow_examples.router,
    wording.router,
    mail_texts.router,
    unsure.router,
    keys.router,
    calls.router,
    call_media.router,
    call.router,
    conversations.router,
    tickets.router,
    reports.router,
    insights.router,
    attention.router,
    set_aside.router,
    configuration.router,
    saving.router,
    owners.router,
    mappings.router,
    audit.router,
    offices.router,
    extensions.router,
    schedule.router,
    people.router,
    email.router,
    credentials.router,
    settings.router,
    documents.router,
)


def create_console(
    service: ConsoleService,
    *,
    routers: Iterable[APIRouter] = (),
    templates: Iterable[jinja2.BaseLoader] = (),
) -> FastAPI:
    """Return the console; *routers* and *templates* add pages to its own.

    Every route of every router passes the guard against other sites' forms. Who may see it is said
    by the route itself: `visit: Viewer`, `Operator` or `Administrator`.
    """
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(guard)],
        exception_handlers={
            NeedSignInError: pages.ask_to_sign_in,
            SwitchboardError: pages.ours,
            RequestValidationError: pages.invalid,
            HTTPException: pages.frameworks,
            Exception: pages.unexpected,
        },
    )
    app.state.console = service
    app.state.vendor_facts = VendorFacts(service.clock)
    app.state.attention = Badge()
    app.state.credentials = Asking()
    app.state.dashboard = Dashboard()
    app.state.live_runs = LiveRuns(service.db, service.stopping, service.zone)
    app.state.templates = rendering.environment(*templates)
    app.mount("/static", _Versioned(directory=rendering.STATIC), name="static")
    app.router.routes.extend(_own_pages())
    for router in routers:
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST)
    app.add_middleware(SafeHeaders)
    return app


@cache
def _own_pages() -> tuple[BaseRoute, ...]:
    """Return the routes of every page of ours: what each needs is worked out once a process."""
    pages_of_ours = FastAPI(openapi_url=None, dependencies=[Depends(guard)])
    for router in _ROUTERS:
        pages_of_ours.include_router(router)
    return tuple(pages_of_ours.router.routes)


def mount(app: FastAPI, console: FastAPI) -> None:
    """Put the console where its links lead, in an application of the service."""
    app.mount(MOUNTED_AT, console, name="console")
    app.add_api_route(MOUNTED_AT, _with_slash, include_in_schema=False)
    app.add_api_route("/", _from_the_address_alone, include_in_schema=False)


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(_home(request), 308)


async def _from_the_address_alone(request: Request) -> Response:
    """Lead whoever typed no more than the service's address to what people look at there."""
    return RedirectResponse(_home(request), 307)


def _home(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}{MOUNTED_AT}/"


class SafeHeaders:
    """Set what a page does not set itself, such as a report in its sandbox."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, safely)


class _Versioned(StaticFiles):
    """Files whose address changes with their content: kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept: dict[str, Any] = {"Cache-Control": "public, max-age=31536000, immutable"}
        response.headers.update(kept)
        return response
