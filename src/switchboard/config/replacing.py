"""Replace several documents as one: all of them or none, never a half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from switchboard.config.editing import Changes, digest, read
from switchboard.config.files import (
    PRIVATE_FILE,
    private_directory,
    sync_directory,
    unwritable,
    write_private,
)


@dataclass(frozen=True, slots=True)
class _Draft:
    place: str
    path: Path
    draft: Path | None  # None: the document is removed.
    before: str | None


class Replacement:
    """New documents, written beside the old ones and ready to take their places.

    with Replacement(root, changes) as new:
        ...
        new.put()
    """

    def __init__(self, root: Path, changes: Changes) -> None:
        self._root, self._changes = root, changes
        self._drafts: list[_Draft] = []

    def __enter__(self) -> Self:
        try:
            for place, text in self._changes.items():
                path = (self._root / place).resolve()  # A link is followed.
                before = read(self._root, place).text
                draft = None if text is None else _drafted(path, text)
                self._drafts.append(_Draft(place, path, draft, before))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._drafts:
            if each.draft is not None:
                with contextlib.suppress(OSError):  # It has taken its place.
                    each.draft.unlink()

    def put(self) -> None:
        """Let all take their places; where one cannot, the others get their old text back."""
        done: list[_Draft] = []
        try:
            for each in self._drafts:
                done.append(each)
                _take_place(each)
        except OSError as error:
            for each in done:
                _restore(each)
            raise unwritable(done[-1].path, error) from error
        for folder in {each.path.parent for each in self._drafts}:
            if folder.is_dir():
                sync_directory(folder)


def _drafted(path: Path, text: str) -> Path:
    private_directory(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise unwritable(path, error) from error
    return draft


def _take_place(each: _Draft) -> None:
    if each.draft is not None:
        each.draft.replace(each.path)
        return
    each.path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # Something else is in it.
        each.path.parent.rmdir()


def _restore(each: _Draft) -> None:
    with contextlib.suppress(OSError):
        current = each.path.read_text("utf-8") if each.path.exists() else None
        if digest(current) == digest(each.before):
            return
    if each.before is None:
        each.path.unlink(missing_ok=True)
    else:
        write_private(each.path, each.before)
