"""Chats: which there are, each word for word, and what somebody can do about one."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response

from switchboard.console.attention.notes import notes
from switchboard.console.chats import known, words
from switchboard.console.chats.conversation import ConversationView, in_words, view_of
from switchboard.console.chats.detecting import Made, made_of
from switchboard.console.chats.listing import list_chats
from switchboard.console.visit import Operator, Viewer, Visit
from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.conversing import close_chat
from switchboard.flows.chat_to_ticket.records import ChatRecord, effects_of, read_chat
from switchboard.flows.chat_to_ticket.taking_up import TakenUp, chat_waits, take_up_chat
from switchboard.people.phone import to_e164
from switchboard.store.chat_search import ChatFilter, StageFilter
from switchboard.store.keyset import Mark

router = APIRouter()
STAGES: tuple[tuple[StageFilter, str], ...] = (
    ("", "Any"),
    ("open", "Open"),
    ("waiting", "Waiting for somebody"),
    ("operator", "Handed to an operator"),
    ("closed", "Closed"),
)
VERIFIED = (("", "Either"), ("yes", "Confirmed"), ("no", "Not confirmed"))


@router.get("/conversations")
async def conversations(  # noqa: PLR0917 - one for each filter of the address.
    visit: Viewer,
    q: str = "",
    stage: str = "",
    workflow: str = "",
    verified: Literal["", "yes", "no"] = "",
    period: str = "",
    before: str = "",
    after: str = "",
) -> Response:
    workflows = await known.workflows_of(visit.service)
    chosen = {"q": q, "stage": stage, "workflow": workflow, "verified": verified, "period": period}
    wanted = ChatFilter(
        stage=next((value for value, _ in STAGES if value == stage), ""),
        workflow=workflow,
        verified={"yes": True, "no": False}.get(verified),
        since=known.begin_of(period, visit.now(), visit.service.zone()),
        text=q,
        phone=to_e164(q, known.region_of(visit.service)),
    )
    sealer = visit.service.sealer()
    found = await visit.read(
        partial(
            list_chats, sealer=sealer, wanted=wanted, workflows=workflows, now=visit.now(),
            before=Mark.read(before), after=Mark.read(after),
        )
    )  # fmt: skip
    return await visit.page(
        "conversations.html",
        chosen=chosen,
        filtered=any(chosen.values()),
        found=found,
        newer=known.page_path("/conversations", chosen, after=found.where.newer),
        older=known.page_path("/conversations", chosen, before=found.where.older),
        periods=known.PERIODS,
        problem=visit.service.chats_problem(),
        counted=words.counted(found.total, "conversation"),
        stages=STAGES,
        topics=[("", "Any"), *known.topics(workflows)],
        verified_options=VERIFIED,
    )


@router.get("/conversations/{conversation_id:path}")
async def conversation(visit: Viewer, conversation_id: str, made: int = 0) -> Response:
    view, record = await _view(visit, conversation_id)
    judged = await _judged(visit, record, made) if made and view.judged else None
    names = [conversation_id, *(row.reference for row in record.tickets)]
    aside = await visit.read(partial(notes, names=names))
    return await visit.page("conversation.html", chat=view, judged=judged, made=made, aside=aside)


@router.post("/conversations/{conversation_id:path}/close")
async def close(visit: Operator, conversation_id: str) -> Response:
    tools = await visit.service.chats()
    closed = await close_chat(tools, conversation_id, actor=visit.actor)
    path = known.chat_path(conversation_id)
    if not closed:
        return await visit.go(path, "It was closed already: nothing was changed.", kind="fail")
    visit.service.wake("tickets")  # What was said since goes on the ticket now.
    visit.service.wake("replies")
    return await visit.go(path, "Closed. The visitor's next words begin a new conversation.")


@router.post("/conversations/{conversation_id:path}/retry")
async def retry(visit: Operator, conversation_id: str) -> Response:
    tools = await visit.service.chats()
    work = partial(take_up_chat, tools=tools, conversation_id=conversation_id, actor=visit.actor)
    done = await visit.run(work)
    for lane in done.lanes:
        visit.service.wake(lane)
    path = known.chat_path(conversation_id)
    if not done:
        return await visit.go(path, "Nothing of it waits for a retry.", kind="fail")
    return await visit.go(path, f"Taken up again: {', '.join(in_words(done))}.")


async def _view(visit: Visit, conversation_id: str) -> tuple[ConversationView, ChatRecord]:
    sealer = visit.service.sealer()

    def read(conn: sa.Connection) -> tuple[ChatRecord, TakenUp] | None:
        record = read_chat(conn, sealer, conversation_id)
        if record is None:
            return None
        effects = [each for row in record.tickets for each in effects_of(conn, row)]
        return record, chat_waits(record, effects)

    found = await visit.read(read)
    if found is None:
        raise RejectedError("CON-404", "There is no such conversation.")
    record, waits = found
    workflows = await known.workflows_of(visit.service)
    view = view_of(
        record, workflows, waits, zone=visit.service.zone(), now=visit.now(),
        judged=visit.service.chats_problem() is None,
    )  # fmt: skip
    return view, record


async def _judged(visit: Visit, record: ChatRecord, sequence: int) -> Made | None:
    """Have the detector judge one message anew: its verdicts are not kept."""
    text = next(
        (each.text for each in record.said
         if each.sequence == sequence and each.direction == "visitor"), None,
    )  # fmt: skip
    if not text:
        return None
    tools = await visit.service.chats()
    return await asyncio.to_thread(made_of, text, tools.classify, tools.library.workflows)
