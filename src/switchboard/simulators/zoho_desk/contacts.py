"""Contacts: one for each email address."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_desk import check, errors, render
from switchboard.simulators.zoho_desk.call import Call


def create(call: Call) -> Response:
    body = dict(call.json)
    check.new_contact(call.desk, body)
    found = call.desk.enter_contact(body, call.extra_lag_s)
    return JSONResponse(render.contact(call.desk, found))


def read(call: Call) -> Response:
    found = call.desk.contacts.get(call.path["contactId"])
    if found is None or found.trashed:
        raise errors.not_found()
    return JSONResponse(render.contact(call.desk, found))


def read_many(call: Call) -> Response:
    found = [each for each in call.desk.contacts.values() if not each.trashed]
    part = call.page(found, 10, 100)
    shown = [render.contact(call.desk, each) for each in part]
    return JSONResponse({"data": shown}) if shown else Response(status_code=204)
