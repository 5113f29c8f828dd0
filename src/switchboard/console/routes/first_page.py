"""Where people begin: the first page they may see."""

from __future__ import annotations

from fastapi import APIRouter, Response

from switchboard.console import navigation
from switchboard.console.visit import Viewer

router = APIRouter()


@router.get("/")
async def first_page(visit: Viewer) -> Response:
    return await visit.go(navigation.entries_for(visit.account)[0].path)
