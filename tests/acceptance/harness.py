"""Start simulators and product as the processes they are, and read what the CRM then holds."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))
RUN = ("calls", "run", "--all", "--hours-back", "168", "--json")
MARKER = re.compile(r"\[rc:([^\]]+)\]")
PATIENCE_SECONDS = 180.0
START_SECONDS = 300.0  # A history of 100,000 calls is made before the port answers.


def clean_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without any setting of the product."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")}
    return {**kept, "NO_COLOR": "1", **extra}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@dataclass(frozen=True)
class Outcome:
    """What a salesperson would find, without what may differ: ids, times, whose turn it was."""

    new_leads: dict[str, int]
    names: dict[str, str | None]
    statuses: dict[str, str | None]
    notes: dict[str, tuple[str, ...]]
    files: dict[str, tuple[str, ...]]
    tasks: dict[str, tuple[str, ...]]

    def differences(self, other: Outcome) -> list[str]:
        """Name what differs, so that a failing run can be read."""
        found = []
        for name in ("new_leads", "names", "statuses", "notes", "files", "tasks"):
            mine, theirs = getattr(self, name), getattr(other, name)
            found += [
                f"{name} of {key}: {mine.get(key)!r} instead of {theirs.get(key)!r}"
                for key in sorted(mine.keys() | theirs.keys())
                if mine.get(key) != theirs.get(key)
            ]
        return found


class Sandbox:
    """`switchboard sandbox` as a process, and its control door."""

    def __init__(self, home: Path, *, calls: int, speed: float, seed: int) -> None:
        self.template, self.seed = home / "template", seed
        self._log = (home / "sandbox.log").open("wb")
        port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                *(SWITCHBOARD, "sandbox", "--port", str(port), "--smtp-port", "0"),
                *("--seed", str(seed), "--calls", str(calls), "--speed", str(speed)),
                *("--write-config", str(self.template)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
        )
        self._http = httpx.Client(base_url=self.base_url, timeout=300)
        self._before: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if self._http.get("/_sim/health").is_success and self.template.exists():
                    return self
            except httpx.TransportError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise AssertionError(Path(self._log.name).read_text())
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()
        self._process.kill()
        self._process.wait()
        self._log.close()

    def reset(self) -> None:
        """Make the same world again, and remember who was in the CRM before anything happened."""
        self._http.post("/_sim/reset", json={"seed": self.seed}).raise_for_status()
        self._before = {row["id"]: row for row in self._people()}

    def plan_faults(self, *faults: dict[str, Any]) -> None:
        self._http.post("/_sim/faults", json=list(faults)).raise_for_status()

    def clear_faults(self) -> list[dict[str, Any]]:
        """Return how often each planned fault struck, and let nothing more go wrong."""
        planned: list[dict[str, Any]] = self._http.get("/_sim/faults").json()
        self._http.delete("/_sim/faults").raise_for_status()
        return planned

    def state(self, collection: str, vendor: str = "zoho_crm") -> list[dict[str, Any]]:
        reply = self._http.get(f"/_sim/state/{vendor}/{collection}")
        reply.raise_for_status()
        rows: list[dict[str, Any]] = reply.json()
        return rows

    def requests(self, vendor: str | None = None) -> list[dict[str, Any]]:
        reply = self._http.get("/_sim/requests", params={"vendor": vendor} if vendor else {})
        rows: list[dict[str, Any]] = reply.json()
        return rows

    def outcome(self) -> Outcome:
        """Return what the CRM holds now."""
        people = {row["id"]: row for row in self._people()}
        keys = {ident: self._key(row) for ident, row in people.items()}
        created = Counter(keys[ident] for ident in people if ident not in self._before)
        notes: dict[str, list[str]] = {}
        for note in self.state("notes"):
            if MARKER.search(note["title"]):
                notes.setdefault(keys[note["parent_id"]], []).append(note["title"])
        return Outcome(
            new_leads=dict(created),
            names={keys[ident]: row.get("Full_Name") for ident, row in people.items()},
            statuses={keys[ident]: row.get("Lead_Status") for ident, row in people.items()},
            notes=_sorted(notes),
            files=_sorted(self._of_people(keys, self.state("attachments"), "parent_id", _file)),
            tasks=_sorted(self._of_people(keys, self.state("tasks"), "What_Id", _task)),
        )

    def _of_people(
        self,
        keys: dict[str, str],
        rows: list[dict[str, Any]],
        parent: str,
        text: Callable[[dict[str, Any]], str],
    ) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in rows:
            person = row.get(parent) or row.get("Who_Id")
            found.setdefault(keys.get(str(person), str(person)), []).append(text(row))
        return found

    def duplicates(self) -> list[str]:
        """Name every person created twice and every call noted twice."""
        outcome = self.outcome()
        titles = [title for found in outcome.notes.values() for title in found]
        marks = Counter(mark for title in titles for mark in MARKER.findall(title))
        files = Counter(each for found in outcome.files.values() for each in found)
        tasks = Counter(MARKER.findall(each)[0] for t in outcome.tasks.values() for each in t)
        return [
            f"{count} {what} for {key}"
            for what, counts in (
                ("leads", outcome.new_leads),
                ("notes", marks),
                ("files", files),
                ("tasks", tasks),
            )
            for key, count in counts.items()
            if count > 1
        ]

    def _people(self) -> list[dict[str, Any]]:
        return self.state("leads") + self.state("contacts")

    def _key(self, row: dict[str, Any]) -> str:
        if row["id"] in self._before:
            return f"known {row['id']}"
        return "new " + re.sub(r"\D", "", row.get("Phone") or row.get("Mobile") or "?")[-10:]


def _sorted(found: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(sorted(texts)) for key, texts in found.items()}


def _file(row: dict[str, Any]) -> str:
    # A world made again has the same calls at other times.
    return f"{row['file_name'].split('_', 2)[-1]} {row['sha256']}"


def _task(row: dict[str, Any]) -> str:
    return f"{row['Subject']} {row['Status']}"


@dataclass
class Finished:
    """One run of the command that came to its end."""

    code: int
    document: dict[str, Any]
    errors: str

    @property
    def waiting(self) -> int:
        calls = int(self.document.get("calls", {}).get("waiting", 0))
        return calls + int(self.document.get("media_owed", 0))


@dataclass
class Product:
    """A configuration directory and the command that works in it."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(
        cls, sandbox: Sandbox, home: Path, *, media: bool = True, **environment: str
    ) -> Product:
        """Return an installation that has never run, beside a CRM nobody has written to.

        Media take most of a run's time; what is not about them leaves them out.
        """
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(sandbox.template, home)
        sandbox.reset()
        product = cls(home, clean_environment(**environment))
        # Charts and mails have tests of their own; here they would only take time.
        product.set("data/email_config.json", "report_settings", include_charts=False)
        product.top("data/email_config.json", recipients=[])
        product.set("data/settings.json", "media", enabled=media)
        # Longer than any request that a killed process can leave on its way at the vendor.
        product.set("data/settings.json", "journal", reconcile_after_seconds=0.5)
        return product

    def set(self, document: str, section: str, **values: Any) -> None:
        """Change keys of one section of a document, as an operator would."""
        path = self.home / document
        content = json.loads(path.read_text()) if path.exists() else {}
        content.setdefault(section, {}).update(values)
        path.write_text(json.dumps(content, indent=2))

    def top(self, document: str, **values: Any) -> None:
        """Change keys of a document itself."""
        path = self.home / document
        path.write_text(json.dumps(json.loads(path.read_text()) | values, indent=2))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SWITCHBOARD, *(arguments or RUN), "--config-dir", str(self.home)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            text=True,
        )

    def wait(self, process: subprocess.Popen[str], patience: float = PATIENCE_SECONDS) -> Finished:
        try:
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(
                f"The run did not end.\n{output[-2000:]}\n{errors[-4000:]}"
            ) from None
        document = json.loads(output) if output.strip().startswith("{") else {}
        return Finished(process.returncode, document, errors)

    def run(self, *arguments: str) -> Finished:
        return self.wait(self.start(*arguments))

    def finish(self, expected_waiting: int = 0) -> Finished:
        """Run again and again, as a schedule would, until nothing is left to do."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            finished = self.run()
            assert "Traceback" not in finished.errors, finished.errors[-4000:]
            if finished.code in (0, 1) and finished.waiting <= expected_waiting:
                return finished
            if time.monotonic() > deadline:
                raise AssertionError(f"Still waiting: {finished}")
            time.sleep(0.2)


class Killer:
    """Kills a run without warning, mostly while it talks to a vendor, sometimes anywhere."""

    def __init__(self, rng: random.Random, sandbox: Sandbox, undisturbed: Undisturbed) -> None:
        self._rng, self._sandbox, self._undisturbed = rng, sandbox, undisturbed

    def strike(self, process: subprocess.Popen[str]) -> bool:
        """Return whether the process was still alive when it was hit."""
        if self._rng.random() < 0.25:
            time.sleep(self._rng.uniform(0, self._undisturbed.seconds))
        else:
            self._wait_for_requests(process, self._rng.randint(1, self._undisturbed.requests))
            time.sleep(self._rng.choice((0, self._rng.uniform(0, 0.08))))
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return alive

    def _wait_for_requests(self, process: subprocess.Popen[str], more: int) -> None:
        goal = len(self._sandbox.requests()) + more
        while process.poll() is None and len(self._sandbox.requests()) < goal:
            time.sleep(0.004)


@dataclass(frozen=True)
class Undisturbed:
    """What one run leaves behind when nothing goes wrong, and what it took."""

    outcome: Outcome
    finished: Finished
    seconds: float
    requests: int


def undisturbed(sandbox: Sandbox, home: Path, *, media: bool = True) -> Undisturbed:
    product = Product.fresh(sandbox, home, media=media)
    started = time.monotonic()
    first = product.run()
    seconds, requests = time.monotonic() - started, len(sandbox.requests())
    assert first.code in (0, 1), first
    finished = product.finish()
    outcome = sandbox.outcome()
    assert sum(map(len, outcome.notes.values())) == finished.document["calls"]["done"] > 0
    assert sum(outcome.new_leads.values()) > 0
    return Undisturbed(outcome, finished, seconds, requests)
