"""What can go wrong with stored personal content, the audit trail and the keys of the API."""

from __future__ import annotations

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
)
