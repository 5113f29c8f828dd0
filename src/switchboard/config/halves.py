"""Tell which half of the product a directory is for: who leads chats alone has no extensions."""

from __future__ import annotations

from pathlib import Path

from switchboard.config.places import DESK, SALESIQ, office_file


def chats_alone(root: Path) -> bool:
    """Tell whether chats are set up and calls are not: no document lists an extension."""
    if not any((root / each).exists() for each in (DESK, SALESIQ)):
        return False
    single = root / office_file("", "extensions.json", several=False)
    return not single.exists() and not any((root / "sorted").glob("*/extensions.json"))
