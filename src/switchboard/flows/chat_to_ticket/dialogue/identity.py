"""A one-time code is awaited: check it, send another, or go on without proof.

Nothing said here depends on whether the address is known to us: a stranger learns nothing.
"""

from __future__ import annotations

from datetime import datetime

from switchboard.flows.chat_to_ticket.dialogue.answering import reopen
from switchboard.flows.chat_to_ticket.dialogue.answers import Refused, read_answer
from switchboard.flows.chat_to_ticket.dialogue.code import matches, typed_code
from switchboard.flows.chat_to_ticket.dialogue.digressing import digressed
from switchboard.flows.chat_to_ticket.dialogue.text import bare
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.dialogue.upcoming import (
    frame,
    may_send,
    send_code,
    unverified,
)
from switchboard.flows.chat_to_ticket.models import Remember

_RESEND = ("resend", "again", "new code", "another code", "send it", "did not", "didn't", "nothing")
_RESEND_MORE = ("not arrived", "no mail", "no code", "no email", "not received", "never", "expired")
_ADDRESS = ("change address", "wrong address", "other address", "different address", "change email")
_ADDRESS_MORE = ("wrong email", "change my email", "different email", "another address")
_WITHOUT = (
    "skip",
    "without",
    "go on",
    "no access",
    "can't access",
    "cannot access",
    "can't get to",
)


def hear_code(turn: Turn, text: str) -> None:
    """Read a code, or what the visitor wants instead of typing one."""
    code = typed_code(text)
    said = bare(text)
    if code:
        _check(turn, code)
    elif _gives_address(turn, text):
        pass
    elif any(each in said for each in (*_ADDRESS, *_ADDRESS_MORE)):
        question = turn.workflow.questions.get("email") if turn.workflow else None
        if question:
            reopen(turn, question)
    elif any(each in said for each in _WITHOUT):
        leave(turn)
    elif any(each in said for each in (*_RESEND, *_RESEND_MORE)):
        _send_again(turn)
    elif not digressed(turn, text, None):
        _count_miss(turn)


def leave(turn: Turn) -> None:
    """Go on without proof."""
    unverified(turn)
    turn.go_on()


def _gives_address(turn: Turn, text: str) -> bool:
    question = turn.workflow.questions.get("email") if turn.workflow else None
    if question is None or "@" not in text:
        return False
    answer = read_answer(text, question, frame(turn))
    if isinstance(answer, Refused):
        return False
    turn.put("email", answer)
    turn.go_on()
    return True


def _check(turn: Turn, code: str) -> None:
    have = turn.state.verification
    if have.state != "sent":
        _count_miss(turn, turn.words.code_wait)
        return
    right = matches(code, salt=have.salt, digest=have.digest)
    if _expired(turn, have.expires_at):
        turn.say(turn.words.code_expired)
        return
    if right:
        turn.change(verification=have.model_copy(update={"state": "verified", "digest": ""}))
        turn.say(turn.words.code_right)
        turn.do(Remember(what="verified", workflow=turn.state.workflow))
        turn.go_on()
        return
    turn.change(verification=have.model_copy(update={"tries": have.tries + 1}))
    turn.say(turn.words.code_wrong)
    if turn.state.verification.tries >= turn.world.settings.code_tries:
        leave(turn)


def _expired(turn: Turn, at: datetime | None) -> bool:
    return at is None or turn.world.now >= at


def _send_again(turn: Turn) -> None:
    if may_send(turn):
        send_code(turn)
    else:
        turn.say(turn.words.code_no_more)
        leave(turn)


def _count_miss(turn: Turn, why: str = "") -> None:
    """Take a few other texts; then go on, so that nobody is caught here."""
    turn.say(why or turn.words.unreadable)
    turn.change(misses=turn.state.misses + 1)
    if turn.state.misses >= turn.world.settings.code_tries:
        leave(turn)


def code_sent(turn: Turn) -> None:
    """Keep what the code will be checked by. Nothing is said: it was said when it was asked for."""
    turn.silent = True
    have, detail = turn.state.verification, turn.event.detail
    email = detail.get("email", have.email)
    if have.state != "sending" or email.lower() != have.email.lower():
        return
    try:
        expires_at = datetime.fromisoformat(detail.get("expires_at", ""))
    except ValueError:
        return
    if expires_at.tzinfo is None or not detail.get("digest") or not detail.get("salt"):
        return
    turn.change(
        verification=have.model_copy(
            update={
                "state": "sent",
                "salt": detail["salt"],
                "digest": detail["digest"],
                "expires_at": expires_at,
            }
        )
    )


def code_failed(turn: Turn) -> None:
    """No mail can be sent at all: say so and go on."""
    if turn.state.verification.state != "sending":
        turn.silent = True
    elif turn.state.stage == "verifying":
        leave(turn)
    else:
        have = turn.state.verification
        turn.change(verification=have.model_copy(update={"state": "unverified"}))
        turn.silent = True
