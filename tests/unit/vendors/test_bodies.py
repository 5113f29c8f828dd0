"""A download across several answers: what is asked for, taken, skipped and refused."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.errors import RejectedError, TransientError
from switchboard.vendors.bodies import Download

WHOLE = bytes(range(256)) * 40


def a_download(sink: bytearray, most_bytes: int = 10**6) -> Download:
    return Download(sink.extend, most_bytes=most_bytes, seconds=60, code="RC", title="RingCentral")


def head(**fields: str) -> Mapping[str, str]:
    return httpx.Headers({name.replace("_", "-"): value for name, value in fields.items()})


def answer(download: Download, *, honours_range: bool, after: int) -> None:
    """Answer as a vendor would, but break off after so many bytes."""
    wanted = download.headers().get("Range")
    start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and honours_range else 0
    body, last = WHOLE[start:], len(WHOLE) - 1
    fields = {"content_type": "audio/mpeg", "content_length": str(len(body))}
    if start:
        fields["content_range"] = f"bytes {start}-{last}/{len(WHOLE)}"
    assert download.begin(206 if start else 200, head(**fields))
    for at in range(0, min(after, len(body)), 1000):
        assert download.take(body[at : min(at + 1000, after)])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, len(WHOLE))), max_size=8))
def test_every_byte_arrives_once_and_in_order(breaks: list[tuple[bool, int]]) -> None:
    """Wherever the connection breaks, and whether the vendor honours ranges or not."""
    sink = bytearray()
    download = a_download(sink)
    for honours, after in breaks:
        answer(download, honours_range=honours, after=after)
        assert WHOLE.startswith(sink)
    answer(download, honours_range=True, after=len(WHOLE))
    assert bytes(sink) == WHOLE
    assert download.complete
    download.check()


def test_a_file_that_changed_between_two_answers_is_not_patched_together() -> None:
    """Another length or another tag is another file."""
    for first, second in (
        ({"content_length": "9000"}, {"content_range": "bytes 4000-9999/10000"}),
        (
            {"content_length": "9000", "etag": '"one"'},
            {"content_range": "bytes 4000-8999/9000", "etag": '"two"'},
        ),
        ({"content_length": "9000"}, {"content_range": "bytes 3000-8999/9000"}),
        ({"content_length": "9000"}, {"content_range": "nonsense"}),
        ({"content_length": "9000"}, {}),
    ):
        sink = bytearray()
        download = a_download(sink)
        assert download.begin(200, head(**first))
        assert download.take(bytes(4000))
        assert not download.begin(206, head(**second))
        with pytest.raises(TransientError) as changed:
            download.check()
        assert changed.value.code == "RC-416"
        assert download.is_over(changed.value, 4)
        assert len(sink) == 4000


def test_the_tag_of_the_first_answer_guards_the_second_request() -> None:
    """A weak tag promises nothing about bytes."""
    for tag, wanted in (('"v1"', '"v1"'), ('W/"v1"', None)):
        download = a_download(bytearray())
        assert download.begin(200, head(content_length="9000", etag=tag))
        assert "Range" not in download.headers()
        assert download.take(b"x")
        assert download.headers()["Range"] == "bytes=1-"
        assert download.headers().get("If-Range") == wanted


@pytest.mark.parametrize("announced", [True, False])
def test_more_than_the_limit_is_refused(announced: bool) -> None:
    """Before the first byte if the vendor tells the length, else when the limit is reached."""
    sink = bytearray()
    download = a_download(sink, most_bytes=1000)
    wanted = download.begin(200, head(content_length="1001") if announced else head())
    assert wanted is not announced
    if wanted:
        assert download.take(bytes(1000))
        assert not download.take(b"x")
    with pytest.raises(RejectedError) as refused:
        download.check()
    assert refused.value.code == "RC-413"
    assert len(sink) == (0 if announced else 1000)


def test_refusals_are_left_to_the_vendors_table() -> None:
    """Their bodies are no audio."""
    assert not a_download(bytearray()).begin(404, head(content_length="90"))


def test_a_body_that_is_encoded_against_our_wish_is_not_taken() -> None:
    """Its positions would not be the file's."""
    with pytest.raises(httpx.DecodingError):
        a_download(bytearray()).begin(200, head(content_encoding="gzip"))


def test_type_and_charset_are_the_answers_words() -> None:
    """Types are compared in lower case, without parameters."""
    download = a_download(bytearray())
    download.begin(200, head(content_type='Text/Plain; charset="ISO-8859-1"'))
    assert (download.content_type, download.charset) == ("text/plain", "ISO-8859-1")


def test_only_exchanges_that_bring_nothing_count_as_attempts() -> None:
    """But there is an end to everything."""
    drop = TransientError("RC-000", "No answer.")
    download = a_download(bytearray())
    download.begin(200, head())
    for _ in range(10):
        download.take(b"x")
        assert not download.is_over(drop, 3)
    assert not download.is_over(drop, 3)
    assert download.is_over(drop, 3)
    download = a_download(bytearray())
    download.begin(200, head())
    verdicts = [download.take(b"x") and download.is_over(drop, 3) for _ in range(25)]
    assert verdicts == [False] * 24 + [True]
