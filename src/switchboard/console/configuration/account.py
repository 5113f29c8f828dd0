"""What the telephone system has, asked at most every few minutes and never for long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from switchboard.bootstrap import open_session
from switchboard.config.load import Configuration
from switchboard.errors import SwitchboardError
from switchboard.vendors.ringcentral.models import Extension

PATIENCE_SECONDS = 8.0
FRESH_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """RingCentral's extensions, or why there are none."""

    at: float
    extensions: tuple[Extension, ...] | None = None
    problem: str = ""
    code: str = ""


_ANSWERS: dict[Path, Answer] = {}


async def extensions_of(configuration: Configuration, now: float, *, again: bool = False) -> Answer:
    """Ask RingCentral, unless it has answered a moment ago."""
    known = _ANSWERS.get(configuration.root)
    if known is not None and not again and 0 <= now - known.at < FRESH_SECONDS:
        return known
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), open_session(configuration) as session:
            found = await session.tools.ringcentral.read_extensions()
    except SwitchboardError as error:
        return Answer(now, problem=error.message, code=error.code)
    except TimeoutError:
        said = f"RingCentral did not answer within {PATIENCE_SECONDS:g} seconds."
        return Answer(now, problem=said)
    answer = Answer(now, found)
    _ANSWERS[configuration.root] = answer
    return answer
