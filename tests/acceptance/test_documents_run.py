"""Whatever the documents tell people to type is typed here, in a sandbox, and works."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.harness import RUN, Product, clean_environment, free_port

from switchboard.simulators.scenario.configuration import credentials
from switchboard.simulators.scenario.files import write_config
from switchboard.simulators.server import SimulatorServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SWITCHBOARD = Path(sys.executable).with_name("switchboard")
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Other lines are not ours to run: installing, other programs, a shell's own words.
OURS = re.compile(r"^(\.venv/bin/)?switchboard |^\./\w+\.sh|^curl ")
# What has to be different here, and why.
ADDED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("demo", ("--once", "--calls", "20")),  # Otherwise it stays until Ctrl-C.
    ("serve", ("--once",)),  # Likewise.
    ("schedule install", ("--print",)),  # This machine's crontab is not ours.
    ("credentials set", ("--stdin",)),  # There is no terminal to ask at.
    ("credentials zoho-code", ("--stdin",)),
)
# The sandbox is running already, db waits for a person's yes, and the crontab is not ours.
NOT_RUN = ("sandbox", "db ", "schedule remove")
# It installs, and test_launchers does it; it needs a single company, and has a test below.
NOT_HERE = ("setup_integration_improved.sh", "run_single_company_all_calls_with_report.sh")
SECTIONS = ("ringcentral", "zoho", "smtp", "desk", "salesiq")
SERVICE = ":8000"  # Where the documents' service listens; other ports are the simulators'.
# What the documents call things, and what they are called here.
INVENTED = (
    (re.compile(r"20\d{6}-\d{6}(-[0-9a-f]{6})?"), "RUN"),
    (re.compile(r"99000\d{7}"), "MEDIA"),
    (re.compile(r"\bNUMBER(-OR-ID)?\b"), "NUMBER"),
    (re.compile(r"\bID\b"), "ID"),
    (re.compile(r'"\$\(tail -1 \S+\)"'), "ANCHOR"),
    (re.compile(r"\$KEY"), "KEY"),
    (re.compile(r"\bREFERENCE\b"), "REFERENCE"),
)
TIMETABLE = {"timezone": "UTC", "runs": [{"name": "daily", "cron": "0 8 * * *"}]}


def typed() -> list[tuple[str, str]]:
    """Return each line once, with the first document that has it."""
    found: dict[str, str] = {}
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        for kind, block in re.findall(r"```(console|sh)\n(.*?)```", text, re.DOTALL):
            for line in commands(block, prompt="$ " if kind == "console" else ""):
                found.setdefault(line, document.name)
    return [(name, line) for line, name in found.items()]


def commands(block: str, *, prompt: str) -> Iterator[str]:
    """Return what stands behind each prompt, with the lines that still belong to it."""
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith(prompt):
            continue  # What it prints.
        command = line.removeprefix(prompt)
        while command.endswith("\\") or is_open(command):
            command = f"{command.removesuffix(chr(92))}\n{next(lines)}"
        yield command.strip()


def is_open(command: str) -> bool:
    """Tell whether a quotation mark still waits for its end."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return True
    return False


def ours() -> list[tuple[str, str]]:
    return [each for each in typed() if OURS.match(each[1])]


@dataclass
class Place:
    """A configuration that has seen a run, and a working directory to type in."""

    config: Path
    desk: Path
    base_url: str
    service: str
    values: dict[str, str]
    code: str

    def environment(self) -> dict[str, str]:
        path = f"{SWITCHBOARD.parent}{os.pathsep}{os.environ['PATH']}"
        return clean_environment(SWITCHBOARD_CONFIG_DIR=str(self.config), PATH=path, TZ="UTC")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("documents")
    config, desk = root / "config", root / "desk"
    with SimulatorServer(seed=5, calls=60, speed=600) as simulators:
        port = free_port()
        write_config(simulators.world, simulators.base_url, config, speed=600, server_port=port)
        product = Product(config, clean_environment())
        finished = product.run(*RUN)
        assert finished.code in {0, 1}, finished.errors
        accounts = simulators.world.accounts
        client = next(iter(accounts.clients))
        accounts.add_code("a-code", client)
        first = said(config, "calls", "list", "--fate", "done")[0]
        piece = said(config, "calls", "media", "--state", "done")["pieces"][0]
        values = {
            "NUMBER": first["caller"],
            "ID": first["session"],
            "RUN": finished.document["run"],
            "MEDIA": piece["media_id"],
            "ANCHOR": said(config, "audit", "anchor")["anchor"],
        }
        (config / "data" / "schedule.json").write_text(json.dumps(TIMETABLE))
        shutil.copytree(ROOT / "configs", desk / "configs")
        (desk / "my_chat.txt").write_text("Hello\nMy printer does not print\nyes\n")
        service = f"http://127.0.0.1:{port}"
        values["KEY"] = made_key(config)
        with serving(config, service):
            values["REFERENCE"] = raised_ticket(service, values["KEY"])
            yield Place(config, desk, simulators.base_url, service, values, "a-code")


