"""Sound for recordings and voicemails: the same bytes for the same id, of the right length."""

from __future__ import annotations

import hashlib
import struct

_RATE = 8000  # One byte a sample: what telephones have sounded like for sixty years.
_FRAME_HEADER = b"\xff\xfb\x90\x64"
_FRAME_SIZE, _FRAMES_PER_SECOND = 417, 38.28


def content_type(media_id: str) -> str:
    """Half of the accounts' audio is WAV, half MP3; here it depends on the id."""
    return "audio/wav" if int(media_id) // 10 % 2 else "audio/mpeg"


def audio(media_id: str, seconds: int) -> bytes:
    """Bytes that a player takes for *seconds* of sound."""
    return (
        _wav(media_id, seconds)
        if content_type(media_id) == "audio/wav"
        else _mp3(media_id, seconds)
    )


def _wav(media_id: str, seconds: int) -> bytes:
    size = seconds * _RATE
    samples = (_noise(media_id, _RATE) * seconds)[:size]
    header = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVE"
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, _RATE, _RATE, 1, 8)
    return header + form + b"data" + struct.pack("<I", size) + samples


def _mp3(media_id: str, seconds: int) -> bytes:
    frame = _FRAME_HEADER + _noise(media_id, _FRAME_SIZE - len(_FRAME_HEADER))
    return frame * max(1, round(seconds * _FRAMES_PER_SECOND))


def _noise(media_id: str, size: int) -> bytes:
    return hashlib.shake_128(media_id.encode()).digest(size)
