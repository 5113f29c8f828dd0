"""What a portal is made of: organisation, departments, agents, teams, fields, layouts."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_desk import errors, render
from switchboard.simulators.zoho_desk.call import Call
from switchboard.simulators.zoho_desk.records import Agent, Webhook
from switchboard.simulators.zoho_desk.schema import CHANNELS, Field
from switchboard.simulators.zoho_desk.webhooks import ALLOWED, EVENTS, is_here

MODULES = ("tickets", "contacts")


def _rows(found: list[Any]) -> Response:
    return JSONResponse({"data": found}) if found else Response(status_code=204)


def organizations(call: Call) -> Response:
    desk = call.desk
    one = {
        "id": desk.org_id,
        "companyName": "Keystone Hosting",
        "portalName": "keystonehosting",
        "edition": desk.rules.edition,
        "isDefault": True,
        "isSandboxPortal": False,
        "isAdminInOrg": True,
    }
    return _rows([one])


def departments(call: Call) -> Response:
    enabled = call.truth("isEnabled", default=True) if "isEnabled" in call.query else None
    found = [
        {
            "id": each.id,
            "name": each.name,
            "sanitizedName": each.name.lower().replace(" ", "-"),
            "isEnabled": each.enabled,
            "isDefault": each.default,
            "isVisibleInCustomerPortal": True,
            "nameInCustomerPortal": each.name,
            "isAssignToTeamEnabled": True,
            "chatStatus": "NOT_CREATED",
            "hasLogo": False,
            "creatorId": call.desk.current_agent,
            "description": None,
            "createdTime": render.time(call.desk.now()),
        }
        for each in call.desk.departments.values()
        if enabled in (None, each.enabled)
    ]
    return _rows(call.page(found, 10, 200))


def agents(call: Call) -> Response:
    status = call.choice("status", ("ACTIVE", "DISABLED"), "") if "status" in call.query else None
    found = [_agent(each) for each in call.desk.agents.values() if status in (None, each.status)]
    return _rows(call.page(found, 10, 200, least=10))


def my_info(call: Call) -> Response:
    return JSONResponse(_agent(call.desk.agents[call.desk.current_agent]))


def _agent(each: Agent) -> dict[str, Any]:
    return {
        "id": each.id,
        "zuid": each.id,
        "name": each.name,
        "firstName": each.first_name,
        "lastName": each.last_name,
        "emailId": each.email,
        "status": each.status,
        "associatedDepartmentIds": list(each.departments),
        "isConfirmed": True,
        "rolePermissionType": "Admin",
        "phone": "",
        "mobile": "",
        "photoURL": None,
    }


def teams(call: Call) -> Response:
    if call.path["departmentId"] not in call.desk.departments:
        raise errors.not_found()
    found = [
        {
            "id": each.id,
            "name": each.name,
            "departmentId": each.department_id,
            "agents": list(each.agents),
            "derivedAgents": list(each.agents),
            "roles": [],
            "subTeams": [],
            "description": None,
            "logoUrl": None,
        }
        for each in call.desk.teams.values()
        if each.department_id == call.path["departmentId"]
    ]
    return JSONResponse({"teams": found})


def fields(call: Call) -> Response:
    known = _fields_of(call)
    return _rows([_field(call, name, field) for name, field in known.items()])


def layouts(call: Call) -> Response:
    _fields_of(call)
    department = next(iter(call.desk.departments))
    one = {
        "id": call.desk.layout_id,
        "layoutName": "Support",
        "layoutDisplayName": "Support",
        "module": {"tickets": "Cases", "contacts": "Contacts"}[call.query["module"]],
        "departmentId": call.query.get("departmentId", department),
        "isDefaultLayout": True,
        "isStandardLayout": True,
        "status": "active",
    }
    return _rows([one])


def statuses(call: Call) -> Response:
    if not call.desk.rules.statuses_listed:
        raise errors.not_found()
    return _rows(
        [{"statusName": each.name, "statusType": each.type} for each in call.desk.statuses]
    )


def channels(call: Call) -> Response:
    del call
    return _rows(
        [
            {"code": name.upper(), "name": name, "type": "SYSTEM", "acceptsReplies": True}
            for name in CHANNELS
        ]
    )


async def subscribe(call: Call) -> Response:
    """Create a webhook, after its address has answered."""
    desk, body = call.desk, call.json
    if ALLOWED[desk.rules.edition] <= sum(each.enabled for each in desk.webhooks.by_id.values()):
        raise errors.licence("WEBHOOKS", desk.rules.edition)
    url, wanted = body.get("url"), body.get("subscriptions")
    if not isinstance(url, str) or not url or len(url) > 500:
        raise errors.invalid(("url", "missing" if not url else "invalid", "An address is needed."))
    if not isinstance(wanted, dict) or not wanted:
        raise errors.invalid(("subscriptions", "missing", "An event is needed."))
    for event, filters in wanted.items():
        if event not in EVENTS:
            raise errors.not_imitated(f"the event {event}")
        if filters is not None and set(filters) - EVENTS[event]:
            raise errors.invalid((f"subscriptions/{event}", "invalid", "An unknown filter."))
    if not is_here(url):
        raise errors.not_imitated("webhooks to other machines")
    if not await desk.webhooks.answers(url):
        raise errors.invalid(("url", "invalid", "The address did not answer with 200."))
    webhook = Webhook(
        desk.next_id(),
        url,
        wanted,
        desk.now(),
        desk.current_agent,
        name=body.get("name"),
        description=body.get("description"),
        include_from=tuple(body.get("includeEventsFrom") or ()),
        ignore_source=body.get("ignoreSourceId"),
        enabled=body.get("isEnabled", True) is not False,
    )
    desk.webhooks.by_id[webhook.id] = webhook
    return JSONResponse(_webhook(webhook))


def subscriptions(call: Call) -> Response:
    return _rows([_webhook(each) for each in call.desk.webhooks.by_id.values()])


def unsubscribe(call: Call) -> Response:
    if call.desk.webhooks.by_id.pop(call.path["webhookId"], None) is None:
        raise errors.not_found()
    return Response(status_code=200)


def _webhook(each: Webhook) -> dict[str, Any]:
    return {
        "id": each.id,
        "url": each.url,
        "subscriptions": each.subscriptions,
        "name": each.name,
        "description": each.description,
        "includeEventsFrom": list(each.include_from),
        "ignoreSourceId": each.ignore_source,
        "isEnabled": each.enabled,
        "type": "CUSTOMER_WEBHOOK",
        "createdBy": each.created_by,
        "createdTime": render.time(each.created),
        "modifiedTime": render.time(each.created),
    }


def _fields_of(call: Call) -> dict[str, Field]:
    module = call.query.get("module")
    if module is None:
        raise errors.invalid(("module", "missing", "A module is needed."))
    if module not in MODULES:
        raise errors.not_imitated(f"the module {module}")
    return call.desk.ticket_fields if module == "tickets" else call.desk.contact_fields


def _field(call: Call, name: str, field: Field) -> dict[str, Any]:
    allowed = field.allowed
    if name == "status":
        allowed = tuple(each.name for each in call.desk.statuses)
    shown: dict[str, Any] = {
        "id": str(
            int(call.desk.layout_id)
            + 1
            + list(call.desk.ticket_fields | call.desk.contact_fields).index(name)
        ),
        "apiName": name,
        "name": name,
        "displayLabel": field.label,
        "i18NLabel": field.label,
        "type": field.type,
        "isCustomField": field.custom,
        "isMandatory": field.mandatory,
        "isEncryptedField": field.encrypted,
        "maxLength": field.max_length,
        "showToHelpCenter": False,
    }
    if allowed:
        shown["allowedValues"] = [{"value": each} for each in allowed]
    return shown
