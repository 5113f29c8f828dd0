"""Pages behind the links of mails: approve a request, say how it was.

The token in the address is the secret, known to the mail's reader alone, and a form posts to the
address it was read from. So there is no cookie whose rights another site could borrow, and no
second token against that is needed. Reading a page changes nothing: mail scanners follow links.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from switchboard.api.describing import problems
from switchboard.api.problems import RequestError
from switchboard.api.routes.common import Tools
from switchboard.api.strict import StrictRoute
from switchboard.flows.chat_to_ticket import approving, feedback
from switchboard.flows.chat_to_ticket.pages import CSP, render

router = APIRouter(tags=["People"], route_class=StrictRoute, default_response_class=HTMLResponse)

MOST_FIELDS = 10
_HEADERS = {"Content-Security-Policy": CSP}
_PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}
_GONE = {**_PAGE, "description": "The link is not valid, or its time is over."}
_RESPONSES = {**problems(408, 413, 422, 503), 404: _GONE}
Token = Annotated[str, Path(min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9._=-]+$")]
Choice = Annotated[str, Query(max_length=20, description="What the link offers first.")]


def _form(**properties: object) -> dict[str, object]:
    schema = {"type": "object", "properties": properties}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


_TEXT = {"type": "string"}
_DECISION = {"type": "string", "enum": ["approved", "declined"]}
_SCORE = {"type": "integer", "minimum": 1, "maximum": 5}


@router.get("/approve/{token}", responses=_RESPONSES)
async def show_question(token: Token, tools: Tools, choice: Choice = "") -> HTMLResponse:
    """Show what is to be approved."""
    question = await approving.look(tools, token)
    page = render("approve", question, choice=choice)
    return _page(page, known=question.standing != "unknown")


@router.post(
    "/approve/{token}", responses=_RESPONSES, openapi_extra=_form(decision=_DECISION, reason=_TEXT)
)
async def decide(token: Token, request: Request, tools: Tools) -> HTMLResponse:
    """Approve or decline."""
    fields = await read_form(request)
    answered = await approving.decide(
        tools, token, _decision(fields.get("decision", "")), fields.get("reason", "")
    )
    return _page(render("outcome", answered), known=answered.verdict != "unknown")


@router.get("/feedback/{token}", responses=_RESPONSES)
async def show_feedback(token: Token, tools: Tools, score: Choice = "") -> HTMLResponse:
    """Show the question how it was."""
    page = await feedback.look(tools, token)
    return _page(render("feedback", page, choice=score), known=page.standing != "unknown")


@router.post(
    "/feedback/{token}", responses=_RESPONSES, openapi_extra=_form(score=_SCORE, text=_TEXT)
)
async def give_feedback(token: Token, request: Request, tools: Tools) -> HTMLResponse:
    """Say how it was."""
    fields = await read_form(request)
    score = fields.get("score", "")
    number = int(score) if score.isascii() and score.isdigit() and len(score) == 1 else 0
    given = await feedback.give(tools, token, number, fields.get("text", ""))
    return _page(render("outcome", given), known=given.verdict != "unknown")


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a plain form; RequestError API-422 for what is none."""
    raw = await request.body()
    try:
        fields = parse_qs(raw.decode("utf-8"), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise RequestError(422, "The form cannot be read.") from None
    found = {name: values[-1] for name, values in fields.items()}
    if any("\x00" in value for value in found.values()):
        raise RequestError(422, "The form holds a NUL character.")
    return found


def _decision(given: str) -> Literal["approved", "declined"]:
    if given == "approved":
        return "approved"
    if given == "declined":
        return "declined"
    raise RequestError(422, "Choose one of the two buttons: approve, or decline.")


def _page(html: str, *, known: bool) -> HTMLResponse:
    return HTMLResponse(html, HTTPStatus.OK if known else HTTPStatus.NOT_FOUND, _HEADERS)
