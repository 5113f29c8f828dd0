"""Tell what a workflow does step by step, in words of people who never saw its document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from switchboard.flows.chat_to_ticket.conditions import Clause, Condition
from switchboard.flows.chat_to_ticket.workflow import Question, Workflow

Kind = Literal["ask", "guide", "verify", "approve", "ticket"]
_MOST_ANSWERS = 4
_TESTS = {
    "is": "is",
    "is not": "is not",
    "in": "is one of",
    "not in": "is none of",
    "over": "is over",
    "under": "is under",
    "answered": "is known",
    "unanswered": "is not known",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One step: what it is, what is said, and when it applies ("" always)."""

    kind: Kind
    title: str
    below: str = ""
    when: str = ""


def outline(workflow: Workflow) -> list[Point]:
    return [*_steps(workflow), *_end(workflow)]


def _steps(workflow: Workflow) -> Iterator[Point]:
    for step in workflow.steps:
        when = words_of(step.condition, workflow) if step.condition else ""
        if isinstance(step, Question):
            yield Point("ask", step.question, _answers(step), when)
        else:
            yield Point("guide", " ".join(step.text), step.question, when)


def _end(workflow: Workflow) -> Iterator[Point]:
    if workflow.verification == "email_code":
        yield Point("verify", "A code is mailed to the visitor, who types it in the chat.")
    ticket = workflow.ticket
    where = f"Category {ticket.category}. " if ticket.category else ""
    raised = "; ".join(
        f"{row.to} when {words_of(row.condition, workflow)}" if row.condition else row.to
        for row in workflow.escalate
    )
    priority = f"Priority {workflow.priority}{f'; {raised}' if raised else ''}."
    yield Point("ticket", f"A ticket: {ticket.subject}", f"{where}{priority}")
    if workflow.approval:
        yield Point(
            "approve", f"The point of contact is asked to approve: {workflow.approval.what}"
        )


def words_of(condition: Condition, workflow: Workflow) -> str:
    """Return a condition with labels in place of ids."""
    joined = " and " if condition.every else " or "
    return joined.join(_clause(each, workflow) for each in condition.clauses)


def _clause(clause: Clause, workflow: Workflow) -> str:
    question = workflow.questions.get(clause.slot)
    label = question.label if question else clause.slot
    options = {each.id: each.label for each in question.options} if question else {}
    values = ", ".join(f"“{options.get(each, each)}”" for each in clause.values)
    return f"{label} {_TESTS[clause.test]} {values}".rstrip()


def _answers(question: Question) -> str:
    labels = [each.shown for each in question.options]
    if question.other:
        labels.append("something else")
    if not labels:
        return "May be left open." if question.optional else ""
    more = len(labels) - _MOST_ANSWERS
    shown = " · ".join(labels[:_MOST_ANSWERS])
    return f"{shown} and {more} more" if more > 0 else shown
