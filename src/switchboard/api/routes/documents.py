"""The API described, for people and for programs; there is nothing secret about its form."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from switchboard.api.reading_page import CSP, reading_page

router = APIRouter()


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    page = reading_page(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": CSP})
