"""What a visitor says who wants a ticket and takes every question as it comes."""

from __future__ import annotations

from tests.unit.flows.chat_to_ticket.dialogue.transcripts import library

from switchboard.flows.chat_to_ticket.models import Conversation

_GOOD = {
    "text": "It blinks in a strange way",
    "email": "anna@example.com",
    "phone": "+1 212 555 0147",
    "person": "Anna Lee",
    "server": "ACME-RDS01",
    "username": "alee",
    "percent": "42 %",
    "number": "2",
    "date": "tomorrow",
}
_AT_STAGE = {
    "choosing": "1",
    "confirming": "Yes",
    "checking": "Yes, that is right",
    "guiding": "No, go on",
    "verifying": "skip",
    "reviewing": "Yes, log it",
}


def willing(conversation: Conversation) -> str:
    if conversation.aside:
        return "Go on without it"
    if conversation.stage != "asking":
        return _AT_STAGE.get(conversation.stage, "I forgot my password")
    question = library().workflows[conversation.workflow].questions[conversation.current[0]]
    return question.options[0].label if question.options else _GOOD[question.kind]
