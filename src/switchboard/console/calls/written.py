"""Tell what was written because of a call: lead, note, status, owner, task, media, mails. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from switchboard.console.calls import words
from switchboard.console.calls.event import Event, Link, Setting, record_links, trouble
from switchboard.console.calls.listing import href
from switchboard.console.calls.material import Material
from switchboard.console.calls.words import Chip
from switchboard.store.journal import Effect
from switchboard.store.media import MediaRow

_TRANSCRIPTS = {
    "waiting": ("Its transcript is being waited for.",),
    "written": ("Its transcript is in the note.",),
}
_DONE = {"lead": "Lead created", "note": "Note written"}
_ICONS = {"lead": "plus", "note": "note", "owner": "person"}


def written(it: Material, setting: Setting) -> list[Event]:
    """Return what was written, or is to be, as it happened."""
    found = [
        *_writes(it.effects, setting),
        *_writes(it.changes, setting),
        *_task(it, setting),
        *(_piece(piece, setting) for piece in it.pieces),
        *_mails(it),
    ]
    return sorted(found, key=lambda each: each.at or it.row.updated_at)


def _writes(effects: Sequence[Effect], setting: Setting) -> Iterator[Event]:
    for effect in effects:
        body, state = json.loads(effect.request), words.STATES.get(effect.state, Chip(effect.state))
        settled = effect.state == "settled"
        title, text, fold = _what(effect, body, settled=settled)
        record = effect.vendor_id
        if effect.kind == "note":
            record = str(body.get("parent_id") or "")
        elif effect.kind in {"owner", "status"}:
            record = record or str(body.get("id") or "")
        lines = []
        if effect.vendor_id and effect.kind in {"lead", "note"}:
            lines.append(f"Number {effect.vendor_id} in {effect.module}")
        if effect.kind == "owner" and body.get("by"):
            lines.append(f"Chosen by {body['by']}.")
        if effect.attempts > 1:
            lines.append(f"Sent {effect.attempts} times; looked for before each repetition.")
        if effect.error and not effect.error_code:
            lines.append(effect.error)
        yield Event(
            title=title,
            at=effect.finished_at or effect.sending_at or effect.intended_at,
            kind=state.kind,
            icon=_ICONS.get(effect.kind, "check") if settled else state.icon,
            chip=None if settled else state,
            lines=tuple(lines),
            links=record_links(setting, effect.module, record),
            trouble=trouble(effect.error_code, effect.error or ""),
            text=text,
            fold=fold,
        )


def _what(effect: Effect, body: Mapping[str, Any], *, settled: bool) -> tuple[str, str, str]:
    """Return title, text and what the text is folded under."""
    kind = effect.kind
    plain = words.WRITES.get(kind, kind.capitalize())
    title = _DONE.get(kind, f"{plain} written") if settled else plain
    if kind == "note":
        head, content = body.get("title"), body.get("content")
        return title, f"{head}\n\n{content}" if head or content else "", ""
    if kind == "status" and body.get("target"):
        before = f" (was {body['previous']})" if body.get("previous") else ""
        return f"Status{' set to' if settled else ':'} {body['target']}{before}", "", ""
    if kind == "owner" and body.get("target"):
        name = body.get("target_name") or body["target"]
        return (f"Given to {name}" if settled else f"To be given to {name}"), "", ""
    if kind == "lead" and body:
        text = "\n".join(f"{name}: {_plain(value)}" for name, value in body.items())
        return title, text, "Its fields"
    return title, "", ""


def _task(it: Material, setting: Setting) -> Iterator[Event]:
    row = it.call_back
    if row is None:
        return
    state = words.CALL_BACKS.get(row.state, Chip(row.state))
    lines = []
    if row.task_due_at and row.state in {"owed", "open", "parked"}:
        verb = "Was due" if row.task_due_at < setting.now else "Due"
        lines.append(f"{verb} {words.day_and_time(row.task_due_at, setting.zone)}")
    lines += [f"Task {row.task_id} in Zoho CRM"] if row.task_id else []
    lines += [row.why] if row.why and not row.error_code else []
    links = list(record_links(setting, "Tasks", row.task_id))
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
        at=piece.finished_at or piece.first_seen,
        kind=state.kind,
        icon="voicemail",
        chip=state,
        lines=tuple(filter(None, lines)),
        links=record_links(setting, piece.module, piece.record_id),
        trouble=trouble(piece.error_code, piece.why),
        piece=piece.key if had else "",
    )


def _mails(it: Material) -> Iterator[Event]:
    if it.mails:
        said = [f"{each.kind.capitalize()} to {each.recipient}: {each.state}" for each in it.mails]
        first = it.mails[0].at
        yield Event(title="Mails about the run", at=first, icon="mail", lines=tuple(said))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("id") or json.dumps(value, ensure_ascii=False))
    return str(value)
