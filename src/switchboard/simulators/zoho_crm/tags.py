"""Tags on records, and a module's list of tags."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import errors, values
from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.check import MAX_TAGS, make_tag
from switchboard.simulators.zoho_crm.state import Tag
from switchboard.simulators.zoho_crm.table import Table

RECORDS = 500
TAG_NAME = 25
TAGS_PER_MODULE = 100

Body = dict[str, Any]


def cost(call: Call) -> float:
    """One credit per 50 records."""
    try:
        ids = call.json.get("ids")
    except errors.Refusal:
        return 1
    return max(1, -(-len(ids) // 50)) if isinstance(ids, list) else 1


def add(call: Call) -> Response:
    return _change(call, adding=True)


def remove(call: Call) -> Response:
    return _change(call, adding=False)


def read_tags(call: Call) -> Response:
    tags = call.crm.tags[_module(call)]
    about = {"count": len(tags), "allowed_count": TAGS_PER_MODULE}
    return JSONResponse({"tags": [_shown(call, tag) for tag in tags.values()], "info": about})


def create_tags(call: Call) -> Response:
    module = _module(call)
    answers, good = [], 0
    for index, name in enumerate(_names(call)):
        if name in call.crm.tags[module]:
            details = {"api_name": "name", "json_path": f"$.tags[{index}].name"}
            answers.append(errors.item("DUPLICATE_DATA", "duplicate data", details))
            continue
        good += 1
        tag = make_tag(call.crm, module, name)
        shown = _shown(call, tag)
        details = {key: each for key, each in shown.items() if key != "name"}
        answers.append(
            {
                "code": "SUCCESS",
                "details": details,
                "message": "tags created successfully",
                "status": "success",
            }
        )
    status = 201 if good == len(answers) else 207 if good else 400
    return JSONResponse({"tags": answers}, status_code=status)


def _change(call: Call, *, adding: bool) -> Response:
    table, names = call.table(), _names(call)
    single = "id" in call.path
    given = [call.path["id"]] if single else call.json.get("ids")
    if not isinstance(given, list) or not given:
        raise errors.body_missing("ids")
    if len(given) > RECORDS:
        raise errors.too_many_items("ids", RECORDS)
    overwrite = bool(call.json.get("over_write", False))
    data = [_one(call, table, each, names, adding=adding, overwrite=overwrite) for each in given]
    good = sum(each["status"] == "success" for each in data)
    status = 200 if good else 400
    if single:
        return JSONResponse({"data": data}, status_code=status)
    return JSONResponse(
        {"data": data, "success_count": str(good), "locked_count": "0", "wf_scheduler": None},
        status_code=status,
    )


def _one(
    call: Call, table: Table, given: Any, names: list[str], *, adding: bool, overwrite: bool
) -> Body:
    record = table.rows.get(values.record_id(given) or "")
    if record is None:
        return errors.invalid_id(None).body
    module = table.module.api_name
    have = [] if overwrite and adding else list(record.fields.get("Tag") or [])
    if adding:
        have += [make_tag(call.crm, module, name).name for name in names if name not in have]
    else:
        have = [name for name in have if name not in names]
    if len(have) > MAX_TAGS:
        details = {"maximum_length": MAX_TAGS, "id": record.id}
        return errors.item("LIMIT_EXCEEDED", "the tag limit of the record is exceeded", details)
    table.change(record, {"Tag": have})
    record.modified, record.modified_by = call.crm.now(), call.crm.current_user
    tags = [{"name": name, "id": call.crm.tags[module][name].id} for name in have]
    return {
        "code": "SUCCESS",
        "details": {"id": record.id, "tags": tags},
        "message": "tags updated successfully",
        "status": "success",
    }


def _names(call: Call) -> list[str]:
    tags = call.json.get("tags")
    if not isinstance(tags, list) or not tags:
        raise errors.body_missing("tags")
    names = [each.get("name") for each in tags if isinstance(each, dict)]
    if len(names) != len(tags) or not all(isinstance(name, str) and name for name in names):
        raise errors.wrong_type("tags", "jsonarray")
    if any(len(str(name)) > TAG_NAME for name in names):
        raise errors.too_many_items("tags", TAG_NAME)
    return [str(name) for name in names]


def _module(call: Call) -> str:
    module = call.query.get("module")
    if not module:
        raise errors.param_missing("module")
    if module not in call.crm.modules:
        raise errors.invalid_module()
    return module


def _shown(call: Call, tag: Tag) -> Body:
    by, at = call.crm.user_ref(call.crm.current_user), call.crm.time(tag.created)
    return {
        "created_time": at,
        "modified_time": at,
        "name": tag.name,
        "modified_by": by,
        "id": tag.id,
        "created_by": by,
        "color_code": None,
    }
