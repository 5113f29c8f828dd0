"""Change documents of a configuration directory: read, compare, and replace them together."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from switchboard.config.places import OFFICES
from switchboard.config.secrets import masked
from switchboard.errors import OperatorError

ABSENT = "absent"  # The digest of a document that is not there.
Changes = Mapping[str, str | None]  # Place -> new text; None removes the document.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")
_JSON = re.compile(r"data/[A-Za-z0-9_-]+\.json|sorted/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+\.json")
_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it is on the disk; `text` None: it is not there."""

    place: str
    text: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison: "+", "-", " " or "@" (a gap)."""

    kind: str
    text: str
    before: int | None = None
    after: int | None = None


def is_document(place: str) -> bool:
    """Tell whether *place* names a document that may be edited, and nothing beside it."""
    if _JSON.fullmatch(place):
        return True
    path = PurePosixPath(place)
    inside = len(path.parts) > 1 and path.parts[0] == "chat" and str(path) == place
    return inside and all(_PART.fullmatch(each) and ".." not in each for each in path.parts)


def read(root: Path, place: str) -> Document:
    """Read one document; OperatorError for what is none, or cannot be read."""
    if not is_document(place):
        raise OperatorError("CFG-002", f"{place} is not a document of the configuration.")
    try:
        data = (root / place).read_bytes()
    except FileNotFoundError:
        return Document(place, None, ABSENT)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OperatorError("CFG-002", f"{place} cannot be read: {reason}.") from error
    return Document(place, data.decode("utf-8-sig", "replace"), _of_bytes(data))


def digest(text: str | None) -> str:
    """Return what tells one version of a document from another."""
    return ABSENT if text is None else _of_bytes(text.encode())


def really_changed(root: Path, changes: Changes) -> dict[str, str | None]:
    """Leave out what would write a document as it is."""
    return {
        place: text for place, text in changes.items() if read(root, place).digest != digest(text)
    }


def difference(before: str | None, after: str | None) -> list[DiffLine]:
    """Compare two versions line by line, without the secrets that stand in neither place."""
    old, new = masked(before or "").splitlines(), masked(after or "").splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    lines: list[DiffLine] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if lines or group[0][1] > 0:
            lines.append(DiffLine("@", ""))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                pairs = zip(range(i1, i2), range(j1, j2), strict=True)
                lines += [DiffLine(" ", old[i], i + 1, j + 1) for i, j in pairs]
                continue
            lines += [DiffLine("-", old[i], before=i + 1) for i in range(i1, i2)]
            lines += [DiffLine("+", new[j], after=j + 1) for j in range(j1, j2)]
    return lines


def title_of(place: str, offices: Mapping[str, str] | None = None) -> str:
    """Name a document in a person's words; *offices* are the names by id."""
    folder, _, name = place.rpartition("/")
    if place == OFFICES:
        return "Offices"
    if place.startswith("chat/"):
        return _title_of_chat(place)
    words = _TITLES.get(name)
    if words is None:
        return place
    office = folder.removeprefix("sorted/") if folder.startswith("sorted/") else ""
    return f"{words} of {(offices or {}).get(office, office)}" if office else words


def _title_of_chat(place: str) -> str:
    name = place.rpartition("/")[2]
    if place == "chat/wording.yaml":
        return "The bot\u2019s sentences"
    if place.startswith("chat/mails/"):
        return f"Mail of chats: {name}"
    for start, what in _CHAT_TITLES.items():
        if place.startswith(start):
            return f"{what}: {name.removesuffix('.yaml').replace('_', ' ')}"
    return f"Chat: {place.removeprefix('chat/')}"


_CHAT_TITLES = {"chat/workflows/": "Chat workflow", "chat/examples/": "Examples"}
_TITLES = {
    "extensions.json": "Extensions",
    "lead_owners.json": "Lead owners and rules",
    "zoho_field_mappings.json": "Field mappings",
    "email_config.json": "E-mail",
    "settings.json": "Settings",
    "schedule.json": "Schedule",
    "zoho_desk_config.json": "Zoho Desk",
    "salesiq_config.json": "Zoho SalesIQ",
}


def _of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
