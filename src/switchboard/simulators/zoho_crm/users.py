"""Users and the organisation itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import errors
from switchboard.simulators.zoho_crm.call import PER_PAGE, Call
from switchboard.simulators.zoho_crm.listing import info
from switchboard.simulators.zoho_crm.records import moment
from switchboard.simulators.zoho_crm.state import User

_TYPES: dict[str, Callable[[User], bool]] = {
    "AllUsers": lambda user: user.status != "deleted",
    "ActiveUsers": lambda user: user.status == "active",
    "DeactiveUsers": lambda user: user.status in {"inactive", "disabled"},
    "ConfirmedUsers": lambda user: user.confirmed,
    "NotConfirmedUsers": lambda user: not user.confirmed,
    "DeletedUsers": lambda user: user.status == "deleted",
    "ActiveConfirmedUsers": lambda user: user.status == "active" and user.confirmed,
    "AdminUsers": lambda user: user.administrator,
    "ActiveConfirmedAdmins": lambda user: user.administrator and user.status == "active",
}


def read_many(call: Call) -> Response:
    wanted = call.query.get("type", "AllUsers")
    crm = call.crm
    if wanted == "CurrentUser":
        return JSONResponse({"users": [_shown(call, crm.users[crm.current_user])]})
    if wanted not in _TYPES:
        raise errors.invalid_param("type")
    page = call.number("page", 1, 10**6)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    found = [user for user in crm.users.values() if _TYPES[wanted](user)]
    header = call.headers.get("if-modified-since")
    if header is not None:
        since = moment(header, "If-Modified-Since")
        found = [user for user in found if int(user.created) > since]
        if not found:
            return Response(status_code=304)
    part = found[(page - 1) * per_page : page * per_page]
    if not part:
        return Response(status_code=204)
    about = info(page, per_page, len(part), page * per_page < len(found))
    return JSONResponse({"users": [_shown(call, user) for user in part], "info": about})


def read_one(call: Call) -> Response:
    user = call.crm.users.get(call.path["user"])
    if user is None:
        return Response(status_code=204)
    return JSONResponse({"users": [_shown(call, user)]})


def read_org(call: Call) -> Response:
    crm = call.crm
    org = {
        "id": crm.org_id,
        "zgid": crm.zgid,
        "company_name": "Switchboard Simulated Company",
        "alias": None,
        "type": "production",
        "time_zone": crm.rules.time_zone,
        "country": "United States",
        "country_code": "US",
        "iso_code": "USD",
        "currency": "US Dollar - USD",
        "currency_symbol": "$",
        "currency_locale": "en_US",
        "primary_email": crm.users[crm.current_user].email,
        "primary_zuid": crm.zgid,
        "domain_name": f"org{crm.zgid}",
        "phone": None,
        "mobile": None,
        "website": None,
        "employee_count": None,
        "mc_status": False,
        "gapps_enabled": False,
        "privacy_settings": False,
        "translation_enabled": False,
        "hipaa_compliance_enabled": False,
        "license_details": {
            "paid_expiry": None,
            "users_license_purchased": len(crm.users),
            "trial_type": None,
            "trial_expiry": None,
            "paid": crm.rules.edition != "free",
            "paid_type": crm.rules.edition,
            "portal_users_license_purchased": 0,
        },
    }
    return JSONResponse({"org": [org]})


def _shown(call: Call, user: User) -> dict[str, Any]:
    crm = call.crm
    first, _, last = user.full_name.rpartition(" ")
    name = "Administrator" if user.administrator else "Standard"
    number = 1 if user.administrator else 2
    return {
        "id": user.id,
        "full_name": user.full_name,
        "first_name": first,
        "last_name": last,
        "email": user.email,
        "phone": None,
        "mobile": None,
        "zuid": str(int(user.id) % 10**9) if user.id.isdigit() else None,
        "status": user.status,
        "confirm": user.confirmed,
        "role": {"name": "CEO" if user.administrator else "Sales", "id": str(number)},
        "profile": {"name": name, "id": str(number)},
        "time_zone": crm.rules.time_zone,
        "locale": "en_US",
        "language": "en_US",
        "country_locale": "en_US",
        "type__s": "Regular User",
        "created_time": crm.time(user.created),
        "Modified_Time": crm.time(user.created),
        "created_by": crm.user_ref(crm.current_user),
        "Modified_By": crm.user_ref(crm.current_user),
        "microsoft": False,
        "personal_account": False,
    }
