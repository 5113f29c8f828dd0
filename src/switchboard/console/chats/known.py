"""What the pages know without being told by the store: workflows, links, and periods of time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from switchboard.console.service import ConsoleService
from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.keyset import Mark

DAY = 86_400.0
PERIODS = (
    ("", "Any time"),
    ("today", "Today"),
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("90", "Last 90 days"),
)


async def workflows_of(service: ConsoleService) -> Mapping[str, Workflow]:
    """Return the workflows in force; where no chats are led, those that ship."""
    if service.chats_problem() is None:
        try:
            return (await service.chats()).library.workflows
        except SwitchboardError:
            pass  # They were closed in between; titles are no reason not to show a page.
    return await asyncio.to_thread(_shipped)


@cache
def _shipped() -> Mapping[str, Workflow]:
    return load_library().workflows


def begin_of(period: str, now: float, zone: str) -> float | None:
    """Return when a period of the filters began; None: always."""
    if period == "today":
        local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    return now - int(period) * DAY if period in dict(PERIODS) and period else None


def chat_path(conversation_id: str) -> str:
    return f"/conversations/{quote(conversation_id, safe='')}"


def ticket_path(reference: str) -> str:
    return f"/tickets/{quote(reference, safe='')}"


def person_path(email: str | None, phone: str | None) -> str:
    """Return where everything of a person is shown; blank where nobody can be found."""
    known = phone or email
    return f"/people/{quote(known, safe='')}" if known else ""


def web_link(address: str | None) -> str:
    """Return an address that may become a link; blank for anything but a page of the web."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.hostname else ""


def page_path(
    path: str, chosen: Mapping[str, str], *, before: Mark | None = None, after: Mark | None = None
) -> str:
    """Return the address of a neighbouring page of a list; blank where there is none."""
    if before is None and after is None:
        return ""
    kept = {name: value for name, value in chosen.items() if value}
    kept |= {"before": str(before)} if before else {"after": str(after)}
    return f"{path}?{urlencode(kept)}"


def topics(workflows: Mapping[str, Workflow]) -> list[tuple[str, str]]:
    """Return the topics to choose from, by title."""
    return sorted(((name, each.title) for name, each in workflows.items()), key=lambda one: one[1])


def region_of(service: ConsoleService) -> str:
    """Return the country that numbers written without one belong to."""
    try:
        configuration = service.configuration()
    except SwitchboardError:
        return "US"
    office = next(iter(configuration.offices), None)
    return office.region if office else configuration.settings.company.region
