"""The account, its extensions, numbers, queues and directory."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.ringcentral.company import Extension
from switchboard.simulators.ringcentral.errors import not_found
from switchboard.simulators.ringcentral.gate import ACCOUNT, EXTENSION, Endpoint, Visit
from switchboard.simulators.ringcentral.query import listing, paged

_USERS = ("User", "DigitalUser", "VirtualUser", "FlexibleUser", "Limited")
DIRECTORY_MAX = 2000


async def read_account(visit: Visit) -> dict[str, object]:
    company = visit.company
    return {
        "id": int(company.id),
        "uri": visit.account_uri,
        "mainNumber": company.main_number,
        "operator": {
            "id": int(visit.state.owner),
            "uri": f"{visit.account_uri}/extension/{visit.state.owner}",
            "extensionNumber": "101",
        },
        "status": "Confirmed",
        "setupWizardState": "Completed",
        "serviceInfo": {"servicePlan": {"id": "1", "name": "Simulated plan"}},
        "regionalSettings": _region(company.timezone),
    }


async def list_extensions(visit: Visit) -> dict[str, object]:
    query = visit.query
    states, types = query.many("status"), query.many("type")
    emails, number = query.many("email"), query.one("extensionNumber")
    found = [
        _extension(visit, extension)
        for extension in visit.company.extensions.values()
        if (not states or extension.status in states)
        and (not types or extension.type in types)
        and (not emails or extension.email in emails)
        and (number is None or extension.number == number)
    ]
    return paged(query, found, query.per_page())


async def read_extension(visit: Visit) -> dict[str, object]:
    extension = visit.company.extensions[visit.extension_id()]
    office = visit.company.offices.get(extension.office)
    queues = visit.company.queues_of(extension.id)
    return {
        **_extension(visit, extension),
        "account": {"id": visit.company.id, "uri": visit.account_uri},
        "departments": [
            {
                "id": q.id,
                "uri": f"{visit.account_uri}/extension/{q.id}",
                "extensionNumber": q.number,
            }
            for q in queues
        ],
        "regionalSettings": _region(office.timezone if office else visit.company.timezone),
    }


async def account_numbers(visit: Visit) -> dict[str, object]:
    wanted = visit.query.many("usageType")
    rows = [row for row in _numbers(visit) if not wanted or row["usageType"] in wanted]
    return paged(visit.query, rows, visit.query.per_page())


async def extension_numbers(visit: Visit) -> dict[str, object]:
    own = visit.extension_id()
    rows = [row for row in _numbers(visit) if row.get("extension", {}).get("id") == int(own)]
    for row in rows:
        row["extension"]["id"] = int(own)
    return paged(visit.query, rows, visit.query.per_page())


async def list_queues(visit: Visit) -> dict[str, object]:
    member = visit.query.one("memberExtensionId")
    rows = [
        {
            "uri": f"{visit.account_uri}/call-queues/{queue.id}",
            "id": queue.id,
            "extensionNumber": queue.number,
            "name": queue.name,
            "status": "Enabled",
        }
        for queue in visit.company.extensions.values()
        if queue.type == "Department" and (member is None or member in queue.members)
    ]
    return paged(visit.query, rows, visit.query.per_page())


async def queue_members(visit: Visit) -> dict[str, object]:
    """Members in the present and in the legacy form of the address."""
    queue = visit.company.extensions.get(visit.request.path_params["queue"])
    if queue is None or queue.type != "Department":
        raise not_found("groupId")
    members = [visit.company.extensions[member] for member in queue.members]
    rows = [
        {
            "uri": f"{visit.account_uri}/extension/{member.id}",
            "id": int(member.id),
            "extensionNumber": member.number,
        }
        for member in members
    ]
    return paged(visit.query, rows, visit.query.per_page())


async def directory(visit: Visit) -> Response:
    query = visit.query
    kind, group = query.one("type"), query.one("typeGroup", ("User", "NonUser"))
    found = [
        _entry(visit, extension)
        for extension in visit.company.extensions.values()
        if (kind is None or extension.type == kind)
        and (group is None or (extension.type in _USERS) == (group == "User"))
    ]
    page, per_page = query.page(), query.per_page(1000, DIRECTORY_MAX, ("max", "all"))
    first = (page - 1) * per_page
    rows = found[first : first + per_page]
    more = len(found) > first + per_page
    body = listing(query, rows, page=page, per_page=per_page, more=more, total=len(found))
    body["paging"]["perPage"] = min(per_page, 1000)  # All the schema allows.
    etag = f'"{hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]}"'
    if visit.request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    kept = {"records": body["records"], "paging": body["paging"]}
    return JSONResponse(kept, headers={"ETag": etag})


async def recording_settings(_: Visit) -> dict[str, object]:
    return {
        "onDemand": {"enabled": True, "retentionPeriod": 90},
        "automatic": {
            "enabled": True,
            "outboundCallTones": False,
            "outboundCallAnnouncement": False,
            "allowMute": True,
            "extensionCount": 12,
            "retentionPeriod": 90,
            "maxNumberLimit": 100_000,
        },
        "greetings": [],
    }


def _extension(visit: Visit, extension: Extension) -> dict[str, Any]:
    contact = {
        "firstName": extension.first_name,
        "lastName": extension.last_name,
        "company": visit.company.name,
        "email": extension.email,
        "businessPhone": extension.phone,
    }
    return {
        "id": int(extension.id),
        "uri": f"{visit.account_uri}/extension/{extension.id}",
        "extensionNumber": extension.number,
        "name": extension.name,
        "type": extension.type,
        "status": extension.status,
        "hidden": False,
        "contact": {key: value for key, value in contact.items() if value},
        "permissions": {
            "admin": {"enabled": extension.id == visit.state.owner},
            "internationalCalling": {"enabled": True},
        },
        "creationTime": extension.created,
        "setupWizardState": "Completed",
    }


def _entry(visit: Visit, extension: Extension) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": extension.id,
        "type": "User" if extension.type in _USERS else extension.type,
        "status": extension.status,
        "account": {"id": visit.company.id, "companyName": visit.company.name},
        "extensionNumber": extension.number,
        "name": extension.name,
        "hidden": False,
    }
    if extension.type in _USERS:
        entry |= {"firstName": extension.first_name, "lastName": extension.last_name}
    if extension.email:
        entry["email"] = extension.email
    if extension.phone:
        entry["phoneNumbers"] = [
            {
                "phoneNumber": extension.phone,
                "type": "VoiceFax",
                "usageType": "DirectNumber",
                "hidden": False,
            }
        ]
    return entry


def _numbers(visit: Visit) -> list[dict[str, Any]]:
    company = visit.company
    rows: list[dict[str, Any]] = [_number(visit, company.main_number, "MainCompanyNumber")]
    rows += [_number(visit, o.number, "CompanyNumber") for o in company.offices.values()]
    for extension in company.extensions.values():
        if extension.phone:
            row = _number(visit, extension.phone, "DirectNumber")
            row["extension"] = {
                "id": int(extension.id),
                "uri": f"{visit.account_uri}/extension/{extension.id}",
                "extensionNumber": extension.number,
                "name": extension.name,
            }
            rows.append(row)
    return rows


def _number(visit: Visit, number: str, usage: str) -> dict[str, Any]:
    number_id = int(number.lstrip("+")[-9:])
    return {
        "uri": f"{visit.account_uri}/phone-number/{number_id}",
        "id": number_id,
        "phoneNumber": number,
        "paymentType": "Local",
        "status": "Normal",
        "type": "VoiceFax",
        "usageType": usage,
        "primary": usage == "MainCompanyNumber",
    }


def _region(timezone: str) -> dict[str, object]:
    return {
        "timezone": {"id": "58", "name": timezone, "description": timezone},
        "homeCountry": {"id": "1", "name": "United States", "isoCode": "US", "callingCode": "1"},
        "language": {"id": "1033", "name": "English (U.S.)", "localeCode": "en-US"},
        "timeFormat": "12h",
    }


_READ = "ReadAccounts"
ENDPOINTS = (
    Endpoint(ACCOUNT, "Light", _READ, "ReadCompanyInfo", read_account),
    Endpoint(f"{ACCOUNT}/extension", "Medium", _READ, "ReadExtensions", list_extensions),
    Endpoint(EXTENSION, "Light", _READ, "ReadExtensions", read_extension),
    Endpoint(f"{ACCOUNT}/phone-number", "Heavy", _READ, "ReadCompanyPhoneNumbers", account_numbers),
    Endpoint(
        f"{EXTENSION}/phone-number", "Light", _READ, "ReadUserPhoneNumbers", extension_numbers
    ),
    Endpoint(f"{ACCOUNT}/call-queues", "Medium", _READ, "ReadExtensions", list_queues),
    Endpoint(
        f"{ACCOUNT}/call-queues/{{queue}}/members", "Light", _READ, "ReadExtensions", queue_members
    ),
    Endpoint(
        f"{ACCOUNT}/department/{{queue}}/members", "Light", _READ, "ReadExtensions", queue_members
    ),
    Endpoint(f"{ACCOUNT}/directory/entries", "Medium", _READ, "ReadExtensions", directory),
    Endpoint(f"{ACCOUNT}/call-recording", "Light", _READ, "ReadCompanyInfo", recording_settings),
)
