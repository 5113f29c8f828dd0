"""Mails of chats: templates beside the code, an operator's own in their place."""
