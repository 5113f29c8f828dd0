"""Change a document of examples as a person would: one line more, one line less."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from switchboard.config.editing import is_document, read
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.detector.documents import read_document
from switchboard.flows.chat_to_ticket.detector.labels import OUTSIDE
from switchboard.flows.chat_to_ticket.detector.sources import OWN
from switchboard.flows.chat_to_ticket.yaml_text import read_yaml

LONGEST_EXAMPLE = 500


def examples_place(root: Path, identity: str, workflows: frozenset[str]) -> str:
    """Return which document of the operator holds the examples of that id, or would."""
    for path in sorted((root / OWN).glob("*.y*ml")):
        place = f"{OWN.as_posix()}/{path.name}"
        if is_document(place):
            corpus, _ = read_document(place, read(root, place).text or "", workflows)
            if any(len(each.labels) == 1 and each.id == identity for each in corpus.groups):
                return place
    return f"{OWN.as_posix()}/{identity}.yaml"


def with_examples(
    text: str | None,
    identity: str,
    label: str,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> str | None:
    """Return the document with examples more and less, comments kept; None: nothing is left.

    OperatorError CHAT-001 for one that has to be corrected by hand first.
    """
    document = _loaded(text, identity, label)
    rows = document.get("examples")
    if not isinstance(rows, CommentedSeq):
        rows = document["examples"] = CommentedSeq()
    gone = {each.strip() for each in remove}
    for at in reversed(range(len(rows))):
        if str(rows[at]).strip() in gone:
            del rows[at]
    known = {str(each).strip() for each in rows}
    new = dict.fromkeys(" ".join(each.split())[:LONGEST_EXAMPLE] for each in add)
    rows.extend(DoubleQuotedScalarString(each) for each in new if each and each not in known)
    if not rows and set(document) <= {"id", "label", "examples"}:
        return None
    return _written(document)


def _loaded(text: str | None, identity: str, label: str) -> CommentedMap:
    if text is None or not text.strip():
        begun = CommentedMap(id=identity)
        if label in OUTSIDE:
            begun["label"] = label
        return begun
    _, problem = read_yaml(text, f"{identity}.yaml")
    document = None if problem else _writer().load(text)
    if not isinstance(document, CommentedMap):
        reason = problem.message if problem else "it holds no list of examples"
        raise OperatorError("CHAT-001", f"The examples of {identity} cannot be read: {reason}.")
    return document


def _written(document: CommentedMap) -> str:
    stream = io.StringIO()
    _writer().dump(document, stream)
    return stream.getvalue()


def _writer() -> YAML:
    writer = YAML()  # Keeps comments, quotes and order, and makes no objects of tags.
    writer.preserve_quotes = True
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    return writer
