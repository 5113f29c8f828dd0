"""What can go wrong with stored personal content, the audit trail and the keys of the API."""

from __future__ import annotations

from switchboard.error_reference.own import REFUSE
from switchboard.vendors.error_codes import ErrorCode

DATA_CODES = (
    ErrorCode(
        "DB-008",
        "Two processes worked on the same chat",
        "Reads the chat again and decides anew; nothing is lost or said twice",
        "Nothing",
    ),
    ErrorCode(
        "DATA-001",
        "Sealed content of the store cannot be decrypted, or was moved to another row",
        "Leaves it as it is and goes on with the others",
        "Restore the key it was sealed with (data/encryption.key, or the environment); if the key "
        "is right, somebody has changed the database",
    ),
    ErrorCode(
        "DATA-002",
        "There is or was an API key of this name",
        REFUSE,
        "Choose another name: names are used once, so that the audit trail stays clear",
    ),
    ErrorCode(
        "DATA-003",
        "There is no API key of this name",
        REFUSE,
        "`switchboard keys list` shows them",
    ),
    ErrorCode(
        "DATA-004",
        "The audit trail is not what was written",
        "Names the rows; writes on at its end",
        "Keep a copy of the database, find out who can write to it, compare with a backup",
    ),
    ErrorCode(
        "DATA-005",
        "A person cannot be forgotten while a write about them is under way or in doubt",
        REFUSE,
        "Run `switchboard calls run`, which looks up what is in doubt; then forget them again",
    ),
    ErrorCode(
        "CLI-005",
        "What was given is neither a telephone number nor an e-mail address",
        REFUSE,
        "Write the number with its country code (+1 215 555 0100), or the whole address",
    ),
)
