"""Take over into the store that a write happened: journal, directory, last status."""

from __future__ import annotations

import json

import sqlalchemy as sa

from switchboard.flows.call_to_lead.writes import Write
from switchboard.people.phone import to_e164
from switchboard.store import directory, journal, ledger, people_status
from switchboard.store.journal import Effect
from switchboard.store.tables import effect as effect_table
from switchboard.vendors.zoho_crm.models import CrmPerson


def settled(
    conn: sa.Connection,
    effect: Effect,
    vendor_id: str | None,
    *,
    person: CrmPerson | None = None,
    write: Write | None = None,
    module: str | None = None,
) -> None:
    """Note that *effect* happened as *vendor_id*, and what follows for recognising the caller.

    *person* is the record as found at Zoho; *module* the one Zoho named instead of ours.
    """
    journal.settle(conn, effect.key, vendor_id)
    body = write.body if write else json.loads(effect.request)
    if effect.kind == "note" or vendor_id is None:
        return
    if effect.kind == "owner":
        directory.set_owner(conn, effect.module, vendor_id, body["target"])
        return
    row = ledger.load(conn, [effect.interaction_id])[effect.interaction_id]
    if effect.kind == "lead":
        module = module or effect.module
        if module != effect.module:
            put_request(conn, effect.key, module, effect.request)
        status = str(body.get("Lead_Status") or "")
        created = person or CrmPerson(
            module=module,
            id=vendor_id,
            phones=(effect.person,),
            full_name=str(body.get("Last_Name") or "") or None,
            owner_id=(body.get("Owner") or {}).get("id"),
            lead_status=status or None,
        )
        directory.put(conn, [created], _own_number)
    else:
        status = body["target"]
        directory.set_status(conn, effect.module, vendor_id, status)
    mark = people_status.PersonStatus(
        effect.person, effect.module, vendor_id, status, row.started_at
    )
    people_status.put(conn, mark)


def put_request(conn: sa.Connection, key: str, module: str, request: str) -> None:
    """Change what an effect will send, before it is sent."""
    values = {"module": module, "request": request, "request_hash": journal.request_hash(request)}
    conn.execute(sa.update(effect_table).where(effect_table.c.key == key).values(**values))


def _own_number(phone: str) -> str | None:
    """Read numbers we wrote ourselves; they carry their country."""
    return to_e164(phone, None)
