"""A recording of an hour and a half goes through without ever being in memory."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from pathlib import Path

import pytest
from tests.vendor_stage import CIPHER, RC_CREDENTIALS, ZOHO_CREDENTIALS, settings

from switchboard.spool import Spool
from switchboard.store.database import Database
from switchboard.vendors.exchange import build_http
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_crm.client import ZohoCrmClient

CHUNK, CHUNKS = bytes(range(256)) * 256, 1318  # 86 MB of WAV.
MOST_MEMORY = 4 * 1024 * 1024
CREATED = {"data": [{"status": "success", "code": "SUCCESS", "details": {"id": "1"}}]}


class Vendor:
    """Both vendors at once, with no memory of their own: bodies are made, or counted."""

    def __init__(self) -> None:
        self.url, self.received = "", 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        left = length
        while left:
            left -= len(await reader.read(min(left, 65_536)))
        if head.startswith("get /media"):
            await self._stream(writer)
        else:
            self.received += length if "/attachments" in head.partition("\r\n")[0] else 0
            token = {"access_token": "t", "expires_in": 3600, "api_domain": self.url}
            body = json.dumps(CREATED if "/attachments" in head else token).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: audio/wav\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % (len(CHUNK) * CHUNKS))
        for _ in range(CHUNKS):
            writer.write(CHUNK)
            await writer.drain()


@pytest.mark.slow
async def test_a_long_recording_passes_through_in_little_memory(
    database: Database, tmp_path: Path
) -> None:
    """Down, through the encrypted file, and up: 86 MB each way."""
    vendor = Vendor()
    server = await asyncio.start_server(vendor, "127.0.0.1", 0)
    vendor.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    addresses = {
        "ringcentral_base_url": vendor.url,
        "ringcentral_media_url": f"{vendor.url}/media",
        "zoho_accounts_url": vendor.url,
    }
    async with server, build_http(settings(**addresses)) as http:
        transport = Transport(http, database, settings(**addresses), cipher=CIPHER)
        rc = RingCentralClient(transport, RC_CREDENTIALS)
        crm = ZohoCrmClient(transport, ZOHO_CREDENTIALS)
        tracemalloc.start()
        try:
            async with Spool(tmp_path).file("long") as item:
                info = await rc.download(
                    f"{vendor.url}/media/1",
                    item.write,
                    kind="recording",
                    most_bytes=10**9,
                    timeout=120,
                )
                item.finish()
                with item.reader() as reader:
                    result = await crm.upload_attachment(
                        "Leads",
                        "1",
                        reader,
                        name="long.wav",
                        content_type=info.content_type,
                        size=info.size,
                        timeout=120,
                    )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert result.ok
    assert info.size == len(CHUNK) * CHUNKS
    assert info.size < vendor.received < info.size + 1000
    assert peak < MOST_MEMORY
