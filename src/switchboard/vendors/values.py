"""Read single values of a vendor's JSON leniently: what does not fit is as good as absent. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def text_of(value: Any) -> str | None:
    """Return a text, or an id sent as a number, without blanks around it; None if empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def moment_of(value: Any) -> datetime | None:
    """Return an ISO 8601 time as aware UTC; one without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
