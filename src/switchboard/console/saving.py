"""Save changes of the configuration, whichever page they come from: shown first, then written.

text = rewritten(before, value)
return await review(
    visit, title="Hours of Austin", changes={place: text}, seen={place: digest}, back="/…"
)
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from fastapi import Response

from switchboard.config.editing import Document, really_changed, title_of
from switchboard.config.findings import Finding
from switchboard.config.merging import merged
from switchboard.console.configuration.proposals import (
    SHOWN,
    Proposal,
    compare,
    compared,
    judged,
    look,
    outdated,
)
from switchboard.console.configuration.writing import changed_underneath, settle, write
from switchboard.console.visit import Visit
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.chat_to_ticket.detector.sources import OWN as EXAMPLES
from switchboard.flows.chat_to_ticket.models import Learning
from switchboard.store import configuration_history
from switchboard.store.configuration_history import Change

INDEX = "/configuration"


def seen(root: Path, place: str) -> str:
    """Return what tells this version of a document; forms carry it in a hidden field."""
    return look(root, place).digest


async def blocking(visit: Visit, changes: Mapping[str, str | None]) -> tuple[Finding, ...]:
    """Return the errors that would keep *changes* from being saved, for a form to show."""
    root = visit.service.configuration().root
    return (await asyncio.to_thread(judged, root, changes)).errors


async def review(
    visit: Visit,
    *,
    title: str,
    changes: Mapping[str, str | None],
    seen: Mapping[str, str],
    back: str = INDEX,
    undoes: str | None = None,
    edit: str = "",
) -> Response:
    """Show what would change, with Save; or what keeps it from being saved (422, 409).

    *edit* is where the form that was sent is shown once more, as it was filled in: it is sent
    there with the action "back".
    """
    return await shown(visit, Proposal(title, changes, seen, back, undoes), edit)


async def shown(visit: Visit, proposal: Proposal, edit: str = "") -> Response:
    """Answer a proposal with the page that fits it."""
    root = visit.service.configuration().root
    await settled(visit)
    changes = await asyncio.to_thread(really_changed, root, proposal.changes)
    if not changes:
        return await visit.go(proposal.back, "Nothing was changed.")
    proposal = Proposal(
        proposal.title,
        changes,
        {place: proposal.seen[place] for place in changes},
        proposal.back,
        proposal.undoes,
    )
    others = await asyncio.to_thread(outdated, root, proposal)
    if others:
        return await _conflict(visit, proposal, others)
    verdict = await asyncio.to_thread(judged, root, changes)
    return await visit.page(
        "configuration/review.html",
        422 if verdict.errors else 200,
        proposal=proposal,
        documents=compared(root, changes, offices_of(visit)),
        verdict=verdict,
        edit=edit,
        sent=await _sent(visit) if edit else [],
        titles=titles(visit, [*verdict.errors, *verdict.warnings]),
    )


async def _sent(visit: Visit) -> list[tuple[str, str]]:
    """Return the form as it was filled in, without what every form carries."""
    items = (await visit.request.form()).multi_items()
    ours = {"csrf", "action"}
    return [(name, str(value)) for name, value in items if name not in ours]


async def save(visit: Visit, proposal: Proposal) -> Response:
    """Check everything again, then write it; nothing is written of what cannot be used."""
    root = visit.service.configuration().root
    await settled(visit)
    late = await asyncio.to_thread(outdated, root, proposal)
    verdict = await asyncio.to_thread(judged, root, proposal.changes)
    if late or verdict.errors:
        return await shown(visit, proposal)
    try:
        change_id = await write(
            *(visit.service.db, visit.service.sealer(), root, proposal),
            actor=visit.actor,
            now=visit.now(),
        )
    except OperatorError as error:
        if error.code != changed_underneath().code:
            raise
        return await shown(visit, proposal)
    await asyncio.to_thread(visit.service.reload)
    undo = ("Undo", f"{INDEX}/history/{change_id}/undo")
    learning = await asyncio.to_thread(visit.service.learning)
    return await visit.go(proposal.back, in_force(proposal.changes, learning), link=undo)


def in_force(places: Iterable[str], learning: Learning | None) -> str:
    """Say when a change counts: at once, but for examples, which have to be learnt. Pure."""
    if not any(each.startswith(f"{EXAMPLES.as_posix()}/") for each in places):
        return "Saved. It is in force now."
    return {
        None: "Saved. It is learnt when chats are led.",
        "learnt": "Saved, and learnt.",
        "learning": "Saved. It is being learnt: in about a minute messages are judged by it.",
        "refused": "Saved, but not learnt: an error in the examples keeps it out.",
    }[learning]


async def on_top(visit: Visit, proposal: Proposal) -> Response:
    """Join a change with what somebody else did meanwhile, and show the result."""
    root = visit.service.configuration().root
    texts, now = dict(proposal.changes), dict(proposal.seen)
    for other in await asyncio.to_thread(outdated, root, proposal):
        base = await text_as_seen(visit, other.place, proposal.seen[other.place])
        joined = merged(base, proposal.changes[other.place], other.text)
        if joined is not None:
            texts[other.place] = joined
        now[other.place] = look(root, other.place).digest
    again = Proposal(proposal.title, texts, now, proposal.back, proposal.undoes)
    return await shown(visit, again)


async def settled(visit: Visit) -> None:
    """Finish what a process that died left unfinished, where there is such a thing."""
    service = visit.service
    if await visit.read(configuration_history.unfinished):
        root = service.configuration().root
        await settle(service.db, service.sealer(), root, now=visit.now())
        await asyncio.to_thread(service.reload)


def offices_of(visit: Visit) -> dict[str, str]:
    """Return the names of the offices by their ids."""
    try:
        return {each.id: each.name for each in visit.service.configuration().offices}
    except SwitchboardError:
        return {}


def titles(visit: Visit, findings: list[Finding]) -> dict[str, str]:
    """Name the documents that findings are about."""
    offices = offices_of(visit)
    return {each.file: title_of(each.file, offices) for each in findings}


async def _conflict(visit: Visit, proposal: Proposal, others: list[Document]) -> Response:
    offices, theirs, joinable = offices_of(visit), [], True
    for other in others:
        base = await text_as_seen(visit, other.place, proposal.seen[other.place])
        joinable &= merged(base, proposal.changes[other.place], other.text) is not None
        difference = compare(other.place, base, other.text, offices) if base else None
        change = await visit.read(
            partial(configuration_history.writer_of, place=other.place, digest=other.digest)
        )
        theirs.append(
            (other, title_of(other.place, offices), difference, _who(visit, other, change))
        )
    root = visit.service.configuration().root
    return await visit.page(
        "configuration/conflict.html",
        409,
        proposal=proposal,
        theirs=theirs,
        mine=compared(root, proposal.changes, offices),
        joinable=joinable,
    )


def _who(visit: Visit, other: Document, change: Change | None) -> tuple[str, float | None]:
    """Say who changed a document, and when, as far as anybody knows."""
    if change is not None:
        return change.actor.removeprefix("console:"), change.at
    with contextlib.suppress(OSError):
        return "", (visit.service.configuration().root / other.place).stat().st_mtime
    return "", None


async def text_as_seen(visit: Visit, place: str, digest: str) -> str | None:
    """Return the version a form was made from, where somebody still has it."""
    text = SHOWN.text(digest)
    if text is not None:
        return text
    find = partial(
        configuration_history.text_of,
        sealer=visit.service.sealer(),
        place=place,
        digest=digest,
    )
    found = await visit.read(find)
    return found[0] if found else None
