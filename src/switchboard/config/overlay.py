"""A configuration directory as it would be with some documents changed: to look before leaping.

What does not change is linked to, not copied: neither the store nor a secret leaves its place.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from switchboard.config.files import write_private
from switchboard.config.places import CREDENTIALS, KEY_FILE

_NOT_LINKED = frozenset({"logs", "reports"})
_LARGEST_COPY = 4 * 1024 * 1024  # Where links need a privilege: documents are far smaller.


@contextmanager
def overlay(root: Path, changes: Mapping[str, str | None]) -> Iterator[Path]:
    """Yield a directory like *root* in which *changes* are made; None removes a document."""
    with tempfile.TemporaryDirectory(prefix="switchboard-") as name:
        made = Path(name).resolve()
        _mirror(root.absolute(), made, {Path(each).parts for each in changes})
        for place, text in changes.items():
            if text is not None:
                write_private(made / place, text)
        _without_empty_folders(made, changes)
        yield made


def _mirror(source: Path, target: Path, changed: set[tuple[str, ...]]) -> None:
    """Link everything of *source* but what lies on the way to a changed document."""
    inner: dict[str, set[tuple[str, ...]]] = {}
    for parts in changed:
        inner.setdefault(parts[0], set()).add(parts[1:])
    for each in source.iterdir():
        below = inner.get(each.name)
        if below is None:
            if each.name not in _NOT_LINKED:
                _link(each, target / each.name)
        elif each.is_dir() and () not in below:
            (target / each.name).mkdir(mode=each.stat().st_mode & 0o777 | 0o700)
            _mirror(each, target / each.name, below)


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:  # Windows, without the privilege.
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir()
        for each in source.iterdir():
            _copy(each, target / each.name)
    elif _may_be_copied(source):
        shutil.copy2(source, target)


def _may_be_copied(source: Path) -> bool:
    secrets = {Path(CREDENTIALS).name, Path(KEY_FILE).name}
    return (
        source.is_file() and source.name not in secrets and source.stat().st_size <= _LARGEST_COPY
    )


def _without_empty_folders(root: Path, changes: Mapping[str, str | None]) -> None:
    """An office that is removed leaves no folder behind."""
    for place in (each for each, text in changes.items() if text is None):
        folder = (root / place).parent
        if folder != root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
