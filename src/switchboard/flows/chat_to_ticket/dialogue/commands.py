"""The words that always work: back, start over, cancel, help, skip, a person."""

from __future__ import annotations

import re
from typing import Literal

from switchboard.flows.chat_to_ticket.dialogue.text import bare

Command = Literal["back", "start_over", "cancel", "help", "skip", "person"]

_SAID: dict[Command, frozenset[str]] = {
    "back": frozenset({
        "back", "go back", "previous", "previous question", "one step back", "step back",
        "undo", "take me back", "last question",
    }),
    "start_over": frozenset({
        "start over", "start again", "startover", "begin again", "restart", "from the beginning",
        "start from the beginning", "reset", "new request", "let's start over", "start new",
    }),
    "cancel": frozenset({
        "cancel", "cancel it", "cancel that", "cancel this", "cancel request", "stop", "quit",
        "exit", "never mind", "nevermind", "nvm", "forget it", "forget about it", "abort",
        "cancel the request", "cancel my request", "i want to cancel", "drop it", "leave it",
        "don't bother", "stop it",
    }),
    "help": frozenset({
        "help", "menu", "commands", "what can you do", "what can i do", "what can i say",
        "how does this work", "?", "help me", "what do you do", "what else can you do",
        "show me what you can do", "what can you help with", "what can you help me with",
    }),
    "skip": frozenset({
        "skip", "skip it", "skip this", "skip that", "pass", "next", "n/a", "na", "none", "nothing",
        "no idea", "dunno", "i don't know", "i dont know", "don't know", "dont know", "not sure",
        "i'm not sure", "im not sure", "idk", "no clue", "unknown", "rather not", "rather not say",
        "prefer not to say", "don't have one", "i don't have one", "no thanks", "nope", "no",
    }),
    "person": frozenset({
        "person", "human", "agent", "operator", "representative", "a person", "a human",
        "real person", "a real person", "talk to a person", "talk to a human", "live agent",
        "speak to a person", "speak to a human", "talk to an agent", "speak to an agent",
        "i want a human", "i want a person", "i want to talk to a person", "get me a human",
        "i want to talk to a human", "i need a human", "i need a person", "human please",
        "connect me to a person", "talk to someone", "speak to someone", "support agent",
        "i want to speak to a human", "i want to speak to someone", "customer service",
        "i want to talk to someone", "technician", "talk to a technician", "call me",
    }),
}  # fmt: skip
_PERSON = re.compile(
    r"\b(?:talk|speak|chat|connect|transfer|forward|put|get|want|need|give)\b.{0,30}"
    r"\b(?:human|real person|person|agent|operator|representative|technician|live support)\b"
)
_MOST_WORDS = 12


def find_command(text: str) -> Command | None:
    """Return the command that *text* is, not merely mentions."""
    said = bare(text) or text.strip()
    for command, phrases in _SAID.items():
        if said in phrases or text.strip() in phrases:
            return command
    if len(said.split()) <= _MOST_WORDS and _PERSON.search(said):
        return "person"
    return None


_YES = frozenset({
    "yes", "y", "ya", "yeah", "yep", "yup", "yes please", "sure", "ok", "okay", "k", "correct",
    "right", "that's right", "that is right", "exactly", "go ahead", "do it", "please do", "fine",
    "sounds good", "of course", "absolutely", "indeed", "affirmative", "si", "oui", "ja",
    "submit", "looks good",
    "all good", "all correct", "log it", "yes log it", "send it", "confirm", "confirmed",
    "that's correct", "that is correct", "yes that's right", "yes that is right", "perfect",
    "great", "yes it is", "yes it's right",
    "yes correct", "👍", "true", "agreed", "please", "definitely",
})  # fmt: skip
_NO = frozenset({
    "no", "n", "nope", "nah", "no thanks", "no thank you", "not really", "wrong", "incorrect",
    "that's wrong", "that is wrong", "not right", "not correct", "negative", "no it's not", "false",
    "no that's wrong", "not at all", "no it isn't", "no it is not", "nein", "non", "👎", "don't",
    "that's not right", "that is not right", "it's not", "it is not", "neither", "none of these",
})  # fmt: skip


def yes_or_no(text: str) -> bool | None:
    """Return what a plain yes or no is; None for everything longer."""
    said = bare(text) or text.strip()
    squeezed = said.replace(",", "")
    if squeezed in _YES or text.strip() in _YES:
        return True
    if squeezed in _NO or text.strip() in _NO:
        return False
    return None
