"""Tickets, their comments, threads, files, history and figures."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_desk import check, errors, render
from switchboard.simulators.zoho_desk.call import Call
from switchboard.simulators.zoho_desk.records import File, Ticket

COMMENT = 32_000
CONTENT_TYPES = ("html", "plainText")
SORTS = ("createdTime", "-createdTime", "modifiedTime", "-modifiedTime")


def rows(found: list[Any]) -> Response:
    """Return a list; an empty one is 204 without a body."""
    return JSONResponse({"data": found}) if found else Response(status_code=204)


def create(call: Call) -> Response:
    desk, body = call.desk, dict(call.json)
    check.new_ticket(desk, body)
    inline = body.pop("contact", None)
    uploads = [str(each) for each in body.pop("uploads", None) or ()]
    if not body.get("contactId"):
        email = str(inline.get("email") or "")
        known = desk.contact_by_email(email) if email else None
        if known is None:
            given = {"lastName": inline.get("lastName") or email, **inline}
            known = desk.enter_contact(given, call.extra_lag_s)
        body["contactId"] = known.id
    contact = desk.contacts[str(body["contactId"])]
    body.setdefault("email", contact.fields.get("email"))
    body["departmentId"], body["contactId"] = str(body["departmentId"]), str(body["contactId"])
    ticket = desk.raise_ticket(body, call.extra_lag_s)
    for each in uploads:
        desk.files[each].ticket_id = ticket.id
    return JSONResponse(render.ticket(desk, ticket))


def read(call: Call) -> Response:
    ticket = call.ticket()
    shown = render.ticket(call.desk, ticket)
    shown |= {"createdBy": ticket.created_by, "tagCount": "0", "followerCount": "0"}
    shown |= {"isFollowing": False, "sentiment": None}
    return JSONResponse(shown)


def update(call: Call) -> Response:
    desk, ticket = call.desk, call.ticket()
    call.truth("disableClosureNotification", default=False)
    body = dict(call.json)
    check.ticket_change(desk, body)
    for each in body.pop("uploads", None) or ():
        if str(each) in desk.files:
            desk.files[str(each)].ticket_id = ticket.id
    desk.change_ticket(ticket, body, call.extra_lag_s)
    return JSONResponse(render.ticket(desk, ticket))


def close_many(call: Call) -> Response:
    ids = call.json.get("ids")
    if not isinstance(ids, list) or not ids:
        raise errors.invalid(("ids", "missing", "Ids are needed."))
    found = [call.desk.tickets.get(str(each)) for each in ids]
    if any(each is None for each in found):
        raise errors.invalid(("ids", "invalid", "There is no such ticket."))
    name = next(each.name for each in call.desk.statuses if each.type == "Closed")
    for ticket in found:
        if isinstance(ticket, Ticket):
            call.desk.change_ticket(ticket, {"status": name}, call.extra_lag_s)
    return JSONResponse({})


def of_contact(call: Call) -> Response:
    """List a contact's tickets: at once, unlike the search."""
    desk, contact_id = call.desk, call.path["contactId"]
    if contact_id not in desk.contacts or desk.contacts[contact_id].trashed:
        raise errors.not_found()
    department = call.query.get("departmentId")
    found = [
        each
        for each in desk.tickets.values()
        if str(each.fields["contactId"]) == contact_id
        and not each.trashed
        and department in (None, str(each.fields["departmentId"]))
    ]
    sort = call.choice("sortBy", SORTS, "-createdTime")
    newest, by_creation = sort.startswith("-"), sort.endswith("createdTime")
    found.sort(
        key=lambda each: (each.created if by_creation else each.modified, int(each.id)),
        reverse=newest,
    )
    return rows([render.row(desk, each) for each in call.page(found, 10, 100)])


