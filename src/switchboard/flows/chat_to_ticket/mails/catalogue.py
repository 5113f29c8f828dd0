"""Every mail of chats: when it is sent and to whom, its values, and whose texts are in force."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from switchboard.config.editing import read
from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.mails.engine import PARTS, Part, place_of, shipped_text
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES
from switchboard.flows.chat_to_ticket.mails.templates import Templates, load_templates

State = Literal["shipped", "own", "broken"]


@dataclass(frozen=True, slots=True)
class About:
    """A mail in plain words; `cases` names its samples, in their order."""

    title: str
    when: str
    to: str
    cases: tuple[str, ...]


ABOUT: dict[str, About] = {
    "code": About(
        "One-time code",
        "When a visitor has to show that an e-mail address is theirs.",
        "The address they typed",
        ("A code",),
    ),
    "customer_ticket": About(
        "Your request has been logged",
        "When a ticket was created from a chat, or a chat was added to an open ticket.",
        "The customer",
        ("A new ticket", "Added to an open ticket, address not confirmed", "Waits for an approval"),
    ),
    "team_ticket": About(
        "New ticket for the team",
        "When a ticket was created from a chat, or a chat was added to an open ticket.",
        "The support team",
        ("A new ticket", "Added to an open ticket", "Little is known"),
    ),
    "approval_request": About(
        "Please approve or decline",
        "When a request needs the approval of the customer's point of contact.",
        "The point of contact",
        ("A request", "Little is known"),
    ),
    "approval_result": About(
        "Approved or declined",
        "When the point of contact has decided.",
        "The customer, and the support team",
        (
            "Approved, to the customer",
            "Declined, to the customer",
            "Approved, to the team",
            "Declined, to the team",
        ),
    ),
    "closed": About(
        "Ticket closed, and how was it",
        "When a ticket was closed in Zoho Desk.",
        "The customer",
        ("With the question how it was", "Without the question"),
    ),
    "team_note": About(
        "Note to the team",
        "When a customer was not content, or an approval ran out.",
        "The support team",
        ("A customer was not content", "Little is known"),
    ),
}

MEANINGS: dict[str, str] = {
    "help_desk": "The name under which the help desk speaks",
    "bot_name": "What the bot is called",
    "support": "How to reach support; blank where nothing is set",
    "code": "The code",
    "minutes": "How long the code is valid, in words",
    "name": "The person's name; blank where none was given, or it does not look like one",
    "number": "The ticket's number; blank where there is none",
    "title": "What the ticket is about",
    "fields": "What they told us: each question and its answer",
    "extends": "Whether it was added to an open ticket",
    "expected": "By when it is to be solved; blank without a promise",
    "unverified": "Whether the address was not confirmed with a code",
    "approval": "Whether somebody else has to approve it first",
    "workflow": "The workflow's id",
    "reference": "Switchboard's own reference",
    "priority": "The priority",
    "actions": "What the team has to do, the most pressing first",
    "email": "The customer's address",
    "phone": "The customer's telephone number",
    "identity": "Whether the address was confirmed, in words",
    "files": "How many files were sent in the chat",
    "link": "The address of the ticket in Zoho Desk; blank where it is not known",
    "what": "What is to be approved",
    "requester": "Who asks for it; blank where the name is not known",
    "requester_email": "The address of who asks for it",
    "until": "Until when they can decide",
    "approve_link": "The link that approves; it is needed",
    "decline_link": "The link that declines; it is needed",
    "for_team": "Whether this one goes to the team",
    "approved": "Whether it was approved",
    "by": "Who decided",
    "reason": "Their words; blank where they gave none",
    "took": "How long it took, in words; blank where it is not known",
    "scores": "The answers to choose from, the best first; none where nobody is asked",
    "headline": "What it is about",
    "lines": "The sentences of the note",
}


@dataclass(frozen=True, slots=True)
class Value:
    """Something a template may say; `use` is how it is written there."""

    name: str
    meaning: str
    example: str
    use: str


@dataclass(frozen=True, slots=True)
class TextPart:
    """Subject, text or HTML: what ships, and the operator's where there is one."""

    part: Part
    place: str
    shipped: str
    own: str | None
    findings: tuple[Finding, ...] = ()
    failed: Finding | None = None  # What a real mail found out.

    @property
    def text(self) -> str:
        return self.own if self.own is not None else self.shipped

    @property
    def in_force(self) -> bool:
        """Whether the operator's text is what is sent."""
        return self.own is not None and not self.findings

    @property
    def problem(self) -> Finding | None:
        return self.findings[0] if self.findings else self.failed


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    about: About
    parts: tuple[TextPart, ...]

    @property
    def own(self) -> tuple[TextPart, ...]:
        return tuple(each for each in self.parts if each.own is not None)

    @property
    def problems(self) -> tuple[Finding, ...]:
        return tuple(each.problem for each in self.parts if each.problem is not None)

    @property
    def state(self) -> State:
        if self.problems:
            return "broken"
        return "own" if self.own else "shipped"


def mails(root: Path) -> list[Mail]:
    """Return every mail, in the order in which a ticket has them."""
    templates = load_templates(root)
    return [_mail(root, name, templates) for name in ABOUT]


def mail(root: Path, name: str) -> Mail | None:
    """Return one mail; None for a name that is none of ours."""
    return _mail(root, name, load_templates(root)) if name in ABOUT else None


def cases(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a mail's samples, each with its name."""
    return list(zip(ABOUT[name].cases, SAMPLES[name], strict=True))


def values(name: str) -> list[Value]:
    """Return what a mail's templates may say, with the first sample's values."""
    return [
        Value(each, MEANINGS[each], _shown(example), _use(each, example))
        for each, example in SAMPLES[name][0].items()
    ]


def _mail(root: Path, name: str, templates: Templates) -> Mail:
    parts = []
    for part in PARTS:
        file = f"{name}.{part}"
        place = place_of(file)
        found = tuple(each for each in templates.findings if each.file == place)
        own, failed = read(root, place).text, templates.failed.get(file)
        parts.append(TextPart(part, place, shipped_text(file), own, found, failed))
    return Mail(name, ABOUT[name], tuple(parts))


def _use(name: str, example: Any) -> str:
    if isinstance(example, bool):
        return f"{{% if {name} %}}…{{% endif %}}"
    if not isinstance(example, tuple):
        return f"{{{{ {name} }}}}"
    first = example[0]
    if isinstance(first, dict):
        inner = " ".join(f"{{{{ each.{key} }}}}" for key in first)
        return f"{{% for each in {name} %}}{inner}{{% endfor %}}"
    if isinstance(first, tuple):
        return f"{{% for label, value in {name} %}}{{{{ label }}}}: {{{{ value }}}}{{% endfor %}}"
    return f"{{% for each in {name} %}}{{{{ each }}}}{{% endfor %}}"


def _shown(example: Any) -> str:
    if isinstance(example, bool):
        return "yes" if example else "no"
    if isinstance(example, dict):
        return " ".join(str(each) for each in example.values())
    if isinstance(example, tuple):
        if isinstance(example[0], dict):
            return f"{_shown(example[0])}; …"
        inner = (": ".join(e) if isinstance(e, tuple) else _shown(e) for e in example)
        return "; ".join(inner)
    return str(example)
