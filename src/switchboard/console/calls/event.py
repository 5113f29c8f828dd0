"""What the story of a call is made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.console.calls.words import Chip
from switchboard.console.calls.zoho_links import record_link
from switchboard.error_reference import about


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where more is to be seen: `href` a page of ours, or `url` one of Zoho's."""

    words: str
    href: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An error with its code, what it means and what helps."""

    code: str
    said: str
    meaning: str = ""
    you: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of the story."""

    title: str
    at: float | None = None
    kind: str = ""
    icon: str = "dash"
    chip: Chip | None = None
    lines: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    trouble: Trouble | None = None
    text: str = ""  # Such as a note: as it was written.
    fold: str = ""  # What the text is folded under; "": it is open.
    piece: str = ""  # The key of a recording or voicemail that can be had.


@dataclass(frozen=True, slots=True)
class Setting:
    """What the story is told with: office, names of owners, and where Zoho is."""

    office: Office | None
    zone: ZoneInfo
    owners: Mapping[str, str]
    accounts_url: str
    now: float


def trouble(code: str | None, said: str) -> Trouble | None:
    """Return an error as a page tells it; None where there is none."""
    if not code:
        return None
    known = about(code)
    meaning, you = (known.meaning, known.you) if known else ("", "")
    return Trouble(code=code, said=said, meaning=meaning, you=you)


def record_links(setting: Setting, module: str | None, record_id: str | None) -> tuple[Link, ...]:
    url = record_link(setting.accounts_url, module, record_id)
    return (Link(words="Open in Zoho CRM", url=url),) if url else ()
