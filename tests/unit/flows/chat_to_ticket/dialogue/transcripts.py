"""Play a transcript against the real engine and the shipped workflows.

A transcript is text. `*` stands for any words; a line ending in `[A | B]` names buttons that must
be among those shown. Bot lines must appear in the step in that order; others may stand between.

    # visitor name=Anna Lee email=anna@example.com      what the chat knows of the visitor
    # office closed  |  # mail down                      how the world is
    Visitor: I forgot my password
    Bot: This is about: Password reset.* [Yes | Talk to a person]
    # stage confirming                                   the state after the step
    # slot account = windows   # effect send_code   # no effect   # priority High
    # ticket subject = *       # wait 2 hours       # event code_sent 123456
    Code: right | wrong                                  types the code, or another one
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from switchboard.flows.chat_to_ticket.dialogue.code import digest_code
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.dialogue.world import DialogueSettings, World
from switchboard.flows.chat_to_ticket.library import Library, load_library
from switchboard.flows.chat_to_ticket.models import (
    LABELS,
    Attachment,
    Conversation,
    Effect,
    Event,
    EventKind,
    RaiseTicket,
    Reply,
    SendCode,
    Step,
    TicketDraft,
    Verdict,
    Visitor,
)

FOLDER = Path(__file__).parent / "transcripts"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # A Monday.
CODE, SALT = "427193", "salt"
_ESCAPED = str.maketrans({"[": "[[]", "?": "[?]"})

KEYWORDS = {
    "disk_space_upgrade": "disk|space|storage|drive is full",
    "password_reset": "password|forgot my login",
    "user_management": "new employee|new user|add a user|remove a user|left the company",
    "monitor_setup": "monitor|screens|display",
    "printer_issues": "print|scanner|scan",
    "server_slowness": "slow|sluggish|lagging",
    "rdp_connection": "remote desktop|rdp|black screen",
    "server_reboot": "reboot|restart the server|restart our server",
    "quickbooks_mfa": "mfa|verification code|authenticator|intuit code",
    "email_issues": "outlook|email problem|mails|e-mail does not",
    "quickbooks_issues": "quickbooks|company file",
    "windows_update": "windows update|update",
    "account_locked": "locked",
}
_MORE_THAN_ONE = 2


def fake_classify(text: str) -> Verdict:
    """A detector whose mind can be read: one keyword starts, two ask."""
    said = text.lower()
    if re.search(r"\b(somebody real|a human being|real person)\b", said):
        return Verdict(outcome="human")
    if re.search(r"\b(hola|bonjour)\b", said):
        return Verdict(outcome="none", guard="foreign_language")
    hits = [label for label in LABELS if re.search(KEYWORDS[label], said)]
    labels = (*hits, *(label for label in LABELS if label not in hits))
    if len(hits) == 1:
        return Verdict(outcome="start", labels=labels, p=0.9)
    if hits:
        return Verdict(outcome="ask", labels=labels, offered=tuple(hits[:3]), p=0.5)
    if re.search(
        r"^(hi|hello|hey|thanks|thank you|how are you|good morning|are you a bot)\b", said
    ):
        return Verdict(outcome="smalltalk", labels=labels)
    return Verdict(outcome="none", labels=labels)


@cache
def library() -> Library:
    return load_library()


class Player:
    """One conversation and the world around it."""

    def __init__(self, visitor: Visitor | None = None, **settings: Any) -> None:
        self.now = BEGIN
        self.settings = dict(settings)
        self.conversation = Conversation(id="c1", visitor=visitor or Visitor(id="v1"))
        self.replies: tuple[Reply, ...] = ()
        self.effects: tuple[Effect, ...] = ()
        self.drafts: list[TicketDraft] = []
        self.history: list[Step] = []
        self.ticket_follows = True  # The shell answers RaiseTicket at once.

    @property
    def world(self) -> World:
        return World(
            library().workflows, fake_classify, self.now, DialogueSettings(**self.settings)
        )

    def happen(self, kind: EventKind, text: str = "", **more: Any) -> None:
        """Play one event, and what a shell does about its effects."""
        self.replies, self.effects = (), ()
        self._advance(Event(kind=kind, at=self.now, text=text, **more))
        self.now += timedelta(seconds=20)

    def say(self, text: str) -> None:
        self.happen("said", text)

    def _advance(self, event: Event) -> None:
        step = advance(self.conversation, event, self.world)
        # Every state lives through the store.
        self.conversation = Conversation.model_validate_json(step.conversation.model_dump_json())
        assert self.conversation == step.conversation
        self.history.append(step)
        self.replies += step.replies
        self.effects += step.effects
        for effect in step.effects:
            if isinstance(effect, SendCode):
                self._code_sent(effect)
            elif isinstance(effect, RaiseTicket):
                self.drafts.append(effect.draft)
                if self.ticket_follows:
                    self.ticket_created()

    def _code_sent(self, effect: SendCode) -> None:
        detail = {
            "email": effect.email,
            "salt": SALT,
            "digest": digest_code(CODE, SALT),
            "expires_at": (self.now + timedelta(minutes=10)).isoformat(),
        }
        self._advance(Event(kind="code_sent", at=self.now, detail=detail))

    def ticket_created(self) -> None:
        detail = {"reference": self.drafts[-1].reference, "id": "TKT-123456", "number": "1000001"}
        self._advance(Event(kind="ticket_created", at=self.now, detail=detail))


def scenes(folder: Path = FOLDER) -> Iterator[tuple[str, list[str]]]:
    """Yield every `== name` part of every transcript file."""
    for path in sorted(folder.glob("*.txt")):
        for part in re.split(r"^== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name, *lines = part.splitlines()
            yield f"{path.stem}: {name.strip()}", [line for line in lines if line.strip()]


def play(lines: list[str]) -> Player:
    """Play a scene; an AssertionError quotes the line that does not hold."""
    player = Player()
    waiting: list[Reply] = []
    for line in lines:
        head, _, rest = line.partition(":" if not line.startswith("#") else " ")
        rest = rest.strip()
        if head == "Visitor":
            player.say(rest)
            waiting = list(player.replies)
        elif head == "Code":
            player.say(CODE if rest == "right" else "111111")
            waiting = list(player.replies)
        elif head == "Bot":
            _expect(rest, waiting, line, player)
        elif head == "#":
            if _check(rest, player, line):
                waiting = list(player.replies)
        else:
            raise AssertionError(f"no line of a transcript: {line!r}")
    return player


def _expect(pattern: str, waiting: list[Reply], line: str, player: Player) -> None:
    found = re.fullmatch(r"(.*?)(?:\s*\[(.+)\])?", pattern)
    assert found is not None
    text = found[1].strip()
    buttons = [label.strip() for label in (found[2] or "").split("|") if label.strip()]
    heard = list(waiting)
    while waiting:
        reply = waiting.pop(0)
        if fnmatchcase(said_by(reply), text.translate(_ESCAPED)):
            missing = [label for label in buttons if label not in reply.options]
            assert not missing, f"{line!r}: buttons {missing} are not among {reply.options}"
            return
    said = "\n  ".join(f"{said_by(reply)} {list(reply.options)}" for reply in heard)
    raise AssertionError(f"{line!r} was not said, but:\n  {said}\n({player.conversation.stage})")


def said_by(reply: Reply) -> str:
    rows = reply.card.rows if reply.card else ()
    return " ".join([reply.text, *(f"{row.number}. {row.label}: {row.value}." for row in rows)])


def _check(rest: str, player: Player, line: str) -> bool:
    """Obey or check a directive; True when it made the bot speak."""
    word, _, value = rest.partition(" ")
    value = value.strip()
    if word in {"visitor", "office", "mail", "tickets", "wait"}:
        _arrange(word, value, player)
        return False
    if word in {"event", "file", "open"}:
        _happen(word, value, player)
        return True
    _CHECKS[word](player, value, line)
    return False


def _arrange(word: str, value: str, player: Player) -> None:
    if word == "visitor":
        data = dict(re.findall(r"(\w+)=(.+?)(?= \w+=|$)", value))
        visitor = Visitor(id="v1", **data)
        player.conversation = player.conversation.model_copy(update={"visitor": visitor})
    elif word == "office":
        player.settings["office_open"] = value == "open"
    elif word == "mail":
        player.settings["can_send_codes"] = value == "up"
    elif word == "tickets":
        player.ticket_follows = value != "slow"
    else:
        number, unit = value.split()
        player.now += timedelta(**{unit if unit.endswith("s") else f"{unit}s": int(number)})


def _happen(word: str, value: str, player: Player) -> None:
    if word == "open":
        player.happen("opened")
    elif word == "file":
        file = Attachment(url=f"https://files.example/{value}", name=value)
        player.happen("said", "", attachments=(file,))
    elif value == "ticket_created":
        player.replies, player.effects = (), ()
        player.ticket_created()
    else:
        kind, *pairs = value.split()
        detail = dict(pair.split("=", 1) for pair in pairs)
        player.happen(kind, detail=detail)  # type: ignore[arg-type]  # A bad kind fails in Event.


def _stage(player: Player, value: str, line: str) -> None:
    aside = player.conversation.aside
    stage = f"{player.conversation.stage}+{aside.kind}" if aside else player.conversation.stage
    assert stage == value, f"{line!r}: it is {stage}"


def _slot(player: Player, value: str, line: str) -> None:
    name, _, wanted = (part.strip() for part in value.partition("="))
    answer = player.conversation.slots.get(name)
    have = answer.value if answer else None
    assert have is not None, f"{line!r}: there is none"
    assert fnmatchcase(have, wanted), f"{line!r}: it is {have!r}"


def _effect(player: Player, value: str, line: str) -> None:
    have = [
        f"remember {effect.what}" if effect.type == "remember" else effect.type
        for effect in player.effects
    ]
    assert value in have, f"{line!r}: effects are {have}"


def _no(player: Player, value: str, line: str) -> None:
    if value == "ticket":
        assert player.drafts == [], line
        return
    have = [effect.type for effect in player.effects if effect.type != "remember"]
    assert have == [], f"{line!r}: effects are {have}"


def _ticket(player: Player, value: str, line: str) -> None:
    assert player.drafts, f"{line!r}: no ticket was raised"
    name, _, wanted = (part.strip() for part in value.partition("="))
    draft = player.drafts[-1]
    fields = dict(draft.fields) | {k: str(v) for k, v in draft.model_dump().items()}
    have = fields.get(name, "")
    assert fnmatchcase(have, wanted.translate(_ESCAPED)), f"{line!r}: it is {have!r} of {fields}"


def _count(player: Player, value: str, line: str) -> None:
    have = len(player.drafts)
    assert have == int(value), f"{line!r}: {have}"


def _workflow(player: Player, value: str, line: str) -> None:
    have = player.conversation.workflow
    assert have == value, f"{line!r}: it is {have!r}"


_CHECKS = {
    "stage": _stage,
    "slot": _slot,
    "effect": _effect,
    "no": _no,
    "ticket": _ticket,
    "raised": _count,
    "workflow": _workflow,
}
