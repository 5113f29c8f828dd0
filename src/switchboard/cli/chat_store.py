"""Open what is stored of chats and tickets, for commands that only read it or put work back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from switchboard.bootstrap import open_store
from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.error_reference import about
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.models import Classify, Verdict
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.flows.chat_to_ticket.worlds import office_of
from switchboard.redaction import initials, redact_text
from switchboard.store import leases
from switchboard.store.sealing import Sealer

_NAME_LETTERS = 3  # Shorter parts of a name stand in too many other words.


@contextmanager
def open_chat_store(configuration: Configuration) -> Iterator[ChatTools]:
    """Open store and vault and nothing else: no vendor is called, and no detector is learned."""
    vault = Vault.open(configuration.root)
    library = load_library(configuration.root)
    with open_store(configuration) as db:
        yield ChatTools(
            configuration=configuration,
            db=db,
            sealer=Sealer(vault.cipher, vault.keys),
            worker=leases.worker_identity().id,
            library=library,
            classify=once_asked(configuration.root),
        )


def once_asked(root: Path) -> Classify:
    """Return a detector that is learned when it is first asked: what is done here never asks it."""

    @cache
    def learned() -> Classify:
        from switchboard.flows.chat_to_ticket.detector.detector import Detector  # noqa: PLC0415

        return Detector(root)

    def classify(text: str) -> Verdict:
        return learned()(text)

    return classify


@dataclass(frozen=True, slots=True)
class Mask:
    """Hide a person in texts: by who they are known to be, and by what looks like a person."""

    name: str = ""

    def __call__(self, text: str | None) -> str:
        said = text or ""
        for each in filter(None, (self.name, *self._long_words())):
            said = said.replace(each, initials(each))
        return redact_text(said)

    def _long_words(self) -> list[str]:
        return [each for each in self.name.split() if len(each) >= _NAME_LETTERS]


def zone_of(tools: ChatTools) -> tzinfo:
    """Return the zone times are told in: that of the office chats belong to."""
    office = office_of(tools)
    return ZoneInfo(office.timezone) if office else UTC


def moment(at: float | None, zone: tzinfo, form: str = "%a %d %b %Y %H:%M:%S %Z") -> str:
    return "-" if at is None else f"{datetime.fromtimestamp(at, zone):{form}}"


def iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def from_iso(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()


def solution_of(code: str | None) -> str | None:
    """Return what a person can do about an error."""
    found = about(code) if code else None
    return found.you if found else None
