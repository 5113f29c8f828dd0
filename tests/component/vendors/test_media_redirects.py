"""Where a download is sent on to, and what it takes along."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from tests.vendor_stage import ringcentral

from switchboard.errors import OperatorError, RejectedError, TransientError
from switchboard.store.database import Database
from switchboard.vendors.ringcentral.client import RingCentralClient

MEDIA = "https://media.ringcentral.com"
CONTENT = f"{MEDIA}:443/restapi/v1.0/account/1/recording/2/content"
STORAGE = "https://storage.ringcentral.example"
SOUND = b"sound" * 1000


async def download(rc: RingCentralClient) -> bytes:
    found = bytearray()
    await rc.download(CONTENT, found.extend, kind="recording", most_bytes=10**6, timeout=5)
    return bytes(found)


def moving_to(
    target: str, then: Callable[[httpx.Request], httpx.Response], seen: list[httpx.Request]
) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "media.ringcentral.com" and request.url.path.endswith("content"):
            return httpx.Response(302, headers={"Location": target}, content=b"moved")
        return then(request)

    return answer


def streamed(status: int, content: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


def sound(_request: httpx.Request) -> httpx.Response:
    return streamed(200, SOUND, content_type="audio/mpeg")


async def test_a_redirect_on_the_same_host_keeps_the_token(database: Database) -> None:
    """It is the host the token is meant for."""
    seen: list[httpx.Request] = []
    answer = moving_to("/cached/2", sound, seen)
    assert await download(ringcentral(database, answer)) == SOUND
    assert [one.headers.get("authorization") for one in seen] == ["Bearer rc-token"] * 2


async def test_a_redirect_to_a_host_that_is_listed_goes_without_the_token(
    database: Database,
) -> None:
    """The address there carries its own proof; ours is nobody else's business."""
    seen: list[httpx.Request] = []
    answer = moving_to(f"{STORAGE}/2?signature=x", sound, seen)
    listed = ("platform.ringcentral.com", "storage.ringcentral.example")
    rc = ringcentral(database, answer, allowed_api_domains=listed)
    assert await download(rc) == SOUND
    assert [one.url.host for one in seen] == ["media.ringcentral.com", httpx.URL(STORAGE).host]
    assert [one.headers.get("authorization") for one in seen] == ["Bearer rc-token", None]


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/2",
        "http://media.ringcentral.com/2",
        "https://www.zohoapis.com/2",
        f"{MEDIA}.example.org/2",
    ],
)
async def test_a_redirect_to_any_other_host_is_not_followed(
    target: str, database: Database
) -> None:
    """Nor to plain http, nor to the other vendor."""
    seen: list[httpx.Request] = []
    with pytest.raises(OperatorError) as refused:
        await download(ringcentral(database, moving_to(target, sound, seen)))
    assert refused.value.code == "RC-400"
    assert len(seen) == 1


async def test_a_host_that_is_not_listed_is_not_asked_at_all(database: Database) -> None:
    """Whatever a call record says."""
    seen: list[httpx.Request] = []
    rc = ringcentral(database, moving_to("/2", sound, seen))
    with pytest.raises(OperatorError) as refused:
        await rc.download(
            f"{STORAGE}/2", bytearray().extend, kind="recording", most_bytes=9, timeout=5
        )
    assert refused.value.code == "RC-400"
    assert seen == []


async def test_a_range_that_cannot_be_served_any_more_ends_the_call(database: Database) -> None:
    """The sink holds a part of something else, so only a new download can help."""
    answers = iter(
        [
            streamed(200, b"x" * 4000, content_length="9000"),
            httpx.Response(416, json={"errorCode": "CMN-107", "message": "Bad range"}),
        ]
    )
    with pytest.raises(TransientError) as failed:
        await download(ringcentral(database, lambda _request: next(answers)))
    assert failed.value.code == "RC-416"


async def test_a_vendor_that_serves_ranges_in_portions_is_asked_for_the_next(
    database: Database,
) -> None:
    """A 206 may hold less than what was asked for."""

    def portion(request: httpx.Request) -> httpx.Response:
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        end = min(start + 2000, len(SOUND))
        span = f"bytes {start}-{end - 1}/{len(SOUND)}"
        return streamed(206, SOUND[start:end], content_range=span)

    assert await download(ringcentral(database, portion)) == SOUND


async def test_a_refusal_at_the_new_host_is_judged_like_any_other(database: Database) -> None:
    """Expired there is gone here."""
    answer = moving_to("/2", lambda _request: httpx.Response(404), [])
    with pytest.raises(RejectedError) as refused:
        await download(ringcentral(database, answer))
    assert refused.value.code == "RC-404"
