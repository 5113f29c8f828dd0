"""Media in transit: readable by this process alone, and gone afterwards, whatever happens."""

from __future__ import annotations

import asyncio
import os
import random
import stat
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.errors import OperatorError
from switchboard.spool import FRAME_SIZE, Spool, wipe
from switchboard.store.holders import Holder, this_process

SEALED_FRAME = FRAME_SIZE + 17  # The cipher's tag.
quickly = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "tmp")


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@quickly
@given(
    pieces=st.lists(st.integers(0, 2 * FRAME_SIZE + 3), max_size=6),
    places=st.lists(st.tuples(st.integers(0, 700_000), st.integers(0, 100_000)), max_size=8),
)
def test_what_was_written_is_read_from_any_place(
    pieces: list[int], places: list[tuple[int, int]], spool: Spool
) -> None:
    """In whatever pieces it came, forwards and backwards."""
    whole = b"".join(some_bytes(size, size) for size in pieces)
    with spool.file("round-trip") as item:
        position = 0
        for size in pieces:
            item.write(whole[position : position + size])
            position += size
        item.finish()
        assert item.size == len(whole)
        with item.reader() as reader:
            assert reader.readall() == whole
            for start, size in places:
                assert reader.seek(start) == start
                assert b"".join(iter_exactly(reader, size)) == whole[start : start + size]
            assert reader.seek(0, os.SEEK_END) == len(whole)
            assert reader.read(10) == b""


def iter_exactly(reader: object, size: int) -> list[bytes]:
    found = []
    while size and (piece := reader.read(size)):  # type: ignore[attr-defined]
        found.append(piece)
        size -= len(piece)
    return found


def test_two_readers_do_not_disturb_each_other(spool: Spool) -> None:
    """A retry reads again while the first reader is still open."""
    with spool.file() as item:
        item.write(some_bytes(3 * FRAME_SIZE))
        item.finish()
        with item.reader() as one, item.reader() as other:
            one.seek(2 * FRAME_SIZE)
            assert other.read(4) == some_bytes(3 * FRAME_SIZE)[:4]
            assert one.read(4) == some_bytes(3 * FRAME_SIZE)[2 * FRAME_SIZE :][:4]


def test_the_disk_holds_nothing_readable_for_anybody_else(spool: Spool) -> None:
    """Owner only, sealed, and another process has no key; equal content never looks equal."""
    content = b"the caller said: my card number is" * 5_000
    with spool.file("a") as one, spool.file("b") as other:
        for item in (one, other):
            item.write(content)
            item.finish()
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(spool.directory.stat().st_mode) == 0o700
        assert b"card number" not in one.path.read_bytes()
        assert one.path.read_bytes() != other.path.read_bytes()
        assert str(one.path.name).startswith("a~")


@quickly
@given(
    size=st.sampled_from([1, FRAME_SIZE, FRAME_SIZE + 1, 2 * FRAME_SIZE, 3 * FRAME_SIZE - 1]),
    place=st.floats(0, 1, exclude_max=True),
    how=st.sampled_from(["flip", "cut", "frame", "longer"]),
)
def test_a_file_that_was_tampered_with_is_never_passed_on_as_whole(
    size: int, place: float, how: str, spool: Spool
) -> None:
    """A changed byte, a cut, a missing or a repeated frame: an error, not other content."""
    with spool.file() as item:
        item.write(some_bytes(size))
        item.finish()
        sealed = bytearray(item.path.read_bytes())
        at = int(place * len(sealed))
        several = len(sealed) > 24 + SEALED_FRAME
        if how == "cut":
            del sealed[at:]
        elif how == "frame" and several:
            del sealed[24 : 24 + SEALED_FRAME]
        elif how == "longer" and several:
            sealed[24:24] = sealed[24 : 24 + SEALED_FRAME]
        else:
            sealed[at] ^= 1
        item.path.write_bytes(sealed)
        with pytest.raises(OperatorError) as damaged, item.reader() as reader:
            reader.readall()
        assert damaged.value.code == "IO-002"
        assert item.path.name in damaged.value.message


