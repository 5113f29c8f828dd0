"""Extensions as the documents list them beside those RingCentral has. Pure."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from switchboard.vendors.ringcentral.models import Extension

State = Literal["same", "differs", "gone", "missing", "unknown"]
_TAKE_CALLS = {"User": "Person", "Department": "Call queue", "DigitalUser": "Person"}
_KINDS = {
    **_TAKE_CALLS,
    "IvrMenu": "Menu",
    "Announcement": "Announcement",
    "Voicemail": "Mailbox",
    "SharedLinesGroup": "Shared lines",
    "PagingOnly": "Paging",
    "ParkLocation": "Parking",
    "Limited": "Limited",
    "Bot": "Bot",
    "Site": "Site",
    "ApplicationExtension": "Application",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One extension: what we say of it, and how that compares."""

    id: str
    name: str
    number: str
    kind: str
    office: str  # "" where no office lists it.
    processed: bool
    state: State
    notes: tuple[str, ...] = ()  # What differs, in words.
    enabled: bool = True  # At RingCentral.

    @property
    def key(self) -> str:
        return f"{self.office}:{self.id}"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines somebody wants to see."""

    office: str = ""
    show: str = ""  # "", "different", "processed", "ignored"
    words: str = ""

    def fits(self, line: Line) -> bool:
        if self.office and line.office != self.office:
            return False
        if self.show == "different" and not (line.notes or line.state in {"gone", "differs"}):
            return False
        if self.show in {"processed", "ignored"} and line.processed != (self.show == "processed"):
            return False
        sought = self.words.casefold()
        return not sought or any(
            sought in each.casefold() for each in (line.name, line.number, line.id)
        )


@dataclass(slots=True)
class Listing:
    """All extensions: those the offices list, and those only RingCentral has."""

    listed: list[Line] = field(default_factory=list)
    missing: list[Line] = field(default_factory=list)

    def count(self, state: State) -> int:
        return sum(each.state == state for each in self.listed)


def compared(
    documents: Mapping[str, Mapping[str, Any]],
    offices: Mapping[str, str],
    remote: Sequence[Extension] | None,
) -> Listing:
    """Compare the offices' documents with RingCentral's extensions; None: it was not asked."""
    there = {each.id: each for each in remote or ()}
    entries = [(o, each) for o, document in documents.items() for each in entries_of(document)]
    ids = Counter(str(each["id"]) for _, each in entries)
    listing = Listing()
    for office, entry in entries:
        own = str(entry["id"])
        others = [o for o, each in entries if str(each["id"]) == own and o != office]
        notes = [f"Also listed by {offices.get(each, each)}" for each in others]
        if ids[own] > 1 and not others:
            notes.append("Listed twice")
        listing.listed.append(_line(office, entry, there.get(own), notes, asked=remote is not None))
    listing.missing = unlisted(ids, there.values())
    return listing


def unlisted(listed: Collection[str], remote: Iterable[Extension]) -> list[Line]:
    """Return the extensions no office lists, people and queues first; *listed* are ids."""
    free = [e for e in remote if e.id not in listed and e.status != "Unassigned"]
    lines = map(_unlisted, free)
    return sorted(lines, key=lambda each: (each.kind not in _TAKE_CALLS.values(), each.number))


def entries_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = document.get("extensions")
    found = listed if isinstance(listed, list) else []
    return [each for each in found if isinstance(each, dict) and each.get("id")]


def changed(document: Mapping[str, Any], ids: Collection[str], action: str) -> dict[str, Any]:
    """Return a document after one action on some of its extensions."""
    made = copy.deepcopy(dict(document))
    if action == "remove":
        made["extensions"] = [e for e in made["extensions"] if _id(e) not in ids]
        return made
    for each in made["extensions"]:
        if _id(each) in ids:
            each["process_calls"] = action == "process"
    return made


def adopted(
    document: Mapping[str, Any], ids: Collection[str], remote: Iterable[Extension]
) -> dict[str, Any]:
    """Return a document whose extensions are called as RingCentral calls them."""
    made = copy.deepcopy(dict(document))
    there = {each.id: each for each in remote}
    for each in made["extensions"]:
        found = there.get(_id(each)) if _id(each) in ids else None
        if found is not None:
            each.update({k: v for k, v in _entry(found).items() if v and k != "process_calls"})
    return made


def added(
    document: Mapping[str, Any], extensions: Iterable[Extension], *, processed: bool
) -> dict[str, Any]:
    """Return a document with more extensions, none of them twice."""
    made = copy.deepcopy(dict(document))
    listed = made.setdefault("extensions", [])
    known = {_id(each) for each in listed}
    listed += [
        {**_entry(each), "process_calls": processed} for each in extensions if each.id not in known
    ]
    return made


def _line(
    office: str,
    entry: Mapping[str, Any],
    found: Extension | None,
    notes: list[str],
    *,
    asked: bool,
) -> Line:
    name, number = str(entry.get("name") or ""), str(entry.get("number") or "")
    state: State = "same" if found else "gone" if asked else "unknown"
    if found is not None:
        if found.name and found.name != name:
            notes.append(f"RingCentral calls it {found.name}")
        if found.extension_number and _short(number) and found.extension_number != number:
            notes.append(f"Its number is {found.extension_number} now")
        if found.status == "Disabled":
            notes.append("Switched off at RingCentral")
        state = "differs" if notes else "same"
    return Line(
        id=str(entry["id"]),
        name=name or (found.name if found and found.name else ""),
        number=number or (found.extension_number or "" if found else ""),
        kind=_kind(str(entry.get("type") or (found.type if found else "User"))),
        office=office,
        processed=entry.get("process_calls", True) is True,
        state=state,
        notes=tuple(notes),
    )


def _short(number: str) -> bool:
    """Tell a short number from one the world dials: only the first is RingCentral's own."""
    return number.isdigit() and len(number) <= 6  # noqa: PLR2004 - RingCentral's limit.


def _unlisted(each: Extension) -> Line:
    return Line(
        id=each.id,
        name=each.name or "",
        number=each.extension_number or "",
        kind=_kind(each.type),
        office="",
        processed=False,
        state="missing",
        enabled=each.status == "Enabled",
    )


def _entry(each: Extension) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": each.id, "name": each.name or "", "type": each.type}
    if each.extension_number:
        entry["number"] = each.extension_number
    return entry


def _kind(name: str) -> str:
    return _KINDS.get(name, name)


def _id(entry: Any) -> str:
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""
