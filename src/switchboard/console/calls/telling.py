"""Tell the story of a call in order: what RingCentral said, what was decided, what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from switchboard.console.calls import words
from switchboard.console.calls.event import Event, Setting, Trouble, record_links
from switchboard.console.calls.material import Material
from switchboard.console.calls.written import written
from switchboard.flows.call_to_lead.note import duration_words
from switchboard.people.phone import readable


def events(it: Material, setting: Setting) -> list[Event]:
    """Return the story: the call itself first, then what was done about it as it happened."""
    begun = list(_call(it, setting)) + list(_decided(it, setting))
    later, end = written(it, setting), _fate(it)
    if it.row.finished_at is None:  # It goes on: how it stands comes last.
        return [*begun, *later, end]
    after = [each for each in later if (each.at or 0.0) > it.row.finished_at]
    return [*begun, *later[: len(later) - len(after)], end, *after]


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
        title=words.outcome_word(it.row.outcome, it.row.reason),
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
        link = record_links(setting, match.get("module"), match.get("record_id"))
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


def _extension(name: object, number: object) -> str:
    if name and number and name != number:
        return f"{name} (ext. {number})"
    return str(name or (f"ext. {number}" if number else ""))


def _fate(it: Material) -> Event:
    """Say how it stands; what an error means stands at the head of the page."""
    row, chip = it.row, words.fate_chip(it.row.fate)
    told = row.fate == "done" and "decision" in it.document  # Step by step, above.
    lines = [] if told or row.error_code else [row.why]
    if row.fate == "waiting" and row.due_at is None:
        lines.append("The next run over RingCentral's call log looks at it again.")
    at = row.finished_at or (row.due_at if row.fate == "waiting" else None)
    title = "Next try" if row.fate == "waiting" and row.due_at else chip.word
    code = row.error_code
    return Event(
        title=title, at=at, kind=chip.kind, icon=chip.icon, lines=tuple(filter(None, lines)),
        trouble=Trouble(code=code, said=row.why) if code else None,
    )  # fmt: skip
