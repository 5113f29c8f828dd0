"""Every error code of the product in one place: what it means, what we do, what a person can do.

docs/errors.md is this catalogue: `python -m switchboard.error_reference > docs/errors.md`.
"""

from __future__ import annotations

from switchboard.config.findings import CODES
from switchboard.error_reference.api_codes import API_CODES
from switchboard.error_reference.chat_codes import CHAT_CODES
from switchboard.error_reference.console_codes import CONSOLE_CODES
from switchboard.error_reference.data_codes import DATA_CODES
from switchboard.error_reference.desk_codes import DESK_CODES
from switchboard.error_reference.detector_codes import DETECTOR_CODES
from switchboard.error_reference.own import OWN_CODES
from switchboard.error_reference.salesiq_codes import SALESIQ_CODES
from switchboard.vendors.error_codes import ERROR_CODES, ErrorCode

__all__ = ["ErrorCode", "about", "every_code", "near"]

_WE = {
    "error": "Starts nothing until it is corrected",
    "warning": "Says so and goes on",
}
_OF_MAILS = dict.fromkeys(
    ("CHAT-121", "CHAT-122", "CHAT-124"),
    "Says so, saves no such template in the console, and mails with the one that ships",
)


def every_code() -> tuple[ErrorCode, ...]:
    """Return all codes in the order of the reference page."""
    findings = (
        ErrorCode(code, row.meaning, _OF_MAILS.get(code, _WE[row.severity]), row.solution)
        for code, row in CODES.items()
    )
    return (
        *ERROR_CODES,
        *DESK_CODES,
        *SALESIQ_CODES,
        *findings,
        *DETECTOR_CODES,
        *CHAT_CODES,
        *DATA_CODES,
        *API_CODES,
        *CONSOLE_CODES,
        *OWN_CODES,
    )


def about(code: str) -> ErrorCode | None:
    """Return what is known of a code, however it was typed."""
    wanted = code.strip().upper()
    return next((each for each in every_code() if each.code == wanted), None)


def near(code: str) -> list[ErrorCode]:
    """Return the codes of the same family: what somebody may have meant."""
    family = code.strip().upper().partition("-")[0]
    return [each for each in every_code() if each.code.partition("-")[0] == family]
