"""Take away what says nothing about the matter: greetings, politeness, and what is fine."""

from __future__ import annotations

import re

MOST_SENTENCES = 10
_LEAST_WORDS = 3

_POLITE = re.compile(
    r"""\b(?:
      (?:hi|hello|hey|dear|greetings|howdy)(?:[ ](?:there|all|team|support|everyone|guys|folks|sir|
        madam|friends?|again|dear|acebuddy|desk|help))*
    | good[ ](?:morning|afternoon|evening|day)(?:[ ](?:to[ ]you|all|team|everyone|sir))*
    | (?:i[ ])?(?:hope|trust)[ ](?:you|all|this|everyone|everybody)[^.!?\n]{0,60}?
        (?=[.!?\n,]|$)
    | (?:i'm[ ]|i[ ]am[ ])?(?:so[ ])?sorry[ ](?:to|for)[ ]
        (?:bother|disturb|the[ ]\w+)[ ]?\w*(?:[ ]you)?
    | (?:please[ ])?be[ ]so[ ]kind(?:[ ](?:to|and|as[ ]to))?
    | (?:could|can|would|will)[ ](?:you|someone|somebody|anyone|anybody|one[ ]of[ ]you)
        (?:[ ](?:please|kindly|possibly|maybe))?(?:[ ]be[ ]able[ ]to)?
        (?:[ ]help[ ](?:me|us)(?:[ ](?:with|out|to|please))?
          |[ ]assist(?:[ ](?:me|us))?(?:[ ]with)?)?
    | (?:please|kindly)(?:[ ](?:help|assist)(?:[ ](?:me|us))?(?:[ ](?:with|to|out))?)?
    | (?:many[ ]|much[ ])?thank(?:s|[ ]you)(?:[ ](?:so[ ]much|very[ ]much|a[ ]lot|a[ ]million|again|
        in[ ]advance|for[ ](?:your[ ])?(?:help|time|assistance|being[ ]there|everything)))*
    | (?:i|we)[ ](?:would|'d)[ ](?:really[ ]|greatly[ ])?appreciate[ ](?:it|any[ ]help|your[ ]help)
    | much[ ]appreciated | best[ ]regards | kind[ ]regards | regards | cheers
    | would[ ]it[ ]be[ ](?:at[ ]all[ ])?possible(?:[ ](?:to|for[ ]you[ ]to))?
    | (?:i|we)[ ](?:was|were|am|are)[ ]wondering(?:[ ]if)?(?:[ ]you[ ](?:could|can))?
    | when(?:ever)?[ ](?:it[ ]is[ ]convenient|you[ ](?:have|get)[ ]a[ ](?:minute|moment|chance))
    | i[ ]know[ ]you[ ](?:are|'re)[ ]busy | no[ ](?:rush|hurry)
    | this[ ](?:may|might)[ ]be[ ]a[ ](?:silly|stupid|dumb)[ ]question
    )(?![\w'])[ ]?[,!:-]?""",
    re.VERBOSE,
)
_CLAUSE_ENDS = re.compile(
    r"[.!?;\n]+|,|\s-+\s|\b(?:but|however|though|although|except(?: that)?|it's just that|"
    r"just that|the thing is|only that)\b"
)
_SENTENCE_ENDS = re.compile(r"[.!?;\n]+(?=\s|$)|\n+")
_FINE = re.compile(
    r"""(?:^|\b)(?:
      (?:is|are|was|seems?|looks?|'s|am)[ ](?:all[ ]|just[ ]|totally[ ]|perfectly[ ]|
        now[ ]|also[ ])*
        (?:fine|ok|okay|good|great|alright|normal|perfect|well|no[ ]problem)
        (?:[ ](?:too|now|as[ ]well|and[ ]\w+|btw|by[ ]the[ ]way|today|there))?
    | (?:works?|working|runs?|prints?|loads?|opens?)(?:[ ](?:just|perfectly|all|quite))?
        (?:[ ](?:fine|ok|okay|good|great|well|normally|perfectly|everywhere(?:[ ]else)?|again|too))?
    | (?:e?mail|printer|printing|internet|wifi|outlook|password|server|quickbooks|keyboard|phone)[ ]
        (?:fine|ok|okay|good)
    )[ ]*$""",
    re.VERBOSE,
)
_NO_NEED = re.compile(
    r"\b(?:no need (?:to|for)|nothing wrong with|not (?:a |an )?(?:problem|issue) with|"
    r"nothing to do with|has nothing|caps lock)\b"
)
_NEGATED = re.compile(
    r"n't\b|\b(?:not|no|never|nothing|none|nobody|neither|hardly|stopped|make sure|everything)\b"
)
_WORD = re.compile(r"[\w']+")


def without_politeness(text: str) -> str:
    """Strip greetings and politeness from a normalised text; never down to nothing."""
    rest = re.sub(r"\s+", " ", _POLITE.sub(" ", text)).strip(" ,.!?:-")
    return rest if len(_WORD.findall(rest)) > 0 else text


def without_what_is_fine(text: str) -> str:
    """Drop the clauses that only say that something works; never all of them."""
    kept, dropped, start = [], False, 0
    ends = [(each.start(), each.end()) for each in _CLAUSE_ENDS.finditer(text)]
    for clause_end, next_start in [*ends, (len(text), len(text))]:
        clause = text[start:clause_end].strip()
        if clause and _is_fine(clause):
            dropped = True
        elif clause:
            kept.append(text[start:next_start].strip())
        start = next_start
    rest = " ".join(kept)
    return rest if dropped and len(_WORD.findall(rest)) > 1 else text


def sentences(text: str) -> list[str]:
    """Split a text into its sentences; too short ones say nothing by themselves."""
    parts = (each.strip(" ,") for each in _SENTENCE_ENDS.split(text))
    return [each for each in parts if len(_WORD.findall(each)) >= _LEAST_WORDS][:MOST_SENTENCES]


def _is_fine(clause: str) -> bool:
    if _NO_NEED.search(clause):
        return True
    return _FINE.search(clause) is not None and _NEGATED.search(clause) is None
