"""Show records the way the CRM writes them: lookups with names, times in the user's zone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from switchboard.simulators.zoho_crm.schema import Field, Module
from switchboard.simulators.zoho_crm.state import CrmState
from switchboard.simulators.zoho_crm.table import Record

LIST_TEXT = 500  # Long texts in lists are cut here (OASmd: rich text in lists).


_KEPT_BY_ZOHO = {
    "id": "id",
    "Created_Time": "created",
    "Modified_Time": "modified",
    "Last_Activity_Time": "modified",
    "Created_By": "created_by",
    "Modified_By": "modified_by",
}


def value(module: Module, record: Record, name: str, fields: dict[str, Any] | None = None) -> Any:
    """What a field is for criteria, sorting and COQL: ids, epochs, plain values.

    *fields* stands in for the record's own where a search still sees an older state.
    """
    if name in _KEPT_BY_ZOHO:
        return getattr(record, _KEPT_BY_ZOHO[name])
    if name == "Converted__s" and module.api_name == "Leads":
        return record.converted
    return (record.fields if fields is None else fields).get(name)


def shown(crm: CrmState, module: Module, field: Field, raw: Any) -> Any:
    """One field's value as an answer carries it."""
    if raw is None:
        return [] if field.data_type == "text_list" else None
    if field.data_type == "ownerlookup":
        return crm.user_ref(raw, email=field.api_name == "Owner")
    if field.data_type == "lookup":
        return {"name": _name_of(crm, field, raw), "id": raw}
    if field.data_type == "datetime":
        return crm.time(raw)
    if field.data_type == "text_list":
        tags = crm.tags.get(module.api_name, {})
        return [{"name": each, "id": tags[each].id, "color_code": None} for each in raw]
    return raw


def record(
    crm: CrmState,
    module: Module,
    row: Record,
    fields: Iterable[str] | None,
    *,
    cut: bool = False,
    seen: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the asked-for fields and the id; unknown names are left out without a word."""
    answer: dict[str, Any] = {}
    for name in module.fields if fields is None else fields:
        known = module.fields.get(name)
        if known is None:
            if name.startswith("$"):
                answer.update(_system(crm, module, row, {name}))
            continue
        answer[name] = shown(crm, module, known, value(module, row, name, seen))
        if cut and isinstance(answer[name], str) and known.length > LIST_TEXT:
            answer[name] = answer[name][:LIST_TEXT]
    answer["id"] = row.id
    if fields is None:
        answer.update(_system(crm, module, row, None))
    return answer


def written(crm: CrmState, row: Record) -> dict[str, Any]:
    """`details` of a successful write."""
    return {
        "Modified_Time": crm.time(row.modified),
        "Modified_By": crm.user_ref(row.modified_by),
        "Created_Time": crm.time(row.created),
        "id": row.id,
        "Created_By": crm.user_ref(row.created_by),
        "$approval_state": "approved",
    }


def _system(crm: CrmState, module: Module, row: Record, wanted: set[str] | None) -> dict[str, Any]:
    known: dict[str, Any] = {
        "$approval_state": "approved",
        "$editable": True,
        "$state": "save",
        "$in_merge": False,
        "$approved": True,
        "$se_module": row.fields.get("$se_module"),
    }
    if module.api_name == "Leads":
        known["$converted"] = row.converted
        contact = row.fields.get("Converted_Contact")
        known["$converted_detail"] = (
            {
                "contact": contact,
                "convert_date": crm.time(row.fields.get("Converted_Date_Time", row.modified)),
                "converted_by": row.modified_by,
            }
            if row.converted
            else {}
        )
    return {name: each for name, each in known.items() if wanted is None or name in wanted}


def _name_of(crm: CrmState, field: Field, record_id: str) -> str | None:
    places = (field.lookup,) if field.lookup in crm.tables else ("Leads", "Contacts", "Accounts")
    for place in places:
        found = crm.tables[place].rows.get(record_id)
        if found is not None:
            name: str | None = found.fields.get(crm.modules[place].name_field)
            return name
    return None
