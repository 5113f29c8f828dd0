"""The configuration at a glance: its parts, and what is wrong with them."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from switchboard.console import saving
from switchboard.console.configuration.cards import cards, page_of
from switchboard.console.configuration.standing import standing
from switchboard.console.credentials.state import look
from switchboard.console.visit import Viewer
from switchboard.flows.configuration_check import check_all

router = APIRouter()


@router.get("/configuration")
async def index(visit: Viewer) -> Response:
    root = visit.service.configuration().root
    await saving.settled(visit)
    configuration, findings = await asyncio.to_thread(check_all, root)
    errors = [each for each in findings if each.severity == "error"]
    in_force = visit.service.configuration()
    held = await asyncio.to_thread(look, in_force)
    known = await visit.read(lambda conn: standing(conn, in_force, held, visit.now()))
    return await visit.page(
        "configuration/index.html",
        cards=cards(configuration, visit.account, known),
        errors=[(each, page_of(each)) for each in errors],
        warnings=[(each, page_of(each)) for each in findings if each.severity != "error"],
        titles=saving.titles(visit, list(findings)),
        directory=str(root),
    )