def test_nothing_is_left_after_an_error(spool: Spool) -> None:
    """Whatever stopped the transfer, a cancelled run included."""
    item = spool.file()

    def transfer() -> None:
        with item:
            item.write(b"x" * 200_000)
            raise LookupError

    with pytest.raises(LookupError):
        transfer()
    assert list(spool.directory.iterdir()) == []
    with pytest.raises(ValueError, match="finished"):
        item.write(b"more")


async def test_a_cancelled_transfer_leaves_nothing(spool: Spool) -> None:
    """As when the person at the console presses Ctrl-C."""
    ready = asyncio.Event()

    async def transfer() -> None:
        async with spool.file() as item:
            item.write(b"x" * 200_000)
            ready.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(transfer())
    await ready.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(spool.directory.iterdir()) == []


def test_content_is_overwritten_before_the_name_goes(tmp_path: Path) -> None:
    """Seen through a second name of the same file."""
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(some_bytes(200_000))
    other.hardlink_to(path)
    wipe(path)
    assert not path.exists()
    assert other.read_bytes() == bytes(200_000)


def test_a_killed_process_leaves_only_noise_and_the_next_one_removes_it(tmp_path: Path) -> None:
    """Nothing of a recording survives the crash: its key went with the process."""
    directory = tmp_path / "tmp"
    script = (
        "import os, sys; from pathlib import Path; from switchboard.spool import Spool\n"
        "item = Spool(Path(sys.argv[1])).file('recording-1').__enter__()\n"
        "item.write(b'my card number is' * 20_000)\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        (left,) = directory.iterdir()
        assert Spool(directory).sweep() == 0  # It lives.
        assert left.exists()
        child.kill()
        child.wait(10)
        assert b"card number" not in left.read_bytes()
        assert Spool(directory).sweep() == 1
        assert list(directory.iterdir()) == []
    finally:
        child.kill()
        child.communicate()


def test_sweeping_spares_the_living_and_whatever_is_not_ours(spool: Spool) -> None:
    """Our own files, those of a living process elsewhere, and files of other makers."""
    spool.directory.mkdir()
    me = this_process()
    elsewhere = Holder.of(4_711, 1.0, "another host")
    reborn = replace(me, started_at=me.started_at - 500)
    stranger = spool.directory / "notes.spool"
    stranger.write_bytes(b"keep")
    named = {
        name: spool.directory / f"{name}~{holder}~{'0' * 16}.spool"
        for name, holder in {"mine": me, "elsewhere": elsewhere, "reborn": reborn}.items()
    }
    for path in named.values():
        path.write_bytes(b"sealed")
    assert spool.sweep() == 1  # Of a process that had our number before a restart.
    assert not named["reborn"].exists()
    assert named["mine"].exists()
    assert named["elsewhere"].exists()
    two_days_ago = time.time() - 2 * 86_400
    os.utime(named["elsewhere"], (two_days_ago, two_days_ago))
    assert spool.sweep() == 1  # A container that is no more cannot sweep up after itself.
    assert stranger.exists()


def test_sweeping_an_absent_directory_is_no_error(tmp_path: Path) -> None:
    """Before the first recording there is none."""
    assert Spool(tmp_path / "never made").sweep() == 0


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With the manual's own code."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OperatorError) as failed, Spool(blocked / "tmp").file():
        pass
    assert failed.value.code == "IO-001"
    assert str(blocked) in failed.value.message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_named(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was written of the file is removed."""
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the item closes it.
    with spool.file() as item:
        item.write(b"x")
        item._opened().close()
        monkeypatch.setattr(item, "_file", full)
        with pytest.raises(OperatorError, match="No space left") as failed:
            item.write(bytes(2 * FRAME_SIZE))
    assert failed.value.code == "IO-001"
    assert list(spool.directory.iterdir()) == []


def test_an_hour_and_a_half_of_sound_costs_next_to_no_memory(spool: Spool) -> None:
    """86 MB through the file and back within one megabyte of memory."""
    piece, pieces = some_bytes(999_983), 86
    with spool.file() as item:
        tracemalloc.start()
        try:
            for _ in range(pieces):
                item.write(piece)
            item.finish()
            total = 0
            with item.reader() as reader:
                while part := reader.read(FRAME_SIZE):
                    total += len(part)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert total == item.size == len(piece) * pieces
    assert peak < 4 * 1024 * 1024
