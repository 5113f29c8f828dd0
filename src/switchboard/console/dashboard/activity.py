"""What happened lately, on one timeline: runs, calls, tickets, and what people did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.console.attention import places
from switchboard.store import runs
from switchboard.store.runs import Wanted, Watched
from switchboard.store.tables import audit, effect

MOST = 10
IN_A_ROW = 3  # So many calls one after the other are shown; the others become a number.
_RUNS, _EFFECTS, _TRAIL = 6, 400, 150  # Files of a run come after all its calls.
# What people did and what became of chats; the rest of the trail is for administrators.
_TOLD: Mapping[str, tuple[str, str, str]] = {
    "ticket.raised": ("Ticket {number} created", "ok", "ticket"),
    "ticket.extended": ("Ticket {number} added to", "ok", "ticket"),
    "ticket.refused": ("Ticket {subject} refused", "fail", "ticket"),
    "ticket.parked": ("Ticket {subject} needs a person", "fail", "ticket"),
    "ticket.close": ("Ticket {subject} closed", "", "ticket"),
    "ticket.reopen": ("Ticket {subject} opened again", "warn", "ticket"),
    "ticket.feedback": ("Feedback for ticket {subject}", "", "ticket"),
    "ticket.retry": ("{who} tried ticket {subject} again", "run", "retry"),
    "call.retry": ("{who} tried a call again", "run", "retry"),
    "call.skip": ("{who} skipped a call", "", "phone"),
    "call.reassign": ("{who} gave a call to another owner", "run", "person"),
    "mail.retry": ("{who} tried a mail again", "run", "retry"),
    "chat.retry": ("{who} tried a chat's answer again", "run", "retry"),
    "call.set_aside": ("{who} set a call aside", "", "check"),
    "callback.set_aside": ("{who} set a call-back aside", "", "check"),
    "media.set_aside": ("{who} set a recording aside", "", "check"),
    "mail.set_aside": ("{who} set a mail aside", "", "check"),
    "ticket.set_aside": ("{who} set ticket {subject} aside", "", "check"),
    "chat.set_aside": ("{who} set a chat's late answer aside", "", "check"),
    "lane.wake": ("{who} had waiting work done at once", "run", "play"),
    "run.stop": ("{who} stopped a run", "warn", "stop"),
    "report.send": ("{who} sent a report", "run", "mail"),
    "configuration.change": ("{who} changed the configuration", "run", "sliders"),
}
_KINDS = {
    "lead": "new lead", "note": "note", "status": "lead status", "task": "call-back task",
    "close": "call-back done", "media": "recording", "transcript": "transcript",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline; `sort` groups those that may become a number."""

    at: float
    title: str
    kind: str
    symbol: str
    href: str = ""
    said: str = ""
    sort: str = ""


def latest(conn: sa.Connection, offices: Mapping[str, str]) -> list[Happening]:
    """Return the newest happenings; *offices* names them."""
    found = [*_runs(conn, offices), *_calls(conn), *_trail(conn)]
    return shortened(sorted(found, key=lambda each: -each.at))[:MOST]


def shortened(found: Iterable[Happening]) -> list[Happening]:
    """Let a long row of calls be three and a number. Pure."""
    shown: list[Happening] = []
    row, more = "", 0
    for each in found:
        more = more + 1 if each.sort and each.sort == row else 0
        row = each.sort
        if more < IN_A_ROW:
            shown.append(each)
        elif more == IN_A_ROW:
            said = f"And more {each.sort}s before"
            shown.append(Happening(each.at, said, "", "list", f"/{each.sort}s"))
    return shown


def _runs(conn: sa.Connection, offices: Mapping[str, str]) -> list[Happening]:
    return [_run(each, offices) for each in runs.history(conn, Wanted(), limit=_RUNS)]


def _run(watched: Watched, offices: Mapping[str, str]) -> Happening:
    run, summary = watched.run, json.loads(watched.run.summary)
    parts: list[dict[str, Any]] = summary.get("offices") or []
    where = offices.get(run.office or "", run.office or "")
    name = f"{'Dry run' if summary.get('dry_run') else 'Run'}{f' of {where}' if where else ''}"
    href, at = places.run(run.id), run.finished_at or run.started_at
    seen = sum(int(part.get("seen", 0)) for part in parts)
    made = sum(int(part.get("leads_created", 0)) for part in parts)
    said = f"{seen:,} call{'' if seen == 1 else 's'}, {made:,} new lead{'' if made == 1 else 's'}"
    if watched.running:
        return Happening(run.started_at, f"{name} is at work", "run", "play", href)
    if watched.died:
        return Happening(at, f"{name} ended without a word", "fail", "alert", href)
    if run.outcome == "done":
        return Happening(at, f"{name} finished", "ok", "check", href, said)
    stopped = str(summary.get("stopped_by") or "")
    ended = {"failed": "failed", "interrupted": "was interrupted"}.get(run.outcome or "")
    title = f"{name} {ended or 'stopped early'}"
    return Happening(at, title, "fail", "alert", href, stopped or said)


def _calls(conn: sa.Connection) -> list[Happening]:
    """Return calls whose writes were settled last, each with what was written."""
    e = effect.c
    query = (
        sa.select(e.interaction_id, e.person, e.kind, e.finished_at, e.intended_at)
        .where(e.state == "settled")
        .order_by(e.intended_at.desc())
        .limit(_EFFECTS)
    )
    written: dict[str, list[str]] = {}
    first: dict[str, tuple[float, str]] = {}
    for row in conn.execute(query):
        if not row.interaction_id.startswith("call:"):
            continue  # A file, a call-back or a ticket.
        said = written.setdefault(row.interaction_id, [])
        word = _KINDS.get(row.kind)
        if word and word not in said:
            said.append(word)
        at = float(row.finished_at or row.intended_at)
        if row.interaction_id not in first or at > first[row.interaction_id][0]:
            first[row.interaction_id] = (at, str(row.person))
    return [
        Happening(
            at, f"Call of {places.caller(person, call)}", "ok", "phone", places.call(call),
            _sentence(written[call]), "call",
        )
        for call, (at, person) in first.items()
    ]  # fmt: skip


def _trail(conn: sa.Connection) -> list[Happening]:
    columns = audit.c.at, audit.c.actor, audit.c.action, audit.c.subject, audit.c.detail
    query = sa.select(*columns).order_by(audit.c.seq.desc()).limit(_TRAIL)
    return [
        told(float(at), actor, action, subject, json.loads(detail))
        for at, actor, action, subject, detail in conn.execute(query)
        if action in _TOLD
    ]


def told(at: float, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> Happening:
    """Return a line of the trail as a happening. Pure."""
    words, kind, symbol = _TOLD[action]
    about = action.partition(".")[0]
    number = str(detail.get("number") or subject)
    title = words.format(who=_who(actor), subject=subject, number=number)
    href = {"ticket": places.ticket(subject), "call": places.call(subject)}.get(about, "")
    said = ""
    if about == "configuration":
        href, said = "/configuration", str(detail.get("title") or subject)
    elif about == "run":
        href = places.run(subject)
    elif "workflow" in detail:
        said = str(detail["workflow"]).replace("_", " ").capitalize()
    sort = "ticket" if action == "ticket.raised" else ""
    return Happening(at, title, kind, symbol, href, said, sort)


def _who(actor: str) -> str:
    return actor.partition(":")[2] or actor


def _sentence(words: list[str]) -> str:
    said = ", ".join(words)
    return said[:1].upper() + said[1:]
