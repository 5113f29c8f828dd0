"""Notes in both their forms: under one record, and `/Notes` for many records at once.

Nothing about a note is unique: the same note sent twice is two notes.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import errors, values
from switchboard.simulators.zoho_crm.call import PER_PAGE, Call
from switchboard.simulators.zoho_crm.errors import ItemRefusal
from switchboard.simulators.zoho_crm.listing import BY_PAGE, info
from switchboard.simulators.zoho_crm.records import Outcome, batch, success
from switchboard.simulators.zoho_crm.schema import IMITATED
from switchboard.simulators.zoho_crm.state import Note
from switchboard.simulators.zoho_crm.table import Record

TITLE = 120
PARENTS = tuple(IMITATED)

Body = dict[str, Any]


def create(call: Call) -> Response:
    """Create up to 100 notes, under the record in the path or under each note's own parent."""

    def one(index: int, each: Body) -> Outcome:
        module, parent = _parent(call, index, each)
        if parent.converted:
            raise errors.already_converted(parent.id)
        title, content = _texts(call, index, each)
        crm = call.crm
        note = crm.notes.by_id[crm.add_note(module, parent.id, title, content)]
        return success("record added", _written(call, note))

    return batch(call.items(), one, 201)


def update(call: Call) -> Response:
    """Update notes by the ids in the body, or the one in the path."""
    items = call.items(1 if "note" in call.path else 100)

    def one(index: int, each: Body) -> Outcome:
        note = _note(call, index, call.path.get("note") or each.get("id"))
        if note.owner != call.crm.current_user:
            raise ItemRefusal(
                "CANNOT_PERFORM_ACTION", "cannot edit a note of another user", {"id": note.id}
            )
        title, content = _texts(call, index, {"Note_Content": note.content, **each})
        note.title = title if "Note_Title" in each else note.title
        note.content = content
        note.modified = call.crm.now()
        return success("record updated", _written(call, note))

    return batch(items, one, 200)


def delete(call: Call) -> Response:
    if "note" in call.path:
        ids = [call.path["note"]]
    else:
        ids = [each.strip() for each in call.query.get("ids", "").split(",") if each.strip()]
    if not ids:
        raise errors.param_missing("ids")
    if len(ids) > 100:
        raise errors.limit_exceeded("ids", 100)

    def one(index: int, each: str) -> Outcome:
        note = _note(call, index, each)
        call.crm.notes.remove(note)
        return success("record deleted", {"id": note.id})

    return batch(ids, one, 200)


def read_related(call: Call) -> Response:
    """One record's notes, oldest first as a new user sees them."""
    fields = call.fields(required=True)
    module, parent = _path_parent(call)
    del module
    return _page(call, call.crm.notes.of(parent.id), fields)


def read_all(call: Call) -> Response:
    """All notes: for administrators only."""
    if not call.crm.rules.administrator:
        raise errors.no_permission("Crm_Implied_View_All_Notes")
    fields = call.fields(required=True)
    return _page(call, list(call.crm.notes.by_id.values()), fields)


def read_one(call: Call) -> Response:
    note = call.crm.notes.by_id.get(call.path["note"])
    if note is None or ("id" in call.path and note.parent_id != call.path["id"]):
        return Response(status_code=204)
    return JSONResponse({"data": [_shown(call, note, call.fields(required=False))]})


def _page(call: Call, notes: list[Note], fields: list[str] | None) -> Response:
    page = call.number("page", 1, 10**6)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    if page * per_page > BY_PAGE:
        raise errors.Refusal(
            400,
            "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
            "use page_token to read more records",
            {"limit": BY_PAGE},
        )
    sort_by = call.query.get("sort_by")
    if sort_by not in {None, "id", "Created_Time", "Modified_Time"}:
        raise errors.invalid_param("sort_by")
    if sort_by == "Modified_Time":
        notes = sorted(notes, key=lambda note: note.modified)
    if sort_by is not None and call.query.get("sort_order", "desc") == "desc":
        notes = notes[::-1]
    start = (page - 1) * per_page
    part = notes[start : start + per_page]
    if not part:
        return Response(status_code=204)
    about = info(page, per_page, len(part), start + len(part) < len(notes))
    about.update({"next_page_token": None, "previous_page_token": None, "page_token_expiry": None})
    return JSONResponse({"data": [_shown(call, note, fields) for note in part], "info": about})


