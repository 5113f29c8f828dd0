"""The bot's own sentences as a form: those that ship, and those put in their places."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from switchboard.config.editing import read
from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.library import WORDING, read_sentences
from switchboard.flows.chat_to_ticket.yaml_text import read_yaml

PLACE = WORDING.as_posix()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of the bot's sentences; `own` is empty where ours is used."""

    key: str
    shipped: str
    own: str

    @property
    def title(self) -> str:
        return self.key.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Sentences:
    """All of them, and what is wrong with the document; `usable` False: it is no list of them."""

    rows: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    usable: bool = True


def sentences(root: Path) -> Sentences:
    text = read(root, PLACE).text
    shipped = Wording().model_dump()
    written, problem = read_yaml(text or "", PLACE)
    value = written.value if isinstance(written.value, dict) else {}
    rows = tuple(Sentence(key, words, str(value.get(key) or "")) for key, words in shipped.items())
    _, findings = read_sentences(text or "", PLACE)
    usable = problem is None and (written.value is None or isinstance(written.value, dict))
    return Sentences(rows, tuple(findings), usable)


def reworded(root: Path, given: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """Return the document with these sentences, and what is wrong with which; comments stay.

    A sentence left empty, or as it ships, is ours again; None: nothing is left of the document.
    """
    text = read(root, PLACE).text or ""
    document = _writer().load(text) if text.strip() else None
    if not isinstance(document, CommentedMap):
        document = CommentedMap()
    shipped = Wording().model_dump()
    for key, words in given.items():
        own = " ".join(words.split())
        if key not in shipped:
            continue
        if not own or own == shipped[key]:
            document.pop(key, None)
        elif str(document.get(key, "")) != own:
            document[key] = DoubleQuotedScalarString(own)
    if not document:
        return None, {}
    stream = io.StringIO()
    _writer().dump(document, stream)
    new = stream.getvalue()
    _, findings = read_sentences(new, PLACE)
    return new, {each.key: each.message for each in findings if each.severity == "error"}


def _writer() -> YAML:
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = 4096
    return writer
