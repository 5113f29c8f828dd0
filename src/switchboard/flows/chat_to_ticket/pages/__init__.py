"""The pages behind links in mails: one file each, no scripts, nothing from outside."""

from switchboard.flows.chat_to_ticket.pages.rendering import CSP, render

__all__ = ["CSP", "render"]
