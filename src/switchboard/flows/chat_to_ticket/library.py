"""All a conversation goes by: workflows and wording that ship, and an operator's in their place.

An operator's document in `<configuration>/chat/workflows/` replaces the one of the same id. One
that is wrong is left out, the one that ships stays in force, and the finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from switchboard.config.findings import ConfigError, Finding, finding
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.lint import read
from switchboard.flows.chat_to_ticket.reading import Raw, shared_questions
from switchboard.flows.chat_to_ticket.rewording import read_wording
from switchboard.flows.chat_to_ticket.workflow import Workflow

SHIPPED = Path(__file__).parent / "workflows"
OPERATORS = Path("chat") / "workflows"
WORDING = Path("chat") / "wording.yaml"
SHARED = "shared.yaml"
LARGEST_FILE = 256 * 1024  # A document of a hundred questions has a tenth of that.


@dataclass(frozen=True, slots=True)
class Library:
    workflows: dict[str, Workflow]
    findings: tuple[Finding, ...] = ()
    wording: Wording = field(default_factory=Wording)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps an operator's document from being used."""
        return tuple(each for each in self.findings if each.severity == "error")


def load_library(config_dir: Path | None = None) -> Library:
    """Read every document; ConfigError when a shipped one is broken, which a test forbids."""
    shipped, findings = _folder(SHIPPED, SHIPPED.name, {})
    broken = [each for each in findings if each.severity == "error"]
    if broken:
        raise ConfigError(broken)
    if config_dir is None:
        return Library(shipped, tuple(findings))
    folder = config_dir / OPERATORS
    own, more = _folder(folder, OPERATORS.as_posix(), _shared(SHIPPED))
    wording, others = _wording(config_dir / WORDING)
    return Library(shipped | own, (*findings, *more, *others), wording)


def _wording(path: Path) -> tuple[Wording, list[Finding]]:
    if not path.is_file():
        return Wording(), []
    raw, problem = _yaml(path, WORDING.as_posix())
    return (Wording(), [problem]) if problem else read_wording(raw, WORDING.as_posix())


def _folder(
    folder: Path, shown: str, base: dict[str, Raw]
) -> tuple[dict[str, Workflow], list[Finding]]:
    workflows: dict[str, Workflow] = {}
    findings: list[Finding] = []
    shared = base | _shared(folder)
    for path in _documents(folder):
        file = f"{shown}/{path.name}"
        raw, problem = _yaml(path, file)
        if problem:
            findings.append(problem)
            continue
        if path.name == SHARED:
            continue
        workflow, more = read(raw, file, shared)
        findings += more
        if workflow is None:
            continue
        if workflow.id in workflows:
            message = f"another file of this folder is {workflow.id!r} already"
            findings.append(finding("CHAT-108", file, message, key="id"))
        else:
            workflows[workflow.id] = workflow
    return workflows, findings


def _documents(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted({*folder.glob("*.yaml"), *folder.glob("*.yml")})


def _shared(folder: Path) -> dict[str, Raw]:
    path = folder / SHARED
    return shared_questions(_yaml(path, SHARED)[0]) if path.is_file() else {}


def _yaml(path: Path, file: str) -> tuple[Any, Finding | None]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None, finding("CHAT-101", file, "it is far too large for a workflow")
        return YAML(typ="safe", pure=True).load(path.read_text("utf-8")), None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        return None, finding("CHAT-101", file, str(error.problem or "not YAML"), line=line)
    except (OSError, UnicodeDecodeError, YAMLError, ValueError) as error:
        return None, finding("CHAT-101", file, f"it cannot be read: {type(error).__name__}")