def made_key(config: Path) -> str:
    scopes = ("chat:read", "chat:write", "tickets:read", "tickets:write", "metrics:read")
    options = [word for scope in scopes for word in ("--scope", scope)]
    made = subprocess.run(
        [SWITCHBOARD, "keys", "create", "documents", *options, "--config-dir", config],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    return made.stdout.strip()


@contextmanager
def serving(config: Path, service: str) -> Iterator[None]:
    """Run `switchboard serve` beside the commands, as the documents say."""
    with (config / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [SWITCHBOARD, "serve", "--config-dir", config],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
        )
        try:
            deadline = time.monotonic() + 120
            while not is_ready(service):
                told = (config / "serve.log").read_text()
                assert process.poll() is None, told
                assert time.monotonic() < deadline, told
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            process.wait(120)


def is_ready(service: str) -> bool:
    try:
        return httpx.get(f"{service}/readyz", timeout=5).is_success
    except httpx.TransportError:
        return False


def raised_ticket(service: str, key: str) -> str:
    reply = httpx.post(
        f"{service}/zoho/ticket/create",
        headers={"X-Api-Key": key},
        json={
            "query": "The printer is out of paper",
            "user_id": "ann@example.com",
            "metadata": {"workflow_type": "printer_issues"},
        },
        timeout=90,
    )
    assert reply.is_success, reply.text
    number: str = reply.json()["ticket_number"]
    return number


@pytest.mark.parametrize(("document", "line"), ours())
def test_a_line_of_the_documents_works(
    document: str, line: str, place: Place, tmp_path: Path
) -> None:
    """Copying it never ends in a traceback, bad usage or a vendor's refusal."""
    words = shlex.split(real(line, place), comments=True)
    if words[0] == "curl":
        curl(words, place)
        return
    program = words[0]
    if program in {"switchboard", ".venv/bin/switchboard"}:
        command = " ".join(words[1:])
        if command.startswith(NOT_RUN):
            return
        words = [str(SWITCHBOARD), *words[1:]]
        for prefix, extra in ADDED:
            missing = [each for each in extra if each not in words]
            if command.startswith(prefix) and missing == list(extra):
                words += missing
    else:
        launcher = ROOT / program.removeprefix("./")
        assert launcher.is_file(), f"{document}: {line}"
        if launcher.name in NOT_HERE:
            return
        asks = ("--stdin",) if launcher.name == "run_setup_credentials.sh" else ()
        words = [str(launcher), *words[1:], *asks]
    done = subprocess.run(
        replaced(words, place, tmp_path),
        input=secrets(line, place),
        capture_output=True,
        text=True,
        check=False,
        cwd=place.desk,
        env=place.environment(),
        timeout=240,
    )
    told = f"{document}: {line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr, told
    assert done.returncode in {0, 1}, told


def test_the_single_company_launcher_runs_where_there_is_one(place: Place, tmp_path: Path) -> None:
    """The manual's data/extensions.json and data/lead_owners.json, without any sorted/."""
    data = shutil.copytree(place.config / "data", tmp_path / "data")
    for name in ("extensions.json", "lead_owners.json"):
        shutil.copy(place.config / "sorted" / "philadelphia" / name, data / name)
    for store in data.glob("switchboard.db*"):
        store.unlink()
    done = subprocess.run(
        [ROOT / NOT_HERE[1], "--no-email", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=place.environment() | {"SWITCHBOARD_CONFIG_DIR": str(tmp_path)},
        timeout=240,
    )
    assert done.returncode in {0, 1}, done.stderr
    document = json.loads(done.stdout)
    assert document["offices"][0]["office"] == "main"
    assert document["calls"]["done"] > 0


def test_there_are_lines_to_type() -> None:
    assert len(ours()) > 30


def real(line: str, place: Place) -> str:
    """Put what exists in the place of what the documents invented."""
    for pattern, name in INVENTED:
        line = pattern.sub(place.values[name], line)
    return line.replace("…", "").partition(" >> ")[0]


def replaced(words: list[str], place: Place, fresh: Path) -> list[str]:
    """Point --config-dir at the sandbox's configuration, but for what a line creates or ships."""
    shipped = "config" in words
    result = list(words)
    for at, word in enumerate(result[:-1]):
        if word == "--config-dir" and "init" in words:
            result[at + 1] = str(fresh / "new")
        elif word == "--config-dir" and not (shipped and result[at + 1].startswith("configs/")):
            result[at + 1] = str(place.config)
        elif word == "--to" and "--download" in words:
            result[at + 1] = str(fresh / result[at + 1])
    return [str(ROOT / each[2:]) if each.startswith("./run_") else each for each in result]


def secrets(line: str, place: Place) -> str:
    known = credentials()
    if "zoho-code" in line:
        pair = {name: known["zoho"][name] for name in ("client_id", "client_secret")}
        return json.dumps({**pair, "code": place.code})
    one = [each for each in SECTIONS if f"credentials set {each}" in line]
    return json.dumps({name: known[name] for name in one or known})


def said(config: Path, *words: str) -> Any:
    """Return what a command prints as JSON."""
    done = subprocess.run(
        [SWITCHBOARD, *words, "--json", "--config-dir", config],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    return json.loads(done.stdout)


def curl(words: list[str], place: Place) -> None:
    method, body, url = "GET", None, ""
    headers: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-d":
            body, method = next(rest), "POST"
        elif word == "-H":
            name, _, value = next(rest).partition(":")
            headers[name] = value.strip()
        elif not word.startswith("-"):
            here = place.service if SERVICE in word else place.base_url
            url = re.sub(r"^http://(127\.0\.0\.1|localhost):\d+", here, word)
    reply = httpx.request(method, url, content=body, headers=headers, timeout=90)
    assert reply.is_success, reply.text
