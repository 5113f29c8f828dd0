"""Find out at Zoho CRM whether an upload in doubt arrived, and whether a record is still there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from switchboard.errors import RejectedError
from switchboard.flows.call_to_lead.media import bears_mark
from switchboard.flows.call_to_lead.media_claim import Claim, Parent, other_parent
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store.journal import Effect
from switchboard.store.media import MediaRow
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import Attachment


@dataclass(frozen=True, slots=True)
class Found:
    """The attachment, and the record it is under now."""

    place: Parent
    attachment: Attachment


async def find_upload(
    tools: Tools, claim: Claim, row: MediaRow, effect: Effect, parent: Parent
) -> Found | None:
    """Look under the record it was sent to, and wherever that may have been merged into since.

    Raises what Zoho answers: a look that fails decides nothing. RejectedError: it never will.
    """
    sent_to = Parent(effect.module, json.loads(effect.request)["record_id"])
    other = await tools.db.run(lambda conn: other_parent(conn, claim.person, sent_to))
    for place in dict.fromkeys(each for each in (sent_to, parent, other) if each is not None):
        try:
            attachments = await tools.crm.read_attachments(place.module, place.record_id)
        except RejectedError:
            if await is_missing(tools.crm, place):
                continue  # What was under it went with it.
            raise
        for each in attachments:
            if bears_mark(each.name, row):
                return Found(place, each)
    return None


async def is_missing(crm: ZohoCrmClient, parent: Parent) -> bool:
    """Tell whether nothing can be attached to the record any more: deleted, merged, converted."""
    try:
        person = await crm.read_person(parent.module, parent.record_id)
    except RejectedError:
        return True
    return person is None or person.converted