def _shown(call: Call, note: Note, fields: list[str] | None) -> Body:
    crm = call.crm
    parent = crm.tables[note.parent_module].rows.get(note.parent_id)
    name_field = crm.modules[note.parent_module].name_field
    whole = {
        "Owner": crm.user_ref(note.owner, email=True),
        "Note_Title": note.title,
        "Note_Content": note.content,
        "Parent_Id": {
            "module": {
                "api_name": note.parent_module,
                "id": str(crm.modules[note.parent_module].number),
            },
            "name": str(parent.fields.get(name_field)) if parent else "",
            "id": note.parent_id,
        },
        "Created_Time": crm.time(note.created),
        "Modified_Time": crm.time(note.modified),
        "Created_By": crm.user_ref(note.owner, email=True),
        "Modified_By": crm.user_ref(note.owner, email=True),
        "$attachments": None,
        "$editable": True,
        "$size": None,
        "$state": "save",
        "$voice_note": False,
    }
    shown = {name: value for name, value in whole.items() if fields is None or name in fields}
    return {**shown, "id": note.id}


def _path_parent(call: Call) -> tuple[str, Record]:
    table = call.table()
    record = table.rows.get(call.path["id"])
    if record is None:
        raise errors.Refusal(
            400,
            "INVALID_DATA",
            "the related id given seems to be invalid",
            {"resource_path_index": 1},
        )
    return table.module.api_name, record


def _parent(call: Call, index: int, each: Body) -> tuple[str, Record]:
    if "id" in call.path:
        return _path_parent(call)
    given = each.get("Parent_Id")
    if given is None:
        raise errors.mandatory(index, "Parent_Id")
    if not isinstance(given, dict):
        raise errors.invalid_item(index, "Parent_Id", expected_data_type="jsonobject")
    about = given.get("module")
    if not isinstance(about, dict):
        raise errors.mandatory(index, "Parent_Id.module")
    module = about.get("api_name")
    if module is None and about.get("id") is not None:
        numbers = {str(m.number): name for name, m in call.crm.modules.items()}
        module = numbers.get(str(about["id"]))
    if module not in PARENTS:
        raise errors.invalid_item(index, "Parent_Id.module")
    record_id = values.record_id(given.get("id"))
    record = call.crm.tables[module].rows.get(record_id) if record_id else None
    if record is None:
        raise errors.invalid_item(index, "Parent_Id.id")
    return module, record


def _texts(call: Call, index: int, each: Body) -> tuple[str | None, str | None]:
    title, content = each.get("Note_Title") or None, each.get("Note_Content") or None
    if title is None and content is None:
        expected = [
            {"api_name": name, "json_path": f"$.data[{index}].{name}"}
            for name in ("Note_Title", "Note_Content")
        ]
        raise ItemRefusal(
            "EXPECTED_FIELD_MISSING", "expected field missing", {"expected_fields": expected}
        )
    limits = (("Note_Title", title, TITLE), ("Note_Content", content, call.crm.rules.note_content))
    for name, text, limit in limits:
        if text is not None and not isinstance(text, str):
            raise errors.invalid_item(index, name, expected_data_type="text")
        if text is not None and len(text) > limit:
            raise errors.invalid_item(index, name, maximum_length=limit)
    return title, content


def _note(call: Call, index: int, note_id: Any) -> Note:
    note = call.crm.notes.by_id.get(str(note_id))
    if note is None or ("id" in call.path and note.parent_id != call.path["id"]):
        raise errors.invalid_id(index)
    found: Note = note
    return found


def _written(call: Call, note: Note) -> Body:
    crm = call.crm
    return {
        "Modified_Time": crm.time(note.modified),
        "Modified_By": crm.user_ref(note.owner),
        "Created_Time": crm.time(note.created),
        "id": note.id,
        "Created_By": crm.user_ref(note.owner),
    }
