"""Fitted models on the disk, so that a command starts in a blink and not with a training."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from switchboard.config.files import write_private
from switchboard.config.places import MAPPINGS, OFFICES, SETTINGS
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.detector.model import Model
from switchboard.flows.chat_to_ticket.detector.stored import UnusableModelError, dump, parse

# A folder with one of these is a configuration; nothing is written into any other.
_SIGNS = (SETTINGS, MAPPINGS, OFFICES, "chat")
_KEPT = 3
_LARGEST = 64 * 2**20


class ModelCache:
    """Models by the hash of what they were learnt from, below the configuration they belong to.

    Without a configuration there are only our own examples: one folder of the user serves all.
    """

    def __init__(self, root: Path | None) -> None:
        ours = root is not None and any((root / each).exists() for each in _SIGNS)
        self._folder = root / "data" / "cache" if root is not None and ours else _of_the_user()

    def path(self, key: str) -> Path:
        """Where the model of a key is kept."""
        return self._folder / f"detector-{key[:32]}.npz"

    def get(self, key: str) -> Model | None:
        """Return a model that is there and whole."""
        return _read(self.path(key))

    def put(self, key: str, model: Model) -> None:
        """Keep a model; a disk that refuses costs a training next time, nothing else."""
        with contextlib.suppress(OperatorError, OSError):
            write_private(self.path(key), dump(model))
            for old in self._newest_first()[_KEPT:]:
                old.unlink()

    def last_good(self) -> Model | None:
        """Return the newest model that can be used."""
        return next(filter(None, map(_read, self._newest_first())), None)

    def _newest_first(self) -> list[Path]:
        dated = []
        for each in self._folder.glob("detector-*.npz"):
            with contextlib.suppress(OSError):
                dated.append((each.stat().st_mtime_ns, each))
        return [path for _, path in sorted(dated, reverse=True)]


def _read(path: Path) -> Model | None:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST)
        return parse(content)
    except (OSError, UnusableModelError):
        return None


def _of_the_user() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return Path(base or Path.home() / ".cache") / "switchboard"
    except RuntimeError:  # A service account without a home.
        return Path(os.devnull) / "switchboard"
