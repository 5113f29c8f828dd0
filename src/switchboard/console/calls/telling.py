"""Tell the story of a call in order: what RingCentral said, what was decided, what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.console.calls import words
from switchboard.console.calls.listing import href
from switchboard.console.calls.material import Material
from switchboard.console.calls.words import Chip
from switchboard.console.calls.zoho_links import record_link
from switchboard.error_reference import about
from switchboard.flows.call_to_lead.note import duration_words
from switchboard.people.phone import readable
from switchboard.store.journal import Effect
from switchboard.store.media import MediaRow

_TRANSCRIPTS = {
    "waiting": ("Its transcript is being waited for.",),
    "written": ("Its transcript is in the note.",),
}


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


def events(it: Material, setting: Setting) -> list[Event]:
    """Return the story: the call itself first, then what was done about it as it happened."""
    begun = list(_call(it, setting)) + list(_decided(it, setting))
    later = [
        *_writes(it.effects, setting),
        *_writes(it.changes, setting),
        *_task(it, setting),
        *(_piece(piece, setting) for piece in it.pieces),
        *_mails(it),
    ]
    later.sort(key=lambda each: each.at if each.at is not None else it.row.updated_at)
    return [*begun, *later, _fate(it)]


def trouble(code: str | None, said: str) -> Trouble | None:
    """Return an error as a page tells it; None where there is none."""
    if not code:
        return None
    known = about(code)
    meaning, you = (known.meaning, known.you) if known else ("", "")
    return Trouble(code=code, said=said, meaning=meaning, you=you)


# --- what RingCentral said ----------------------------------------------------------------------


def _call(it: Material, setting: Setting) -> Iterator[Event]:
    call, region = it.call, setting.office.region if setting.office else "ZZ"
    direction = str(call.get("direction") or "")
    lines = []
    who = [readable(str(call["caller"]), region)] if call.get("caller") else []
    who += [str(call[each]) for each in ("caller_name", "caller_location") if call.get(each)]
    side = "To" if direction == "outbound" else "From"
    if not it.forgotten:
        lines.append(f"{side} {', '.join(who) or 'a withheld number'}")
    if call.get("called_number"):
        lines.append(f"Dialled: {readable(str(call['called_number']), region)}")
    for name, word in (("queue", "Queue"), ("agent", "Answered by")):
        told = _extension(call.get(f"{name}_name"), call.get(f"{name}_extension_number"))
        lines += [f"{word}: {told}"] if told else []
    legs = "\n".join(_legs(it.records, setting))
    title = {"inbound": "A customer called", "outbound": "We called"}.get(direction, "A call")
    yield Event(
        title=title, at=it.row.started_at, kind="run", icon="phone", lines=tuple(lines),
        text=legs, fold="Step by step" if legs else "",
    )  # fmt: skip
    yield _outcome(it, call)
    whose = it.document.get("attribution")
    said = "No office: none of our extensions took part."
    if isinstance(whose, dict):
        office = setting.office.name if setting.office else whose.get("office_id")
        how = {"answered": "answered it", "queue": "is the queue it came to", "rung": "rang",
               "dialled": "was dialled"}.get(str(whose.get("role")), "took part")  # fmt: skip
        said = f"{office}, because {whose.get('extension_name')} {how}."
    yield Event(title="Read from RingCentral", at=it.row.first_seen, icon="download", lines=(said,))


def _outcome(it: Material, call: Mapping[str, Any]) -> Event:
    lines = []
    for name, word in (
        ("ring_seconds", "Waited"), ("talk_seconds", "Talked"), ("duration_seconds", "Whole call")
    ):  # fmt: skip
        if call.get(name):
            lines.append(f"{word}: {duration_words(int(call[name]))}")
    result = ", ".join(
        dict.fromkeys(filter(None, (call.get("result_raw"), call.get("reason_raw"))))
    )
    lines += [f"Result at RingCentral: {result}"] if result else []
    lines += ["The caller asked to be called back."] if call.get("callback_requested") else []
    ended = call.get("ended_at")
    kinds = {"accepted": ("ok", "check"), "answered_elsewhere": ("ok", "check"),
             "missed": ("warn", "cross"), "voicemail": ("warn", "voicemail")}  # fmt: skip
    kind, icon = kinds.get(it.row.outcome, ("", "dash"))
    return Event(
        title=words.OUTCOMES.get(it.row.outcome, it.row.outcome),
        at=datetime.fromisoformat(str(ended)).timestamp() if ended else None,
        kind=kind, icon=icon, lines=(" · ".join(lines),) if lines else (),
    )  # fmt: skip


def _legs(records: Sequence[str], setting: Setting) -> Iterator[str]:
    """Say in a line each where the call went, in the office's time."""
    for text in records:
        record = json.loads(text)
        for leg in record.get("legs") or [record]:
            began = leg.get("start_time")
            clock = ""
            if began:
                clock = f"{datetime.fromisoformat(began).astimezone(setting.zone):%H:%M:%S}"
            to = leg.get("to") or {}
            place = _extension(to.get("name"), to.get("extension_number"))
            place = place or to.get("phone_number") or "somebody"
            said = ", ".join(dict.fromkeys(filter(None, (leg.get("result"), leg.get("reason")))))
            seconds = int(leg.get("duration_seconds") or 0)
            way = f"{leg.get('direction', '')} to {place}"
            yield f"{clock}  {way}: {said or 'no result'}, {seconds} s"


