"""Which department a call was for, as `department_specific.mappings` names departments. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from switchboard.config.documents import Office, folded
from switchboard.flows.call_to_lead.models import Attribution, Call


def department_of(office: Office, call: Call, attribution: Attribution | None) -> str | None:
    """Return the department's name as the mapping writes it; None when none is mapped.

    A call that came through a queue is the queue's, whoever answered it. Any other call is that
    of the extension it was for: the first that was involved and is mapped. Names, numbers and
    ids of extensions count alike, whether upper or lower case.
    """
    rules = office.owners.assignment_rules.department_specific
    if rules is None or not rules.enabled:
        return None
    mapped: dict[str, str] = {}
    for name in rules.mappings:
        mapped.setdefault(folded(name), name)
    called = _queue(office, call) if _has_queue(call) else _extensions(office, call, attribution)
    return next((mapped[key] for key in map(folded, called) if key in mapped), None)


def pool_of(office_id: str, department: str) -> str:
    """Return the name under which the store keeps whose turn it is in a department."""
    return f"{office_id}/department:{folded(department)}"


def _has_queue(call: Call) -> bool:
    return any((call.queue_name, call.queue_extension_id, call.queue_extension_number))


def _queue(office: Office, call: Call) -> Iterator[str]:
    if call.queue_name:
        yield call.queue_name
    for each in (call.queue_extension_id, call.queue_extension_number):
        if each:
            yield from _labels(office, each)


def _extensions(office: Office, call: Call, attribution: Attribution | None) -> Iterator[str]:
    for each in (*call.extension_ids, *call.extension_numbers):
        yield from _labels(office, each)
    if attribution is not None:
        yield from (attribution.extension_name, attribution.decided_by)
        yield from _labels(office, attribution.extension_id)
    yield from (each for each in (call.agent_name, call.called_number) if each)


def _labels(office: Office, known_as: str) -> Iterator[str]:
    """Yield an id or number, and what the configuration calls the extension that has it."""
    yield known_as
    for extension in office.extensions:
        if known_as in {extension.id, extension.number}:
            yield from extension.known_as
