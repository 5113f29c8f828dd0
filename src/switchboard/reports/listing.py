"""Turn rows of the ledger into the lines of a listing: who called, what was done, and why. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.config.documents import Office
from switchboard.config.load import Configuration
from switchboard.people.phone import readable
from switchboard.reports.facts import Facts
from switchboard.reports.figures import NO_EXTENSION, owner_name
from switchboard.reports.models import NO_OFFICE, CallLine, MediaLine
from switchboard.reports.outgoing import one_line
from switchboard.reports.wording import outcome
from switchboard.reports.zones import Zones
from switchboard.store import ledger
from switchboard.store.journal import Effect

DAY_SECONDS = 86_400.0
_MEDIA_WORDS = {"recording": "Recording", "voicemail": "Voicemail"}
_CALLBACK_WORDS = {
    "open": "Call-back task",
    "closing": "Call-back task",
    "closed": "Call-back closed",
    "owed": "Call-back task to come",
}


class Listing:
    """Knows the company, so that a line can say names instead of ids."""

    def __init__(self, facts: Facts, configuration: Configuration, zones: Zones) -> None:
        self._facts, self._zones = facts, zones
        self._offices = {each.id: each for each in configuration.offices}
        self._alarm = configuration.settings.media.alarm_days * DAY_SECONDS

    def calls(self) -> tuple[CallLine, ...]:
        """Return the newest first."""
        rows = sorted(self._facts.calls, key=lambda row: (-row.started_at, row.id))
        return tuple(self._call(row) for row in rows)

    def media(self) -> tuple[MediaLine, ...]:
        """Return what is owed or lost; what RingCentral deletes first comes first."""
        return tuple(self._media(row) for row in self._facts.media)

    def _call(self, row: ledger.Interaction) -> CallLine:
        document: Mapping[str, Any] = json.loads(row.document)
        call, decision = document.get("call") or {}, document.get("decision") or {}
        office = self._offices.get(row.office or "")
        facts = self._facts
        return CallLine(
            id=row.id,
            session=row.session,
            office=row.office or NO_OFFICE,
            office_name=_office_name(row.office, office),
            at=self._zones.local(row.started_at, row.office),
            number=_number(row.person, row.id, office),
            name=one_line(str(call.get("caller_name") or "")) or _nameless(call),
            outcome=outcome(row.outcome, row.reason),
            fate=row.fate,
            owner=self._owner(decision, office),
            did=_did(
                facts.effects.get(row.id, ()),
                facts.media_of_calls.get(row.id, ()),
                facts.callback_of_call.get(row.id),
            ),
            why=one_line(row.why),
            code=row.error_code,
            fresh=_within(row.first_seen, facts)
            or (row.fate != "skipped" and _within(row.updated_at, facts)),
        )

    def _owner(self, decision: Mapping[str, Any], office: Office | None) -> str | None:
        """Return who has the lead: whom it was given to, or who had it already."""
        match = decision.get("match") or {}
        owner = decision.get("owner_id") or self._facts.record_owners.get(
            str(match.get("record_id"))
        )
        if not owner:
            return None
        own = owner_name(str(owner), office)
        if own != str(owner):
            return own
        for each in self._offices.values():
            if (name := owner_name(str(owner), each)) != str(owner):
                return name
        return None

    def _media(self, row: Mapping[str, Any]) -> MediaLine:
        office = self._offices.get(row["office"] or "")
        gone_at = row["expires_at"]
        owed, told = row["state"] == "owed", row["alarmed_at"]
        return MediaLine(
            key=row["key"],
            at=self._zones.local(row["call_started_at"], row["office"]),
            office_name=_office_name(row["office"], office),
            number=_number(row["person"], row["interaction_id"], office),
            kind=_MEDIA_WORDS.get(row["kind"], str(row["kind"])),
            state=row["state"],
            why=one_line(row["why"]),
            code=row["error_code"],
            deleted_at=None if gone_at is None else self._zones.local(gone_at, row["office"]),
            urgent=owed and gone_at is not None and gone_at - self._facts.end <= self._alarm,
            fresh=(told is None or told >= self._facts.run.started_at)
            if owed
            else _within(row["updated_at"], self._facts),
        )


def _nameless(call: Mapping[str, Any]) -> str | None:
    """A call between colleagues has no caller to name; nobody withheld a number either."""
    return "Internal call" if call.get("direction") == "internal" else None


def _within(at: float, facts: Facts) -> bool:
    return facts.run.started_at <= at <= facts.end + 1.0


def _office_name(office_id: str | None, office: Office | None) -> str:
    return office.name if office else office_id or NO_EXTENSION


def _number(person: str, interaction_id: str, office: Office | None) -> str | None:
    if person == interaction_id:
        return None
    return readable(person, office.region if office else "US")


def _did(
    effects: Sequence[Effect], media: Sequence[tuple[str, str]], callback: str | None
) -> tuple[str, ...]:
    """Say what was written, in the order it was."""
    done: list[str] = []
    for each in effects:
        if each.state != "settled":
            continue
        if each.kind == "lead":
            done.append("New lead")
        elif each.kind == "note":
            done.append("Note on contact" if each.module == "Contacts" else "Note")
        elif each.kind == "status":
            target = json.loads(each.request).get("target")
            done.append(f"Status {target}" if target else "Status")
    done += [f"{_MEDIA_WORDS.get(kind, kind)} attached" for kind, state in media if state == "done"]
    done += [f"{_MEDIA_WORDS.get(kind, kind)} to come" for kind, state in media if state == "owed"]
    if callback in _CALLBACK_WORDS:
        done.append(_CALLBACK_WORDS[callback])
    return tuple(done)
