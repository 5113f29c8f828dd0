"""Figures of calls, chats and owners for stretches of time, and two stretches side by side."""
