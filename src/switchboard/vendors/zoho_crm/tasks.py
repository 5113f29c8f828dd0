"""Ask Zoho CRM about tasks: by their subjects, which COQL finds at once, and by their ids. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from switchboard.errors import RejectedError
from switchboard.vendors.allowances import ZOHO_CRM, ZOHO_CRM_SEATS
from switchboard.vendors.exchange import Request
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.values import moment_of, text_of
from switchboard.vendors.zoho_crm.answers import Page
from switchboard.vendors.zoho_crm.refusals import ZOHO_CRM_VENDOR
from switchboard.vendors.zoho_crm.wire import API, COST_READ, COST_SEARCH, PAGE_SIZE

MODULE = "Tasks"
MOST_SUBJECTS = 25  # COQL takes 50 values (zoho-crm.md §5.2); subjects are long.
MOST_IDS = 50  # Zoho's OpenAPI cuts `ids` at 1024 characters: zoho-crm.md §3.1.
SUBJECT_LENGTH = 255
FIELDS = ("Subject", "Status", "Description", "Closed_Time", "Modified_Time")
_UNQUOTABLE = re.compile(r"['\\\x00-\x1f]")
_RECORD_ID = re.compile(r"[0-9]{1,25}")


class CrmTask(BaseModel):
    """A task as Zoho has it now. Lists may cut long descriptions short."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    subject: str | None = None
    status: str | None = None
    description: str | None = None
    closed_time: datetime | None = None
    modified_time: datetime | None = None


def find_request(subjects: Sequence[str], offset: int) -> Request:
    """Ask for tasks with exactly these subjects. COQL does not lag as the search does.

    COQL has no bind variables, and how it escapes is not certain: nothing that needs escaping goes
    into the query.
    """
    if len(subjects) > MOST_SUBJECTS:
        raise ValueError(f"{MOST_SUBJECTS} subjects are asked for at once.")
    if any(_UNQUOTABLE.search(subject) for subject in subjects):
        raise RejectedError("ZOHO-422", "A task's subject to look up holds quotes.")
    values = ", ".join(f"'{subject}'" for subject in subjects)
    query = (
        f"select id, Subject, Status from {MODULE} where Subject in ({values}) "  # noqa: S608
        f"order by id asc limit {offset}, {PAGE_SIZE}"
    )
    return Request(
        vendor=ZOHO_CRM_VENDOR,
        operation="find_tasks",
        method="POST",
        url=f"{API}/coql",
        json={"select_query": query},
        costs={ZOHO_CRM: COST_SEARCH},
        seats=ZOHO_CRM_SEATS,
        crowding=True,
        priority=Urgency.READ,
    )


def read_request(ids: Sequence[str]) -> Request:
    """Ask how up to 50 tasks stand; those that are not in the answer were deleted."""
    if not 1 <= len(ids) <= MOST_IDS:
        raise ValueError(f"1 to {MOST_IDS} tasks are asked for at once.")
    if not all(_RECORD_ID.fullmatch(each) for each in ids):
        raise RejectedError("ZOHO-422", "A task's id is made of digits.")
    return Request(
        vendor=ZOHO_CRM_VENDOR,
        operation="read_tasks",
        method="GET",
        url=f"{API}/{MODULE}",
        params={"ids": ",".join(ids), "fields": ",".join(FIELDS), "per_page": str(PAGE_SIZE)},
        costs={ZOHO_CRM: COST_READ},
        seats=ZOHO_CRM_SEATS,
        priority=Urgency.READ,
    )


def read_tasks(page: Page) -> list[CrmTask]:
    """Read the tasks of an answer."""
    return [
        CrmTask(
            id=str(item["id"]),
            subject=text_of(item.get("Subject")),
            status=text_of(item.get("Status")),
            description=text_of(item.get("Description")),
            closed_time=moment_of(item.get("Closed_Time")),
            modified_time=moment_of(item.get("Modified_Time")),
        )
        for item in page.items
        if item.get("id")
    ]


def quotable(text: str) -> str:
    """Return *text* so that it can be asked for: typographic quotes, no backslashes."""
    return _UNQUOTABLE.sub(lambda found: {"'": "\u2019", "\\": "/"}.get(found[0], " "), text)
