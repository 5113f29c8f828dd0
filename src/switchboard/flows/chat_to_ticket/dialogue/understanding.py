"""What is the matter? From the visitor's first words to the one workflow they confirmed."""

from __future__ import annotations

import re

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.choices import pick
from switchboard.flows.chat_to_ticket.dialogue.commands import yes_or_no
from switchboard.flows.chat_to_ticket.dialogue.outside import remind, tell_again
from switchboard.flows.chat_to_ticket.dialogue.smalltalk import (
    answer_smalltalk,
    is_chatter,
    is_farewell,
)
from switchboard.flows.chat_to_ticket.dialogue.text import bare, shorten
from switchboard.flows.chat_to_ticket.dialogue.turn import LOST_TWICE, Turn, picked
from switchboard.flows.chat_to_ticket.models import GENERAL, Mention, Remember, Verdict
from switchboard.flows.chat_to_ticket.workflow import Option

FOREIGN = "foreign_language"  # The detector's rule of that name.
MOST_PARTS = 4
MOST_OFFERED = 3
_SENTENCES = re.compile(r"[.!?;\n]+\s*|\b(?:and )?also\b|\bplus\b|\band\b|\bsecond(?:ly)?\b,?")
_NO_FIRST = re.compile(r"^(?:no|nope|wrong|not that)\b[,.:! ]+(?=\S)", re.IGNORECASE)


def understand(turn: Turn, text: str) -> None:
    """Find the workflow that *text* is about: confirm it, offer a choice, or ask again."""
    verdict = turn.world.classify(text)
    if verdict.outcome == "human":
        _keep_words(turn, text)
        moves.call_person(turn, "The visitor asked for a person.")
    elif verdict.outcome == "smalltalk":
        if not answer_smalltalk(turn, text):
            turn.say(turn.words.smalltalk)
        if turn.state.stage in {"closed", "raised"}:
            turn.change(stage="after")
    elif _two_problems(turn, text):
        pass
    elif verdict.outcome == "start" and (label := _best(turn, verdict)):
        _confirm(turn, label, text)
    elif verdict.outcome == "ask" and (offered := _offered(turn, verdict)):
        _keep_words(turn, text)
        turn.change(stage="choosing", offered=offered)
    else:
        _not_understood(turn, text, foreign=verdict.guard == FOREIGN)


def _not_understood(turn: Turn, text: str, *, foreign: bool) -> None:
    turn.do(Remember(what="not_understood"))
    _keep_words(turn, text)
    lost = max(turn.state.lost + 1, LOST_TWICE if foreign else 0)  # Buttons need no English.
    turn.change(stage="open", offered=(), lost=lost)
    turn.say(turn.words.english if foreign else turn.words.not_understood)


def _confirm(turn: Turn, label: str, text: str) -> None:
    turn.change(
        stage="confirming",
        offered=(label,),
        first_words=shorten(text, moves.LONGEST_STORY),
    )


def _keep_words(turn: Turn, text: str) -> None:
    """Collect what was said while it is unclear what it means: a general ticket quotes it."""
    before = turn.state.first_words
    joined = f"{before} {text}" if before and text not in before else (before or text)
    turn.change(first_words=shorten(joined, moves.LONGEST_STORY))


def _best(turn: Turn, verdict: Verdict) -> str | None:
    detected = turn.world.detected()
    return next((label for label in verdict.labels[:1] if label in detected), None)


def _offered(turn: Turn, verdict: Verdict) -> tuple[str, ...]:
    detected = turn.world.detected()
    wanted = verdict.offered or verdict.labels[:MOST_OFFERED]
    return tuple(label for label in wanted if label in detected)[:MOST_OFFERED]


def _two_problems(turn: Turn, text: str) -> bool:
    """Find two sentences that each are about a workflow of their own."""
    parts = [part.strip(" ,") for part in _SENTENCES.split(text) if len(part.split()) > 1]
    if not 1 < len(parts) <= MOST_PARTS:
        return False
    found: dict[str, str] = {}
    for part in parts:
        verdict = turn.world.classify(part)
        label = _best(turn, verdict) if verdict.outcome == "start" else None
        if label:
            found.setdefault(label, part)
    if len(found) != 2:  # noqa: PLR2004  # Three are a story: ask instead.
        return False
    (first, words), (second, others) = found.items()
    title = turn.world.title
    turn.say(turn.words.two_things, first=title(first), second=title(second))
    _confirm(turn, first, words)
    mention = Mention(workflow=second, text=shorten(others, moves.LONGEST_STORY))
    turn.change(offered=(first, second), later=(*turn.state.later, mention)[-moves.MOST_LATER :])
    return True


