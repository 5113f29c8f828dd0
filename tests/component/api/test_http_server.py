"""Listening: the real port, a taken one, and an end in good order."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from switchboard.api.server import HttpServer
from switchboard.config.settings import ServerSettings
from switchboard.console.app import mount
from switchboard.errors import OperatorError

ANY = ServerSettings(port=0)


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await asyncio.sleep(0.2)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """API-001, with the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=f"Port {port} of 127.0.0.1") as refused:
            HttpServer(ServerSettings(port=port), tmp_path)
    assert refused.value.code == "API-001"


def test_an_address_of_no_machine_is_refused_alike(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as refused:
        HttpServer(ServerSettings(host="203.0.113.77", port=0), tmp_path)
    assert refused.value.code == "API-001"


def test_a_certificate_that_is_none_is_refused_before_listening(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate", "utf-8")
    with pytest.raises(OperatorError, match=r"cert\.pem") as refused:
        HttpServer(ServerSettings(port=0, tls_certificate="cert.pem"), tmp_path)
    assert refused.value.code == "API-002"


async def whence(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    body = f"{scope['scheme']} {scope['client'][0]}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"public_url": "https://desk.example.com"}, "https 203.0.113.9"),
        ({"behind_proxy": True}, "https 203.0.113.9"),
        ({}, "http 127.0.0.1"),
    ],
)
async def test_who_asks_by_way_of_a_proxy_here_is_known_apart(
    tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    """Else one person's wrong passwords would make everybody wait; without a proxy it is a lie."""
    server = HttpServer(ServerSettings(port=0, **settings), tmp_path)
    running = asyncio.create_task(server.serve(whence))
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient() as client:
        assert (await client.get(server.address, headers=forwarded)).text == told
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_links_begin_with_what_a_proxy_takes_off_the_address(tmp_path: Path) -> None:
    """A console at https://desk.example.com/bot/console leads to pages and styles below /bot."""
    service = FastAPI()
    mount(service, FastAPI())
    settings = ServerSettings(port=0, public_url="https://desk.example.com/bot/")
    server = HttpServer(settings, tmp_path)
    running = asyncio.create_task(server.serve(service))
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{server.address}/console")
    assert (answer.status_code, answer.headers["location"]) == (308, "/bot/console/")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_port_0_says_where_it_has_led(tmp_path: Path) -> None:
    """And a request under way is answered before the end."""
    server = HttpServer(ANY, tmp_path)
    assert server.address == f"http://127.0.0.1:{server.port}"
    running = asyncio.create_task(server.serve(slow))
    async with httpx.AsyncClient() as client:
        asked = asyncio.create_task(client.get(server.address))
        await asyncio.sleep(0.1)
        running.cancel()
        assert (await asked).text == "done"
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), 1)
