"""Keep what the vendors told on the way: the documents are compared with it at the end."""

from __future__ import annotations

from dataclasses import dataclass

from switchboard.flows.call_to_lead.vendor_facts import VendorFacts
from switchboard.vendors.ringcentral.models import Extension
from switchboard.vendors.zoho_crm.models import CrmField, CrmUser


@dataclass(slots=True)
class Learned:
    """None: nobody was asked, or the answer was no; a line of the report says so."""

    users: dict[str, CrmUser] | None = None
    fields: dict[str, CrmField] | None = None
    extensions: tuple[Extension, ...] | None = None

    def facts(self) -> VendorFacts:
        return VendorFacts(fields=self.fields, users=self.users, extensions=self.extensions)
