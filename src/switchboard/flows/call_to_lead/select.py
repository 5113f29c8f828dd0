"""Say whose a call is, and whether anything is to be done about it; every no has its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from switchboard.config.documents import ExtensionConfig, Office
from switchboard.flows.call_to_lead.models import (
    Attribution,
    Call,
    CallType,
    Role,
    Skip,
    SkipReason,
    Window,
)
from switchboard.people.phone import to_e164

ALL_TYPES: frozenset[CallType] = frozenset({"accepted", "missed"})

_BY_OUTCOME: dict[str, tuple[SkipReason, str]] = {
    "fax": ("fax", "It was a fax, not a call."),
    "noise": ("noise", "Monitoring, paging or a telephone logging in: no customer called."),
    "blocked": ("blocked_by_ringcentral", "RingCentral blocked the call before it rang anybody."),
    "failed": ("failed", "The call failed on its way and reached nobody."),
}
# The extension whose `process_calls` counts: the one the customer's call was for.
_CALLED_FIRST: tuple[Role, ...] = ("queue", "answered", "rung", "dialled")


def attribute(call: Call, offices: Sequence[Office]) -> Attribution | None:
    """Return the office and extension a call belongs to; None when it touched none we know.

    The office of whoever answered; else of the queue; else of the first extension that rang or
    was dialled. Extensions are recognised by id, then by number. Whether calls are processed is
    up to the extension the call was for: the queue, where it came through one.
    """
    found: dict[Role, tuple[Office, ExtensionConfig]] = {}
    for role, extension_id, number in _candidates(call):
        known = _find(offices, extension_id, number)
        if known is not None:
            found.setdefault(role, known)
    if not found:
        return None
    role = next(iter(found))
    office, extension = found[role]
    called = next(found[each][1] for each in _CALLED_FIRST if each in found)
    return Attribution(
        office_id=office.id,
        extension_id=extension.id,
        extension_name=extension.name or extension.number or extension.id,
        role=role,
        process_calls=called.process_calls,
        decided_by=called.name or called.number or called.id,
    )


def select(
    call: Call,
    attribution: Attribution | None,
    *,
    types: Collection[CallType] = ALL_TYPES,
    window: Window | None = None,
    block_list: Collection[str] = (),
    include_internal: bool = False,
    region: str = "US",
) -> Skip | None:
    """Return why nothing is to be done about a settled call, or None when it is to be worked.

    What is true of the call comes before what is true of this run only (`RUN_REASONS`).
    *block_list* holds numbers in any notation; one that ends in * blocks all that begin so.
    """
    if call.deleted:
        return Skip(reason="deleted", why="Its record was deleted at RingCentral.")
    if call.outcome in _BY_OUTCOME:
        reason, why = _BY_OUTCOME[call.outcome]
        return Skip(reason=reason, why=why)
    if call.direction == "outbound":
        return Skip(reason="outbound", why="We placed this call; nobody called us.")
    if call.direction == "internal" and not include_internal:
        return Skip(reason="internal", why="Both sides are extensions of the company.")
    return (
        _about_the_number(call, block_list, region)
        or _about_the_extension(attribution)
        or _about_the_run(call, types, window)
    )


def _about_the_number(call: Call, block_list: Collection[str], region: str) -> Skip | None:
    if call.caller is None:
        return Skip(reason="no_number", why=_why_no_number(call))
    if any(_blocks(entry, call.caller, region) for entry in block_list):
        return Skip(reason="block_list", why="The number is on the block list.")
    return None


def _why_no_number(call: Call) -> str:
    left = " A voicemail was left." if call.outcome == "voicemail" else ""
    if not call.caller_raw:
        return f"The caller withheld the number.{left}"
    if any(character in "xX*" for character in call.caller_raw):
        return f"RingCentral masks the caller's number.{left}"
    return f"The caller's number is not one that can be called back.{left}"


def _blocks(entry: str, caller: str, region: str) -> bool:
    if entry.endswith("*"):
        digits = "".join(character for character in entry if character.isdigit())
        return bool(digits) and caller.startswith("+" + digits)
    return to_e164(entry, region) == caller


def _about_the_extension(attribution: Attribution | None) -> Skip | None:
    if attribution is None:
        return Skip(
            reason="unattributed",
            why="The call touched no extension of the configured offices.",
        )
    if not attribution.process_calls:
        return Skip(
            reason="extension_off",
            why=f"Calls to {attribution.decided_by} are not processed (process_calls is false).",
        )
    return None


def _about_the_run(call: Call, types: Collection[CallType], window: Window | None) -> Skip | None:
    if window is not None and not window.start <= call.started_at < window.end:
        return Skip(reason="outside_window", why="The call began outside the time this run reads.")
    if call.call_type is not None and call.call_type not in types:
        return Skip(
            reason="not_requested_type", why=f"This run does not process {call.call_type} calls."
        )
    return None


def _candidates(call: Call) -> Iterator[tuple[Role, str | None, str | None]]:
    yield "answered", call.agent_extension_id, call.agent_extension_number
    yield "queue", call.queue_extension_id, call.queue_extension_number
    for extension_id in call.extension_ids:
        yield "rung", extension_id, None
    for number in call.extension_numbers:
        yield "rung", None, number
    yield "dialled", None, call.called_number


def _find(
    offices: Sequence[Office], extension_id: str | None, number: str | None
) -> tuple[Office, ExtensionConfig] | None:
    if extension_id is not None:
        for office in offices:
            for extension in office.extensions:
                if extension.id == extension_id:
                    return office, extension
    if number is None:
        return None
    for office in offices:
        wanted = to_e164(number, office.region)
        for extension in office.extensions:
            if extension.number is None:
                continue
            if extension.number == number or (
                wanted is not None and to_e164(extension.number, office.region) == wanted
            ):
                return office, extension
    return None
