"""What can go wrong with mails and approvals of chats."""

from __future__ import annotations

from switchboard.vendors.error_codes import ErrorCode

CHAT_CODES = (
    ErrorCode(
        "CHAT-410",
        "A one-time code ran out before its mail could be sent",
        "Sends it no more and forgets it; the visitor asks for another, or goes on without",
        "See what keeps the mail server from taking mails: `switchboard doctor`",
    ),
    ErrorCode(
        "CHAT-421",
        "A comment, file or note for a ticket was forgotten before it could be sent",
        "Leaves it out; the ticket stands",
        "Nothing: its texts went with the person or with their time (retention)",
    ),
)
