"""Name a process so that others can tell whether it still lives, across restarts and hosts."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

_PID_BITS = 22  # The largest process id Linux can be told to use.
_START_TOLERANCE_SECONDS = 2.0  # psutil derives start times from clock ticks since boot.


@dataclass(frozen=True, slots=True)
class Holder:
    """A process: its host and id packed into one number that a double holds, and its start."""

    number: int
    started_at: float

    @classmethod
    def of(cls, pid: int, started_at: float, host: str) -> Holder:
        digest = int.from_bytes(hashlib.sha256(host.encode()).digest()[:4], "big") >> 2
        return cls(number=(digest << _PID_BITS) | pid, started_at=started_at)

    @classmethod
    def read(cls, text: str) -> Holder | None:
        """Read a name back; what follows a `#` tells apart the parts of one process."""
        number, _, started_at = text.partition("#")[0].partition("@")
        try:
            return cls(int(number), float(started_at))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.number}@{self.started_at!r}"

    def same_host(self, other: Holder) -> bool:
        return self.number >> _PID_BITS == other.number >> _PID_BITS

    def is_gone(self, me: Holder) -> bool:
        """Tell whether this process ran on *me*'s host and has ended; never guess about others."""
        if self.number == me.number or not self.same_host(me):
            return False
        try:
            process = psutil.Process(self.number & ((1 << _PID_BITS) - 1))
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            return abs(process.create_time() - self.started_at) > _START_TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False


def this_process() -> Holder:
    """Name this process; a pid namespace counts as a host of its own."""
    return _process(os.getpid())


@functools.cache
def _process(pid: int) -> Holder:
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    host = f"{socket.gethostname()}/{namespace}"
    return Holder.of(pid, psutil.Process(pid).create_time(), host)
