"""Save one recording or voicemail for a person, such as one too large for the CRM."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from switchboard.bootstrap import open_session
from switchboard.config.files import PRIVATE_FILE, unwritable
from switchboard.config.load import Configuration
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.media_download import fetch
from switchboard.store.media import MediaRow


def download(configuration: Configuration, row: MediaRow, to: Path) -> int:
    """Write the piece to a new file for its owner only; return its size."""
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError as error:
        raise OperatorError("CLI-001", f"{to} is there already; name a new file.") from error
    except OSError as error:
        raise unwritable(to, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            return asyncio.run(_fill(configuration, row, file))
    except BaseException:
        with suppress(OSError):
            to.unlink()  # Half a recording is worse than none.
        raise


async def _fill(configuration: Configuration, row: MediaRow, file: BinaryIO) -> int:
    async with open_session(configuration) as session:
        return await fetch(session.tools, row, file.write)
