"""The manual's rules, one call at a time, in a dict: what the CRM must look like in the end.

A plain reference for property tests. It shares no code with the product but `phonenumbers`: no
batches, no journal, no faults, no restarts. Whatever happened to a real run on its way, its final
CRM has to equal what `run_model` says.

    people = [Person("Leads", "11", phones=("(215) 555-0100",), status="Contacted")]
    calls = [ModelCall("s-1", "+12155550100", "missed", started_at=100.0)]
    crm = run_model(calls, people)

    crm.leads      {"11": ModelLead(status="Missed Call", phone=None, office=None)}
                   Leads by id; a lead that had to be created has the id `new_lead_id(number)`.
    crm.notes      {"s-1": ("Leads", "11")}     each worked call's session: where its one note is
    crm.statuses   {"11": "Missed Call"}        every open lead's status in the end

The rules (manual, "Lead Management"; ties and lateness are ours):

1. Offices are processed in their order; within an office calls in the order they started, those
   that started together by session.
2. Calls without a number are skipped, as are those with `worked=False` (outbound, internal,
   extension off, ...: the caller of the model says which).
3. The caller is looked up by number, however the CRM has it written: an open lead, else a
   contact, else the contact of a converted lead; of several the oldest (lowest id). A converted
   lead without a contact makes the call impossible: nothing is written.
4. Nobody found: a lead is created with the status `new`. It is found by all later calls.
5. Every worked call leaves exactly one note, on the lead or the contact.
6. An existing open lead takes the status of the call's kind, unless a person gave it a protected
   status, or a call that began later has set the status already (creating a lead counts as that).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import phonenumbers

Kind = Literal["accepted", "missed", "voicemail"]

STATUSES: Mapping[str, str] = {
    "new": "New",
    "accepted": "Accepted Call",
    "missed": "Missed Call",
    "voicemail": "Missed Call with Voicemail",
}


@dataclass(frozen=True)
class ModelCall:
    """One finished call, as the history generator meant it."""

    session: str
    number: str | None  # In any notation; None: withheld.
    kind: Kind
    started_at: float
    office: str = "main"
    region: str = "US"
    worked: bool = True


@dataclass(frozen=True)
class Person:
    """A lead or contact that is in the CRM before the first run."""

    module: Literal["Leads", "Contacts"]
    id: str
    phones: tuple[str, ...] = ()
    status: str | None = None
    converted: bool = False
    contact_id: str | None = None  # Of a converted lead.


@dataclass
class ModelLead:
    """An open lead. `phone` and `office` are set on leads the calls created."""

    status: str | None
    phone: str | None = None
    office: str | None = None


@dataclass
class ModelCrm:
    """The final state."""

    leads: dict[str, ModelLead] = field(default_factory=dict)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)
    impossible: set[str] = field(default_factory=set)  # Sessions of rule 3's last sentence.

    @property
    def statuses(self) -> dict[str, str | None]:
        return {lead_id: lead.status for lead_id, lead in self.leads.items()}

    @property
    def created(self) -> dict[str, ModelLead]:
        """The leads the calls created, by number."""
        return {lead.phone: lead for lead in self.leads.values() if lead.phone is not None}


def new_lead_id(number: str) -> str:
    """Return the stand-in id of the lead created for an E.164 number."""
    return f"new:{number}"


def run_model(
    calls: Iterable[ModelCall],
    people: Sequence[Person] = (),
    *,
    office_order: Sequence[str] = (),
    protected: frozenset[str] = frozenset(),
    statuses: Mapping[str, str] = STATUSES,
) -> ModelCrm:
    """Process *calls* by the rules above and return the CRM as it must be afterwards.

    Offices that *office_order* does not name come last, by name. Calls given twice count once.
    """
    crm = ModelCrm()
    for person in people:
        if person.module == "Leads" and not person.converted:
            crm.leads[person.id] = ModelLead(person.status)
    last_call: dict[str, float] = {}  # lead id -> start of the call that set its status last
    rank = {office: position for position, office in enumerate(office_order)}
    unique = {call.session: call for call in calls}.values()
    for call in sorted(
        unique,
        key=lambda call: (
            rank.get(call.office, len(rank)),
            call.office if call.office not in rank else "",
            call.started_at,
            call.session,
        ),
    ):
        number = e164(call.number, call.region)
        if number is None or not call.worked:
            continue
        found = find(crm, people, number, call.region)
        if found is None:
            lead_id = new_lead_id(number)
            crm.leads[lead_id] = ModelLead(statuses["new"], phone=number, office=call.office)
            crm.notes[call.session] = ("Leads", lead_id)
            last_call[lead_id] = call.started_at
            continue
        module, record_id = found
        if not record_id:
            crm.impossible.add(call.session)
            continue
        crm.notes[call.session] = found
        if module != "Leads":
            continue
        lead = crm.leads[record_id]
        if lead.status in protected:
            continue
        if call.started_at < last_call.get(record_id, call.started_at):
            continue
        lead.status = statuses[call.kind]
        last_call[record_id] = call.started_at
    return crm


def find(
    crm: ModelCrm, people: Sequence[Person], number: str, region: str = "US"
) -> tuple[str, str] | None:
    """Return (module, id) of the person with this number; id "" where there is nowhere to write."""
    known = [
        person for person in people if number in {e164(phone, region) for phone in person.phones}
    ]
    known.sort(key=lambda person: (len(person.id), person.id))
    for person in known:
        if person.module == "Leads" and not person.converted:
            return "Leads", person.id
    if new_lead_id(number) in crm.leads:
        return "Leads", new_lead_id(number)
    for person in known:
        if person.module == "Contacts":
            return "Contacts", person.id
    for person in known:
        if person.contact_id:
            return "Contacts", person.contact_id
    return ("Leads", "") if known else None


def e164(written: str | None, region: str = "US") -> str | None:
    """Return a number in E.164; None for what is withheld, masked or not a whole number."""
    if not written or "XX" in written.upper():
        return None
    if written.startswith("00"):
        written = "+" + written[2:]
    try:
        parsed = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != (
        phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
