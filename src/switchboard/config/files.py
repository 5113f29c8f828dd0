"""Write files that survive a crash half-way and that only their owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from switchboard.errors import OperatorError

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700


def unwritable(path: Path, error: OSError) -> OperatorError:
    """Say which file could not be written, in the manual's own code."""
    reason = error.strerror or type(error).__name__
    message = f"{path} cannot be written: {reason}. Check the permissions of the file and directory"
    return OperatorError("IO-001", message)


def private_directory(path: Path) -> None:
    """Create *path* and what is missing above it, for this user only."""
    try:
        for each in (*reversed(path.parents), path):
            if not each.exists():
                each.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def write_private(path: Path, content: bytes | str, *, overwrite: bool = True) -> None:
    """Put *content* at *path* whole or not at all; FileExistsError when it must be new and is not.

    A link is followed, so that a key kept on another disk stays there.
    """
    data = content.encode() if isinstance(content, str) else content
    write_private_pieces(path, [data], overwrite=overwrite)


def write_private_pieces(path: Path, pieces: Iterable[bytes], *, overwrite: bool = True) -> None:
    """Do the same with a content too large for memory."""
    path = path.resolve()
    private_directory(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            draft.replace(path)
        else:
            path.hardlink_to(draft)  # Unlike a rename, a link never replaces what is there.
    except FileExistsError:
        raise
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):  # Gone already, or never made.
            draft.unlink()
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make sure that what was renamed in *path* stays so when the power fails."""
    if os.name != "posix":
        return  # Windows has no handle to synchronise.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
