"""What RingCentral wrote down of a voicemail."""

from __future__ import annotations

import httpx
import pytest
from tests.vendor_stage import ringcentral

from switchboard.errors import RejectedError
from switchboard.store.database import Database

TEXT = "https://media.ringcentral.com/restapi/v1.0/account/1/extension/2/message-store/3/content/4"


def texts(content: bytes, kind: str) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": kind}, stream=httpx.ByteStream(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("¿Qué tal?\n".encode(), "text/plain"),
        (b"\xef\xbb\xbf" + "¿Qué tal?".encode(), "text/plain;charset=UTF-8"),
        ("¿Qué tal?".encode("latin-1"), 'text/plain; charset="ISO-8859-1"'),
        ("¿Qué tal?".encode(), "text/plain; charset=no-such-thing"),
    ],
)
async def test_a_transcript_is_read_in_its_own_alphabet(
    content: bytes, kind: str, database: Database
) -> None:
    """Which one the answer says; without a word, UTF-8."""
    rc = ringcentral(database, lambda _request: texts(content, kind))
    assert await rc.read_text(TEXT) == "¿Qué tal?"


async def test_broken_letters_do_not_lose_the_rest(database: Database) -> None:
    """A person still understands it."""
    rc = ringcentral(database, lambda _request: texts(b"call \xff back", "text/plain"))
    assert await rc.read_text(TEXT) == "call \N{REPLACEMENT CHARACTER} back"


async def test_something_that_cannot_be_a_transcript_is_not_read(database: Database) -> None:
    """A megabyte of text would be hours of speech."""
    rc = ringcentral(database, lambda _request: texts(b"x" * 1_100_000, "text/plain"))
    with pytest.raises(RejectedError) as refused:
        await rc.read_text(TEXT)
    assert refused.value.code == "RC-413"
