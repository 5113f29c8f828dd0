"""Find mappings that could never be filled, or would not do what they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

from switchboard.config.documents import FieldMappings
from switchboard.config.findings import Finding, finding
from switchboard.config.reading import Raw, key_text

# The manual's "Custom Field Mappings"; flows/call_to_lead/map.py gives them their values.
VARIABLES = {
    "caller_name": "text",
    "caller_number": "text",
    "caller_company": "text",
    "call_time": "time",
    "call_duration": "number",
    "extension_name": "text",
    "lead_owner_id": "text",
}
# What each transform needs (nothing: anything will do), what it makes, and an example.
TRANSFORMS = {
    "uppercase": ("", "text", ""),
    "lowercase": ("", "text", ""),
    "minutes": ("number", "number", "${call_duration:minutes}"),
    "seconds": ("number", "number", "${call_duration:seconds}"),
    "date": ("time", "time", "${call_time:date}"),
}
# Pieces of call data a mapping may name without ${}; other words are written as they stand.
SOURCES = ("Phone", "Email", "First_Name", "Last_Name", "Company")

_EXPRESSION = re.compile(r"\$\{([^${}]*)\}")


class _Problem(NamedTuple):
    code: str
    message: str
    hint: str


def check_mappings(document: FieldMappings, raw: Raw) -> Iterator[Finding]:
    """Check every line of the field mappings."""
    for section in ("accepted_calls", "missed_calls"):
        for field, source in getattr(document, section).items():
            place = (section, field)
            for code, message, hint in (*_unfillable(source), *_misleading(field, source)):
                yield finding(
                    code, raw.file, message, key=key_text(place), hint=hint, line=raw.line(place)
                )


def _unfillable(text: str) -> Iterator[_Problem]:
    for inner in _EXPRESSION.findall(text):
        name, *transforms = (part.strip() for part in inner.split(":"))
        if name not in VARIABLES:
            yield _Problem("CFG-014", f"${{{name}}} is not a variable", _suggest(name, VARIABLES))
        kind = VARIABLES.get(name, "")
        for each in transforms:
            if each not in TRANSFORMS:
                message = f":{each} is not a transform"
                yield _Problem("CFG-015", message, _suggest(each, TRANSFORMS))
                continue
            needs, makes, example = TRANSFORMS[each]
            if needs and kind and needs != kind:
                message = f":{each} needs a {needs}, not a {kind}"
                yield _Problem("CFG-015", message, f"Write {example}.")
            kind = makes
    if "${" in _EXPRESSION.sub("", text):
        message = "has a ${ without its closing }"
        yield _Problem("CFG-014", message, "Write it as ${caller_name}.")


def _misleading(field: str, source: str) -> Iterator[_Problem]:
    """Name lines that are carried out, but hardly as they were meant."""
    if not source.strip():
        yield _Problem("CFG-034", "is empty", "Remove the line to leave the field alone.")
    elif field == "Lead_Status":
        message = 'is not used: the status comes from the section "lead_status"'
        yield _Problem("CFG-034", message, "Remove the line.")
    elif field == "Owner" and source != "${lead_owner_id}":
        message = "is not used: lead_owners.json chooses the owner"
        yield _Problem("CFG-034", message, "Remove the line.")
    elif field == "Phone" and source not in {"Phone", "${caller_number}"}:
        message = "is not used: Phone always holds the caller's number, by which a lead is found"
        yield _Problem("CFG-034", message, 'Write "Phone": "Phone".')
    elif source not in SOURCES:
        close = get_close_matches(source, SOURCES, n=1, cutoff=0.75)
        if close or source == field:
            message = f'would put the text "{source}" into every lead'
            yield _Problem("CFG-034", message, _suggest(source, SOURCES))


def _suggest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1) or get_close_matches(name.casefold(), known, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known: {', '.join(known)}."
