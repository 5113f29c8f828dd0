"""Say everything that is wrong with a workflow document: where, what, and how to cure it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from switchboard.config.findings import Finding, finding
from switchboard.flows.chat_to_ticket.conditions import Condition, ConditionError, read_condition
from switchboard.flows.chat_to_ticket.reading import Raw, expand
from switchboard.flows.chat_to_ticket.workflow import (
    OPTION_KINDS,
    Approval,
    Escalation,
    Guidance,
    Option,
    Question,
    TicketTemplate,
    Workflow,
)

LONGEST_TEXT = 200  # SalesIQ refuses longer bubbles (zoho-salesiq.md §5, failure 1005).
LONGEST_LABEL = 60
MOST_OPTIONS = 9  # WhatsApp shows ten suggestions; one of them is the way out.
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
ALWAYS_KNOWN = frozenset({"name", "email", "title"})  # Placeholders that need no slot.


def read(raw: Any, file: str, shared: Mapping[str, Raw]) -> tuple[Workflow | None, list[Finding]]:
    """Return the workflow, unless an error forbids it, and what should be changed."""
    if not isinstance(raw, dict):
        return None, [finding("CHAT-101", file, "it holds no workflow: a mapping of keys")]
    document = expand(raw, shared)
    findings = [*_shape(document, file, shared)]
    if any(each.severity == "error" for each in findings):
        return None, findings
    try:
        workflow = Workflow.model_validate(document)
    except ValidationError as error:
        return None, [*findings, *_explain(error, file)]
    findings += _meaning(workflow, file)
    broken = any(each.severity == "error" for each in findings)
    return (None if broken else workflow), findings


def _shape(document: Raw, file: str, shared: Mapping[str, Raw]) -> Iterator[Finding]:
    """Check keys and the forms that pydantic would explain badly."""
    yield from _unknown(document, Workflow, "", file)
    yield from _unknown(document.get("ticket"), TicketTemplate, "ticket", file)
    yield from _unknown(document.get("approval"), Approval, "approval", file)
    for at, row in enumerate(_list(document.get("escalate"))):
        yield from _unknown(row, Escalation, f"escalate[{at}]", file)
        yield from _condition(row, f"escalate[{at}]", file)
    for at, step in enumerate(_list(document.get("steps"))):
        key = f"steps[{at}]"
        if not isinstance(step, dict) or not {"ask", "guide", "use"} & set(step):
            yield finding("CHAT-103", file, "is neither `ask`, `guide` nor `use`", key=key)
            continue
        if "use" in step:
            names = ", ".join(shared)
            message = f"there is no shared question {step['use']!r}; there are {names}"
            yield finding("CHAT-104", file, message, key=f"{key}.use")
            continue
        yield from _unknown(step, Question if "ask" in step else Guidance, key, file)
        yield from _condition(step, key, file)
        for number, option in enumerate(_list(step.get("options"))):
            place = f"{key}.options[{number}]"
            yield from _unknown(option, Option, place, file)
            if not isinstance(option, dict) or not option.get("label"):
                yield finding("CHAT-106", file, "has no label", key=place)


def _unknown(row: Any, model: type[BaseModel], key: str, file: str) -> Iterator[Finding]:
    if not isinstance(row, dict):
        return
    known = [info.alias or name for name, info in model.model_fields.items()]
    for name in row:
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            guess = f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(known)}"
            place = f"{key}.{name}" if key else str(name)
            yield finding("CHAT-102", file, f"is unknown{guess}", key=place)


def _condition(row: Any, key: str, file: str) -> Iterator[Finding]:
    text = row.get("if") if isinstance(row, dict) else None
    if text is None:
        return
    try:
        read_condition(text if isinstance(text, str) else "")
    except ConditionError as error:
        yield finding("CHAT-105", file, str(error), key=f"{key}.if")


def _explain(error: ValidationError, file: str) -> Iterator[Finding]:
    for row in error.errors(include_url=False):
        parts = [part for part in row["loc"] if part not in {"ask", "guide"}]
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
        yield finding("CHAT-107", file, row["msg"], key=key.lstrip("."))


def _meaning(workflow: Workflow, file: str) -> Iterator[Finding]:
    yield from _duplicates(workflow, file)
    yield from _references(workflow, file)
    yield from _texts(workflow, file)
    yield from _questions(workflow, file)


def _duplicates(workflow: Workflow, file: str) -> Iterator[Finding]:
    for name in _twice(step.id for step in workflow.steps):
        yield finding("CHAT-108", file, f"two steps are called {name!r}", key="steps")
    for at, step in enumerate(workflow.steps):
        if not isinstance(step, Question):
            continue
        for name in _twice(option.id for option in step.options):
            yield finding("CHAT-108", file, f"two options are {name!r}", key=f"steps[{at}].options")
        for name in _twice(option.label.lower() for option in step.options):
            message = f"two options read {name!r}"
            yield finding("CHAT-108", file, message, key=f"steps[{at}].options")


def _references(workflow: Workflow, file: str) -> Iterator[Finding]:
    """Check that conditions, placeholders and lists name slots that exist, and come earlier."""
    before: dict[str, Question] = {}
    for at, step in enumerate(workflow.steps):
        if step.condition:
            yield from _clauses(step.condition, before, workflow, f"steps[{at}].if", file)
        if isinstance(step, Question):
            before[step.id] = step
    for at, row in enumerate(workflow.escalate):
        if row.condition:
            yield from _clauses(row.condition, before, workflow, f"escalate[{at}].if", file)
    named = [("ticket.subject", name) for name in PLACEHOLDER.findall(workflow.ticket.subject)]
    named += [("ticket.fields", name) for name in workflow.ticket.fields]
    if workflow.approval:
        given = workflow.approval
        named += [("approval.name", given.name), ("approval.email", given.email)]
        named += [("approval.what", name) for name in PLACEHOLDER.findall(given.what)]
    for key, name in named:
        if name not in before and name not in ALWAYS_KNOWN:
            yield finding("CHAT-109", file, f"no step asks for {name!r}", key=key)


def _clauses(
    condition: Condition, before: Mapping[str, Question], workflow: Workflow, key: str, file: str
) -> Iterator[Finding]:
    for clause in condition.clauses:
        question = before.get(clause.slot)
        if question is None:
            later = clause.slot in workflow.questions
            why = "is asked only later" if later else "is asked by no step"
            message = f"{clause.slot!r} {why}: this could never apply"
            yield finding("CHAT-109", file, message, key=key)
        elif clause.test in {"is", "is not", "in", "not in"} and question.options:
            known = {option.id for option in question.options}
            for value in clause.values:
                if value not in known and not (question.other and value == "other"):
                    message = f"{clause.slot!r} is never {value!r}; it is {', '.join(known)}"
                    yield finding("CHAT-110", file, message, key=key)


def _texts(workflow: Workflow, file: str) -> Iterator[Finding]:
    texts = [("intro", workflow.intro), ("closing", workflow.closing)]
    if workflow.approval:
        texts.append(("approval.notice", workflow.approval.notice))
    for at, step in enumerate(workflow.steps):
        texts.append((f"steps[{at}].question", step.question))
        if isinstance(step, Question):
            texts += [(f"steps[{at}].why", step.why), (f"steps[{at}].error", step.error)]
            labels = [option.shown for option in step.options]
            for label in labels:
                if len(label) > LONGEST_LABEL:
                    message = f"{len(label)} characters; a button holds {LONGEST_LABEL}: {label!r}"
                    yield finding("CHAT-111", file, message, key=f"steps[{at}].options")
        else:
            texts += [(f"steps[{at}].text[{no}]", text) for no, text in enumerate(step.text)]
    for key, text in texts:
        if len(text) > LONGEST_TEXT:
            message = f"{len(text)} characters; a chat bubble holds {LONGEST_TEXT}"
            yield finding("CHAT-111", file, message, key=key)


def _questions(workflow: Workflow, file: str) -> Iterator[Finding]:
    for at, step in enumerate(workflow.steps):
        if not isinstance(step, Question):
            continue
        key = f"steps[{at}]"
        if step.kind in OPTION_KINDS and len(step.options) < 2:  # noqa: PLR2004
            yield finding("CHAT-106", file, f"a {step.kind} needs two options", key=key)
        if step.options and step.kind not in OPTION_KINDS:
            yield finding("CHAT-106", file, f"a {step.kind} takes no options", key=key)
        if len(step.options) > MOST_OPTIONS:
            message = f"{len(step.options)} options; some channels show {MOST_OPTIONS}"
            yield finding("CHAT-112", file, message, key=key)
        try:
            re.compile(step.pattern)
        except re.error as error:
            message = f"is no regular expression: {error}"
            yield finding("CHAT-107", file, message, key=f"{key}.pattern")
    for name in ("name", "email"):
        if name not in workflow.questions:
            yield finding("CHAT-113", file, f"nothing asks for the {name}", key="steps")


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
