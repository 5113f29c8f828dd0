"""Whatever the documents tell people to type is typed here, in a sandbox, and works."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.acceptance.harness import RUN, Product, clean_environment

from switchboard.simulators.scenario.configuration import credentials
from switchboard.simulators.scenario.files import write_config
from switchboard.simulators.server import SimulatorServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SWITCHBOARD = Path(sys.executable).with_name("switchboard")
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Lines that are not ours to run: installing, other programs, a shell's own words.
LEFT_ALONE = re.compile(r"^(make|git|cd|export|sudo|systemctl|crontab|bash|python|chmod|apt)\b")
# What has to be different here, and why.
ADDED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("demo", ("--once", "--calls", "20")),  # Otherwise it stays until Ctrl-C.
    ("serve", ("--once",)),  # Likewise.
    ("schedule install", ("--print",)),  # This machine's crontab is not ours.
    ("schedule remove", ("--print",)),
    ("credentials set", ("--stdin",)),  # There is no terminal to ask at.
    ("credentials zoho-code", ("--stdin",)),
)
NOT_RUN = ("sandbox", "db ")  # The sandbox is running already; db waits for a person's yes.
TYPED = re.compile(r"^\$ (.+)$", re.MULTILINE)
TIDY = {"…": "", "NUMBER-OR-ID": "NUMBER"}


def typed() -> list[tuple[str, str]]:
    """Return each line once, with the first document that has it."""
    found: dict[str, str] = {}
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
            for line in TYPED.findall(block):
                found.setdefault(line.strip(), document.name)
    return [(name, line) for line, name in found.items()]


def ours() -> list[tuple[str, str]]:
    return [each for each in typed() if not LEFT_ALONE.match(each[1])]


@dataclass
class Place:
    """A configuration that has seen a run, and a working directory to type in."""

    config: Path
    desk: Path
    base_url: str
    values: dict[str, str]
    code: str

    def environment(self) -> dict[str, str]:
        path = f"{SWITCHBOARD.parent}{os.pathsep}{os.environ['PATH']}"
        return clean_environment(SWITCHBOARD_CONFIG_DIR=str(self.config), PATH=path)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("documents")
    config, desk = root / "config", root / "desk"
    with SimulatorServer(seed=5, calls=60, speed=600) as simulators:
        write_config(simulators.world, simulators.base_url, config, speed=600)
        product = Product(config, clean_environment())
        finished = product.run(*RUN)
        assert finished.code in {0, 1}, finished.errors
        accounts = simulators.world.accounts
        client = next(iter(accounts.clients))
        accounts.add_code("a-code", client)
        listing = subprocess.run(
            [SWITCHBOARD, "calls", "list", "--fate", "done", "--json", "--config-dir", config],
            capture_output=True,
            text=True,
            check=True,
            env=clean_environment(),
        )
        first = json.loads(listing.stdout)[0]
        values = {"NUMBER": first["caller"], "ID": first["session"]}
        shutil.copytree(ROOT / "configs", desk / "configs")
        yield Place(config, desk, simulators.base_url, values, "a-code")


@pytest.mark.parametrize(("document", "line"), ours())
def test_a_line_of_the_documents_works(document: str, line: str, place: Place) -> None:
    """Copying it never ends in a traceback, bad usage or a vendor's refusal."""
    words = [place.values.get(word, word) for word in shlex.split(tidy(line), comments=True)]
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
        if launcher.name.startswith("setup_"):
            return  # It installs; test_launchers runs it.
        words = [str(launcher), *words[1:]]
    done = subprocess.run(
        replaced(words, place),
        input=secrets(line, place),
        capture_output=True,
        text=True,
        check=False,
        cwd=place.desk,
        env=place.environment(),
        timeout=100,
    )
    said = f"{document}: {line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr, said
    assert done.returncode in {0, 1}, said


def test_there_are_lines_to_type() -> None:
    assert len(ours()) > 30


def tidy(line: str) -> str:
    for before, after in TIDY.items():
        line = line.replace(before, after)
    return line


def replaced(words: list[str], place: Place) -> list[str]:
    """Point --config-dir at the sandbox's configuration, but for what a line creates or ships."""
    making = "init" in words
    result = list(words)
    for at, word in enumerate(result[:-1]):
        if word == "--config-dir" and not making and not result[at + 1].startswith("configs/"):
            result[at + 1] = str(place.config)
    return result


def secrets(line: str, place: Place) -> str:
    known = credentials()
    if "zoho-code" in line:
        pair = {name: known["zoho"][name] for name in ("client_id", "client_secret")}
        return json.dumps({**pair, "code": place.code})
    return json.dumps(known)


def curl(words: list[str], place: Place) -> None:
    method, body, url = "GET", None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-d":
            body, method = next(rest), "POST"
        elif word == "-H":
            next(rest)
        elif not word.startswith("-"):
            url = re.sub(r"^http://(127\.0\.0\.1|localhost):\d+", place.base_url, word)
    reply = httpx.request(method, url, content=body, timeout=30)
    assert reply.is_success, reply.text
