"""Tell people on the console and machines in dated files what happened, without naming anybody."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from switchboard.config.files import (
    PRIVATE_FILE,
    private_directory,
    unwritable,
    write_private_pieces,
)
from switchboard.errors import SwitchboardError
from switchboard.redaction import redact, redact_text

LogFile = Literal["accepted_calls", "missed_calls", "multi_location_report"]

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
# What an event says about one call decides its file; events of no single call go to all files.
_FILE_OF_OUTCOME: dict[str, LogFile] = {
    "accepted": "accepted_calls",
    "answered_elsewhere": "accepted_calls",
    "missed": "missed_calls",
    "voicemail": "missed_calls",
}
_NOISY = ("httpx", "httpcore", "asyncio", "alembic", "stamina")
_STRUCTURE = ("timestamp", "level", "event")  # Leading in every line.


@dataclass(frozen=True, slots=True)
class _Listener:
    take: Callable[[EventDict], None]
    level: int


_HEARD: ContextVar[_Listener | None] = ContextVar("switchboard_logs_heard", default=None)
# An event with `console=False` goes to the files alone: people were told in other words.
_CONSOLE = "console"


def files_for(call_type: str, *, several_offices: bool) -> tuple[LogFile, ...]:
    """Name the files the manual promises for a run of *call_type* (accepted, missed, all)."""
    chosen: list[LogFile] = []
    if call_type in {"accepted", "all"}:
        chosen.append("accepted_calls")
    if call_type in {"missed", "all"}:
        chosen.append("missed_calls")
    if several_offices:
        chosen.append("multi_location_report")
    return tuple(chosen)


def configure(
    logs_dir: Path | None = None,
    *,
    debug: bool = False,
    files: Sequence[LogFile] = (),
    console: bool = True,
    console_level: str = "info",
) -> None:
    """Set up logging for this process; calling again replaces what was set up before.

    *files* are written below *logs_dir* as JSON lines, mode 0600, one per day. With *debug*
    everything goes everywhere; *console* False leaves standard error alone.
    """
    level = _LEVELS["debug"] if debug else _LEVELS["info"]
    shown = _LEVELS["debug"] if debug else _LEVELS[console_level]
    _close_files()
    sink = None
    if logs_dir is not None and files:
        sink = _Files(logs_dir, tuple(files))
        sink.prepare()
        _OPEN.append(sink)
    structlog.configure(
        processors=[
            _Wanted(level),
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact_event,
            _tell_listener,
            _Above(level),
            *([sink] if sink else []),
            _ForConsole(shown if console else _LEVELS["critical"] + 1, debug=debug),
            structlog.dev.ConsoleRenderer(
                colors=_colours(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        # Everything: somebody may listen to one task in more detail than the files keep.
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS["debug"]),
        logger_factory=_ConsoleFactory(),
        cache_logger_on_first_use=False,
    )
    _forward_libraries(debug=debug)


@contextmanager
def heard_by(take: Callable[[EventDict], None] | None, *, debug: bool = False) -> Iterator[None]:
    """Hand *take* what is logged in this task and those it starts, masked as the files have it.

    It must neither wait nor log. None: what is logged in here is not for whoever listens outside.
    """
    level = _LEVELS["debug"] if debug else _LEVELS["info"]
    token = _HEARD.set(None if take is None else _Listener(take, level))
    try:
        yield
    finally:
        _HEARD.reset(token)


def note_failure(error: BaseException) -> None:
    """Leave what ended a command in the files, where monitoring looks for level ERROR.

    The console shows code and message; the detail, with the vendor's request id, is for the files.
    """
    log = structlog.get_logger()
    if isinstance(error, SwitchboardError):
        said = {"code": error.code, "error": error.message, "detail": error.detail}
        log.error("command_failed", **said, **{_CONSOLE: False})
    else:
        log.error("command_failed", code="SB-000", exc_info=error, **{_CONSOLE: False})


def redact_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask every value of an event except the words the log itself is made of."""
    del logger, method
    return {
        key: value if key in {"timestamp", "level"} else redact(value, key)
        for key, value in event.items()
    }


def write_raw_call_log(
    logs_dir: Path, office: str, records: Iterable[Mapping[str, Any] | str], at: datetime
) -> Path:
    """Keep RingCentral's records as they came, where the manual says; return the file.

    Records may be JSON text already. They are streamed, so a long history needs no memory.
    """
    local = at.astimezone()
    folder = logs_dir / f"{local:%Y-%m-%d}" / office / "raw_logs"
    path = folder / f"raw_call_logs_{local:%Y%m%d_%H%M%S}.json"
    count = 1
    while path.exists():
        count += 1
        path = folder / f"raw_call_logs_{local:%Y%m%d_%H%M%S}_{count}.json"
    write_private_pieces(path, _json_list(records))
    return path


