"""Read a visitor's words as the answer to one question, or say why they are none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from switchboard.flows.chat_to_ticket.dialogue.choices import exact, pick
from switchboard.flows.chat_to_ticket.dialogue.text import clean, fold, shorten
from switchboard.flows.chat_to_ticket.models import Answer
from switchboard.flows.chat_to_ticket.workflow import Question
from switchboard.people.phone import to_e164

LONGEST_ANSWER = 1000
LONGEST_NAME = 80
LONGEST_STRICT = 300  # An address or a number is looked for in so much: searching takes time.
OTHER = "other"  # The value of an answer in the visitor's own words.
OTHER_LABEL = "Something else"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text is no answer, in a sentence for the visitor."""

    why: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What reading depends on besides the text: the visitor's region and today's date."""

    region: str = "US"
    today: date = date(2000, 1, 1)


Reader = Callable[[str, Question, Frame], Answer | Refused]

_LEAD = re.compile(
    r"^(?:(?:it'?s|it is|that'?s|that is|i am|i'?m|this is|we are|"
    r"(?:my|the|our|her|his|their)(?: full| last| first| user| server| login| email| e-mail"
    r"| mail| phone| cell| company)*(?: name| address| number| id| login)?(?: is|'s)?"
    r"(?: called| named)?"
    r"|is|called|named|name is|server is|user is|username is|login is)\s*[:=]?\s+)+",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+@-])[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![\w@-])"
)
_PHONE = re.compile(r"\+?\(?\d[\d\s()./-]{5,24}\d")
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}(?: [A-Za-z0-9][A-Za-z0-9._-]{0,30}){0,2}")
_USERNAME = re.compile(
    r"[^\s@\\/:;,\"<>|]{1,64}(?:[\\@][^\s@\\/:;,\"<>|]{1,128})?(?: [^\s@]{1,40})?"
)
_NUMBER = re.compile(r"(?<![\w.])(\d{1,9}(?:[.,]\d{1,3})?)(?![\w])")
_PERCENT = re.compile(
    r"(?<![\w.,-])(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:%|percent|per cent|pct)?(?![\w])"
)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})"
    r"|([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?)"
    r"(?:,? (\d{4}))?\b"
)
_NEVER_NAMES = frozenset({"", "yes", "no", "ok", "okay", "sure", "yeah", "yep", "nope", "y", "n"})
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_answer(text: str, question: Question, frame: Frame) -> Answer | Refused:
    """Return the answer that *text* gives to *question*."""
    said = clean(text)
    if not said:
        return Refused("I did not get any text.")
    if strict(question):
        said = said[:LONGEST_STRICT]
    answer = _READERS[question.kind](said, question, frame)
    if isinstance(answer, Answer) and question.pattern:
        fits = re.fullmatch(question.pattern, answer.value, re.IGNORECASE)
        return answer if fits else Refused(question.error or "That does not look right.")
    if isinstance(answer, Refused) and question.error:
        return Refused(question.error)
    return answer


def plainly_answers(text: str, question: Question) -> bool:
    """Tell whether it is one of the options, word for word or by number: no command then."""
    return exact(text, question.options) is not None


def strict(question: Question) -> bool:
    """Tell whether the kind recognises its answers, so that other talk can be told from them."""
    return question.kind not in {"text", "person", "server", "username"}


def _option(said: str, question: Question, _: Frame) -> Answer | Refused:
    found = pick(said, question.options)
    if found:
        return Answer(value=found.id, shown=found.shown)
    return Refused("Please choose one of the answers.")


def _text(said: str, question: Question, _: Frame) -> Answer | Refused:
    if not re.search(r"\w", said):
        return Refused("I could not read that.")
    shown = shorten(said, LONGEST_ANSWER)
    if question.minimum and len(shown) < question.minimum:
        return Refused("Could you say a little more?")
    return Answer(value=shown, shown=shown)


def _email(said: str, _: Question, __: Frame) -> Answer | Refused:
    found = {each.lower(): each for each in _EMAIL.findall(said) if ".." not in each}
    if len(found) > 1:
        return Refused("I see more than one e-mail address. Which one shall I use?")
    if not found:
        return Refused("That does not look like an e-mail address, such as anna@example.com.")
    address = next(iter(found.values()))
    return Answer(value=address, shown=address)


def _phone(said: str, _: Question, frame: Frame) -> Answer | Refused:
    found = dict.fromkeys(to_e164(each, frame.region) for each in _PHONE.findall(said))
    number = next((each for each in found if each), None)
    if number is None:
        return Refused("That does not look like a phone number with its area code.")
    return Answer(value=number, shown=number)


def _person(said: str, _: Question, __: Frame) -> Answer | Refused:
    name = _strip(said)
    if _no_name(name) or len(name) > LONGEST_NAME or len(name.split()) > 6 or not _is_name(name):  # noqa: PLR2004
        return Refused("I could not read that as a name.")
    return Answer(value=name, shown=name)


def _is_name(name: str) -> bool:
    letters = sum(each.isalpha() for each in name)
    return letters > 1 and not re.search(r"[0-9@?!<>{}\[\]=/\\|:;\"\n]", name)


def _server(said: str, _: Question, __: Frame) -> Answer | Refused:
    name = _strip(said)
    if _no_name(name) or not _SERVER.fullmatch(name) or len(name) > 64:  # noqa: PLR2004
        return Refused("That does not look like a server's name, such as ACME-RDS01.")
    return Answer(value=name, shown=name)


def _username(said: str, _: Question, __: Frame) -> Answer | Refused:
    name = _strip(said)
    if _no_name(name) or not _USERNAME.fullmatch(name):
        return Refused("That does not look like a user name, such as jsmith or ACME\\jsmith.")
    return Answer(value=name, shown=name)


def _no_name(name: str) -> bool:
    return fold(name) in _NEVER_NAMES


def _strip(said: str) -> str:
    line = " ".join(said.split()).strip(" .,;!\"'“”")
    return _LEAD.sub("", line).strip(" .,;!\"'“”") or line


def _percent(said: str, _: Question, __: Frame) -> Answer | Refused:
    found = {float(each.replace(",", ".")) for each in _PERCENT.findall(said)}
    if len(found) != 1 or not 0 <= (value := found.pop()) <= 100:  # noqa: PLR2004
        return Refused("Please give one number between 0 and 100.")
    return Answer(value=f"{value:g}", shown=f"{value:g} %")


def _count(said: str, question: Question, _: Frame) -> Answer | Refused:
    found = {float(each.replace(",", ".")) for each in _NUMBER.findall(said)}
    if len(found) != 1:
        return Refused("Please give one number.")
    value = found.pop()
    low, high = question.minimum, question.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"from {low:g}" if low is not None else ""
        bounds += f" up to {high:g}" if high is not None else ""
        return Refused(f"Please give a number {bounds.strip()}.")
    return Answer(value=f"{value:g}", shown=f"{value:g}")


def _date(said: str, _: Question, frame: Frame) -> Answer | Refused:
    found = _find_date(fold(said), frame.today)
    if found is None:
        return Refused("Please give a date, such as tomorrow or 2026-05-14.")
    return Answer(value=found.isoformat(), shown=f"{found:%a} {found.day} {found:%b %Y}")


def _find_date(said: str, today: date) -> date | None:
    for word, days in (("day after tomorrow", 2), ("tomorrow", 1), ("today", 0), ("yesterday", -1)):
        if word in said:
            return today + timedelta(days=days)
    for at, name in enumerate(_DAYS):
        if re.search(rf"\b{name}\b", said):
            return today + timedelta(days=(at - today.weekday()) % 7 or 7)
    return _written(said, today)


def _written(said: str, today: date) -> date | None:
    if found := _ISO.search(said):
        return _make(int(found[1]), int(found[2]), int(found[3]))
    if found := _SLASHED.search(said):  # Month first, as customers in the US write.
        year = int(found[3]) if found[3] else None
        return _soon(int(found[1]), int(found[2]), year, today)
    if found := _NAMED.search(said):
        name, day = found[2] or found[3], int(found[1] or found[4])
        if name[:3] in _MONTHS:
            year = int(found[5]) if found[5] else None
            return _soon(_MONTHS.index(name[:3]) + 1, day, year, today)
    return None


def _soon(month: int, day: int, year: int | None, today: date) -> date | None:
    if year is not None:
        return _make(year + 2000 if year < 100 else year, month, day)  # noqa: PLR2004
    this_year = _make(today.year, month, day)
    return _make(today.year + 1, month, day) if this_year and this_year < today else this_year


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return datetime(year, month, day).date()  # noqa: DTZ001  # A day, not a moment.
    except ValueError:
        return None


_READERS: dict[str, Reader] = {
    "text": _text,
    "choice": _option,
    "plan": _option,
    "yes_no": _option,
    "email": _email,
    "phone": _phone,
    "person": _person,
    "server": _server,
    "username": _username,
    "percent": _percent,
    "number": _count,
    "date": _date,
}
NOT_GIVEN = Answer(value="", shown="not given", source="missing")
"""What stands for a question the visitor skipped."""
