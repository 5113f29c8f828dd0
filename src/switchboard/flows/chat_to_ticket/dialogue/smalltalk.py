"""Answer a greeting, a thank-you or a question about the bot, and come back to the matter."""

from __future__ import annotations

import re

from switchboard.flows.chat_to_ticket.dialogue.text import fold
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn

_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|ty|cheers|appreciate|awesome|great|perfect)\b")
_HELLO = re.compile(r"\b(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|howdy|greetings)\b")
_WHO = re.compile(r"\b(?:bot|robot|ai|human|real|who are you|your name|are you a|chatgpt)\b")
_ALONE = re.compile(
    r"(?:hi+|hello+|hey+|hallo|howdy|good (?:morning|afternoon|evening|day)|thanks?(?: a lot| you)?"
    r"|thank you(?: very much)?|thx|cheers|lol|haha+|how are you)(?: there| again)?"
)
_BYE = re.compile(
    r"(?:good ?bye|bye(?: bye)?|see you|that'?s (?:all|it)|that is all|nothing else|i'?m done"
    r"|all done"
    r"|no,? (?:that'?s|that is) (?:all|it)|no more|have a (?:nice|good|great) (?:day|one|weekend)"
    r"|thanks?,? (?:bye|that'?s all)|thank you,? bye)[ .!]*"
)


def answer_smalltalk(turn: Turn, text: str) -> bool:
    """Answer what we have words for; False for the rest, such as "ok" or "yes I am"."""
    said, words = fold(text), turn.words
    if _WHO.search(said):
        turn.say(words.about_me, bot=turn.world.settings.bot_name)
    elif _THANKS.search(said):
        turn.say(words.glad)
    elif _HELLO.search(said):
        if turn.state.stage != "new":  # Then the bot has just said hello.
            turn.say(words.greeting)
    else:
        return False
    return True


def is_chatter(text: str) -> bool:
    """Tell whether it is a greeting or thanks alone, which no name and no server is."""
    return bool(_ALONE.fullmatch(fold(text)))


def is_farewell(text: str) -> bool:
    """Tell whether the visitor is done: "bye", "thanks, that's all"."""
    said = fold(text)
    return bool(_BYE.fullmatch(said) or (_THANKS.match(said) and len(said.split()) <= 4))  # noqa: PLR2004
