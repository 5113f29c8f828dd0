"""All a conversation goes by: workflows and wording that ship, and an operator's in their place.

An operator's document in `<configuration>/chat/workflows/` replaces the one of the same id. One
that is wrong is left out, the one that ships stays in force, and the finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from switchboard.config.findings import ConfigError, Finding, finding
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.lint import read
from switchboard.flows.chat_to_ticket.reading import Raw, shared_questions
from switchboard.flows.chat_to_ticket.rewording import read_wording
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.flows.chat_to_ticket.yaml_text import (
    LARGEST_FILE,
    Written,
    read_yaml,
    with_lines,
)

SHIPPED = Path(__file__).parent / "workflows"
OPERATORS = Path("chat") / "workflows"
WORDING = Path("chat") / "wording.yaml"
SHARED = "shared.yaml"


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
    shipped, findings = _ours()
    if config_dir is None:
        return Library(dict(shipped), findings)
    folder = config_dir / OPERATORS
    own, more = _folder(folder, OPERATORS.as_posix(), _our_questions())
    wording, others = _wording(config_dir / WORDING)
    return Library(shipped | own, (*findings, *more, *others), wording)


@cache
def _ours() -> tuple[dict[str, Workflow], tuple[Finding, ...]]:
    """Read what ships once a process: it does not change under us."""
    shipped, findings = _folder(SHIPPED, SHIPPED.name, {})
    broken = [each for each in findings if each.severity == "error"]
    if broken:
        raise ConfigError(broken)
    return shipped, tuple(findings)


@cache
def _our_questions() -> dict[str, Raw]:
    return _shared(SHIPPED)


def read_workflow(
    text: str, file: str, shared: dict[str, Raw]
) -> tuple[Workflow | None, list[Finding]]:
    """Return the workflow a text describes, unless it is broken, and every finding's line."""
    written, problem = read_yaml(text, file)
    return (None, [problem]) if problem else _read(written, file, shared)


def read_sentences(text: str, file: str) -> tuple[Wording, list[Finding]]:
    """Return the bot's sentences as a text replaces them, and what is wrong with it."""
    written, problem = read_yaml(text, file)
    if problem:
        return Wording(), [problem]
    wording, findings = read_wording(written.value, file)
    return wording, with_lines(findings, written)


def shared_of(config_dir: Path | None) -> dict[str, Raw]:
    """Return the questions an operator's workflows may take over: ours, and theirs in place."""
    own = _shared(config_dir / OPERATORS) if config_dir else {}
    return _our_questions() | own


def _read(
    written: Written, file: str, shared: dict[str, Raw]
) -> tuple[Workflow | None, list[Finding]]:
    workflow, findings = read(written.value, file, shared)
    return workflow, with_lines(findings, written)


def _wording(path: Path) -> tuple[Wording, list[Finding]]:
    if not path.is_file():
        return Wording(), []
    text, problem = _text(path, WORDING.as_posix())
    return (Wording(), [problem]) if problem else read_sentences(text, WORDING.as_posix())


def _folder(
    folder: Path, shown: str, base: dict[str, Raw]
) -> tuple[dict[str, Workflow], list[Finding]]:
    workflows: dict[str, Workflow] = {}
    findings: list[Finding] = []
    shared = base | _shared(folder)
    for path in _documents(folder):
        file = f"{shown}/{path.name}"
        text, problem = _text(path, file)
        written, unreadable = (Written(), problem) if problem else read_yaml(text, file)
        if unreadable:
            findings.append(unreadable)
            continue
        if path.name == SHARED:
            continue
        workflow, more = _read(written, file, shared)
        findings += more
        if workflow is None:
            continue
        if workflow.id in workflows:
            message = f"another file of this folder is {workflow.id!r} already"
            line = written.line("id")
            findings.append(finding("CHAT-108", file, message, key="id", line=line))
        else:
            workflows[workflow.id] = workflow
    return workflows, findings


def _documents(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted({*folder.glob("*.yaml"), *folder.glob("*.yml")})


def _shared(folder: Path) -> dict[str, Raw]:
    path = folder / SHARED
    if not path.is_file():
        return {}
    text, problem = _text(path, SHARED)
    return {} if problem else shared_questions(read_yaml(text, SHARED)[0].value)


def _text(path: Path, file: str) -> tuple[str, Finding | None]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return "", finding("CHAT-101", file, "it is far too large for a workflow")
        return path.read_text("utf-8"), None
    except (OSError, UnicodeDecodeError) as error:
        return "", finding("CHAT-101", file, f"it cannot be read: {type(error).__name__}")
