"""What an error becomes for a person: a page with the code, what happened and what helps."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from switchboard.console.headers import HEADERS
from switchboard.console.problems import NeedSignInError, console_status
from switchboard.console.visit import visitor
from switchboard.error_reference import about
from switchboard.errors import RejectedError, SwitchboardError

log = structlog.get_logger(__name__)
_FRAMEWORKS = {
    403: ("CON-403", "This is not yours to do."),
    404: ("CON-404", "There is no such page."),
    405: ("CON-405", "This address is for a form, not for a visit."),
}
_DEFECT = "SB-000"


async def ask_to_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, NeedSignInError)  # noqa: S101 - registered for nothing else.
    root = str(request.scope.get("root_path", ""))
    wanted = error.wanted.removeprefix(root)
    query = f"?to={quote(wanted)}" if wanted not in {"", "/"} else ""
    if error.notice:
        query = "?again=1"
    return RedirectResponse(f"{root}/sign-in{query}", 303)


async def ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, SwitchboardError)  # noqa: S101
    status = console_status(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        said = {"code": error.code, "error": error.message, "detail": error.detail}
        log.warning("page_not_shown", **said)
    return await _page(request, status, error.code, error.message)


async def invalid(request: Request, error: Exception) -> Response:
    del error  # What was sent is not repeated.
    refused = RejectedError("CON-422", "The form lacks something, or holds what it cannot hold.")
    return await ours(request, refused)


async def frameworks(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    code, said = _FRAMEWORKS.get(error.status_code, ("CON-422", error.detail))
    return await _page(request, error.status_code, code, said)


async def unexpected(request: Request, error: Exception) -> Response:
    del error  # Raised again behind us, and logged there.
    said = "Something went wrong that should not have; it is in our log."
    answer = await _page(request, 500, _DEFECT, said)
    answer.headers.update(HEADERS)  # Starlette gives this answer outside of all layers of ours.
    return answer


async def _page(request: Request, status: int, code: str, said: str) -> Response:
    visit = await visitor(request)
    known = about(code)
    return await visit.page(
        "error.html",
        status,
        code=code,
        said=said,
        meaning=known.meaning if known else "",
        you=known.you if known else "",
        request_id=str(getattr(request.state, "request_id", "")),
    )
