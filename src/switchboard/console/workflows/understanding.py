"""The detector and the workflows in force, for pages that try something out."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from threading import Lock

from switchboard.console.service import ConsoleService
from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.dialogue.world import DialogueSettings
from switchboard.flows.chat_to_ticket.library import Library, load_library
from switchboard.flows.chat_to_ticket.models import Classify, Verdict
from switchboard.flows.chat_to_ticket.worlds import whose_help_desk

_learned: dict[Path, Classify] = {}
_learning = Lock()


async def classify_of(service: ConsoleService) -> Classify:
    """Return what judges messages: the chats' own detector, or one learnt for these pages.

    That one is loaded by the first message, so that whoever asks has to be in a thread.
    """
    try:
        return (await service.chats()).classify
    except SwitchboardError:
        root = service.configuration().root
        return partial(_judged, root)


async def library_of(service: ConsoleService) -> Library:
    """Return the workflows and sentences as they stand on the disk."""
    return await asyncio.to_thread(load_library, service.configuration().root)


def settings_of(service: ConsoleService) -> DialogueSettings:
    """Return how the bot of this console speaks, with somebody there and mail that works."""
    configuration = service.configuration()
    desk = configuration.desk
    return DialogueSettings(
        region=configuration.settings.company.region,
        bot_name=configuration.settings.chat.bot_name,
        company=whose_help_desk(configuration),
        priorities=desk.priorities if desk else {},
    )


def _judged(root: Path, text: str) -> Verdict:
    return _learn(root)(text)


def _learn(root: Path) -> Classify:
    # Loads numpy, and learns where nothing is kept from an earlier time.
    from switchboard.flows.chat_to_ticket.detector.detector import Detector  # noqa: PLC0415

    with _learning:
        known = _learned.get(root)
        if isinstance(known, Detector):
            known.reload()
            return known
        return _learned.setdefault(root, Detector(root))
