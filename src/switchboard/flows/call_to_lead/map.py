"""Turn a call into the fields of a new lead, as the mapping document and Zoho's metadata ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.config.documents import FieldMappings, Office
from switchboard.flows.call_to_lead import values as zoho
from switchboard.flows.call_to_lead.fitting import kind_of, misfits
from switchboard.flows.call_to_lead.models import LEAD_SOURCE, Attribution, Call, FieldProblem
from switchboard.flows.call_to_lead.note import local_time
from switchboard.flows.call_to_lead.variables import BadTemplateError, Value, fill
from switchboard.people.names import is_company, split_name
from switchboard.people.phone import international
from switchboard.vendors.zoho_crm.models import CrmField

# Written by the flow itself: how a lead is found again, and what the manual promises.
_OWN = ("Phone", "Lead_Status", "Owner")
UNKNOWN_COMPANY = "Unknown"


def map_fields(  # noqa: PLR0917 - one argument for each document a field may come from.
    mapping: Mapping[str, str],
    call: Call,
    office: Office,
    attribution: Attribution | None,
    owner_id: str | None,
    lead_status: str,
    metadata: Mapping[str, CrmField] | None = None,
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Return the fields of the lead to create, and what is wrong with them.

    *mapping* is one section of the document: Zoho field → value. A value is the name of a piece
    of call data (`Phone`, `Last_Name`, ...), a text with ${variables}, or plain text. Empty
    values are left out; a missing Last_Name, and a missing Company where Zoho demands one, get a
    placeholder. Without *metadata* nothing is checked.
    """
    sources, variables = _sources(call), _variables(call, office, attribution, owner_id)
    wanted: dict[str, Value] = {"Lead_Source": LEAD_SOURCE}
    problems: list[FieldProblem] = []
    for name, template in mapping.items():
        if name in _OWN:
            continue
        try:
            value = _evaluate(template, sources, variables)
        except BadTemplateError as error:
            problems.append(FieldProblem(field=name, message=str(error)))
            continue
        if value is not None and value != "":
            wanted[name] = value
    wanted.setdefault("Last_Name", f"Caller {international(call.caller or '')}".strip())
    if metadata and "Company" in metadata and metadata["Company"].mandatory:
        wanted.setdefault("Company", UNKNOWN_COMPANY)
    wanted |= {"Phone": call.caller, "Lead_Status": lead_status}
    fields: dict[str, Any] = {}
    for name, value in wanted.items():
        known = None if metadata is None else metadata.get(name, zoho.MISSING)
        # A new Lead_Source of our own is no mistake of the mapping: Zoho adds it to its list.
        lenient = name == "Lead_Source" and name not in mapping
        fields[name], found = zoho.fitted(name, value, known, lenient=lenient)
        problems += found
    if owner_id is not None:
        fields["Owner"] = {"id": owner_id}
    fields = {name: value for name, value in fields.items() if value is not None}
    problems += _missing(fields, metadata)
    return fields, problems


def check_against_metadata(
    mappings: FieldMappings, fields: Mapping[str, CrmField]
) -> list[FieldProblem]:
    """Return what Zoho CRM would refuse or change, for some calls at least, in any line.

    *fields*: those of the Leads module, by their API names.
    """
    problems: list[FieldProblem] = []
    for section, mapping in _sections(mappings):
        for name, template in mapping.items():
            if name in _OWN:
                continue
            sample: Value = template if kind_of(template) == "constant" else None
            known = fields.get(name, zoho.MISSING)
            _, found = zoho.fitted(name, sample, known)
            found = found or misfits(name, template, known)
            problems += [each.model_copy(update={"section": section}) for each in found]
    for key, status in mappings.lead_status.model_dump().items():
        _, found = zoho.fitted("Lead_Status", status, fields.get("Lead_Status", zoho.MISSING))
        problems += [
            each.model_copy(update={"section": "lead_status", "field": key}) for each in found
        ]
    filled = {"Last_Name", "Company", "Lead_Source", *_OWN}
    for name, demanded in fields.items():
        if not demanded.mandatory or demanded.read_only:
            continue
        problems += [
            FieldProblem(
                field=name,
                message="Zoho CRM demands this field and the mapping does not fill it.",
                section=section,
            )
            for section, mapping in _sections(mappings)
            if name not in filled and name not in mapping
        ]
    return problems


def _sections(mappings: FieldMappings) -> tuple[tuple[str, Mapping[str, str]], ...]:
    return (("accepted_calls", mappings.accepted_calls), ("missed_calls", mappings.missed_calls))


def _evaluate(template: str, sources: Mapping[str, Value], variables: Mapping[str, Value]) -> Value:
    if template in sources:
        return sources[template]
    return fill(template, variables)


def _sources(call: Call) -> dict[str, Value]:
    first: str | None = None
    last: str | None = None
    if call.caller_name:
        first, last = split_name(call.caller_name)
    return {
        "Phone": call.caller,
        "Email": None,  # Calls carry no address; the manual's own example names the field.
        "First_Name": first,
        "Last_Name": last,
        "Company": _company(call),
    }


def _variables(
    call: Call, office: Office, attribution: Attribution | None, owner_id: str | None
) -> dict[str, Value]:
    return {
        "caller_name": call.caller_name,
        "caller_number": call.caller,
        "caller_company": _company(call),
        "call_time": local_time(call.started_at, office.timezone),
        "call_duration": call.duration_seconds,
        "extension_name": (
            (attribution.extension_name if attribution else None)
            or call.agent_name
            or call.queue_name
        ),
        "lead_owner_id": owner_id,
    }


def _company(call: Call) -> str | None:
    return call.caller_name if call.caller_name and is_company(call.caller_name) else None


def _missing(
    fields: Mapping[str, Any], metadata: Mapping[str, CrmField] | None
) -> list[FieldProblem]:
    return [
        FieldProblem(field=name, message="Zoho CRM demands this field and the call has no value.")
        for name, known in (metadata or {}).items()
        # Zoho itself fills the owner.
        if known.mandatory and not known.read_only and name not in fields and name != "Owner"
    ]
