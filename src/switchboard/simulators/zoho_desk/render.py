"""Show records the way Desk's answers do: ids, counters and times as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from switchboard.simulators.zoho_desk.records import Comment, File, Record, Thread, Ticket

if TYPE_CHECKING:
    from switchboard.simulators.zoho_desk.state import DeskState

Body = dict[str, Any]
# A row of a list has less than the ticket itself: zoho-desk.md §5.
NOT_IN_ROWS = ("modifiedTime", "description", "resolution", "classification", "cf", "customFields")
SUMMARY = 150


def time(epoch: float | None) -> str | None:
    if epoch is None:
        return None
    moment = datetime.fromtimestamp(epoch, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def ticket(desk: DeskState, found: Ticket, fields: Body | None = None) -> Body:
    """Show a whole ticket; *fields* are what a search sees of it."""
    seen = found.fields if fields is None else fields
    shown: Body = dict.fromkeys(name for name in desk.ticket_fields if not name.startswith("cf_"))
    shown |= {name: value for name, value in seen.items() if name in shown}
    comments = sum(each.ticket_id == found.id for each in desk.comments.values())
    threads = sum(each.ticket_id == found.id for each in desk.threads.values())
    files = sum(each.ticket_id == found.id for each in desk.files.values())
    cf = {name: found.cf.get(name) for name in desk.ticket_fields if name.startswith("cf_")}
    channel = str(seen.get("channel") or "Web")
    return shown | {
        "id": found.id,
        "ticketNumber": found.number,
        "status": found.status,
        "statusType": desk.status_type(found.status),
        "channel": channel,
        "channelCode": None,
        "webUrl": f"https://desk.zoho.com/support/simulated/ShowHomePage.do#Cases/dv/{found.id}",
        "createdTime": time(found.created),
        "modifiedTime": time(found.modified),
        "modifiedBy": found.modified_by,
        "closedTime": time(found.closed),
        "onholdTime": time(found.on_hold),
        "customerResponseTime": time(found.created),
        "commentCount": str(comments),
        "threadCount": str(threads),
        "attachmentCount": str(files),
        "approvalCount": "0",
        "taskCount": "0",
        "timeEntryCount": "0",
        "layoutId": desk.layout_id,
        "layoutDetails": {"id": desk.layout_id, "layoutName": "Support"},
        "cf": cf,
        "customFields": {desk.ticket_fields[name].label: value for name, value in cf.items()},
        "entitySkills": [],
        "secondaryContacts": [],
        "sharedDepartments": [],
        "source": {"type": "SYSTEM", "appName": None, "extId": None, "permalink": None},
        "isSpam": False,
        "isTrashed": found.trashed,
        "isDeleted": False,
        "isArchived": False,
        "isEscalated": False,
        "isOverDue": False,
        "isResponseOverdue": False,
    }


def row(desk: DeskState, found: Ticket) -> Body:
    """Show a ticket within the list of a contact's tickets."""
    whole = ticket(desk, found)
    return {name: value for name, value in whole.items() if name not in NOT_IN_ROWS}


def contact(desk: DeskState, found: Record, fields: Body | None = None) -> Body:
    seen = found.fields if fields is None else fields
    return dict.fromkeys(desk.contact_fields) | seen | {
        "id": found.id,
        "cf": found.cf,
        "customFields": {},
        "createdTime": time(found.created),
        "modifiedTime": time(found.modified),
        "ownerId": found.created_by,
        "webUrl": f"https://desk.zoho.com/support/simulated/ShowHomePage.do#Contacts/dv/{found.id}",
        "accountCount": "0",
        "customerHappiness": {"goodPercentage": "0", "okPercentage": "0", "badPercentage": "0"},
        "isEndUser": False,
        "isSpam": False,
        "isAnonymous": False,
        "isDeleted": False,
        "isTrashed": found.trashed,
    }  # fmt: skip


def comment(desk: DeskState, found: Comment) -> Body:
    agent = desk.agents[found.commenter]
    return {
        "id": found.id,
        "content": found.content,
        "contentType": found.content_type,
        "isPublic": found.public,
        "commenterId": found.commenter,
        "commenter": {
            "name": agent.name,
            "firstName": agent.first_name,
            "lastName": agent.last_name,
            "email": agent.email,
            "type": "AGENT",
            "roleName": "Agent",
            "photoURL": None,
        },
        "commentedTime": time(found.created),
        "modifiedTime": time(found.modified),
        "attachments": [
            file(desk, desk.files[each]) for each in found.attachment_ids if each in desk.files
        ],
    }


def file(desk: DeskState, found: File, base: str = "") -> Body:
    where = f"/tickets/{found.ticket_id}/attachments/{found.id}" if found.ticket_id else "/uploads"
    del desk
    return {
        "id": found.id,
        "name": found.name,
        "size": str(len(found.content)),
        "creatorId": found.creator,
        "createdTime": time(found.created),
        "isPublic": found.public,
        "previewurl": None,
        "href": f"{base}{where}/content",
    }


def thread(desk: DeskState, found: Thread, *, whole: bool) -> Body:
    shown: Body = {
        "id": found.id,
        "channel": found.channel.upper(),
        "direction": found.direction,
        "status": "SUCCESS",
        "summary": found.content[:SUMMARY],
        "contentType": "text/html",
        "visibility": "public",
        "isDescriptionThread": True,
        "isForward": False,
        "hasAttach": False,
        "attachmentCount": "0",
        "author": _author(desk, found.author),
        "createdTime": time(found.created),
        "canReply": True,
    }
    return shown | ({"content": found.content, "attachments": []} if whole else {})


def metrics(desk: DeskState, found: Ticket) -> Body:
    """Show how long things took, as text such as "01:50 hrs"."""
    end = found.closed if found.closed is not None else desk.now()
    ends = [since for _, since in found.stages[1:]] + [end]
    first = found.responses[0] if found.responses else None
    return {
        "firstResponseTime": None if first is None else _hours(first - found.created),
        "totalResponseTime": _hours(sum(at - found.created for at in found.responses)),
        "resolutionTime": None if found.closed is None else _hours(found.closed - found.created),
        "responseCount": str(len(found.responses)),
        "outgoingCount": "0",
        "threadCount": str(sum(each.ticket_id == found.id for each in desk.threads.values())),
        "reassignCount": str(found.reassigned),
        "reopenCount": str(found.reopened),
        "agentsHandled": [],
        "stagingData": [
            {"status": status, "handledTime": _hours(until - since)}
            for (status, since), until in zip(found.stages, ends, strict=True)
        ],
    }


def history(desk: DeskState, event: Body) -> Body:
    agent = desk.agents[event["by"]]
    return {
        "eventName": event["event"],
        "eventTime": time(event["at"]),
        "actor": {"id": agent.id, "name": agent.name, "type": "Agent"},
        "eventInfo": event["changed"],
        "actorInfo": [],
        "source": None,
    }


def _author(desk: DeskState, author: str) -> Body:
    if author in desk.agents:
        agent = desk.agents[author]
        return {"id": author, "name": agent.name, "email": agent.email, "type": "AGENT"}
    fields = desk.contacts[author].fields if author in desk.contacts else {}
    parts = (fields.get("firstName"), fields.get("lastName"))
    return {
        "id": author,
        "name": " ".join(str(part) for part in parts if part),
        "email": fields.get("email"),
        "type": "END_USER",
    }


def _hours(seconds: float) -> str:
    minutes = max(int(seconds // 60), 0)
    return f"{minutes // 60:02d}:{minutes % 60:02d} hrs"
