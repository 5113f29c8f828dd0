"""Documents in forms: what a form was made from, and its fields' errors in plain words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Response

from switchboard.config.editing import ABSENT, digest, title_of
from switchboard.config.findings import Finding
from switchboard.config.json_text import rewritten, written
from switchboard.console import saving
from switchboard.console.configuration.proposals import look
from switchboard.console.visit import Visit
from switchboard.errors import OperatorError

Errors = dict[str, str]  # Field -> what to do about it; "form" is the whole of it.
WHOLE = "form"
BACK = "back"  # The action by which a review shows its form once more.


@dataclass(frozen=True, slots=True)
class Opened:
    """A document as a form was made from it."""

    place: str
    text: str | None
    digest: str
    value: dict[str, Any] = field(default_factory=dict)

    def holding(self, value: Any) -> str:
        """Return the document's text with another value in it."""
        return written(value) if self.text is None else rewritten(self.text, value)


async def entered(visit: Visit) -> dict[str, str]:
    """Return the fields of the form that was sent, their line ends as ours are."""
    sent = await visit.request.form()
    return {
        name: value.replace("\r\n", "\n").strip()
        for name, value in sent.items()
        if isinstance(value, str)
    }


async def opened(visit: Visit, place: str) -> Opened:
    """Read a document for a form; OperatorError where only an editor can help."""
    root = visit.service.configuration().root
    found = await asyncio.to_thread(look, root, place)
    return _opened(place, found.text, found.digest)


async def as_seen(visit: Visit, place: str, seen: str) -> Opened:
    """Return the version a sent form was made from, else the one there is now.

    What is proposed keeps the digest that was seen: saving notices that it is another one.
    """
    if seen == ABSENT:
        return _opened(place, None, ABSENT)
    text = await saving.text_as_seen(visit, place, seen)
    if text is not None:
        return _opened(place, text, seen)
    now = await opened(visit, place)
    return Opened(place, now.text, seen or now.digest, now.value)


async def propose(
    visit: Visit,
    edits: Sequence[tuple[Opened, Any]],
    *,
    title: str,
    back: str,
    field_of: Callable[[Finding], str] = lambda _: WHOLE,
    again: Callable[[Errors], Awaitable[Response]] | None = None,
    edit: str = "",
) -> Response:
    """Show the review of new values (None: the document is removed), or the form with its errors.

    `field_of` names the field a finding is about, `again` shows the form once more, as the review
    asks for with the action "back"; without it, *edit* is the page that does.
    """
    if again is not None and (await visit.request.form()).get("action") == BACK:
        return await again({})
    changes = {each.place: None if new is None else each.holding(new) for each, new in edits}
    seen = {each.place: each.digest for each, _ in edits}
    if again is not None:
        found = await saving.blocking(visit, changes)
        if found and any(field_of(each) for each in found):
            offices = saving.offices_of(visit)
            return await again(errors_of(found, field_of, changes, offices))
    if again is not None:
        edit = visit.request.url.path.removeprefix(visit.root)
    return await saving.review(visit, title=title, changes=changes, seen=seen, back=back, edit=edit)


def errors_of(
    found: Sequence[Finding],
    field_of: Callable[[Finding], str],
    changes: Mapping[str, Any],
    offices: Mapping[str, str],
) -> Errors:
    """Give each finding to its field; one message a field, the first."""
    errors: Errors = {}
    for each in found:
        name = field_of(each)
        where = "" if each.file in changes else f"{title_of(each.file, offices)}: "
        errors.setdefault(name or WHOLE, where + in_words(each))
    return errors


def in_words(finding: Finding) -> str:
    """Return a finding as a sentence or two."""
    message = finding.message[:1].upper() + finding.message[1:]
    hint = "" if finding.hint.startswith("Write it as the message") else f" {finding.hint}"
    return f"{message}.{hint}"


def without_empty(value: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Leave out what a form left empty: the documents' own defaults count then."""
    return {key: each for key, each in value.items() if key not in names or each not in ("", None)}


def _opened(place: str, text: str | None, seen: str) -> Opened:
    if text is None:
        return Opened(place, None, seen)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(place) from error
    if not isinstance(value, dict):
        raise _unreadable(place)
    return Opened(place, text, seen or digest(text), value)


def _unreadable(place: str) -> OperatorError:
    return OperatorError(
        "CFG-003", f"{place} cannot be read: correct its text under Configuration, Documents."
    )
