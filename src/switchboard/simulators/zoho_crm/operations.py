"""The table of operations: which path does what, needs which scopes and costs how many credits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from switchboard.simulators.zoho_crm import (
    attachments,
    coql,
    listing,
    metadata,
    notes,
    records,
    scopes,
    search,
    tags,
    users,
)
from switchboard.simulators.zoho_crm.call import Call


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    handle: Callable[[Call], Response]
    scopes: Callable[[Call], tuple[str, ...]]
    cost: Callable[[Call], float] = lambda _: 1
    heavy: Callable[[Call], bool] = lambda _: False
    group: str = "default"


def _module(operation: str) -> Callable[[Call], tuple[str, ...]]:
    return lambda call: (scopes.module(call.path["module"], operation),)


def _child(kind: str, operation: str) -> Callable[[Call], tuple[str, ...]]:
    """Notes and attachments need their parent module's scope as well as their own."""
    return lambda call: (
        scopes.module(call.path["module"], "READ"),
        scopes.module(kind, operation),
    )


def _fixed(*needed: str) -> Callable[[Call], tuple[str, ...]]:
    return lambda _: needed


def _upsert_scopes(call: Call) -> tuple[str, ...]:
    module = call.path["module"]
    return scopes.module(module, "CREATE"), scopes.module(module, "UPDATE")


def _searching(call: Call) -> tuple[str, ...]:
    return scopes.module(call.path["module"], "READ"), scopes.SEARCH


def _querying(call: Call) -> tuple[str, ...]:
    query = coql.asked(call)
    return (scopes.COQL, *((scopes.module(query.module, "READ"),) if query else ()))


def _sorted_list(call: Call) -> bool:
    return "sort_by" in call.query or "cvid" in call.query


def _settings(name: str, handle: Callable[[Call], Response]) -> dict[str, Operation]:
    return {"GET": Operation(handle, _fixed(scopes.settings(name)), group="metadata")}


def _tagging(handle: Callable[[Call], Response]) -> dict[str, Operation]:
    return {"POST": Operation(handle, _module("UPDATE"), cost=tags.cost, group="tags")}


def _writing(
    handle: Callable[[Call], Response], needed: Callable[[Call], tuple[str, ...]]
) -> Operation:
    return Operation(handle, needed, cost=records.cost, heavy=records.heavy, group="write")


def _note_operations(
    scope: Callable[[str], Callable[[Call], tuple[str, ...]]],
) -> dict[str, Operation]:
    return {
        "PUT": Operation(notes.update, scope("UPDATE"), group="notes"),
        "DELETE": Operation(notes.delete, scope("DELETE"), group="notes"),
    }


def _own_note(operation: str) -> Callable[[Call], tuple[str, ...]]:
    return _fixed(scopes.module("notes", operation))


def _related_note(operation: str) -> Callable[[Call], tuple[str, ...]]:
    return _child("notes", operation)


