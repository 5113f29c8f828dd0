"""Check the machine: Python, disk, permissions, time zones, logs and temporary files."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from switchboard.config.load import Configuration
from switchboard.config.places import CREDENTIALS, EMBEDDED_STORE, KEY_FILE
from switchboard.config.timezones import is_time_zone
from switchboard.doctor.results import Check, error, ok, some, warning
from switchboard.spool import Spool

GROUP = "Machine"
OLDEST_PYTHON = (3, 11)
SECRETS = (CREDENTIALS, KEY_FILE)  # `config check` judges their modes: CFG-019.
LEAST_FREE = 500 * 1024 * 1024  # The manual's "System Requirements".


@dataclass(frozen=True, slots=True)
class Place:
    """A directory Switchboard writes to, or the nearest one above it that exists."""

    name: str
    path: Path
    free: int
    device: int
    problem: str = ""  # Why nothing can be written there.


@dataclass(frozen=True, slots=True)
class Private:
    """A file or directory others have no business in."""

    path: str
    mode: int
    own: bool
    directory: bool = False


def examine(configuration: Configuration | None, root: Path) -> Iterator[Check]:
    """Collect what the machine says and judge it; without a configuration as far as possible."""
    yield judge_python(sys.version_info[:3])
    yield from judge_disk(_places(configuration, root))
    yield judge_permissions(_private_things(root))
    if configuration is not None:
        yield judge_zones({office.timezone for office in configuration.offices})
        yield judge_leftovers(len(Spool(configuration.temporary_dir).abandoned()))


def judge_python(version: Sequence[int]) -> Check:
    text = ".".join(str(part) for part in version)
    if tuple(version) < OLDEST_PYTHON:
        return error(GROUP, "Python", "DOC-001", f"Python {text} is too old.")
    return ok(GROUP, "Python", text)


def judge_disk(places: Iterable[Place]) -> Iterator[Check]:
    """One line for each place that cannot be used, and one for each disk."""
    disks: dict[int, list[Place]] = {}
    for place in places:
        disks.setdefault(place.device, []).append(place)
        if place.problem:
            message = f"{place.path} cannot be written: {place.problem}."
            yield error(GROUP, f"Writing {place.name}", "IO-001", message)
    for together in disks.values():
        names = some(place.name for place in together)
        free = min(place.free for place in together)
        message = f"{free / 1024**2:,.0f} MB free for {names}."
        if free < LEAST_FREE:
            yield warning(GROUP, "Disk space", "DOC-002", f"Only {message}")
        else:
            yield ok(GROUP, "Disk space", message)


def judge_permissions(things: Iterable[Private]) -> Check:
    """Others must not read callers' numbers, credentials or keys."""
    open_ones, foreign = [], []
    for thing in things:
        if thing.mode & 0o077 and thing.path not in SECRETS:
            better = 0o700 if thing.directory else 0o600
            open_ones.append(f"{thing.path} ({thing.mode:03o}, better {better:o})")
        if not thing.own:
            foreign.append(thing.path)
    if open_ones:
        message = f"Other users may look into {some(open_ones)}."
        return warning(GROUP, "Permissions", "DOC-003", message)
    if foreign:
        message = f"Another user owns {some(foreign)}; run Switchboard as one user only."
        return warning(GROUP, "Permissions", "DOC-003", message)
    return ok(GROUP, "Permissions", "Store, logs and reports are their owner's alone.")


def judge_zones(zones: Iterable[str]) -> Check:
    missing = sorted(zone for zone in zones if not is_time_zone(zone))
    if missing:
        message = f"This machine does not know {some(missing)}."
        return error(GROUP, "Time zones", "DOC-010", message)
    return ok(GROUP, "Time zones", "The offices' time zones are known.")


def judge_leftovers(number: int) -> Check:
    if number:
        message = f"{number} temporary files of recordings are left by processes that died."
        return warning(GROUP, "Temporary files", "DOC-007", message)
    return ok(GROUP, "Temporary files", "Nothing was left behind.")


def _places(configuration: Configuration | None, root: Path) -> Iterator[Place]:
    names = {"data": root / "data", "logs": root / "logs", "reports": root / "reports"}
    if configuration is not None:
        names["temporary files"] = configuration.temporary_dir
    for name, path in names.items():
        there = next((each for each in (path, *path.parents) if each.exists()), root)
        try:
            yield Place(
                name, path, shutil.disk_usage(there).free, there.stat().st_dev, _refusal(there)
            )
        except OSError as problem:
            yield Place(name, path, 0, 0, problem.strerror or "it cannot be looked at")


def _refusal(folder: Path) -> str:
    """Try it: permission bits say nothing about full disks and read-only mounts."""
    probe = folder / f".switchboard-{secrets.token_hex(6)}"
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        probe.unlink()
    except OSError as problem:
        return problem.strerror or type(problem).__name__
    return ""


def _private_things(root: Path) -> Iterator[Private]:
    if os.name != "posix":
        return  # Windows keeps rights in lists of its own; a folder of the user's is private.
    for name in (*SECRETS, EMBEDDED_STORE, "logs", "reports", "data/tmp"):
        try:
            found = (root / name).stat()
        except OSError:
            continue
        folder = stat.S_ISDIR(found.st_mode)
        own = found.st_uid == os.geteuid()
        yield Private(name, stat.S_IMODE(found.st_mode), own, folder)
