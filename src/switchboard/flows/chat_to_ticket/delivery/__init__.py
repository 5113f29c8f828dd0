"""Bring tickets to Zoho Desk exactly once, with the chat, its files and the way back to it.

What others need in their own transactions stands here; sending is in `working`, requests of
programs in `requests`.
"""

from switchboard.flows.chat_to_ticket.delivery.intending import (
    intend_comment,
    intend_ticket,
    tickets_due,
)

__all__ = ["intend_comment", "intend_ticket", "tickets_due"]
