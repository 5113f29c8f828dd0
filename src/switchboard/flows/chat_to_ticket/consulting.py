"""Ask for a second opinion before the store is entered, and only where it could help a visitor.

The dialogue is led inside a transaction, where nothing can be waited for. So it is rehearsed first:
what the detector is asked, and whether the visitor would be left with a question, is known then.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.detector.second_opinion import (
    Adviser,
    Described,
    second_opinion,
    worth_asking,
)
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.holding import hold
from switchboard.flows.chat_to_ticket.library import Library
from switchboard.flows.chat_to_ticket.models import Classify, Event, Verdict
from switchboard.flows.chat_to_ticket.state import Chat
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.flows.chat_to_ticket.worlds import world_of

log = structlog.get_logger(__name__)

LEAST_SECONDS = 0.3  # In less there would hardly be an answer.
# Answers to a workflow's questions are nobody else's business, and no second opinion helps there.
_WHAT_IS_THE_MATTER = {"new", "open", "choosing", "confirming", "raised", "after", "closed"}
_NOT_UNDERSTOOD = {"open", "choosing"}


async def consulted(
    tools: ChatTools, chat: Chat, event: Event, *, delivery: str, seconds: float
) -> ChatTools:
    """Return the tools with which to hear *event*: they know the second opinion, if there is one.

    Takes no more than *seconds* and the time of one look into the store; raises nothing of ours.
    """
    adviser = tools.adviser
    if adviser is None or event.kind != "said" or seconds < LEAST_SECONDS:
        return tools
    if not worth_asking(tools.classify(event.text)):
        return tools
    try:
        text = await tools.db.run(lambda conn: _unclear(conn, tools, chat, event, delivery))
    except SwitchboardError:
        return tools  # Whoever hears the event meets it as well, and says so.
    if text is None:
        return tools
    local = tools.classify(text)
    verdict = await advised(adviser, tools.library, text, local, seconds=seconds)
    if verdict == local:
        return tools
    return replace(tools, classify=partial(_remembering, tools.classify, text, verdict))


async def advised(
    adviser: Adviser, library: Library, text: str, local: Verdict, *, seconds: float
) -> Verdict:
    """Return the verdict after asking; the local one where there is no answer."""
    outcome = "agreed"

    async def ask(body: dict[str, Any]) -> Any:
        nonlocal outcome
        try:
            return await adviser.ask(body, min(seconds, adviser.seconds))
        except Exception as error:
            outcome = getattr(error, "reason", "broken")
            log.info("no_second_opinion", outcome=outcome, status=getattr(error, "status", None))
            raise

    workflows = [
        Described(each.id, each.title, each.description)
        for each in library.workflows.values()
        if each.detected
    ]
    verdict = await second_opinion(text, local, ask=ask, workflows=workflows, model=adviser.model)
    adviser.tell("changed" if verdict != local else outcome)
    return verdict


def _unclear(
    conn: sa.Connection, tools: ChatTools, chat: Chat, event: Event, delivery: str
) -> str | None:
    """Return what the detector is unsure about, as it will be asked; None where nobody needs it."""
    state = hold(conn, tools, chat, event.at.timestamp()).state
    heard = state.answered is not None and state.answered.delivery == delivery
    if heard or state.conversation.stage not in _WHAT_IS_THE_MATTER:
        return None
    unsure: list[str] = []

    def listen(text: str) -> Verdict:
        verdict = tools.classify(text)
        if worth_asking(verdict):
            unsure.append(text)
        return verdict

    world = replace(world_of(tools, event.at), classify=listen)
    after = advance(state.conversation, event, world).conversation
    return unsure[0] if unsure and after.stage in _NOT_UNDERSTOOD else None


def _remembering(classify: Classify, known: str, verdict: Verdict, text: str) -> Verdict:
    return verdict if text == known else classify(text)