# --- what was decided ---------------------------------------------------------------------------


def _decided(it: Material, setting: Setting) -> Iterator[Event]:
    pinned = it.document.get("owner_by_hand")
    decision = it.document.get("decision")
    first = min((each.intended_at for each in it.effects), default=None)
    if isinstance(decision, dict):
        match = decision.get("match") or {}
        link = _record(setting, match.get("module"), match.get("record_id"))
        yield Event(
            title="Looked for in Zoho CRM", at=first, icon="search",
            lines=(str(match.get("why") or ""),), links=link,
        )  # fmt: skip
        if decision.get("owner_why"):
            owner = str(decision.get("owner_id") or "")
            name = setting.owners.get(owner, owner) or "Left to Zoho CRM"
            why = str(decision["owner_why"])
            yield Event(title=f"Owner: {name}", at=first, icon="person", lines=(why,))
        problems = [f"{p.get('field')}: {p.get('message')}" for p in decision.get("problems") or []]
        if problems:
            yield Event(
                title="Fields that do not fit", at=first, kind="warn", icon="alert",
                lines=tuple(problems),
            )  # fmt: skip
    if isinstance(pinned, dict) and not any(e.kind == "lead" for e in it.effects):
        said = f"{pinned.get('by')} chose {pinned.get('name')} for the lead, once it is made."
        yield Event(title="Owner chosen by hand", icon="person", kind="run", lines=(said,))


# --- what was written ---------------------------------------------------------------------------


def _writes(effects: Sequence[Effect], setting: Setting) -> Iterator[Event]:
    for effect in effects:
        body, state = json.loads(effect.request), words.STATES.get(effect.state)
        title, text, fold = _what(effect, body)
        module, record = effect.module, effect.vendor_id
        if effect.kind == "note":
            record = str(body.get("parent_id") or "")
        elif effect.kind in {"owner", "status"}:
            record = record or str(body.get("id") or "")
        lines = [f"In {effect.module}"] if effect.module and effect.kind != "task" else []
        if effect.vendor_id:
            lines = [f"{' '.join(lines)} as {effect.vendor_id}".strip().capitalize()]
        if effect.attempts > 1:
            lines.append(f"Sent {effect.attempts} times; looked for before each repetition.")
        if effect.error and not effect.error_code:
            lines.append(effect.error)
        at = effect.finished_at or effect.sending_at or effect.intended_at
        yield Event(
            title=title, at=at, kind=state.kind if state else "",
            icon={"note": "note", "owner": "person"}.get(effect.kind, "check")
            if effect.state == "settled" else (state.icon if state else "dash"),
            chip=state, lines=tuple(lines), links=_record(setting, module, record),
            trouble=trouble(effect.error_code, effect.error or ""), text=text, fold=fold,
        )  # fmt: skip


