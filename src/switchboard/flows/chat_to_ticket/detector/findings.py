"""What can be wrong with the detector's files; the words are those of the error reference."""

from __future__ import annotations

from switchboard.config.findings import Finding, Severity
from switchboard.error_reference.detector_codes import DETECTOR_CODES

_SEVERITY: dict[str, Severity] = {
    "CHAT-001": "error",
    "CHAT-002": "error",
    "CHAT-003": "error",
    "CHAT-004": "error",
    "CHAT-005": "error",
    "CHAT-006": "warning",
    "CHAT-007": "error",
    "CHAT-008": "warning",
    "CHAT-009": "warning",
    "CHAT-010": "warning",
}
_CURES = {each.code: each.you for each in DETECTOR_CODES}


def found(code: str, file: str, message: str, *, key: str = "", line: int | None = None) -> Finding:
    """Make a finding with the table's severity and cure."""
    return Finding(code, file, key, message, f"{_CURES[code]}.", _SEVERITY[code], line)
