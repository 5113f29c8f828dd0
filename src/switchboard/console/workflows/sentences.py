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


GROUPS = {  # By its first sentence, in the order of Wording.
    "hello": "Beginning and end",
    "not_understood": "When something is not understood",
    "hint": "Questions and answers",
    "solved": "First aid",
    "code_sending": "Who the visitor is",
    "summary": "Summary and ticket",
    "cancel": "Cancelling, switching, coming back",
    "connecting": "Handing over to a person",
    "empty": "Small talk and everything else",
    "yes": "Buttons",
}
_TITLES = {  # Where the name in the document says too little.
    "hello": "Greeting",
    "what": "First question",
    "what_else": "First question once more",
    "again": "Asking for other words",
    "goodbye_pending": "Goodbye before the ticket has a number",
    "also_mentioned": "A second matter comes up",
    "english": "Another language",
    "lost": "Still not understood",
    "choose": "Choice of topics",
    "topics": "All topics",
    "confirm": "Is this the topic?",
    "two_things": "Two matters in one message",
    "tell_me": "None of the topics",
    "first_of": "Button: which matter first",
    "hint": "What can be said at any time",
    "noted": "An answer is noted",
    "known": "What is known already",
    "why": "Why do you ask?",
    "stuck": "No usable answer again and again",
    "left_open": "A question stays open",
    "changed": "An answer is changed",
    "welcome": "After thanks",
    "unverified": "Identity not confirmed",
    "summary": "Above the summary",
    "log_it": "Log it?",
    "cancel": "Cancel?",
    "dropped": "Cancelled",
    "start_over": "Start over?",
    "fresh": "Started over",
    "kept": "Not cancelled after all",
    "switch": "Switch to another topic?",
    "later": "Another matter, afterwards",
    "long_ago": "Back after a long time",
    "connecting": "Handing over",
    "patience": "A person was called",
    "nobody": "Nobody can take the chat",
    "empty": "A message without text",
    "not_kept": "Somebody sends a password",
    "glad": "Answer to thanks",
    "greeting": "Answer to a greeting",
    "about_me": "Are you a robot?",
    "gone": "The topic is no longer offered",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of the bot's sentences; `own` is empty where ours is used."""

    key: str
    shipped: str
    own: str

    @property
    def title(self) -> str:
        return _TITLES.get(self.key) or self.key.replace("_", " ").capitalize()

    def fits(self, sought: str) -> bool:
        """Tell whether its name or its words hold what somebody looks for."""
        words = f"{self.title} {self.key} {self.shipped} {self.own}".casefold()
        return all(each in words for each in sought.casefold().split())


@dataclass(frozen=True, slots=True)
class Sentences:
    """All of them, and what is wrong with the document; `usable` False: it is no list of them."""

    rows: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    usable: bool = True

    def grouped(self, sought: str = "") -> list[tuple[str, list[Sentence]]]:
        """Return those that fit, under the headings of their groups."""
        groups: list[tuple[str, list[Sentence]]] = []
        for each in self.rows:
            if each.key in GROUPS:
                groups.append((GROUPS[each.key], []))
            if each.fits(sought):
                groups[-1][1].append(each)
        return [(title, rows) for title, rows in groups if rows]


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
