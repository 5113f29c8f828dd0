"""How RingCentral writes moments, and reads them back."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: float) -> str:
    """UTC with milliseconds and `Z`."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def read_stamp(text: str) -> float:
    """Epoch seconds of an ISO 8601 text; one without a zone is taken as UTC.

    Raises `ValueError`, also for the blank that an unescaped `+` turns into.
    """
    if " " in text:
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
