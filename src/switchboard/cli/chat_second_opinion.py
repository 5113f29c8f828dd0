"""Ask the language model of the settings about one message, and say what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from switchboard.bootstrap import open_adviser
from switchboard.cli import output
from switchboard.config.load import load
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.consulting import advised
from switchboard.flows.chat_to_ticket.detector.second_opinion import worth_asking
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.models import Verdict

_CAME_OF_IT = {
    "changed": "changed the verdict",
    "agreed": "changed nothing",
    "late": "did not come in time",
    "unreachable": "could not be asked for: nobody answers at the address",
    "refused": "was refused; are key, model and address right?",
    "unreadable": "made no sense",
}


def ask_adviser(config_dir: Path, text: str, local: Verdict) -> Verdict:
    """Return the verdict after asking; what came of it goes to standard error."""
    verdict, outcome = asyncio.run(_asked(config_dir, text, local))
    words = _CAME_OF_IT.get(outcome, outcome)
    output.say(output.err(), f"The second opinion {words}.")
    return verdict


async def _asked(config_dir: Path, text: str, local: Verdict) -> tuple[Verdict, str]:
    outcomes: list[str] = []
    async with open_adviser(load(config_dir)) as adviser:
        if adviser is None:
            raise OperatorError("CLI-001", "No chat.second_opinion.url is set: nobody to ask.")
        if not worth_asking(local):
            return local, "is not asked for where our own verdict is clear"
        told = replace(adviser, tell=outcomes.append)
        library = load_library(config_dir)
        verdict = await advised(told, library, text, local, seconds=told.seconds)
    return verdict, outcomes[0]
