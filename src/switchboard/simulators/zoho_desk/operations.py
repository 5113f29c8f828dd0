"""Every operation that is imitated: where, with which query, for which scopes, at what cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from switchboard.simulators.zoho_desk import contacts, scopes, search, setup, tickets
from switchboard.simulators.zoho_desk.call import Call

Handle = Callable[[Call], Response | Awaitable[Response]]
READ, LIST = 1.0, 3.0
PAGE = ("from", "limit")
SEARCHED = (*PAGE, "sortBy", "_all", "createdTimeRange", "modifiedTimeRange")


@dataclass(frozen=True, slots=True)
class Operation:
    handle: Handle
    scopes: scopes.Needed
    cost: float = READ
    query: tuple[str, ...] = ()
    with_org: bool = True  # Whether the request has to name the portal.
    write: bool = False
    form: bool = False


T, C = scopes.TICKETS_READ, scopes.CONTACTS_READ
PATHS: dict[str, dict[str, Operation]] = {
    "/organizations": {"GET": Operation(setup.organizations, scopes.SETUP, LIST, with_org=False)},
    "/departments": {
        "GET": Operation(
            setup.departments, scopes.SETUP, LIST, (*PAGE, "isEnabled", "searchStr", "chatStatus")
        )
    },
    "/departments/{departmentId}/teams": {"GET": Operation(setup.teams, scopes.SETUP, LIST)},
    "/agents": {
        "GET": Operation(
            setup.agents, scopes.SETUP, LIST, (*PAGE, "status", "departmentIds", "include")
        )
    },
    "/myinfo": {"GET": Operation(setup.my_info, scopes.SETUP, READ, ("include",))},
    "/organizationFields": {
        "GET": Operation(setup.fields, scopes.FIELDS, LIST, ("module", "departmentId"))
    },
    "/layouts": {
        "GET": Operation(setup.layouts, scopes.LAYOUTS, LIST, ("module", "departmentId", "id"))
    },
    "/ticketStatuses": {"GET": Operation(setup.statuses, scopes.FIELDS, LIST)},
    "/channels": {"GET": Operation(setup.channels, scopes.LAYOUTS, LIST)},
    "/contacts": {
        "GET": Operation(contacts.read_many, C, LIST, (*PAGE, "sortBy", "include", "viewId")),
        "POST": Operation(contacts.create, scopes.CONTACTS_CREATE, write=True),
    },
    "/contacts/search": {
        "GET": Operation(
            search.contacts,
            scopes.CONTACTS_SEARCH,
            LIST,
            (*SEARCHED, *search.CONTACT_KEYS, "fullName", "accountName"),
        )
    },
    "/contacts/{contactId}": {"GET": Operation(contacts.read, C, READ, ("include",))},
    "/contacts/{contactId}/tickets": {
        "GET": Operation(
            tickets.of_contact,
            scopes.CONTACT_TICKETS,
            LIST,
            (*PAGE, "sortBy", "departmentId", "include", "isSpam"),
        )
    },
    "/tickets": {"POST": Operation(tickets.create, scopes.TICKETS_CREATE, write=True)},
    "/tickets/search": {
        "GET": Operation(
            search.tickets,
            scopes.TICKETS_SEARCH,
            LIST,
            (*SEARCHED, *search.TICKET_KEYS, *search.CUSTOM_KEYS, "contactName", "tag", "category"),
        )
    },
    "/ticketsCount": {
        "GET": Operation(tickets.count, T, READ, ("contactId", "departmentId", "assigneeId"))
    },
    "/closeTickets": {"POST": Operation(tickets.close_many, scopes.TICKETS_UPDATE, write=True)},
    "/tickets/{ticketId}": {
        "GET": Operation(tickets.read, T, READ, ("include",)),
        "PATCH": Operation(
            tickets.update,
            scopes.TICKETS_UPDATE,
            query=("disableClosureNotification",),
            write=True,
        ),
    },
    "/tickets/{ticketId}/comments": {
        "GET": Operation(tickets.comments, T, LIST, (*PAGE, "sortBy", "include")),
        "POST": Operation(tickets.add_comment, scopes.TICKETS_UPDATE, write=True),
    },
    "/tickets/{ticketId}/comments/{commentId}": {
        "GET": Operation(tickets.comment, T, READ, ("include",))
    },
    "/tickets/{ticketId}/threads": {"GET": Operation(tickets.threads, T, LIST, (*PAGE, "sortBy"))},
    "/tickets/{ticketId}/threads/{threadId}": {
        "GET": Operation(tickets.thread, T, READ, ("include",))
    },
    "/tickets/{ticketId}/attachments": {
        "GET": Operation(tickets.attachments, T, LIST, (*PAGE, "sortBy", "isPublic", "include")),
        "POST": Operation(
            tickets.attach, scopes.TICKETS_UPDATE, query=("isPublic",), write=True, form=True
        ),
    },
    "/tickets/{ticketId}/attachments/{attachmentId}/content": {
        "GET": Operation(tickets.download, T)
    },
    "/tickets/{ticketId}/metrics": {"GET": Operation(tickets.metrics, T)},
    "/tickets/{ticketId}/History": {"GET": Operation(tickets.history, T, LIST, PAGE)},
    "/uploads": {"POST": Operation(tickets.upload, scopes.UPLOADS, write=True, form=True)},
    "/webhooks": {
        "GET": Operation(setup.subscriptions, scopes.WEBHOOKS_READ, LIST),
        "POST": Operation(setup.subscribe, scopes.WEBHOOKS_CREATE, write=True),
    },
    "/webhooks/{webhookId}": {
        "DELETE": Operation(setup.unsubscribe, scopes.WEBHOOKS_DELETE, write=True)
    },
}
