"""Decide where a voicemail's transcript goes and what is written there. Pure."""

from __future__ import annotations

import unicodedata
from typing import Literal

from switchboard.flows.call_to_lead.note import TITLE_LENGTH, marker
from switchboard.people.phone import readable
from switchboard.vendors.ringcentral.models import Message

CONTENT_LENGTH = 32_000  # Of a note, as Zoho's older limits and its screens say (§6.1).
HEADING = "Voicemail transcript (by RingCentral):"
_CUT = "\n… (cut: the whole voicemail is attached)"
_TELLING = 500  # Characters: a long transcript may have been cut.
_READY = {"completed", "completedpartially"}

State = Literal["ready", "later", "never"]


def state_of(message: Message | None) -> State:
    """Tell whether there is a transcript now, perhaps later, or never (ringcentral.md §5)."""
    if message is None:
        return "never"
    status = message.transcription.lower()
    if status in _READY:  # The text may lag its status.
        return "ready" if message.transcript_uri else "later"
    return "later" if status == "inprogress" else "never"


def cleaned(text: str) -> str:
    """Return a transcript as plain text: lines kept, whatever is not readable left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = [
        "".join(c if unicodedata.category(c)[0] != "C" else " " for c in line).rstrip()
        for line in lines
    ]
    return "\n".join(kept).strip()


def with_transcript(content: str, text: str) -> str:
    """Return our note with the transcript below, no longer than a note may be."""
    return _cut(f"{content}\n\n{HEADING}\n{text}")


def separate_note(session: str, caller: str | None, region: str, text: str) -> tuple[str, str]:
    """Return title and content of a note of its own, for where ours was changed by a person."""
    mark = f"{marker(session)[:-1]}/transcript]"
    head = f"Voicemail transcript from {readable(caller, region) if caller else 'a caller'}"
    return f"{head[: TITLE_LENGTH - len(mark) - 1].rstrip()} {mark}", _cut(f"{HEADING}\n{text}")


def same_text(ours: str | None, theirs: str | None) -> bool:
    """Tell whether a note is as we wrote it: Zoho may change the ends of its lines."""
    return _plain(ours) == _plain(theirs)


def holds_transcript(content: str | None, text: str) -> bool:
    """Tell whether a note, perhaps changed by a person since, has the transcript in it."""
    return f"{HEADING}\n{_plain(text)[:_TELLING]}" in _plain(content)


def _plain(text: str | None) -> str:
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _cut(text: str) -> str:
    if len(text) <= CONTENT_LENGTH:
        return text
    return text[: CONTENT_LENGTH - len(_CUT)].rstrip() + _CUT
