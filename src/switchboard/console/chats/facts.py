"""What is known of a chat in pairs of a name and a value: topic, step, identity, answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.console.chats.words import STAGES, titled
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.records import ChatRecord
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.people.phone import international

_VISITOR = (
    ("E-mail", "email"),
    ("Phone", "phone"),
    ("Country", "country"),
    ("Language", "language"),
    ("Came from", "page_url"),
)
_PERSONAL = {"email", "phone", "person", "username"}
_CONTACT = {"name", "email", "phone"}
_SOURCES = {"profile": "as SalesIQ knew it", "missing": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    label: str
    value: str
    note: str
    personal: bool


def facts_of(record: ChatRecord, workflows: Mapping[str, Workflow]) -> tuple[tuple[str, str], ...]:
    row, state, account = record.row, record.state, record.account
    chat = state.conversation if state else None
    workflow = workflows.get(row.workflow or "")
    pairs = [("Topic", titled(workflows, row.workflow) or "Not clear yet")]
    if chat and chat.first_words:
        pairs.append(("In their words", masked(chat.first_words)))
    if chat and chat.current and row.closed_at is None:
        pairs.append(("Asked now", ", ".join(_label(workflow, name) for name in chat.current)))
    if row.closed_at is None:
        pairs.append(("Step", STAGES.get(row.stage, row.stage)))
    if account and account.why:
        pairs.append(("Came to", account.why.removesuffix(".")))
    if state and state.escalated:
        pairs.append(("Handed over", state.escalated))
    for label, name in _VISITOR:
        if row.visitor.get(name):
            known = str(row.visitor[name])
            pairs.append((label, international(known) if name == "phone" else known))
    if row.channel:
        pairs.append(("Channel", row.channel))
    return tuple(pairs)


def verification_of(record: ChatRecord) -> str:
    if record.state is None:
        return "Confirmed by a code" if record.row.verified else "Not known any more"
    found = record.state.conversation.verification
    to = f" sent to {found.email}" if found.email else ""
    return {
        "none": "Not asked for",
        "sending": "A code is on its way",
        "sent": f"Waiting for the code{to}",
        "verified": f"Confirmed by a code{to}",
        "unverified": "Not confirmed: call before changing anything",
    }[found.state]


def slots_of(record: ChatRecord, workflows: Mapping[str, Workflow]) -> tuple[Slot, ...]:
    if record.state is None:
        return ()
    workflow = workflows.get(record.row.workflow or "")
    found = []
    for name, each in record.state.conversation.slots.items():
        asked = workflow.questions.get(name) if workflow else None
        found.append(
            Slot(
                label=_label(workflow, name),
                value=masked(each.shown),
                note=_SOURCES.get(each.source, ""),
                personal=name in _CONTACT or (asked is not None and asked.kind in _PERSONAL),
            )
        )
    return tuple(found)


def _label(workflow: Workflow | None, name: str) -> str:
    """Return what a question is called in summaries."""
    asked = workflow.questions.get(name) if workflow else None
    return asked.label if asked else name.replace("_", " ").capitalize()
