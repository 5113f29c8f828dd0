"""Recognise that a visitor wants a person, whatever else the message speaks of."""

from __future__ import annotations

import re

_PERSON = r"""(?:human(?:\ being)?s?|person|people|agents?|representatives?|reps?|operators?|
    technicians?|techs?|engineers?|supervisors?|managers?|boss|colleagues?|somebody|someone|somone|
    anyone|anybody|staff|consultants?|experts?|team|help\ ?desk|(?:it\ )?guys?|support|
    (?:customer|client)\ (?:service|care)|service\ desk)"""
_GAP = r"(?:[ ,]+(?!about|that|because|printer|server)[\w']+){0,4}?[ ,]+"
_TALK = r"""(?:talk|talking|speak|speaking|chat|chatting|connect(?:\ me|\ us)?|forward\ me|
    transfer(?:\ me|\ us)?|pass\ me|hand\ me|put\ me|get\ me|give\ me|(?:get|have)\ a\ word|
    send\ me|reach|bring\ me|discuss(?:\ this|\ it)?|escalate|contact)"""

# Said so plainly that no matter mentioned beside it weighs against it.
_PLAINLY = re.compile(
    rf"""
      \b(?:talk|speak|chat|talking|speaking|chatting)\ ?(?:to|with|w)?{_GAP}{_PERSON}\b
    | \b(?:connect|transfer|forward|pass|put|hand)(?:\ me|\ us|\ this)?(?:\ on|\ over|\ through)?
      (?:\ to|\ with|\ through\ to){_GAP}?(?:an?\ |the\ |your\ |one\ of\ your\ )?(?:\w+\ )?
      {_PERSON}\b
    | \b(?:get|give|want|need|prefer|like|where\ is|is\ there|are\ there)\ (?:me\ )?(?:an?\ |any\ )?
      (?:real|live|actual|human|other|different)?\ ?
      (?:human|person|agent|representative|operator|live\ person|rep|supervisor)\b
      (?!\ (?:who|to|for\ the|resources|left|error))
    | \b(?:real|live|actual|breathing)\ (?:human|person|people|agents?|support|someone|reps?|
      technician|chat)\b
    | \b(?:no|not|isn't|without|stop|hate|tired\ of|useless|stupid|dumb)(?:\ \w+){{0,3}}[ ]
      (?:bots?|robots?|machines?|chatbots?|computers\ talking)\b
    | \bhuman\ (?:agent|help|being|support|please|assistance)\b
    | \b(?:agent|human|person|operator|representative|technician)\ (?:now|please|pls|urgent)\b
    | ^(?:please\ )?(?:an?\ |the\ )?(?:live\ )?(?:human|agent|operator|representative|person|
      supervisor|technician|help\ ?desk|customer\ (?:service|care)|service\ desk|live\ chat|
      live\ support|real\ support)(?:\ please)?[.!?\ ]*$
    | \bescalate\ (?:this|it|me|to|my)\b | ^escalate\b
    | \b(?:who|whom)\ (?:can|could|do|should)\ i\ (?:talk|speak|chat)\b
    | \b(?:let|have|ask)\ (?:an?\ |your\ |the\ |one\ of\ your\ )?{_PERSON}\ (?:to\ )?
      (?:call|phone|ring|contact|take\ over)\b
    | \b(?:please\ )?(?:call|phone|ring)\ me\ (?:back|on|at|please|urgent|now|today)\b
    | \b(?:call\ ?back|called\ back|give\ (?:me|us)\ a\ (?:call|ring)|ring\ me)\b
    """,
    re.VERBOSE,
)
_PERHAPS = re.compile(
    rf"""
      \b{_TALK}{_GAP}{_PERSON}\b
    | \b(?:call|phone|ring)\ (?:me|us)\b
    | \b(?:can|could|may|would|have|want|need)(?:\ an?|\ any|\ some|\ your|\ one\ of\ your)?[ ]
      (?:human|person|people|agents?|reps?|technicians?|techs?|engineers?|supervisors?|colleagues?)
      (?:\ please)?\ (?:help|look|assist|take\ over|contact)\b
    | \b(?:speak|talk|discuss)\ (?:by|on|over)\ (?:the\ )?phone\b
    | \bphone\ support\b
    """,
    re.VERBOSE,
)


_WISHES = re.compile(
    rf"\b(?:{_TALK}|call|phone|bots?|robots?|real|live|agents?|operators?|representatives?)\b",
    re.VERBOSE,
)
FEW_WORDS = 3


def may_be_meant(text: str) -> bool:
    """Tell whether a wish for a person that no rule knows may be believed of this message.

    "Only me", "Several people" and "human resources" are answers and no wishes.
    """
    return len(text.split()) > FEW_WORDS or _WISHES.search(text) is not None


def wants_a_person(text: str) -> bool:
    """Tell whether a normalised message plainly asks for a person."""
    return _PLAINLY.search(text) is not None


def may_want_a_person(text: str) -> bool:
    """Tell whether it may: enough unless the message is clearly about a matter of ours."""
    return _PERHAPS.search(text) is not None
