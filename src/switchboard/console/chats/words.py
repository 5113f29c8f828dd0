"""Say in plain words where a chat or a ticket stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.tickets import Ticket

STAGES = {
    "new": "Just opened",
    "open": "Says what is wrong",
    "choosing": "Chooses the topic",
    "confirming": "Confirms the topic",
    "asking": "Answers questions",
    "checking": "Checks known details",
    "guiding": "Tries first aid",
    "verifying": "Asked for the code",
    "reviewing": "Reads the summary",
    "amending": "Corrects an answer",
    "raised": "Ticket asked for",
    "after": "Anything else?",
    "handed_over": "With an operator",
    "closed": "Closed",
}
TICKET_STATES = {
    "wanted": "On its way",
    "raised": "In Zoho Desk",
    "refused": "Refused",
    "parked": "Needs a person",
}
PRIORITIES = ("High", "Medium", "Low")
STOPPED = {"refused", "parked"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A state as components show it."""

    word: str
    kind: str = ""
    symbol: str = ""


SET_ASIDE = Chip("Set aside", "", "check")


def stage_chip(stage: str) -> Chip:
    word = STAGES.get(stage, stage.replace("_", " ").capitalize())
    if stage == "closed":
        return Chip(word, "", "check")
    if stage == "handed_over":
        return Chip(word, "warn", "person")
    return Chip(word, "run", "chat")


def need_chip(ticket_states: Iterable[str], *, undecided: bool) -> Chip | None:
    """Say what a chat waits for behind the visitor's back, the worst first."""
    states = set(ticket_states)
    if states & STOPPED:
        return Chip("Ticket needs a person", "fail", "alert")
    if undecided:
        return Chip("Waits for an approval", "warn", "clock")
    return Chip("Ticket on its way", "run", "ticket") if "wanted" in states else None


def ticket_chip(row: Ticket) -> Chip:
    """Say where a ticket stands: on its way by our words, in Zoho Desk by Desk's."""
    if row.state in STOPPED:
        return Chip(TICKET_STATES[row.state], "fail", "alert")
    if row.state == "wanted":
        return Chip(TICKET_STATES["wanted"], "warn" if row.error_code else "run", "clock")
    kinds = {"Closed": Chip("", "ok", "check"), "On Hold": Chip("", "warn", "clock")}
    known = kinds.get(row.status_type or "", Chip("", "run", "ticket"))
    return Chip(row.status or TICKET_STATES["raised"], known.kind, known.symbol)


def titled(workflows: Mapping[str, Workflow], name: str | None) -> str:
    """Return what people call a workflow; one that is gone by its name."""
    if not name:
        return ""
    found = workflows.get(name)
    return found.title if found else name.replace("_", " ").capitalize()


def duration(minutes: int | None) -> str:
    if minutes is None:
        return ""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {left} min" if left else f"{hours} h"
    return f"{left} min"


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