def hear_open(turn: Turn, text: str) -> None:
    """Answer the way out of being lost, or try to understand."""
    words = turn.words
    labels = (words.say_again, words.show_topics, words.log_general, words.person)
    choice = picked(text, *labels) if turn.state.lost else None
    if turn.state.tickets and picked(text, words.done):
        moves.farewell(turn)  # Pressed twice, or after "Yes, something else".
    elif choice == words.say_again:
        turn.change(lost=1)
    elif choice == words.show_topics:
        show_topics(turn)
    elif choice == words.log_general:
        moves.begin(turn, GENERAL)
    else:
        understand(turn, text)


def show_topics(turn: Turn) -> None:
    turn.change(stage="choosing", offered=turn.world.detected(), aside=None)


def hear_choice(turn: Turn, text: str) -> None:
    """Read which of the offered workflows is meant."""
    words, offered = turn.words, turn.state.offered
    options = [
        Option(id=label, label=turn.world.title(label), also=(label.replace("_", " "),))
        for label in offered
    ]
    button = picked(text, *(option.label for option in options), words.other, words.person)
    if button == words.person:
        moves.call_person(turn, "The visitor asked for a person.")
        return
    if button == words.other or yes_or_no(text) is False:
        _say_it_yourself(turn)
        return
    if bare(text) == "both" and len(offered) >= 2:  # noqa: PLR2004
        moves.put_off(turn, offered[1], turn.state.first_words)
        moves.begin(turn, offered[0])
        return
    found = pick(text, options)
    if found:
        moves.begin(turn, found.id)
        return
    before = turn.state
    understand(turn, text)
    if turn.state.stage == "choosing" and turn.state.offered == before.offered:
        turn.change(lost=turn.state.lost + 1)


def hear_confirmation(turn: Turn, text: str) -> None:
    """Read whether the one workflow understood is meant."""
    words, offered = turn.words, turn.state.offered
    first = offered[0] if offered and offered[0] in turn.world.workflows else None
    said = yes_or_no(text)
    firsts = {
        words.first_of.replace("{title}", turn.world.title(label)): label for label in offered[1:2]
    }
    button = picked(text, words.yes, *firsts, words.no_other)
    if first and (said or button == words.yes):
        moves.begin(turn, first)
    elif first and button in firsts:
        _turn_round(turn, first, firsts[button])
    elif said is False or button == words.no_other or first is None:
        _say_it_yourself(turn)
    else:
        before = turn.state
        understand(turn, _NO_FIRST.sub("", text))
        same = turn.state.stage == "confirming" and turn.state.offered[:1] == before.offered[:1]
        if same and first and turn.state.aside is None and not _chat_only(turn, text):
            moves.begin(turn, first)  # Said again in other words: that is a yes.


def _chat_only(turn: Turn, text: str) -> bool:
    return turn.world.classify(_NO_FIRST.sub("", text)).outcome != "start"


def _turn_round(turn: Turn, first: str, second: str) -> None:
    """Take the second problem first, with the words it was named in."""
    words = next((each.text for each in turn.state.later if each.workflow == second), "")
    mention = Mention(workflow=first, text=turn.state.first_words)
    others = tuple(each for each in turn.state.later if each.workflow != second)
    turn.change(later=(mention, *others), first_words=words)
    moves.begin(turn, second)


def _say_it_yourself(turn: Turn) -> None:
    turn.change(stage="open", offered=(), lost=turn.state.lost + 1)
    if turn.state.lost < LOST_TWICE:  # Then the buttons say it.
        turn.say(turn.words.tell_me)
        turn.silent = True


def hear_after(turn: Turn, text: str) -> None:
    """Anything else? No, yes, or the next matter at once."""
    words = turn.words
    button = picked(text, words.done, words.more) if turn.state.stage == "after" else None
    said = yes_or_no(text)
    if turn.state.tickets and picked(text, words.log_yes):
        tell_again(turn)  # The answer to the same words was lost on its way.
    elif button == words.done or said is False or is_farewell(text):
        moves.farewell(turn)
    elif button == words.more or said:
        turn.change(stage="open", lost=0, first_words="")
    elif _waits_for_a_number(turn) and turn.world.classify(text).outcome == "none":
        remind(turn)  # Nothing new, as far as we can tell: they want to know what became of it.
        turn.change(stage="after")
    else:
        turn.change(first_words="")
        understand(turn, text)
        if turn.state.tickets and is_chatter(text):
            remind(turn)


def _waits_for_a_number(turn: Turn) -> bool:
    return turn.state.stage == "raised" and any(not each.number for each in turn.state.tickets)
