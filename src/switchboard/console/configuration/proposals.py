"""A change somebody proposes: what it would do, and what keeps it from being done."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from switchboard.config.describing import Difference, described
from switchboard.config.editing import (
    DiffLine,
    Document,
    difference,
    digest,
    is_document,
    read,
    title_of,
)
from switchboard.config.findings import Finding
from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.mails.engine import shipped_at
from switchboard.flows.configuration_check import check_all, check_changed, in_the_way

_REMEMBERED = 200  # Texts people have open in forms; older ones the history may know.


@dataclass(frozen=True, slots=True)
class Proposal:
    """New texts by place (None: removed), and the digests of what somebody saw before."""

    title: str
    changes: Mapping[str, str | None]
    seen: Mapping[str, str]
    back: str = "/configuration"
    undoes: str | None = None

    def written(self) -> str:
        """Return it as text, for a form to carry."""
        return json.dumps(
            {
                "title": self.title,
                "changes": dict(self.changes),
                "seen": dict(self.seen),
                "back": self.back,
                "undoes": self.undoes,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Proposal:
        """Read what a form carried; RejectedError for anything else."""
        try:
            made = cls(**json.loads(text))
            sound = isinstance(made.title, str) and made.back.startswith("/")
            sound = sound and set(made.seen) == set(made.changes)
            for place, new in made.changes.items():
                sound = sound and is_document(place) and isinstance(new, str | None)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise _unusable() from error
        if not (sound and made.changes):
            raise _unusable()
        return made


@dataclass(frozen=True, slots=True)
class Compared:
    """One document of a proposal beside what it is now."""

    place: str
    title: str
    lines: tuple[DiffLine, ...]
    kind: str  # "changed", "new", "removed"
    words: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a proposal, and what would be new to worry about."""

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


class _Shown:
    """Texts as they were when somebody opened a form, by digest: to join two people's changes."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def keep(self, document: Document) -> None:
        if document.text is None:
            return
        with self._lock:
            self._texts[document.digest] = document.text
            self._texts.move_to_end(document.digest)
            while len(self._texts) > _REMEMBERED:
                self._texts.popitem(last=False)

    def text(self, wanted: str) -> str | None:
        with self._lock:
            return self._texts.get(wanted)


SHOWN = _Shown()


def look(root: Path, place: str) -> Document:
    """Read a document for a form: what it says now is remembered."""
    document = read(root, place)
    SHOWN.keep(document)
    return document


def judged(root: Path, changes: Mapping[str, str | None]) -> Verdict:
    """Check everything as it would be."""
    _, before = check_all(root)
    _, after = check_changed(root, changes)
    known = {(each.code, each.file, each.key, each.message) for each in before}
    fresh = tuple(
        each
        for each in after
        if each.severity == "warning"
        and (each.code, each.file, each.key, each.message) not in known
    )
    return Verdict(tuple(in_the_way(changes, before, after)), fresh)


def compared(
    root: Path, changes: Mapping[str, str | None], offices: Mapping[str, str]
) -> list[Compared]:
    """Set every document of a proposal beside what it is now."""
    return [
        compare(place, read(root, place).text, text, offices) for place, text in changes.items()
    ]


def compare(
    place: str, before: str | None, after: str | None, offices: Mapping[str, str]
) -> Compared:
    kind = "new" if before is None else "removed" if after is None else "changed"
    ours = shipped_at(place)  # Beside what is, or will be, used without a text of one's own.
    lines = tuple(difference(ours if before is None else before, ours if after is None else after))
    words = described(before, after) if place.endswith(".json") and kind == "changed" else ()
    return Compared(place, title_of(place, offices), lines, kind, words)


def outdated(root: Path, proposal: Proposal) -> list[Document]:
    """Return the documents that are no longer what their form was made from, as they are now."""
    now = [read(root, place) for place in proposal.changes]
    return [
        each
        for each in now
        if each.digest not in {proposal.seen[each.place], digest(proposal.changes[each.place])}
    ]


def _unusable() -> RejectedError:
    return RejectedError("CON-422", "The form lacks something, or holds what it cannot hold.")
