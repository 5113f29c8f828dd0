"""The visitors of the demo: one for each of the 13 matters, and some who do otherwise."""

from __future__ import annotations

from typing import TypedDict

from switchboard.simulators.salesiq.visitors.brain import Visitor

_MATTERS = (
    ("Disk space upgrade", "Our D drive is almost full, we need more space", ("100 GB",)),
    ("Password reset", "I forgot my password", ("Remote desktop",)),
    ("User management", "We need a login for a new employee", ()),
    ("Monitor setup", "How do I use both monitors with the remote desktop?", ()),
    ("Printer issues", "Nothing prints from the remote desktop", ()),
    ("Server slowness", "The server is terribly slow today", ()),
    ("RDP connection", "I cannot connect to the remote desktop", ()),
    ("Server reboot", "Please reboot our server", ("Tonight",)),
    ("QuickBooks MFA", "The QuickBooks verification code does not arrive", ()),
    ("Email issues", "Outlook does not send mails", ("I cannot send",)),
    ("QuickBooks issues", "QuickBooks shows error H202", ("It shows an error",)),
    ("Windows update", "Windows update failed and keeps rolling back", ()),
    ("Account locked", "My account is locked out", ("Remote desktop",)),
)
_PEOPLE = (
    "Maya Lane", "Omar Reyes", "Ines Falk", "Theo Brandt", "Lucy Okafor", "Noah Sato",
    "Edith Moore", "Ravi Menon", "Clara Vogel", "Hugo Silva", "Nadia Haddad", "Peter Quinn",
    "Joan Weiss", "Felix Arden", "Rosa Bellini", "Sam Turner", "Vera Kovacs",
)  # fmt: skip


def cast() -> list[Visitor]:
    """Return everybody, in the order in which they come."""
    return [
        *(
            Visitor(says=says, topic=topic, prefers=prefers, profile=at % 3 == 0, **_who(at))
            for at, (topic, says, prefers) in enumerate(_MATTERS)
        ),
        Visitor(says="The printer is offline", topic="Printer issues", goal="solved", **_who(13)),
        Visitor(says="I want to talk to a person", goal="person", **_who(14)),
        Visitor(says="The server is slow again", topic="Server slowness", goal="leave", **_who(15)),
        Visitor(
            says="Could you tell me about your opening hours for new contracts?",
            prefers=("Something else", "Log a general request"),
            **_who(16),
        ),
    ]


class _Person(TypedDict):
    name: str
    email: str
    phone: str


def _who(at: int) -> _Person:
    name = _PEOPLE[at]
    mailbox = name.partition(" ")[0].lower()
    return {
        "name": name,
        "email": f"{mailbox}@harborlight.example",
        "phone": f"+1 215 555 01{at + 10:02d}",
    }
