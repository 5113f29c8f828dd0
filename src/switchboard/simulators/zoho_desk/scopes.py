"""Which OAuth scopes a token must carry (zoho-desk.md §3). Pure; letter case is ignored."""

from __future__ import annotations

from collections.abc import Iterable

TICKETS_READ = (("Desk.tickets.READ",),)
TICKETS_CREATE = (("Desk.tickets.CREATE",),)
TICKETS_UPDATE = (("Desk.tickets.UPDATE",),)
CONTACTS_READ = (("Desk.contacts.READ",),)
CONTACTS_CREATE = (("Desk.contacts.CREATE",),)
CONTACTS_UPDATE = (("Desk.contacts.UPDATE",),)
CONTACT_TICKETS = (("Desk.contacts.READ",), ("Desk.tickets.READ",), ("Desk.search.READ",))
TICKETS_SEARCH = (("Desk.search.READ",), ("Desk.tickets.READ",))
CONTACTS_SEARCH = (("Desk.search.READ",), ("Desk.contacts.READ",))
SETUP = (("Desk.basic.READ", "Desk.settings.READ"),)  # Alternatives.
FIELDS = (("Desk.settings.READ",),)
LAYOUTS = (("Desk.basic.READ",),)
UPLOADS = (("Desk.basic.CREATE",),)
WEBHOOKS_READ = (("Desk.settings.READ",), ("Desk.events.READ",))
WEBHOOKS_CREATE = (("Desk.settings.CREATE",), ("Desk.events.CREATE",))
WEBHOOKS_DELETE = (("Desk.settings.DELETE",), ("Desk.events.DELETE",))

Needed = tuple[tuple[str, ...], ...]  # All of these, each by any of its alternatives.


def covers(granted: str, needed: str) -> bool:
    """`Desk.tickets.ALL` covers `Desk.tickets.READ`."""
    have, _, have_operation = granted.casefold().rpartition(".")
    want, _, want_operation = needed.casefold().rpartition(".")
    return have == want and have_operation in {"all", want_operation}


def missing(granted: Iterable[str], needed: Needed) -> bool:
    have = tuple(granted)
    return any(
        not any(covers(each, want) for each in have for want in alternatives)
        for alternatives in needed
    )