def expired(
    logs_dir: Path, *, log_days: int, raw_call_log_days: int, today: date
) -> tuple[list[Path], list[Path]]:
    """Return log files and raw call logs older than the retention allows; 0 days: none ever."""
    files, raw = [], []
    for path in sorted(logs_dir.glob("*.log")) if log_days else []:
        stamp = re.fullmatch(r"[a-z_]+_(\d{8})\.log", path.name)
        if stamp and _day(stamp[1], "%Y%m%d") < today - timedelta(days=log_days):
            files.append(path)
    for folder in sorted(logs_dir.glob("????-??-??")) if raw_call_log_days else []:
        if _day(folder.name, "%Y-%m-%d") < today - timedelta(days=raw_call_log_days):
            raw += sorted(folder.glob("*/raw_logs/raw_call_logs_*.json"))
    return files, raw


class _Wanted:
    """Drop at once what neither the files nor a listener want."""

    def __init__(self, level: int) -> None:
        self.level = level

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger
        listener = _HEARD.get()
        if _level(method) < min(self.level, listener.level if listener else self.level):
            raise structlog.DropEvent
        return event


class _Above:
    """Drop what only a listener wanted."""

    def __init__(self, level: int) -> None:
        self.level = level

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger
        if _level(method) < self.level:
            raise structlog.DropEvent
        return event


def _tell_listener(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger
    listener = _HEARD.get()
    if listener is not None and _level(method) >= listener.level:
        listener.take(event)
    return event


def _level(method: str) -> int:
    return _LEVELS.get("error" if method == "exception" else method, _LEVELS["info"])


class _Files:
    """Append each event as one JSON line; several processes may write to the same file."""

    def __init__(self, folder: Path, names: tuple[LogFile, ...]) -> None:
        self.folder, self.names = folder, names
        self._lock = threading.Lock()
        self._open: dict[LogFile, tuple[str, int]] = {}
        self._failed = False

    def prepare(self) -> None:
        """Fail now, with a code, rather than in the middle of a run."""
        private_directory(self.folder)
        for name in self.names:
            try:
                self._descriptor(name)
            except OSError as error:
                raise unwritable(self._path(name, _today()), error) from error

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger, method
        own = _FILE_OF_OUTCOME.get(str(event.get("outcome", "")))
        ordered = {**{key: event[key] for key in _STRUCTURE if key in event}, **event}
        ordered.pop(_CONSOLE, None)
        line = json.dumps(ordered, default=str, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            for name in self.names:
                if own in {None, name} or name == "multi_location_report":
                    self._append(name, line)
        return event

    def close(self) -> None:
        with self._lock:
            for _, descriptor in self._open.values():
                os.close(descriptor)
            self._open.clear()

    def _append(self, name: LogFile, line: bytes) -> None:
        try:
            os.write(self._descriptor(name), line)  # One write: lines of two processes never mix.
        except OSError as error:
            if not self._failed:  # A full disk must not stop the run, nor be hidden.
                sys.stderr.write(f"IO-001: the log cannot be written: {error.strerror}\n")
            self._failed = True

    def _descriptor(self, name: LogFile) -> int:
        stamp = _today()
        known = self._open.get(name)
        if known and known[0] == stamp:
            return known[1]
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self._path(name, stamp), flags, PRIVATE_FILE)
        if known:
            os.close(known[1])
        self._open[name] = (stamp, descriptor)
        return descriptor

    def _path(self, name: LogFile, stamp: str) -> Path:
        return self.folder / f"{name}_{stamp}.log"


class _ForConsole:
    """Let through what a person should see; tracebacks are for --debug."""

    def __init__(self, level: int, *, debug: bool) -> None:
        self.level, self.debug = level, debug

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger
        shown = event.pop(_CONSOLE, True)
        if not shown or _level(method) < self.level:
            raise structlog.DropEvent
        if not self.debug:
            event.pop("exception", None)
        return event


class _ConsoleFactory:
    """Write to standard error as it is at that moment, not as it was when we started."""

    def __call__(self, *args: Any) -> structlog.PrintLogger:
        del args
        return structlog.PrintLogger(sys.stderr)


class _Forward(logging.Handler):
    """Send the libraries' own messages the same way, so that they are masked as well."""

    def emit(self, record: logging.LogRecord) -> None:
        name = record.levelname.lower()
        log = structlog.get_logger()
        exception = record.exc_info if record.exc_info and record.exc_info[1] else None
        write = getattr(log, name if name in _LEVELS else "info")
        write(redact_text(record.getMessage()), library=record.name, exc_info=exception)


_OPEN: list[_Files] = []
_FORWARD = _Forward()


def _close_files() -> None:
    while _OPEN:
        _OPEN.pop().close()


def _forward_libraries(*, debug: bool) -> None:
    root = logging.getLogger()
    if _FORWARD not in root.handlers:
        root.addHandler(_FORWARD)
    root.setLevel(logging.INFO if debug else logging.WARNING)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _colours() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ


def _today() -> str:
    return f"{datetime.now(UTC).astimezone():%Y%m%d}"  # The operator's date, as in the manual.


def _day(text: str, form: str) -> date:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).date()
    except ValueError:
        return date.max  # Not ours: never old enough to be deleted.


def _json_list(records: Iterable[Mapping[str, Any] | str]) -> Iterable[bytes]:
    before = b"[\n"
    for each in records:
        text = each if isinstance(each, str) else json.dumps(each, ensure_ascii=False, default=str)
        yield before + text.encode()
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"
