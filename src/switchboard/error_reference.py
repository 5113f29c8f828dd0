"""Every error code of the product in one place: what it means, what we do, what a person can do."""

from __future__ import annotations

from switchboard.vendors.error_codes import ERROR_CODES, ErrorCode


def every_code() -> tuple[ErrorCode, ...]:
    """Return all codes in the order of the reference page."""
    return ERROR_CODES


def about(code: str) -> ErrorCode | None:
    """Return what is known of a code."""
    return next((each for each in every_code() if each.code == code), None)
