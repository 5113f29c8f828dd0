"""Keep a recording on its way through this machine in a temporary file nobody else can read.

The key of a file is random and lives in this process's memory alone: what a crash leaves behind
is noise. `Spool.sweep` removes it, as soon as the process that made it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES,
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_keygen,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)

from switchboard.config.files import PRIVATE_FILE, private_directory, unwritable
from switchboard.errors import OperatorError
from switchboard.store.holders import Holder, this_process

FRAME_SIZE = 64 * 1024
_SEALED_FRAME = FRAME_SIZE + crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES
_FINAL = crypto_secretstream_xchacha20poly1305_TAG_FINAL
_NAME = re.compile(r"[A-Za-z0-9_-]{0,40}~(?P<holder>[^~]+)~[0-9a-f]{16}\.spool")
START_TOLERANCE_SECONDS = 2.0
# Whether a process of another host lives cannot be seen from here; no transfer takes a day.
FOREIGN_SECONDS = 86_400.0


class Spool:
    """A directory of temporary files, shared by all processes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def file(self, name_hint: str = "media") -> SpoolFile:
        """Return a new file for `with` or `async with`; the hint is for people who look there."""
        hint = re.sub(r"[^A-Za-z0-9_-]", "_", name_hint)[:40]
        name = f"{hint}~{this_process()}~{secrets.token_hex(8)}.spool"
        return SpoolFile(self.directory / name)

    def abandoned(self) -> list[Path]:
        """Return what dead processes left; the files of living ones are not among it."""
        me = this_process()
        try:
            found = sorted(self.directory.glob("*.spool"))
        except OSError:
            return []
        named = [(path, _NAME.fullmatch(path.name)) for path in found]
        return [
            path
            for path, name in named
            if name and _left_behind(path, Holder.read(name["holder"]), me)
        ]

    def sweep(self) -> int:
        """Wipe what dead processes left; return how many files. Those of living ones stay."""
        swept = 0
        for path in self.abandoned():
            with contextlib.suppress(FileNotFoundError):  # Another process swept it.
                wipe(path)
                swept += 1
        return swept