def add_comment(call: Call) -> Response:
    desk, ticket, body = call.desk, call.ticket(), call.json
    unknown = set(body) - {"content", "contentType", "isPublic", "attachmentIds"}
    if unknown:
        raise errors.unprocessable(f"An extra parameter '{min(unknown)}' is found.")
    content, kind = body.get("content"), body.get("contentType", "html")
    public = body.get("isPublic", True)  # Not said by Zoho; a slip shows in public here.
    if not isinstance(content, str) or not content.strip():
        raise errors.invalid(("content", "missing", "It must not be empty."))
    if len(content.encode("utf-16-le", "surrogatepass")) // 2 > COMMENT:
        raise errors.invalid(("content", "invalid", f"It has more than {COMMENT} characters."))
    if kind not in CONTENT_TYPES:
        raise errors.invalid(("contentType", "invalid", "Not one of the allowed values."))
    if not isinstance(public, bool):
        raise errors.invalid(("isPublic", "invalid", "It has to be true or false."))
    files = tuple(str(each) for each in body.get("attachmentIds") or ())
    if any(each not in desk.files for each in files):
        raise errors.invalid(("attachmentIds", "invalid", "There is no such upload."))
    found = desk.comment(ticket, content, public=public, content_type=kind, attachments=files)
    return JSONResponse(render.comment(desk, found))


def comments(call: Call) -> Response:
    ticket = call.ticket()
    found = [each for each in call.desk.comments.values() if each.ticket_id == ticket.id]
    if call.choice("sortBy", ("commentedTime", "-commentedTime"), "commentedTime")[0] == "-":
        found.reverse()
    return rows([render.comment(call.desk, each) for each in call.page(found, 50, 100)])


def comment(call: Call) -> Response:
    ticket, found = call.ticket(), call.desk.comments.get(call.path["commentId"])
    if found is None or found.ticket_id != ticket.id:
        raise errors.not_found()
    return JSONResponse(render.comment(call.desk, found))


def threads(call: Call) -> Response:
    ticket = call.ticket()
    found = [each for each in call.desk.threads.values() if each.ticket_id == ticket.id]
    if call.choice("sortBy", ("sendDateTime", "-sendDateTime"), "-sendDateTime")[0] == "-":
        found.reverse()
    part = call.page(found, 10, 200)
    return rows([render.thread(call.desk, each, whole=False) for each in part])


def thread(call: Call) -> Response:
    ticket, found = call.ticket(), call.desk.threads.get(call.path["threadId"])
    if found is None or found.ticket_id != ticket.id:
        raise errors.not_found()
    return JSONResponse(render.thread(call.desk, found, whole=True))


async def attach(call: Call) -> Response:
    desk, ticket = call.desk, call.ticket()
    public = call.truth("isPublic", default=False)
    name, content = await call.file()
    found = File(desk.next_id(), ticket.id, name, content, public, desk.current_agent, desk.now())
    desk.files[found.id] = found
    return JSONResponse(render.file(desk, found, call.base))


async def upload(call: Call) -> Response:
    """Take a file that belongs to no ticket yet."""
    desk = call.desk
    name, content = await call.file()
    found = File(desk.next_id(), None, name, content, False, desk.current_agent, desk.now())  # noqa: FBT003
    desk.files[found.id] = found
    return JSONResponse(render.file(desk, found, call.base))


def attachments(call: Call) -> Response:
    ticket = call.ticket()
    public = call.truth("isPublic", default=False) if "isPublic" in call.query else None
    found = [
        each
        for each in call.desk.files.values()
        if each.ticket_id == ticket.id and public in (None, each.public)
    ]
    call.choice("sortBy", ("createdTime",), "createdTime")
    return rows([render.file(call.desk, each, call.base) for each in call.page(found, 50, 100)])


def download(call: Call) -> Response:
    ticket, found = call.ticket(), call.desk.files.get(call.path["attachmentId"])
    if found is None or found.ticket_id != ticket.id:
        raise errors.not_found()
    return Response(found.content, media_type="application/octet-stream")


def metrics(call: Call) -> Response:
    return JSONResponse(render.metrics(call.desk, call.ticket()))


def history(call: Call) -> Response:
    ticket = call.ticket()
    newest = list(reversed(ticket.history))
    return rows([render.history(call.desk, each) for each in call.page(newest, 10, 50)])


def count(call: Call) -> Response:
    wanted = {
        name: call.query[name]
        for name in ("contactId", "departmentId", "assigneeId")
        if name in call.query
    }
    found = [
        each
        for each in call.desk.tickets.values()
        if all(str(each.fields.get(name)) == value for name, value in wanted.items())
    ]
    return JSONResponse({"count": str(len(found))})
