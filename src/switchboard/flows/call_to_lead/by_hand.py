"""What a person decides about a call: that nothing more is done, or who is to own its lead.

Each is one transaction: what is wanted, and who wanted it, are committed together. A new owner of a
lead that exists is one more write of the journal, which owner_change.py sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.match import match
from switchboard.flows.call_to_lead.models import ChosenOwner
from switchboard.flows.call_to_lead.settle import put_request
from switchboard.flows.call_to_lead.verdict import BY_HAND
from switchboard.store import audit, directory, journal, leases, ledger, set_aside
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect, owner_changes_of
from switchboard.vendors.zoho_crm.models import CrmUser

KIND, SEQUENCE = "owner", 20
LONGEST_REASON = 300
_HOLDER = "by hand"
_HOLD_SECONDS = 60.0
_PINNED = "owner_by_hand"
_NOTHING_WRITTEN = "Nothing was written to Zoho CRM for this call, so nobody owns it there."


@dataclass(frozen=True, slots=True)
class Reassigned:
    """`wanted`: the lead's owner is to be changed at Zoho. `pinned`: the lead will get the owner
    when it is made."""

    how: Literal["wanted", "pinned"]
    owner_name: str


def skip(
    conn: sa.Connection, call_id: str, *, reason: str, actor: str, who: str
) -> ledger.Interaction:
    """Do nothing more about a waiting or parked call, for good; what was written stays.

    OperatorError, and nothing changed, when the call is past that or being written just now.
    """
    said = _one_line(reason)
    if not said:
        raise OperatorError("CALL-003", "Say in a few words why the call is skipped.")
    with _held(conn, call_id) as row:
        if row.fate not in {"waiting", "parked"}:
            raise OperatorError(
                "CALL-001", f"The call is {row.fate}: only waiting and parked calls can be skipped."
            )
        effects = journal.of_interactions(conn, [row.id]).get(row.id, [])
        _nothing_under_way(effects)
        doubtful = [e for e in effects if e.state == "parked" and e.sending_at is not None]
        never = [
            e.key
            for e in effects
            if e.state in {"intended", "refused", "parked"} and e not in doubtful
        ]
        journal.supersede(conn, never, "A person skipped the call.")
        why, at = f"{who} skipped it: {said}", store_now(conn)
        ledger.set_fate(conn, row.id, "skipped", BY_HAND, why, finished_at=at)
        set_aside.drop(conn, ["call"], [row.id])
        detail = {"reason": said, "was": row.fate}
        audit.append(conn, actor=actor, action="call.skip", subject=row.id, detail=detail)
    return ledger.load(conn, [call_id])[call_id]


def reassign(
    conn: sa.Connection, call_id: str, *, owner_id: str, owner_name: str, actor: str, who: str
) -> Reassigned:
    """Give the call's lead to another owner: at Zoho where it exists, else once it is made.

    The same wish again changes nothing. OperatorError where there is no lead to give away.
    """
    how: Literal["wanted", "pinned"] = "wanted"
    with _held(conn, call_id) as row:
        effects = journal.of_interactions(conn, [row.id]).get(row.id, [])
        record = _record(conn, row, effects)
        if record is not None:
            _want(conn, row, record, ChosenOwner(owner_id=owner_id, name=owner_name, by=who))
        elif row.fate in {"waiting", "parked"}:
            _nothing_under_way(effects)
            _pin(conn, row, effects, ChosenOwner(owner_id=owner_id, name=owner_name, by=who))
            how = "pinned"
        else:
            raise OperatorError("CALL-001", _NOTHING_WRITTEN)
        detail = {"owner_id": owner_id, "how": how}
        audit.append(conn, actor=actor, action="call.reassign", subject=row.id, detail=detail)
    return Reassigned(how, owner_name)


def chosen_owner(document: Mapping[str, Any]) -> ChosenOwner | None:
    """Return whom a person chose for a call that was not written yet."""
    chosen = document.get(_PINNED)
    return ChosenOwner.model_validate(chosen) if chosen else None


def owner_named(wanted: str, users: Mapping[str, CrmUser]) -> CrmUser:
    """Return the active user of Zoho CRM with that id or name; OperatorError otherwise."""
    name = " ".join(wanted.split()).casefold()
    found = [
        each
        for each in users.values()
        if each.id == wanted.strip() or (each.full_name or "").casefold() == name
    ]
    active = [each for each in found if each.status == "active"]
    if len(active) == 1:
        return active[0]
    if active:
        raise OperatorError("CALL-003", f"Several users are called {wanted}: give the id of one.")
    why = "is not active in Zoho CRM" if found else "is no user of Zoho CRM"
    raise OperatorError("CALL-003", f"{wanted} {why}, so nothing can be given to them.")


def _want(
    conn: sa.Connection,
    row: ledger.Interaction,
    record: tuple[str, str],
    chosen: ChosenOwner,
) -> None:
    module, record_id = record
    matter = owner_changes_of(row.id)
    earlier = journal.of_interactions(conn, [matter]).get(matter, [])
    open_ones = [each for each in earlier if each.state in {"intended", "sending"}]
    if any(json.loads(each.request).get("target") == chosen.owner_id for each in open_ones):
        return  # Wanted already, by a second click or by somebody else.
    _nothing_under_way(open_ones)
    journal.supersede(conn, [each.key for each in open_ones], "Another owner was chosen.")
    entry = directory.entries(conn, module, [record_id]).get(record_id)
    request = {
        "id": record_id,
        "previous": entry.owner_id if entry else None,
        "target": chosen.owner_id,
        "target_name": chosen.name,
        "by": chosen.by,
    }
    effect = Effect(
        key=f"{row.id}:{KIND}:{len(earlier) + 1}",
        interaction_id=matter,
        person=row.person,
        kind=KIND,
        module=module,
        request=json.dumps(request, ensure_ascii=False),
        sequence=SEQUENCE,
        intended_at=store_now(conn),
    )
    journal.intend(conn, [effect])


def _pin(
    conn: sa.Connection, row: ledger.Interaction, effects: Sequence[Effect], chosen: ChosenOwner
) -> None:
    document = json.loads(row.document) | {_PINNED: chosen.model_dump(mode="json")}
    text = json.dumps(document, ensure_ascii=False)
    ledger.upsert(conn, [replace(row, document=text, updated_at=store_now(conn))])
    for effect in effects:  # Its owner was chosen before: now it is decided anew.
        if effect.kind == "lead" and effect.state == "intended":
            put_request(conn, effect.key, effect.module, "{}")


def _record(
    conn: sa.Connection, row: ledger.Interaction, effects: Sequence[Effect]
) -> tuple[str, str] | None:
    """Return module and id of the lead the call belongs to; None before there is one."""
    found = None
    for effect in effects:
        if effect.state == "settled" and effect.vendor_id and effect.kind == "lead":
            found = effect.module, effect.vendor_id
        elif effect.state == "settled" and effect.kind == "note" and found is None:
            parent = json.loads(effect.request).get("parent_id")
            found = (effect.module, str(parent)) if parent else None
    if found is None and row.fate in {"waiting", "parked"}:
        known = match(directory.find(conn, [row.person]).get(row.person, ()))
        found = (known.module, known.record_id) if known.module and known.record_id else None
    if found is None:
        return None
    module, record_id = found
    entry = directory.entries(conn, module, [record_id]).get(record_id)
    if module != "Leads" or (entry is not None and entry.converted):
        raise OperatorError(
            "CALL-001", "The caller is a contact in Zoho CRM: a contact's owner is changed there."
        )
    return module, record_id


def _call(conn: sa.Connection, call_id: str) -> ledger.Interaction:
    row = ledger.load(conn, [call_id]).get(call_id)
    if row is None or row.kind != "call":
        raise OperatorError("CALL-001", "There is no such call.")
    if row.digest == ledger.FORGOTTEN:
        raise OperatorError("CALL-001", "The caller was forgotten: nothing more is done.")
    return row


@contextmanager
def _held(conn: sa.Connection, call_id: str) -> Iterator[ledger.Interaction]:
    """Keep every worker away from the caller until this is committed; yield the call as it is."""
    row, at = _call(conn, call_id), store_now(conn)
    if row.person not in leases.acquire(conn, [row.person], _HOLDER, at + _HOLD_SECONDS, at):
        raise OperatorError("CALL-002", "The call is being written just now; try again shortly.")
    yield _call(conn, call_id)  # Read again under the lease: a worker may have just finished.
    leases.release(conn, [row.person], _HOLDER)


def _nothing_under_way(effects: Sequence[Effect]) -> None:
    if any(each.state == "sending" for each in effects):
        raise OperatorError(
            "CALL-002", "Zoho CRM has not answered a write yet; try again once that is known."
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]
