"""Settings: modules, fields, layouts, related lists, assignment rules, duplicate preference."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import errors
from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.schema import Module
from switchboard.simulators.zoho_crm.shapes import (
    brief,
    field_id_of,
    field_shape,
    layout_shape,
    metadata_id,
    module_shape,
)

Body = dict[str, Any]


def read_fields(call: Call) -> Response:
    module = _module(call)
    if call.query.get("type", "used") == "unused":
        return Response(status_code=204)
    fields = [field_shape(call, module, field) for field in module.fields.values()]
    return JSONResponse({"fields": fields})


def read_field(call: Call) -> Response:
    module = _module(call)
    for field in module.fields.values():
        if field_id_of(call, module, field.api_name) == call.path["field"]:
            return JSONResponse({"fields": [field_shape(call, module, field)]})
    raise errors.Refusal(
        400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2}
    )


def read_modules(call: Call) -> Response:
    return JSONResponse({"modules": [module_shape(m) for m in call.crm.modules.values()]})


def read_module(call: Call) -> Response:
    module = call.crm.modules.get(call.path["name"])
    if module is None:
        raise errors.invalid_module()
    return JSONResponse({"modules": [module_shape(module)]})


def read_layouts(call: Call) -> Response:
    return JSONResponse({"layouts": [layout_shape(call, _module(call))]})


def read_layout(call: Call) -> Response:
    module = _module(call)
    if call.path["layout"] != metadata_id(call, module, 900):
        return Response(status_code=204)
    return JSONResponse({"layouts": [layout_shape(call, module)]})


def read_related_lists(call: Call) -> Response:
    module = _module(call)
    lists = [
        {
            "id": metadata_id(call, module, 800 + place),
            "api_name": name,
            "display_label": name,
            "name": name,
            "href": f"{module.api_name}/{{ENTITYID}}/{name}",
            "module": {"api_name": name, "id": str(10 + place)},
            "action": None,
            "sequence_number": str(place + 1),
            "type": "default",
            "connectedmodule": None,
            "linkingmodule": None,
        }
        for place, name in enumerate(("Notes", "Attachments"))
    ]
    return JSONResponse({"related_lists": lists})


def read_assignment_rules(call: Call) -> Response:
    wanted = call.query.get("module")
    crm = call.crm
    found = [r for r in crm.assignment_rules.values() if wanted in (None, r.module)]
    if not found:
        return Response(status_code=204)
    return JSONResponse({"assignment_rules": [_rule(call, rule.id) for rule in found]})


def read_assignment_rule(call: Call) -> Response:
    if call.path["rule"] not in call.crm.assignment_rules:
        return Response(status_code=204)
    return JSONResponse({"assignment_rules": [_rule(call, call.path["rule"])]})


def read_duplicate_preference(call: Call) -> Response:
    """204 without a preference; otherwise what else an insert of a lead is compared with."""
    module, kind = _module(call), call.crm.rules.duplicate_check
    if kind is None or module.api_name != "Leads":
        return Response(status_code=204)
    contacts = call.crm.modules["Contacts"]
    configurations: list[Body] = []
    if kind == "mapped_module_records":
        configurations.append(
            {
                "field_mappings": [
                    {
                        "current_field": brief(call, module, name),
                        "mapped_field": brief(call, contacts, name),
                    }
                    for name in ("Email", "Phone")
                ],
                "mapped_module": {
                    "id": str(contacts.number),
                    "api_name": "Contacts",
                    "name": "Contacts",
                },
            }
        )
    preference = {"type": kind, "type_configurations": configurations}
    return JSONResponse({"duplicate_check_preference": preference})


def _module(call: Call) -> Module:
    name = call.query.get("module")
    if not name:
        raise errors.param_missing("module")
    module = call.crm.modules.get(name)
    if module is None:
        raise errors.invalid_module()
    return module


def _rule(call: Call, rule_id: str) -> Body:
    crm = call.crm
    rule = crm.assignment_rules[rule_id]
    owner, by = crm.user_ref(rule.owner), crm.user_ref(crm.current_user)
    number = str(crm.modules[rule.module].number)
    return {
        "id": rule.id,
        "name": rule.name,
        "api_name": rule.name.replace(" ", "_"),
        "module": {"api_name": rule.module, "name": rule.module, "id": number},
        "default_assignee": {"name": owner["name"], "id": rule.owner, "type": "user"},
        "created_by": by,
        "created_time": crm.time(crm.now()),
        "modified_by": by,
        "modified_time": crm.time(crm.now()),
        "description": "",
    }
