"""A workflow's document as somebody edits it: what is wrong with it, and how it differs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from switchboard.config.editing import DiffLine, difference, read
from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.catalogue import Entry, check, entry, is_name, place_of
from switchboard.flows.chat_to_ticket.library import shared_of
from switchboard.flows.chat_to_ticket.workflow import Workflow

_NEW = """id: {name}
title: {title}
description: What visitors mean when they need this, in a sentence.
priority: Medium
handling_minutes: 15
intro: Let us look at it together.
steps:
  - ask: problem
    label: Problem
    question: What is the matter?
    kind: choice
    options:
      - It does not work
      - I need something new
    other: true
  - guide: restart
    if: problem is it_does_not_work
    text:
      - Please switch it off and on again, and try once more.
  - ask: details
    label: Details
    question: Is there anything else the technician should know? You can say "skip".
    kind: text
    optional: true
  - use: name
  - use: email
  - use: phone
ticket:
  subject: "{{title}}: {{problem}} ({{name}})"
  category: Other
  fields: [problem, details]
closing: A technician will look into it.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text in the form, read as the bot would read it."""

    entry: Entry
    text: str
    workflow: Workflow | None
    findings: tuple[Finding, ...]
    is_new: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity == "error")

    @property
    def changed(self) -> bool:
        return self.text != (self.entry.own if self.entry.own is not None else self.entry.shipped)

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


def draft_of(root: Path, name: str, text: str | None = None) -> Draft | None:
    """Return a workflow as *text* has it, or as it stands; None where there is no such one."""
    found = entry(root, name)
    is_new = found is None
    if found is None:
        if text is None or not is_name(name):
            return None
        found = Entry(name, place_of(name), None, None, None)
    text = found.text if text is None else plain(text)
    workflow, findings = check(text, found.place, name, shared_of(root))
    return Draft(found, text, workflow, tuple(findings), is_new)


def template(name: str, title: str) -> str:
    """Return the document a new workflow begins as."""
    return _NEW.format(name=name, title=quoted(title))


def quoted(text: str) -> str:
    """Write any text as one YAML value."""
    inner = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def plain(text: str) -> str:
    """Return what a form sends as a document has it: other line ends, one at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def against_ours(root: Path, found: Entry) -> list[DiffLine]:
    """Compare an operator's document with the one that ships."""
    if found.shipped is None or found.own is None:
        return []
    return difference(found.shipped, read(root, found.place).text)
