"""Tell devices apart in words their owner recognises, keeping no more than that. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from fastapi import Request

from switchboard.api.keys import address_of, neighbourhood

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from."""

    address: str  # masked
    agent: str
    neighbourhood: str  # What attempts are counted by.


def device_of(request: Request) -> Device:
    address = address_of(request)
    agent = agent_in_words(request.headers.get("user-agent", ""))
    return Device(masked(address), agent, neighbourhood(address))


def agent_in_words(header: str) -> str:
    """Return such as "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in header), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    return f"{browser} on {system}" if system else browser


def masked(address: str) -> str:
    """Return an address without its last part: enough to recognise home and office."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.is_loopback:
        return "this machine"
    if isinstance(found, ipaddress.IPv4Address):
        return f"{address.rpartition('.')[0]}.x"
    return f"{found.exploded[:14]}::x"