class SpoolFile:
    """Written once from the beginning to the end, then read as often as needed."""

    def __init__(self, path: Path) -> None:
        self.path, self.size = path, 0
        self._key = crypto_secretstream_xchacha20poly1305_keygen()
        self._sealing = crypto_secretstream_xchacha20poly1305_state()
        self._pending = bytearray()
        self._file: BinaryIO | None = None
        self._finished = False

    def write(self, data: bytes) -> None:
        """Append; what reaches the disk is sealed already."""
        if self._finished:
            raise ValueError("The temporary file is finished.")
        self._pending += data
        self.size += len(data)
        # The last frame bears another mark, so the newest full one waits until more comes.
        while len(self._pending) > FRAME_SIZE:
            self._put(bytes(self._pending[:FRAME_SIZE]))
            del self._pending[:FRAME_SIZE]

    def finish(self) -> None:
        """Seal the end: a reader can tell a whole file from one cut short."""
        if self._finished:
            return
        self._put(bytes(self._pending), final=True)
        self._pending.clear()
        self._finished = True
        file = self._opened()
        try:
            file.close()
        except OSError as error:
            raise unwritable(self.path, error) from error

    def reader(self) -> SpoolReader:
        """Return a file object over the content; each reader has a position of its own."""
        if not self._finished:
            raise ValueError("The temporary file is still being written.")
        return SpoolReader(self.path, self._key, self.size)

    def __enter__(self) -> Self:
        private_directory(self.path.parent)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            self._file = os.fdopen(descriptor, "wb", buffering=0)
            header = crypto_secretstream_xchacha20poly1305_init_push(self._sealing, self._key)
            _write_all(self._file, header)
        except OSError as error:
            self._wipe()
            raise unwritable(self.path, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wipe()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Overwriting a long recording takes a moment; leases are renewed meanwhile.
        await asyncio.shield(asyncio.to_thread(self._wipe))

    def _put(self, frame: bytes, *, final: bool = False) -> None:
        tag = _FINAL if final else crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
        sealed = crypto_secretstream_xchacha20poly1305_push(self._sealing, frame, None, tag)
        try:
            _write_all(self._opened(), sealed)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("The temporary file is not open.")
        return self._file

    def _wipe(self) -> None:
        self._key = b""
        self._pending.clear()
        self._finished = True
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        with contextlib.suppress(FileNotFoundError):
            wipe(self.path)


class SpoolReader(io.RawIOBase):
    """Unseals frame by frame; going back means reading again from the start."""

    def __init__(self, path: Path, key: bytes, size: int) -> None:
        super().__init__()
        self.size = size
        self._path, self._key = path, key
        self._position = 0
        self._frame, self._frame_start = b"", 0
        try:
            self._file: BinaryIO = path.open("rb", buffering=0)
        except OSError as error:
            raise _damaged(path) from error
        try:
            self._rewind()
        except BaseException:
            self._file.close()
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Only note the position: asking for the size must not unseal the whole file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("There is nothing before the beginning of a file.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read up to the end of one frame; b"" only at the real end of the content."""
        if self._position >= self.size:
            return 0
        if self._position < self._frame_start:
            self._rewind()
        while self._position >= self._frame_start + len(self._frame):
            self._next_frame()
        start = self._position - self._frame_start
        piece = self._frame[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._frame = b""
        if not self.closed:
            self._file.close()
        super().close()

    def _rewind(self) -> None:
        self._frame, self._frame_start = b"", 0
        self._state = crypto_secretstream_xchacha20poly1305_state()
        self._file.seek(0)
        header = self._read_exactly(_HEADER)
        if len(header) < _HEADER:
            raise _damaged(self._path)
        crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, self._key)

    def _next_frame(self) -> None:
        sealed = self._read_exactly(_SEALED_FRAME)
        self._frame_start += len(self._frame)
        try:
            self._frame, tag = crypto_secretstream_xchacha20poly1305_pull(self._state, sealed, None)
        except (RuntimeError, ValueError) as error:
            raise _damaged(self._path) from error
        ends = self._frame_start + len(self._frame) == self.size
        if (tag == _FINAL) != ends:
            raise _damaged(self._path)

    def _read_exactly(self, size: int) -> bytes:
        parts = bytearray()
        try:
            while len(parts) < size and (part := self._file.read(size - len(parts))):
                parts += part
        except OSError as error:
            raise _damaged(self._path) from error
        return bytes(parts)


def wipe(path: Path) -> None:
    """Overwrite, then remove; a file that cannot be overwritten is removed all the same."""
    try:
        with contextlib.suppress(OSError), path.open("r+b", buffering=0) as file:
            left = os.fstat(file.fileno()).st_size
            blank = bytes(FRAME_SIZE)
            while left > 0:
                left -= file.write(blank[: min(left, FRAME_SIZE)]) or left
            os.fsync(file.fileno())  # Else the blanks might never reach the disk.
        path.unlink()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unwritable(path, error) from error


def _left_behind(path: Path, holder: Holder | None, me: Holder) -> bool:
    if holder is None:
        return False
    if holder.number == me.number:  # Ours, or of a process that had our number: pid 1 of a restart.
        return abs(holder.started_at - me.started_at) > START_TOLERANCE_SECONDS
    if holder.same_host(me):
        return holder.is_gone(me)
    try:
        return time.time() - path.stat().st_mtime > FOREIGN_SECONDS
    except OSError:
        return False


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _damaged(path: Path) -> OperatorError:
    return OperatorError(
        "IO-002",
        f"The temporary file {path} was changed, cut short or removed while in use; nothing of it "
        "was passed on as whole. Check the disk and who else can write there, then run again.",
    )
