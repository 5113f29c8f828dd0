"""Simulated sound is made piece by piece, and is the same however it is asked for."""

from __future__ import annotations

import io
import tracemalloc
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.simulators.ringcentral import audio

MP3, WAV = "990000000024", "990000000014"


@given(
    media_id=st.sampled_from([MP3, WAV]),
    seconds=st.integers(0, 40),
    ends=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_stretch_is_a_part_of_the_whole(
    media_id: str, seconds: int, ends: tuple[float, float]
) -> None:
    """Of the announced length, and in whatever steps."""
    size = audio.size(media_id, seconds)
    whole = b"".join(audio.audio(media_id, seconds))
    assert len(whole) == size
    assert whole == b"".join(audio.audio(media_id, seconds, step=777))
    first, last = sorted(int(end * (size - 1)) for end in ends)
    assert b"".join(audio.audio(media_id, seconds, first, last)) == whole[first : last + 1]


def test_a_wav_lasts_as_long_as_the_call() -> None:
    """A player agrees."""
    assert audio.content_type(WAV) == "audio/wav"
    with wave.open(io.BytesIO(b"".join(audio.audio(WAV, 37)))) as sound:
        assert sound.getnframes() / sound.getframerate() == 37


def test_an_mp3_is_made_of_whole_frames_of_its_bit_rate() -> None:
    """32 kbit/s: four kilobytes a second."""
    assert audio.content_type(MP3) == "audio/mpeg"
    content = b"".join(audio.audio(MP3, 60))
    assert len(content) == pytest.approx(60 * 4000, rel=0.01)
    assert {content[at : at + 2] for at in range(0, len(content), 144)} == {b"\xff\xf3"}


def test_an_hour_and_a_half_takes_no_memory() -> None:
    """43 MB of WAV, never at once."""
    tracemalloc.start()
    try:
        assert sum(len(part) for part in audio.audio(WAV, 5400)) == audio.size(WAV, 5400)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
