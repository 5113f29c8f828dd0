"""Read one YAML file of examples: every value as the text that stands there, findings with lines.

A file of examples is {id, label, title, description, replace, examples}; `either` holds messages
that several workflows may mean; lexicon.yaml has lists of words by concept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.detector.corpus import Corpus, Group, Line
from switchboard.flows.chat_to_ticket.detector.findings import found
from switchboard.flows.chat_to_ticket.detector.labels import OUTSIDE
from switchboard.flows.chat_to_ticket.models import LABELS

LEXICON = "lexicon.yaml"
MOST_CHARACTERS = 1_000_000
_KEYS = {"id", "label", "title", "description", "replace", "examples"}
_LONGEST_EXAMPLE = 2000
_SHIPPED = frozenset(LABELS)


@lru_cache(maxsize=64)  # Ours are read again for every change of an operator's.
def read_document(
    name: str, text: str, workflows: frozenset[str] = _SHIPPED
) -> tuple[Corpus, list[Finding]]:
    """Return what a file teaches, and what is wrong in it; *workflows* are the labels there are."""
    findings: list[Finding] = []
    if len(text) > MOST_CHARACTERS:
        return Corpus(()), [found("CHAT-001", name, "The file is larger than one megabyte.")]
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return Corpus(()), [found("CHAT-001", name, f"{error.problem or error}.", line=line)]
    except (YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Corpus(()), [found("CHAT-001", name, f"{reason}.")]
    if not isinstance(root, MappingNode):
        return Corpus(()), [found("CHAT-002", name, "The file is not a list of keys and values.")]
    if name.rpartition("/")[2] == LEXICON:
        return Corpus((), dict(_concepts(name, root, findings))), findings
    parts = dict(_pairs(root))
    if "either" in parts:
        groups = tuple(_either(name, parts["either"], findings, workflows))
    else:
        groups = tuple(_group(name, root, findings, workflows))
    return Corpus(groups), findings


def _group(
    name: str, root: MappingNode, findings: list[Finding], workflows: frozenset[str]
) -> Iterator[Group]:
    parts = dict(_pairs(root))
    for key in parts.keys() - _KEYS:
        line = parts[key].start_mark.line + 1
        findings.append(found("CHAT-002", name, "This key is unknown.", key=key, line=line))
    identity = _scalar(parts.get("id")) or name.rpartition("/")[2].removesuffix(".yaml")
    label = _scalar(parts.get("label")) or identity
    if label not in workflows and label not in OUTSIDE:
        known = ", ".join((*sorted(workflows), *OUTSIDE))
        findings.append(found("CHAT-003", name, f"{label!r} is none of {known}.", key="label"))
        return
    if label in workflows and identity != label:
        words = f"A workflow's examples have its own id, so {label!r} instead of {identity!r}."
        findings.append(found("CHAT-002", name, words, key="id"))
        return
    lines = tuple(_lines(name, parts.get("examples"), findings))
    yield Group(
        identity,
        (label,),
        lines,
        name,
        _scalar(parts.get("title")),
        _scalar(parts.get("description")),
        replace=_scalar(parts.get("replace")).lower() in {"true", "yes"},
    )


def _either(
    name: str, node: Node, findings: list[Finding], workflows: frozenset[str]
) -> Iterator[Group]:
    if not isinstance(node, SequenceNode):
        findings.append(found("CHAT-002", name, "This has to be a list.", key="either"))
        return
    for at, part in enumerate(node.value):
        parts = dict(_pairs(part))
        labels_node = parts.get("labels")
        values = labels_node.value if isinstance(labels_node, SequenceNode) else []
        labels = tuple(_scalar(each) for each in values)
        key, line = f"either[{at}].labels", part.start_mark.line + 1
        if len(set(labels)) < 2 or not set(labels) <= workflows:  # noqa: PLR2004 - a choice
            words = f"Two or more workflows are needed here; there is {', '.join(labels) or 'none'}"
            findings.append(found("CHAT-003", name, f"{words}.", key=key, line=line))
            continue
        lines = tuple(_lines(name, parts.get("examples"), findings))
        yield Group(f"either[{at}]", labels, lines, name)


def _lines(name: str, node: Node | None, findings: list[Finding]) -> Iterator[Line]:
    if not isinstance(node, SequenceNode):
        findings.append(found("CHAT-002", name, "This has to be a list.", key="examples"))
        return
    for each in node.value:
        line = each.start_mark.line + 1
        text = _text(each)
        if text is None:
            words = "This is not one sentence; put quotation marks around it."
            findings.append(found("CHAT-002", name, words, key="examples", line=line))
            continue
        pitfall = _pitfall(each)
        if pitfall:
            findings.append(found("CHAT-008", name, pitfall, key="examples", line=line))
        if not text.strip():
            findings.append(found("CHAT-002", name, "This is empty.", key="examples", line=line))
            continue
        yield Line(text.strip()[:_LONGEST_EXAMPLE], line)


def _text(node: Node) -> str | None:
    """The sentence as it stands there, also where YAML sees `RDP: broken` as key and value."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if isinstance(key, ScalarNode) and isinstance(value, ScalarNode):
            return f"{key.value}: {value.value}"
    return None


def _pitfall(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "YAML reads a colon as key and value; put quotation marks around the sentence."
    if not isinstance(node, ScalarNode) or node.style:
        return ""
    meant = str(node.tag).rpartition(":")[2]
    ambiguous = node.value.lower() in {"yes", "no", "on", "off", "y", "n"}
    if meant != "str" or ambiguous:
        return f"YAML may read {node.value!r} as something else than text; put quotation marks."
    return ""


def _concepts(
    name: str, root: MappingNode, findings: list[Finding]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for concept, node in _pairs(root):
        if not isinstance(node, SequenceNode):
            line = node.start_mark.line + 1
            words = "A concept is a list of words."
            findings.append(found("CHAT-002", name, words, key=concept, line=line))
            continue
        terms = (_scalar(each).lower().strip() for each in node.value)
        yield concept, tuple(each for each in terms if each)


def _pairs(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield str(key.value), value


def _scalar(node: Node | None) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else ""
