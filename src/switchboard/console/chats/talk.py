"""A chat as its visitor saw it: bubbles with their buttons, files and days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.dialogue.choices import exact
from switchboard.flows.chat_to_ticket.models import Attachment
from switchboard.flows.chat_to_ticket.workflow import Option
from switchboard.store.conversations import Message

_FILE = "[file] "  # As transcribing.py writes down what was attached.
_PAUSE_SECONDS = 60.0
Who = Literal["visitor", "bot", "operator", "system"]


@dataclass(frozen=True, slots=True)
class Button:
    words: str
    pressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message; `text` is None once it was forgotten, `day` is set where a day begins."""

    sequence: int
    who: Who
    at: float
    clock: str
    text: str | None
    files: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    day: str = ""
    first: bool = True  # Somebody else spoke before.
    last: bool = True  # Somebody else speaks next, or some time passes.


def bubbles(
    messages: Sequence[Message], attachments: Iterable[Attachment], *, zone: str
) -> list[Bubble]:
    """Return what was said, in order; empty messages of the system are left out."""
    sent = {each.name or each.url for each in attachments}
    shown = [each for each in messages if each.direction != "system" or each.text]
    found: list[Bubble] = []
    day, speaker = "", ""
    for at, each in enumerate(shown):
        local = datetime.fromtimestamp(each.at, UTC).astimezone(ZoneInfo(zone))
        today = f"{local:%A}, {local.day} {local:%B %Y} ({local:%Z})"
        text, files = _parts(each, sent)
        found.append(
            Bubble(
                sequence=each.sequence,
                who=each.direction,
                at=each.at,
                clock=f"{local:%H:%M}",
                text=text,
                files=files,
                buttons=_buttons(each.options, shown[at + 1 :]),
                day=today if today != day else "",
                first=today != day or each.direction != speaker,
                last=_ends(each, shown[at + 1] if at + 1 < len(shown) else None),
            )
        )
        day, speaker = today, each.direction
    return found


def _ends(message: Message, following: Message | None) -> bool:
    if following is None or following.direction != message.direction:
        return True
    return following.at - message.at > _PAUSE_SECONDS


def _parts(message: Message, sent: set[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the words without one-time codes and passwords, and the names of the files."""
    if message.text is None or message.direction != "visitor":
        return message.text, ()
    lines, files = [], []
    for line in message.text.split("\n"):
        name = line.removeprefix(_FILE)
        if line.startswith(_FILE) and name in sent:  # Anybody can write "[file]".
            files.append(name)
        else:
            lines.append(line)
    return masked("\n".join(lines)), tuple(files)


def _buttons(words: Sequence[str], later: Sequence[Message]) -> tuple[Button, ...]:
    """Return a bubble's buttons, and which of them the visitor's next words are."""
    if not words:
        return ()
    answer = next((each.text for each in later if each.direction == "visitor"), None)
    options = [Option(id=f"o{at}", label=each) for at, each in enumerate(words) if each]
    pressed = exact(answer, options) if answer else None
    return tuple(Button(each.label, each is pressed) for each in options)
