"""Install runs with the operating system's scheduler, look them up and remove them."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from switchboard.config.files import unwritable, write_private
from switchboard.errors import OperatorError
from switchboard.jobs.installed import crontab, systemd, windows
from switchboard.jobs.installed.times import Job

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said."""

    code: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The last line that says something."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        return lines[-1].strip() if lines else f"it ended with {self.code}"


Program = Callable[[Sequence[str], str], Answer]  # Its words, its standard input.


def run_program(words: Sequence[str], given: str = "") -> Answer:
    """Run a program of the operating system, in English."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell.
            list(words),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        return Answer(127, "", f"there is no program {words[0]} on this machine")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(126, "", str(error))
    return Answer(done.returncode, done.stdout, done.stderr)


class Installer(Protocol):
    """One scheduler of an operating system, for one configuration directory."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def keeps_zones(self) -> bool:
        """Whether it takes the timetable's own time zone."""

    def preview(self, jobs: Sequence[Job]) -> str:
        """Return exactly what `install` would write."""

    def install(self, jobs: Sequence[Job]) -> None:
        """Put *jobs* in the place of whatever was installed before."""

    def remove(self) -> None:
        """Remove everything of this configuration, and nothing else."""

    def installed(self) -> list[str]:
        """Name what is installed now; nothing where this scheduler does not exist."""


@dataclass(frozen=True, slots=True)
class CronInstaller:
    """The crontab of this user."""

    place: str
    run: Program = run_program
    title: str = "cron"
    keeps_zones: bool = False

    def preview(self, jobs: Sequence[Job]) -> str:
        return "".join(f"{line}\n" for line in crontab.block(jobs, self.place))

    def install(self, jobs: Sequence[Job]) -> None:
        self._replace(crontab.block(jobs, self.place))

    def remove(self) -> None:
        if self.installed():
            self._replace([])

    def installed(self) -> list[str]:
        answer = self._list()
        return crontab.found(answer.output, self.place)[1:-1] if answer.code == 0 else []

    def _replace(self, block: Sequence[str]) -> None:
        answer = self._list()
        # Only this very answer means an empty one: whatever else must not cost anybody's lines.
        if answer.code and "no crontab for" not in answer.errors:
            raise _failed("The crontab cannot be read", answer)
        before = "" if answer.code else answer.output
        answer = self.run(("crontab", "-"), crontab.replaced(before, block, self.place))
        if answer.code:
            raise _failed("The crontab cannot be written", answer)

    def _list(self) -> Answer:
        return self.run(("crontab", "-l"), "")


@dataclass(frozen=True, slots=True)
class SystemdInstaller:
    """Timers of this user, or with *system* of the machine."""

    place: str
    system: bool = False
    run: Program = run_program
    title: str = "systemd"
    keeps_zones: bool = True

    @property
    def folder(self) -> Path:
        if self.system:
            return Path("/etc/systemd/system")
        home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(home) / "systemd" / "user"

    def preview(self, jobs: Sequence[Job]) -> str:
        return "\n".join(
            f"# {self.folder / name}\n{text}" for name, text in self._units(jobs).items()
        )

    def install(self, jobs: Sequence[Job]) -> None:
        units = self._units(jobs)
        self._drop([name for name in self._files() if name not in units])
        for name, text in units.items():
            write_private(self.folder / name, text)
        self._systemctl("daemon-reload")
        for name in units:
            if name.endswith(".timer"):
                self._systemctl("enable", "--now", name)

    def remove(self) -> None:
        files = self._files()
        self._drop(files)
        if files:
            self._systemctl("daemon-reload")

    def installed(self) -> list[str]:
        return [name for name in self._files() if name.endswith(".timer")]

    def _units(self, jobs: Sequence[Job]) -> dict[str, str]:
        # Whoever owns the documents and the vault, not root, who may be installing this.
        user = _owner(Path(self.place)) if self.system else None
        return systemd.units(jobs, self.place, user=user)

    def _files(self) -> list[str]:
        found = []
        for path in sorted(self.folder.glob("switchboard-*")):
            try:
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                continue  # Not ours, or not for us.
            if systemd.is_ours(path.name, text, self.place):
                found.append(path.name)
        return found

    def _drop(self, names: Sequence[str]) -> None:
        for name in names:
            if name.endswith(".timer"):
                self._systemctl("disable", "--now", name)
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise unwritable(self.folder / name, error) from error

    def _systemctl(self, *words: str) -> None:
        whose = () if self.system else ("--user",)
        answer = self.run(("systemctl", *whose, *words), "")
        if answer.code:
            raise _failed(f"systemctl {' '.join((*whose, *words))} failed", answer)


@dataclass(frozen=True, slots=True)
class WindowsInstaller:
    """Tasks of the Windows Task Scheduler."""

    place: str
    run: Program = run_program
    title: str = "Windows Task Scheduler"
    keeps_zones: bool = False

    def preview(self, jobs: Sequence[Job]) -> str:
        return windows.script(jobs, self.place)

    def install(self, jobs: Sequence[Job]) -> None:
        self._powershell(windows.script(jobs, self.place))

    def remove(self) -> None:
        self._powershell(windows.removal(self.place))

    def installed(self) -> list[str]:
        if os.name != "nt":
            return []
        answer = self.run(_POWERSHELL, windows.listing(self.place))
        return answer.output.split("\n")[:-1] if answer.code == 0 else []

    def _powershell(self, commands: str) -> None:
        answer = self.run(_POWERSHELL, commands)
        if answer.code:
            raise _failed("The tasks cannot be changed", answer)


_POWERSHELL = ("powershell", "-NoProfile", "-NonInteractive", "-Command", "-")


def same_clock(zone: str, local: Callable[[datetime], datetime] = datetime.astimezone) -> bool:
    """Tell whether this machine's clock shows the time of *zone*, all the year round."""
    there, start = ZoneInfo(zone), datetime.now(UTC)
    moments = [start + timedelta(days=7 * week) for week in range(54)]
    return all(local(at).utcoffset() == at.astimezone(there).utcoffset() for at in moments)


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError, NotImplementedError):  # Nobody of that number here; Windows.
        return getpass.getuser()


def _failed(what: str, answer: Answer) -> OperatorError:
    return OperatorError("SCH-003", f"{what}: {answer.reason}")
