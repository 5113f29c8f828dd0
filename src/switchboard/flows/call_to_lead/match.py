"""Recognise a caller among the leads and contacts that hold the number."""

from __future__ import annotations

from collections.abc import Iterable

from switchboard.flows.call_to_lead.models import KnownPerson, Match


def match(entries: Iterable[KnownPerson]) -> Match:
    """Return who the caller is: an open lead, else a contact, else a converted lead's contact.

    Among several of a kind the oldest (lowest id) is taken, so that every call finds the same.
    """
    people = sorted(entries, key=lambda entry: (len(entry.record_id), entry.record_id))
    leads = [each for each in people if each.module == "Leads" and not each.converted]
    contacts = [each for each in people if each.module == "Contacts"]
    converted = [each for each in people if each.module == "Leads" and each.converted]
    if leads:
        return Match(
            kind="lead",
            module="Leads",
            record_id=leads[0].record_id,
            lead_status=leads[0].lead_status,
            why=_why("a lead", len(leads)),
        )
    if contacts:
        return Match(
            kind="contact",
            module="Contacts",
            record_id=contacts[0].record_id,
            why=_why("a contact", len(contacts)),
        )
    with_contact = [each for each in converted if each.converted_contact_id]
    if with_contact:
        return Match(
            kind="contact",
            module="Contacts",
            record_id=with_contact[0].converted_contact_id,
            why="The number belongs to a lead that was converted; its contact is used.",
        )
    if converted:
        return Match(
            kind="unusable",
            module="Leads",
            record_id=converted[0].record_id,
            why="The number belongs to a converted lead whose contact is not known.",
        )
    return Match(kind="none", why="Nobody in Zoho CRM has this number.")


def _why(what: str, count: int) -> str:
    if count == 1:
        return f"The number belongs to {what}."
    return f"The number belongs to {what} (the oldest of {count})."
