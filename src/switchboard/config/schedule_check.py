"""Compare the timetable with the offices it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from switchboard.config.documents import Processing, ScheduleDocument
from switchboard.config.findings import Finding, finding
from switchboard.config.reading import Place, Raw, key_text


def check_schedule(
    document: ScheduleDocument, raw: Raw, *, offices: Collection[str], processing: Processing
) -> Iterator[Finding]:
    """Find names used twice, offices that do not exist, and look-backs no run would accept."""
    if not raw.whole:
        return  # Entries were left out: their numbers would be others.
    first: dict[str, int] = {}
    most = processing.max_hours_back
    for index, run in enumerate(document.runs):
        other = first.setdefault(run.name, index)
        if other != index:
            message = f'"{run.name}" is also the name of runs[{other}]'
            yield _found("CFG-008", raw, ("runs", index, "name"), message)
        for number, office in enumerate(run.offices):
            if office not in offices:
                close = get_close_matches(office.casefold(), offices, n=1)
                known = f'Did you mean "{close[0]}"?' if close else f"There is: {_list(offices)}."
                place = ("runs", index, "offices", number)
                yield _found("CFG-029", raw, place, f'there is no office "{office}"', known)
        if run.hours_back is not None and run.hours_back > most:
            message = f"{run.hours_back:g} is more than max_hours_back {most:g}"
            yield _found("CFG-007", raw, ("runs", index, "hours_back"), message, "Ask for less.")


def _found(code: str, raw: Raw, place: Place, message: str, hint: str = "") -> Finding:
    return finding(code, raw.file, message, key=key_text(place), line=raw.line(place), hint=hint)


def _list(offices: Collection[str]) -> str:
    return ", ".join(offices)