def _what(effect: Effect, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return title, text and what the text is folded under."""
    kind = effect.kind
    if kind == "note":
        head, content = body.get("title"), body.get("content")
        return "Note", f"{head}\n\n{content}" if head or content else "", ""
    if kind == "status" and body.get("target"):
        before = f" (was {body['previous']})" if body.get("previous") else ""
        return f"Status: {body['target']}{before}", "", ""
    if kind == "owner" and body.get("target"):
        return f"New owner: {body.get('target_name') or body['target']}", "", ""
    if kind == "lead" and body:
        text = "\n".join(f"{name}: {_plain(value)}" for name, value in body.items())
        return "Lead", text, "Its fields"
    return words.WRITES.get(kind, kind.capitalize()), "", ""


def _task(it: Material, setting: Setting) -> Iterator[Event]:
    row = it.call_back
    if row is None:
        return
    state = words.CALL_BACKS.get(row.state, Chip(row.state))
    lines = []
    if row.task_due_at and row.state in {"owed", "open", "parked"}:
        lines.append(f"Due {words.day_and_time(row.task_due_at, setting.zone)}")
    lines += [row.why] if row.why and not row.error_code else []
    links = list(_record(setting, "Tasks", row.task_id))
    for other, said in ((row.closed_by, "The call that reached them"), (row.joins, "Joined call")):
        if other and other.startswith("call:"):
            links.append(Link(words=said, href=href(other)))
    at = row.finished_at or min((each.intended_at for each in it.task), default=row.first_seen)
    yield Event(
        title="Call-back", at=at, kind=state.kind, icon="phone", chip=state, lines=tuple(lines),
        links=tuple(links), trouble=trouble(row.error_code, row.why),
    )  # fmt: skip


def _piece(piece: MediaRow, setting: Setting) -> Event:
    state = words.MEDIA.get(piece.state, Chip(piece.state))
    lines = [" · ".join(filter(None, (piece.file_name, words.size_words(piece.size))))]
    if piece.expires_at is not None and piece.state not in {"gone", "needless"}:
        day = datetime.fromtimestamp(piece.expires_at, UTC).astimezone(setting.zone)
        past = piece.expires_at < setting.now
        verb = "RingCentral has deleted it since" if past else "RingCentral deletes it on"
        lines.append(f"{verb} {day.day} {day:%b %Y}.")
    if piece.state == "owed" and piece.due_at:
        lines.append(f"Next try {words.day_and_time(piece.due_at, setting.zone)}")
    lines += [piece.why] if piece.why and not piece.error_code else []
    lines += _TRANSCRIPTS.get(piece.transcript or "", ())
    had = piece.state in {"owed", "done", "parked"}
    return Event(
        title="Recording" if piece.kind == "recording" else "Voicemail",
        at=piece.finished_at or piece.first_seen, kind=state.kind, icon="voicemail", chip=state,
        lines=tuple(filter(None, lines)), links=_record(setting, piece.module, piece.record_id),
        trouble=trouble(piece.error_code, piece.why), piece=piece.key if had else "",
    )  # fmt: skip


def _mails(it: Material) -> Iterator[Event]:
    if it.mails:
        said = [f"{each.kind.capitalize()} to {each.recipient}: {each.state}" for each in it.mails]
        first = it.mails[0].at
        yield Event(title="Mails about the run", at=first, icon="mail", lines=tuple(said))


def _fate(it: Material) -> Event:
    row, chip = it.row, words.fate_chip(it.row.fate)
    lines = [row.why] if not row.error_code else []
    if row.fate == "waiting" and row.due_at is None:
        lines.append("The next run over RingCentral's call log looks at it again.")
    at = row.finished_at or (row.due_at if row.fate == "waiting" else None)
    title = "Next try" if row.fate == "waiting" and row.due_at else chip.word
    return Event(
        title=title, at=at, kind=chip.kind, icon=chip.icon, lines=tuple(filter(None, lines)),
        trouble=trouble(row.error_code, row.why),
    )  # fmt: skip


def _record(setting: Setting, module: str | None, record_id: str | None) -> tuple[Link, ...]:
    url = record_link(setting.accounts_url, module, record_id)
    return (Link(words="Open in Zoho CRM", url=url),) if url else ()


def _extension(name: object, number: object) -> str:
    if name and number and name != number:
        return f"{name} (ext. {number})"
    return str(name or (f"ext. {number}" if number else ""))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("id") or json.dumps(value, ensure_ascii=False))
    return str(value)