# In the order they are tried; a path of the vendor's that is missing here is answered 501 or 404.
PATHS: dict[str, dict[str, Operation]] = {
    "/coql": {
        "POST": Operation(coql.coql, _querying, heavy=lambda _: True, group="coql"),
    },
    "/users": {"GET": Operation(users.read_many, _fixed("ZohoCRM.users.READ"), group="metadata")},
    "/users/{user}": {
        "GET": Operation(users.read_one, _fixed("ZohoCRM.users.READ"), group="metadata")
    },
    "/org": {"GET": Operation(users.read_org, _fixed("ZohoCRM.org.READ"), group="metadata")},
    "/files": {
        "POST": Operation(
            attachments.upload_files, _fixed("ZohoCRM.files.CREATE"), group="attachments"
        ),
        "GET": Operation(attachments.read_file, _fixed("ZohoCRM.files.READ"), group="attachments"),
    },
    "/settings/fields": _settings("fields", metadata.read_fields),
    "/settings/fields/{field}": _settings("fields", metadata.read_field),
    "/settings/modules": _settings("modules", metadata.read_modules),
    "/settings/modules/{name}": _settings("modules", metadata.read_module),
    "/settings/layouts": _settings("layouts", metadata.read_layouts),
    "/settings/layouts/{layout}": _settings("layouts", metadata.read_layout),
    "/settings/related_lists": _settings("related_lists", metadata.read_related_lists),
    "/settings/tags": {
        **_settings("tags", tags.read_tags),
        "POST": Operation(
            tags.create_tags, _fixed(scopes.settings("tags", "CREATE")), group="tags"
        ),
    },
    "/settings/automation/assignment_rules": _settings(
        "assignment_rules", metadata.read_assignment_rules
    ),
    "/settings/automation/assignment_rules/{rule}": _settings(
        "assignment_rules", metadata.read_assignment_rule
    ),
    "/settings/duplicate_check_preference": _settings(
        "duplicate_check_preference", metadata.read_duplicate_preference
    ),
    "/Notes": {
        "GET": Operation(notes.read_all, _own_note("READ"), group="notes"),
        "POST": Operation(notes.create, _own_note("CREATE"), group="notes"),
        **_note_operations(_own_note),
    },
    "/Notes/{note}": {
        "GET": Operation(notes.read_one, _own_note("READ"), group="notes"),
        **_note_operations(_own_note),
    },
    "/{module}/upsert": {"POST": _writing(records.upsert, _upsert_scopes)},
    "/{module}/search": {"GET": Operation(search.search, _searching, group="search")},
    "/{module}/deleted": {
        "GET": Operation(listing.read_deleted, _module("READ"), cost=lambda _: 2, group="read")
    },
    "/{module}/actions/count": {"GET": Operation(listing.count, _searching, group="read")},
    "/{module}/actions/add_tags": _tagging(tags.add),
    "/{module}/actions/remove_tags": _tagging(tags.remove),
    "/{module}/{id}/actions/add_tags": _tagging(tags.add),
    "/{module}/{id}/actions/remove_tags": _tagging(tags.remove),
    "/{module}/{id}/Notes": {
        "GET": Operation(notes.read_related, _related_note("READ"), group="notes"),
        "POST": Operation(notes.create, _related_note("CREATE"), group="notes"),
        **_note_operations(_related_note),
    },
    "/{module}/{id}/Notes/{note}": {
        "GET": Operation(notes.read_one, _related_note("READ"), group="notes"),
        **_note_operations(_related_note),
    },
    "/{module}/{id}/Attachments": {
        "GET": Operation(attachments.read_many, _child("attachments", "READ"), group="attachments"),
        "POST": Operation(attachments.upload, _child("attachments", "CREATE"), group="attachments"),
    },
    "/{module}/{id}/Attachments/{attachment}": {
        "GET": Operation(attachments.download, _child("attachments", "READ"), group="attachments"),
        "DELETE": Operation(
            attachments.delete, _child("attachments", "DELETE"), group="attachments"
        ),
    },
    "/{module}": {
        "GET": Operation(listing.read_many, _module("READ"), heavy=_sorted_list, group="read"),
        "POST": _writing(records.create, _module("CREATE")),
        "PUT": _writing(records.update_many, _module("UPDATE")),
        "DELETE": Operation(records.delete_many, _module("DELETE"), group="write"),
    },
    "/{module}/{id}": {
        "GET": Operation(listing.read_one, _module("READ"), group="read"),
        "PUT": Operation(records.update_one, _module("UPDATE"), group="write"),
        "DELETE": Operation(records.delete_one, _module("DELETE"), group="write"),
    },
}
# The vendor has these; this simulator says so loudly instead of guessing an answer.
ELSEWHERE = (
    "/settings/{rest:path}",
    "/__composite_requests",
    "/actions/{rest:path}",
    "/{module}/actions/{rest:path}",
    "/{module}/{id}/actions/{rest:path}",
    "/{module}/{id}/{related}",
    "/{module}/{id}/{related}/{other}",
)
