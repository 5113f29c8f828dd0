"""Compare this machine's clock with the vendors': tokens, windows and markers depend on it."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Iterator, Mapping

import httpx

from switchboard.config.load import Configuration
from switchboard.doctor.results import Check, error, info, ok, warning
from switchboard.vendors.exchange import build_http

GROUP = "Network"
MOST_SKEW_SECONDS = 60.0


async def clocks(configuration: Configuration) -> list[Check]:
    """Ask each server for its headers alone: no token travels, nothing is counted against us."""
    vendors = configuration.settings.vendors
    addresses = {"Zoho": ("ZOHO-000", vendors.zoho_accounts_url)}
    if configuration.calls:
        addresses["RingCentral"] = ("RC-000", vendors.ringcentral_base_url)
    async with build_http(vendors) as http:
        found = await asyncio.gather(*(_ask(http, url) for _, url in addresses.values()))
    checks, skews = [], {}
    for (name, (code, url)), answer in zip(addresses.items(), found, strict=True):
        if isinstance(answer, str):
            checks.append(error(GROUP, f"Reaching {name}", code, f"No answer from {url}: {answer}"))
        else:
            skews[name] = answer
    return [*checks, *judge_clock(skews)]


def judge_clock(skews: Mapping[str, float | None]) -> Iterator[Check]:
    """*skews*: how many seconds this clock is ahead of each vendor's; None where none was named."""
    told = {name: skew for name, skew in skews.items() if skew is not None}
    if not told:
        if skews:
            yield info(GROUP, "Clock", "No answer told the time.")
        return
    name, skew = max(told.items(), key=lambda pair: abs(pair[1]))
    if abs(skew) > MOST_SKEW_SECONDS:
        way = "ahead of" if skew > 0 else "behind"
        message = f"This machine's clock is {abs(skew):.0f} seconds {way} that of {name}."
        yield warning(GROUP, "Clock", "DOC-004", message)
    else:
        yield ok(GROUP, "Clock", "It agrees with the vendors' to the minute.")


async def _ask(http: httpx.AsyncClient, url: str) -> float | str | None:
    before = time.time()
    try:
        answer = await http.head(url)
    except httpx.HTTPError as problem:
        return f"{type(problem).__name__}"
    return skew_of(answer.headers.get("date", ""), (before + time.time()) / 2)


def skew_of(date: str, now: float) -> float | None:
    """Return how far *now* is ahead of a Date header, which is cut to whole seconds."""
    try:
        told = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    return now - (told.timestamp() + 0.5)
