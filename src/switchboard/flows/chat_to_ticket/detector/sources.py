"""The files of examples on the disk: ours, and those an operator adds to them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.detector.corpus import Corpus, merged
from switchboard.flows.chat_to_ticket.detector.documents import MOST_CHARACTERS, read_document
from switchboard.flows.chat_to_ticket.detector.findings import found
from switchboard.flows.chat_to_ticket.detector.labels import OUTSIDE
from switchboard.flows.chat_to_ticket.detector.lint import lint
from switchboard.flows.chat_to_ticket.detector.stored import code_version
from switchboard.flows.chat_to_ticket.models import LABELS

SHIPPED = Path(__file__).parent.parent / "examples"
OWN = Path("chat") / "examples"
WORKFLOWS = Path("chat") / "workflows"
SHIPPED_NAME = "shipped"
_ID = re.compile(r"^id:[ \t]*[\"']?([\w-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sources:
    """The contents of all files, by the name findings call them."""

    shipped: dict[str, bytes]
    own: dict[str, bytes]
    unreadable: tuple[Finding, ...] = ()
    workflows: frozenset[str] = frozenset(LABELS)  # Those that ship, and the operator's own.

    @property
    def key(self) -> str:
        """The same for the same files and the same code, whenever and wherever."""
        digest = hashlib.sha256(f"{code_version()} {sorted(self.workflows)}".encode())
        for name, content in (*self.shipped.items(), *self.own.items()):
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()

    def ours_alone(self) -> Sources:
        """The same without the operator's files."""
        return Sources(self.shipped, {})

    def corpus(self) -> tuple[Corpus, list[Finding]]:
        """Parse and lint everything."""
        findings = list(self.unreadable)
        shipped = _parsed(self.shipped, findings, self.workflows)
        own = _parsed(self.own, findings, self.workflows)
        whole = merged(shipped, own)
        return whole, [*findings, *lint(whole)]


def read_sources(root: Path | None, shipped: Path = SHIPPED) -> Sources:
    """Read all files; *root* is the configuration directory."""
    findings: list[Finding] = []
    ours = _folder(shipped, SHIPPED_NAME, findings)
    theirs = _folder(root / OWN, OWN.as_posix(), findings) if root is not None else {}
    workflows = {*LABELS, *(_workflow_ids(root / WORKFLOWS) if root is not None else ())}
    return Sources(ours, theirs, tuple(findings), frozenset(workflows))


def _folder(path: Path, name: str, findings: list[Finding]) -> dict[str, bytes]:
    contents = {}
    for each in sorted((*path.glob("*.yaml"), *path.glob("*.yml"))):
        place = f"{name}/{each.name}"
        try:
            with each.open("rb") as file:
                contents[place] = file.read(4 * MOST_CHARACTERS)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            findings.append(found("CHAT-001", place, f"The file cannot be read: {reason}."))
    return contents


def _workflow_ids(folder: Path) -> set[str]:
    """The workflows an operator has added; what is wrong with them is for their own lint."""
    found = set()
    for each in sorted(folder.glob("*.y*ml")):
        try:
            match = _ID.search(each.read_text("utf-8-sig", errors="replace"))
        except OSError:
            continue
        if match is not None and match[1] not in OUTSIDE:
            found.add(match[1])
    return found


def _parsed(
    contents: dict[str, bytes], findings: list[Finding], workflows: frozenset[str]
) -> Corpus:
    whole = Corpus(())
    for name, content in contents.items():
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            findings.append(found("CHAT-001", name, "The file is not UTF-8 text."))
            continue
        part, wrong = read_document(name, text, workflows)
        findings += wrong
        whole = (
            merged(whole, part)
            if not any(each.replace for each in part.groups)
            else Corpus((*whole.groups, *part.groups), whole.concepts)
        )
    return whole
