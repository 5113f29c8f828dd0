"""Write the note about a call: a title it can be found by, and what a salesperson wants to know."""

from __future__ import annotations

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.flows.call_to_lead.models import Attribution, Call, NoteText
from switchboard.people.phone import readable

TITLE_LENGTH = 120  # Zoho CRM v8 refuses longer titles.
_LONGEST_SESSION = 80
_MARKER_START = "[rc:"
_CORRECTION = "Corrected: "

_KINDS = {
    "accepted": "Accepted call",
    "answered_elsewhere": "Accepted call",
    "voicemail": "Voicemail",
    "missed": "Missed call",
}
_SENTENCES = {
    "accepted": "The call was answered.",
    "answered_elsewhere": "The call was answered.",
    "voicemail": "Nobody answered; the caller left a voicemail.",
    "missed": "Nobody answered the call.",
}


def marker(session: str) -> str:
    """Return what a note of this call always holds in its title, whatever became of the rest."""
    if len(session) > _LONGEST_SESSION:
        session = hashlib.sha256(session.encode()).hexdigest()[:32]
    return f"{_MARKER_START}{session}]"


def note_text(call: Call, office: Office, attribution: Attribution | None = None) -> NoteText:
    """Return the note about *call*, in the office's local time; the same call, the same text."""
    number = readable(call.caller, office.region) if call.caller else "an unknown number"
    kind = _KINDS.get(call.outcome, "Call")
    place = call.queue_name or (attribution.extension_name if attribution else None)
    to = f" to {place}" if place else ""
    return NoteText(
        title=_title(f"{kind} from {number}{to}", marker(call.session)),
        content="\n".join(_lines(call, office, number, attribution)),
    )


def correction_of(note: NoteText, version: str = "") -> NoteText:
    """Return the note that corrects an earlier one of the same call, under a marker of its own.

    *version* keeps a second correction apart from the first when both are looked for.
    """
    head, _, mark = note.title.rpartition(" " + _MARKER_START)
    return NoteText(
        title=_title(
            _CORRECTION + head, f"{_MARKER_START}{mark[:-1]}/corrected{version and f'-{version}'}]"
        ),
        content="RingCentral changed its record of this call after the first note was written."
        f"\n\n{note.content}",
    )


def duration_words(seconds: int) -> str:
    """Return 3672 as "1 hour 1 minute 12 seconds"."""
    hours, rest = divmod(max(0, seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((hours, "hour"), (minutes, "minute"), (left, "second"))
        if count
    ]
    return " ".join(parts) or "0 seconds"


def local_time(moment: datetime, timezone: str) -> datetime:
    """Return *moment* on the office's clock."""
    return moment.astimezone(ZoneInfo(timezone))


def _title(head: str, mark: str) -> str:
    room = TITLE_LENGTH - len(mark) - 1
    head = " ".join(head.split())
    if len(head) > room:
        head = head[: room - 1].rstrip() + "…"
    return f"{head} {mark}"


def _lines(call: Call, office: Office, number: str, attribution: Attribution | None) -> list[str]:
    began = local_time(call.started_at, office.timezone)
    lines = [_SENTENCES.get(call.outcome, "The call's outcome is not known.")]
    if call.callback_requested:
        lines.append("The caller asked to be called back.")
    lines.append("")
    details: list[tuple[str, str | None]] = [
        ("When", began.strftime("%Y-%m-%d %H:%M:%S %Z")),
        ("From", ", ".join(filter(None, (number, call.caller_name, call.caller_location)))),
        ("Dialled", readable(call.called_number, office.region) if call.called_number else None),
        ("Office", office.name),
        ("Queue", _extension(call.queue_name, call.queue_extension_number)),
        ("Answered by", _agent(call, attribution)),
        ("Talked for", duration_words(call.talk_seconds) if call.talk_seconds else None),
        ("Whole call", duration_words(call.duration_seconds)),
        ("Waited", duration_words(call.ring_seconds) if call.ring_seconds else None),
        ("Result at RingCentral", _result(call)),
        ("Call id", call.session),
    ]
    return lines + [f"{name}: {value}" for name, value in details if value]


def _agent(call: Call, attribution: Attribution | None) -> str | None:
    if call.call_type != "accepted":
        return None
    name = call.agent_name
    if name is None and attribution is not None and attribution.role == "answered":
        name = attribution.extension_name
    return _extension(name, call.agent_extension_number)


def _extension(name: str | None, number: str | None) -> str | None:
    if name and number and name != number:
        return f"{name} (ext. {number})"
    return name or (f"ext. {number}" if number else None)


def _result(call: Call) -> str | None:
    if call.reason_raw and call.reason_raw != call.result_raw:
        return ", ".join(filter(None, (call.result_raw, call.reason_raw)))
    return call.result_raw
