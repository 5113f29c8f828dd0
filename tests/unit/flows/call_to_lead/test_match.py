"""A caller who is known is never made a second time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

from switchboard.flows.call_to_lead.match import match


@dataclass(frozen=True)
class Known:
    module: str
    record_id: str
    converted: bool = False
    converted_contact_id: str | None = None
    full_name: str | None = None
    lead_status: str | None = "New"


LEAD = Known("Leads", "20")
CONTACT = Known("Contacts", "10")
CONVERTED = Known("Leads", "5", converted=True, converted_contact_id="11")
STRAY = Known("Leads", "4", converted=True)


def test_an_unknown_number_matches_nobody() -> None:
    assert match([]).kind == "none"


def test_an_open_lead_comes_before_contact_and_converted_lead() -> None:
    for order in permutations([LEAD, CONTACT, CONVERTED, STRAY]):
        found = match(order)
        assert (found.kind, found.module, found.record_id) == ("lead", "Leads", "20")
        assert found.lead_status == "New"


def test_a_contact_comes_before_a_converted_lead() -> None:
    for order in permutations([CONTACT, CONVERTED, STRAY]):
        found = match(order)
        assert (found.kind, found.module, found.record_id) == ("contact", "Contacts", "10")


def test_a_converted_lead_leads_to_its_contact() -> None:
    for order in permutations([CONVERTED, STRAY]):
        found = match(order)
        assert (found.kind, found.module, found.record_id) == ("contact", "Contacts", "11")


def test_a_converted_lead_without_a_contact_is_told_and_not_made_again() -> None:
    found = match([STRAY])
    assert (found.kind, found.record_id) == ("unusable", "4")


def test_of_several_leads_the_oldest_is_taken_by_number_not_by_text() -> None:
    entries = [Known("Leads", "100"), Known("Leads", "99"), Known("Leads", "101")]
    for order in permutations(entries):
        assert match(order).record_id == "99"
    assert "oldest of 3" in match(entries).why
