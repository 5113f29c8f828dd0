"""One thing that waits for a person, and the causes things are grouped by. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from switchboard.store import stops
from switchboard.store.set_aside import Mark

Kind = Literal[
    "call", "write", "recording", "voicemail", "call-back", "mail", "ticket", "update", "reply",
    "approval", "run", "lane", "document", "connection",
    "mail-text",
]  # fmt: skip

# In this order they are told, and shown where a cause has several.
NOUNS: dict[Kind, tuple[str, str]] = {
    "document": ("document", "documents"),
    "connection": ("connection", "connections"),
    "lane": ("background job", "background jobs"),
    "run": ("run", "runs"),
    "call": ("call", "calls"),
    "recording": ("recording", "recordings"),
    "voicemail": ("voicemail", "voicemails"),
    "call-back": ("call-back", "call-backs"),
    "ticket": ("ticket", "tickets"),
    "update": ("ticket update", "ticket updates"),
    "mail": ("mail", "mails"),
    "mail-text": ("text of a mail", "texts of mails"),
    "reply": ("answer in a chat", "answers in chats"),
    "approval": ("approval", "approvals"),
    "write": ("write in doubt", "writes in doubt"),
}
_SETTABLE = frozenset(get_args(stops.Kind))
STOPS_MUCH: frozenset[Kind] = frozenset({"document", "connection", "lane", "run"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing. `cause` is an error code, or a word of `reasons` where there is none."""

    kind: Kind
    id: str
    cause: str
    why: str = ""
    name: str = ""  # Who or what it is about, as a person knows it.
    office: str | None = None
    since: float | None = None
    stopped: bool = True  # False: it goes on by itself, only late.
    retryable: bool = False
    href: str = ""
    aside: Mark | None = None

    @property
    def settable(self) -> bool:
        """Whether a person can set it aside: what is only late goes on by itself.

        A visitor who waits for an answer may have had it from a person.
        """
        return self.kind == "reply" or (self.stopped and self.kind in _SETTABLE)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of one kind and office have one cause."""

    cause: str
    kind: Kind
    office: str | None
    number: int
    retryable: int
    stopped: int
    since: float | None
    settable: int = 0


@dataclass(slots=True)
class Cause:
    """All that one error, or one reason, has brought about."""

    name: str
    numbers: Counter[Kind] = field(default_factory=Counter)
    retryable: int = 0
    stopped: int = 0
    settable: int = 0
    offices: list[str] = field(default_factory=list)
    since: float | None = None
    examples: list[Item] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.numbers.total()

    @property
    def stops_much(self) -> bool:
        """Whether more than single items wait because of it."""
        return any(kind in STOPS_MUCH for kind in self.numbers)

    @property
    def words(self) -> str:
        """How many of what: 12 calls, 1 mail."""
        return told(self.numbers)


def told(numbers: Counter[Kind]) -> str:
    """Say how many of what, such as `12 calls and 1 mail`."""
    parts = [
        f"{numbers[kind]:,} {noun[numbers[kind] != 1]}"
        for kind, noun in NOUNS.items()
        if numbers[kind]
    ]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def tally_of(item: Item) -> Tally:
    return Tally(
        item.cause, item.kind, item.office, 1, int(item.retryable), int(item.stopped), item.since,
        int(item.settable),
    )  # fmt: skip


def causes(tallies: Iterable[Tally]) -> list[Cause]:
    """Return the causes, worst first: what holds up much, what stopped most, what is only late."""
    found: dict[str, Cause] = {}
    for each in tallies:
        cause = found.setdefault(each.cause, Cause(each.cause))
        cause.numbers[each.kind] += each.number
        cause.retryable += each.retryable
        cause.stopped += each.stopped
        cause.settable += each.settable
        if each.office and each.office not in cause.offices:
            cause.offices.append(each.office)
        if each.since is not None:
            cause.since = each.since if cause.since is None else min(cause.since, each.since)
    return sorted(found.values(), key=_urgency)


def _urgency(cause: Cause) -> tuple[bool, bool, int, float, str]:
    since = cause.since if cause.since is not None else float("inf")
    return (not cause.stops_much, not cause.stopped, -cause.number, since, cause.name)


def with_examples(found: Sequence[Cause], items: Iterable[Item], most: int) -> None:
    """Give each cause up to *most* of its items."""
    by_name = {each.name: each for each in found}
    for item in items:
        cause = by_name.get(item.cause)
        if cause is not None and len(cause.examples) < most:
            cause.examples.append(item)
