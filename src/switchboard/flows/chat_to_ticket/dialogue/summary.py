"""The summary a visitor confirms, and the ticket that comes of it: the same rows in both."""

from __future__ import annotations

from typing import Literal

from switchboard.flows.chat_to_ticket.dialogue.text import fill, shorten
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.models import (
    AUTOMATION_SOURCE,
    AskApproval,
    Card,
    Priority,
    Row,
    TicketDraft,
)
from switchboard.flows.chat_to_ticket.workflow import Question, Workflow

LONGEST_VALUE = 120  # In the chat; the ticket has all of it.
LONGEST_SUBJECT = 150
Proof = Literal["not_needed", "verified", "unverified"]
CONTACT = ("name", "email", "phone")


def given(turn: Turn) -> list[Question]:
    """The questions whose answers count now, the contact last, as the template orders them."""
    workflow = turn.workflow
    if workflow is None:
        return []
    values = turn.values()
    counting = [
        question
        for question in workflow.questions.values()
        if question.id in turn.state.slots
        and (question.condition is None or question.condition.holds(values))
    ]
    first = workflow.ticket.fields
    last = [name for name in CONTACT if name not in first]

    def place(question: Question) -> tuple[int, int]:
        if question.id in first:
            return 0, first.index(question.id)
        return (2, last.index(question.id)) if question.id in last else (1, 0)

    return sorted(counting, key=place)


def summary_card(turn: Turn) -> Card:
    """What would be logged, row by row; the numbers are what a visitor may say to change one."""
    rows = tuple(
        Row(
            number=at,
            label=question.label,
            value=shorten(turn.state.slots[question.id].shown, LONGEST_VALUE),
        )
        for at, question in enumerate(given(turn), 1)
    )
    return Card(kind="summary", title=turn.world.title(turn.state.workflow), rows=rows)


def summary_lines(card: Card, limit: int = 200) -> list[str]:
    """Return a summary as few texts of at most *limit* characters, for channels without cards."""
    texts = [card.title] if card.title else []
    for row in card.rows:
        line = shorten(f"{row.number}. {row.label}: {row.value}", limit)
        if len(texts) > 1 and len(texts[-1]) + len(line) + 3 <= limit:
            texts[-1] += f" · {line}"
        else:
            texts.append(line)
    return texts


def draft_ticket(turn: Turn, workflow: Workflow) -> TicketDraft:
    """Put the confirmed answers into a ticket."""
    state = turn.state
    questions = given(turn)
    fields = tuple((row.label, state.slots[row.id].shown) for row in questions)
    shown = {row.id: state.slots[row.id].shown for row in questions}
    return TicketDraft(
        reference=reference(turn),
        workflow=workflow.id,
        subject=subject(workflow, shown),
        summary=_summary(turn, workflow, fields),
        fields=fields,
        priority=priority(turn, workflow),
        category=workflow.ticket.category,
        department=workflow.ticket.department,
        contact_name=_value(turn, "name"),
        contact_email=_value(turn, "email"),
        contact_phone=_value(turn, "phone"),
        verification=verification(turn, workflow),
        approval_needed=approval(turn, workflow) is not None,
        handling_minutes=workflow.handling_minutes,
        attachments=state.attachments,
        custom_fields={
            "workflow_type": workflow.id,
            "automation_source": AUTOMATION_SOURCE,
            "salesiq_chat_id": state.id,
            "salesiq_visitor_id": state.visitor.id,
        },
    )


def reference(turn: Turn) -> str:
    """The key of one confirmed request: a second confirmation of it is the same ticket."""
    return f"{turn.state.key or turn.state.id}-{turn.state.request}"


def subject(workflow: Workflow, shown: dict[str, str]) -> str:
    missing = dict.fromkeys(workflow.questions, "not given")
    known = {"title": workflow.title, "name": "visitor", "email": "", **missing, **shown}
    return shorten(fill(workflow.ticket.subject, **known), LONGEST_SUBJECT)


def priority(turn: Turn, workflow: Workflow) -> Priority:
    """The operator's word first, then what the answers call for, then the workflow's own."""
    wanted = turn.world.settings.priorities.get(workflow.id)
    if wanted:
        return wanted
    for row in workflow.escalate:
        if row.condition is None or row.condition.holds(turn.values()):
            return row.to
    return workflow.priority


def verification(turn: Turn, workflow: Workflow) -> Proof:
    """Tell whether the address that goes on the ticket is the one that was proved."""
    if workflow.verification == "none":
        return "not_needed"
    have, email = turn.state.verification, _value(turn, "email") or ""
    proved = have.state == "verified" and have.email.lower() == email.lower()
    return "verified" if proved and email else "unverified"


def approval(turn: Turn, workflow: Workflow) -> AskApproval | None:
    """Whom to ask before the help desk acts; None when nobody, or when no address was given."""
    wanted = workflow.approval
    if wanted is None or (wanted.condition and not wanted.condition.holds(turn.values())):
        return None
    own = wanted.requester is not None and wanted.requester.holds(turn.values())
    shown = {row.id: turn.state.slots[row.id] for row in given(turn)}
    name = shown.get("name" if own else wanted.name)
    email = shown.get("email" if own else wanted.email)
    if email is None or not email.value:
        return None
    texts = {key: answer.shown for key, answer in shown.items()}
    return AskApproval(
        reference=reference(turn),
        approver_name=name.shown if name and name.value else "",
        approver_email=email.value,
        subject=subject(workflow, texts),
        what=fill(wanted.what, **{**dict.fromkeys(workflow.questions, "not given"), **texts}),
    )


def _summary(turn: Turn, workflow: Workflow, fields: tuple[tuple[str, str], ...]) -> str:
    state = turn.state
    lines = [workflow.title]
    if state.first_words:
        lines.append(f"In the visitor's words: {state.first_words}")
    lines += [f"{label}: {value}" for label, value in fields]
    said = {
        "verified": "Identity: confirmed by a code sent to the e-mail address",
        "unverified": "Identity: NOT confirmed. Call the contact before changing anything",
    }
    lines += [said[key]] if (key := verification(turn, workflow)) in said else []
    if workflow.approval:
        asked = approval(turn, workflow)
        lines.append(
            f"Approval: asked of {asked.approver_email}" if asked else "Approval: not asked by us"
        )
    if state.attachments:
        lines.append(f"Files sent in the chat: {len(state.attachments)}")
    return "\n".join(lines)


def _value(turn: Turn, name: str) -> str | None:
    answer = turn.state.slots.get(name)
    return answer.value if answer and answer.value else None
