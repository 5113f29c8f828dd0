"""Start a throwaway PostgreSQL for tests, so that every store test runs on both databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Waits for the end of its input: a killed test process must not leave a server behind.
GUARD = 'cat >/dev/null; "$0" -D "$1/data" -m immediate -w stop; rm -rf "$1"'
PREFERRED_USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root.
SETTINGS = {
    "listen_addresses": "''",  # A socket in our own directory: no port to collide on.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


class PostgresServer:
    """One cluster in a temporary directory; each test gets a database of its own."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._as_user = _unprivileged()
        self.home = Path(tempfile.mkdtemp(prefix="sb-pg-"))
        if self._as_user:
            shutil.chown(self.home, self._as_user["user"], self._as_user["group"])
        self._data = self.home / "data"
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, str(binaries / "pg_ctl"), str(self.home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl+C is for the tests, the end of their pipe for us.
            **self._as_user,
        )
        self._run(
            "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip
        lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
        lines.append(f"unix_socket_directories = '{self.home}'")
        with (self._data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))
        self.start()

    def start(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-l", self.home / "log", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        self._guard.communicate(timeout=60)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.home}"

    def create_database(self) -> str:
        """Return the URL of a new, empty database."""
        name = f"t{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        name = url.split("@/")[1].split("?", maxsplit=1)[0]
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415 - an extra; without it these tests skip.

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: object) -> None:
        # Output goes to a file: a pipe would be inherited by the server and never close.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self._binaries / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                check=False,
                timeout=60,
                **self._as_user,
            )
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program}: {output.read().decode(errors='replace')}")


def find_binaries() -> Path | None:
    """Return the newest PostgreSQL's directory of programs, if there is one."""

    def version(path: Path) -> tuple[int, ...]:
        return tuple(int(part) for part in path.parent.name.split(".") if part.isdigit())

    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    on_path = shutil.which("initdb")
    for candidate in [*installed, *([Path(on_path).parent] if on_path else [])]:
        if (candidate / "initdb").exists() and (candidate / "pg_ctl").exists():
            return candidate
    return None


def _unprivileged() -> dict[str, Any]:
    """Return how to start a program as somebody PostgreSQL accepts, if we are root."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - there is none on Windows.

    for name in PREFERRED_USERS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": name, "group": account.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root and there is no unprivileged user")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return this test process's own server (one for each pytest-xdist worker)."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server programs (initdb, pg_ctl) on this machine")
    server = PostgresServer(binaries)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def backend(request: pytest.FixtureRequest) -> str:
    """Return the kind of store this test runs on; it runs on each."""
    return str(request.param)


@pytest.fixture
def new_database_url(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Return a maker of URLs of empty stores of this backend."""
    if backend == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex[:8]}.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    made: list[str] = []

    def make() -> str:
        made.append(server.create_database())
        return made[-1]

    yield make
    for url in made:
        server.drop_database(url)


@pytest.fixture
def database_url(new_database_url: Callable[[], str]) -> str:
    """Return the URL of an empty store, once on SQLite and once on PostgreSQL."""
    return new_database_url()
