"""Follow the documents while a long-lived process works: take what is sound, keep what was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from switchboard.config.environment import DOTENV
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.places import CREDENTIALS

# Credentials, workflows, examples and mails are no part of the configuration's value, but whoever
# is told loads them again as well.
_WATCHED = ("data/*.json", "sorted/*/*.json", CREDENTIALS, DOTENV, "chat/**/*.*")
_Stamp = frozenset[tuple[str, int, int]]


class WatchedConfiguration:
    """The newest sound configuration of a directory; *tell* hears of every change, good or bad."""

    def __init__(
        self, configuration: Configuration, tell: Callable[[Configuration | ConfigError], None]
    ) -> None:
        self._current, self._tell = configuration, tell
        self._stamp = _stamp(configuration.root)
        self._problem: ConfigError | None = None

    @property
    def current(self) -> Configuration:
        return self._current

    @property
    def problem(self) -> ConfigError | None:
        """Why the documents as they are now are not in force, None when they are."""
        return self._problem

    def refresh(self) -> Configuration:
        """Look at the documents again if one of them changed."""
        stamp = _stamp(self._current.root)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._current = load(self._current.root)
            except ConfigError as error:
                self._problem = error
                self._tell(error)
            else:
                self._problem = None
                self._tell(self._current)
        return self._current


def _stamp(root: Path) -> _Stamp:
    found = set()
    for path in (each for pattern in _WATCHED for each in root.glob(pattern)):
        try:
            about = path.stat()
        except OSError:
            continue  # Being replaced just now: the next look sees the new one.
        found.add((str(path), about.st_mtime_ns, about.st_size))
    return frozenset(found)
