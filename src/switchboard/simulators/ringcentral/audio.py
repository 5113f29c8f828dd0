"""Sound for recordings and voicemails: the same bytes for the same id, of the right length.

Any stretch of it is made when it is asked for, so an hour takes no more memory than a second.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

CHUNK_SIZE = 64 * 1024
_RATE = 8000  # One byte a sample: what telephones have sounded like for sixty years.
# MPEG-2 layer III, 32 kbit/s, 16 kHz, mono.
_FRAME_HEADER = b"\xff\xf3\x48\xc4"
_FRAME_SIZE, _FRAMES_PER_SECOND = 144, 16000 / 576


def content_type(media_id: str) -> str:
    """Half of the accounts' audio is WAV, half MP3; here it depends on the id."""
    return "audio/wav" if int(media_id) // 10 % 2 else "audio/mpeg"


def size(media_id: str, seconds: int) -> int:
    head, pattern, length = _parts(media_id, seconds)
    del pattern
    return len(head) + length


def audio(
    media_id: str, seconds: int, first: int = 0, last: int | None = None, step: int = CHUNK_SIZE
) -> Iterator[bytes]:
    """Yield bytes *first* to *last* of what a player takes for *seconds* of sound."""
    head, pattern, length = _parts(media_id, seconds)
    end = len(head) + length if last is None else last + 1
    # Whole patterns in one block: every chunk is then one slice of it.
    block = pattern * (step // len(pattern) + 2)
    at = first
    while at < end:
        if at < len(head):
            piece = head[at : min(end, len(head))]
        else:
            offset = (at - len(head)) % len(pattern)
            piece = block[offset : offset + min(step, end - at)]
        yield piece
        at += len(piece)


def _parts(media_id: str, seconds: int) -> tuple[bytes, bytes, int]:
    """Return the head, the pattern that is repeated after it, and for how many bytes."""
    if content_type(media_id) == "audio/wav":
        length = seconds * _RATE
        return _wav_head(length), _noise(media_id, _RATE), length
    frame = _FRAME_HEADER + _noise(media_id, _FRAME_SIZE - len(_FRAME_HEADER))
    return b"", frame, _FRAME_SIZE * max(1, round(seconds * _FRAMES_PER_SECOND))


def _wav_head(length: int) -> bytes:
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, _RATE, _RATE, 1, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + length)
        + b"WAVE"
        + form
        + b"data"
        + struct.pack("<I", length)
    )


def _noise(media_id: str, length: int) -> bytes:
    return hashlib.shake_128(media_id.encode()).digest(length)
