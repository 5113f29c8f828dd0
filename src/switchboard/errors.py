"""One tree, grouped by what the caller does next, whichever vendor spoke.

SwitchboardError
├── TransientError   try again, not before `retry_after`
│   └── InDoubtError no usable answer came: the write may have happened; reconcile first
├── RejectedError    never retry this item: park it for a person
└── OperatorError    stop the flow: a credential, permission or setting is wrong
    └── ConfigError  one or more findings in the documents a person edits
"""

from __future__ import annotations


class SwitchboardError(Exception):
    """Raised on purpose. The message is fit for the console; `detail` goes to the log, redacted.

    `code` is stable and documented (RC-401, ZOHO-422, CFG-003, IO-001, ...).
    """

    def __init__(
        self, code: str, message: str, *, detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.detail, self.retry_after = detail, retry_after

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class TransientError(SwitchboardError):
    """Nothing was changed at the vendor; the same request may be sent again later."""


class InDoubtError(TransientError):
    """The request may have been carried out although no usable answer arrived."""


class RejectedError(SwitchboardError):
    """The vendor understood and refused this item; sending it again cannot help."""

    fields: tuple[str, ...] = ()  # What the vendor complains about, as far as it says.


class OperatorError(SwitchboardError):
    """A person has to change something (credential, permission, setting, file) first."""
