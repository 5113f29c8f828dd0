"""Events that are not a visitor's message: late, repeated, out of order, or unknown."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.flows.chat_to_ticket.dialogue.transcripts import Player

from switchboard.flows.chat_to_ticket.dialogue.summary import summary_lines
from switchboard.flows.chat_to_ticket.models import Card, EndChat, HandOver, Row, Visitor

ANNA = Visitor(id="v1", name="Anna Lee", email="anna@example.com")
MONITOR = ("my monitor has no signal", "yes", "pc", "no", "2", "hdmi", "skip", "yes", "skip")


def a_chat(*texts: str, visitor: Visitor = ANNA) -> Player:
    player = Player(visitor)
    for text in texts:
        player.say(text)
    return player


def test_a_hand_over_tells_the_operator_what_is_known() -> None:
    """Nobody has to ask again what the bot asked already."""
    player = a_chat("my printer is offline", "yes", "me", "talk to a person")
    handed = [effect for effect in player.effects if isinstance(effect, HandOver)]
    assert len(handed) == 1
    assert "Matter: Printer issues" in handed[0].summary
    assert "In the visitor's words: my printer is offline" in handed[0].summary
    assert "Who is affected: Only me" in handed[0].summary


def test_a_ticket_of_another_chat_is_not_announced() -> None:
    """Only the reference this chat asked for counts, and only once."""
    player = a_chat(*MONITOR)
    player.ticket_follows = False
    player.say("yes")
    player.happen("ticket_created", detail={"reference": "other-1", "number": "9"})
    assert not player.replies
    player.happen("ticket_created", detail={"reference": "c1-1", "id": "T", "number": "7"})
    assert "Ticket Number: 7" in [reply.text for reply in player.replies]
    player.happen("ticket_created", detail={"reference": "c1-1", "id": "T", "number": "8"})
    assert not player.replies
    assert player.conversation.tickets[0].number == "7"


def test_a_ticket_after_goodbye_is_still_kept() -> None:
    """The number is known although the visitor has left."""
    player = a_chat(*MONITOR)
    player.ticket_follows = False
    for text in ("yes", "bye"):
        player.say(text)
    assert player.conversation.stage == "closed"
    assert "Your ticket number follows by e-mail. Goodbye!" in [r.text for r in player.replies]
    player.ticket_created()
    assert player.conversation.tickets[0].number == "1000001"
    assert player.conversation.stage == "closed"


def test_who_confirms_again_hears_of_the_ticket_again() -> None:
    """The answer was lost on its way: the same words never begin a second request."""
    player = a_chat(*MONITOR, "Yes, log it")
    for text in ("Yes, log it", "hello"):
        player.say(text)
        assert "Ticket Number: 1000001" in [reply.text for reply in player.replies]
    assert player.conversation.stage == "after"
    assert len(player.conversation.tickets) == 1


def test_who_confirms_again_before_the_number_is_there_is_told_to_wait() -> None:
    """The number is said once it is there."""
    player = a_chat(*MONITOR)
    player.ticket_follows = False
    player.say("Yes, log it")
    player.say("Yes, log it")
    assert player.replies[0].text.startswith("Your request is being logged.")
    player.ticket_created()
    assert "Ticket Number: 1000001" in [reply.text for reply in player.replies]
    assert player.conversation.stage == "after"


def test_several_answers_at_once_are_taken() -> None:
    """SalesIQ may ask on its own and bring the answers together; unsound ones are asked again."""
    player = a_chat("my monitor has no signal", "yes", visitor=Visitor(id="v1"))
    answers = {"device": "mac", "monitors": "lots", "name": "Anna Lee", "unknown": "x"}
    player.happen("answers", answers=answers)
    slots = player.conversation.slots
    assert (slots["device"].value, slots["name"].value) == ("mac", "Anna Lee")
    assert "monitors" not in slots
    assert player.conversation.stage == "guiding"


def test_a_code_that_comes_unasked_is_ignored() -> None:
    """Only a code that was asked for can be typed in."""
    player = a_chat("my printer is offline", "yes")
    detail = {"salt": "s", "digest": "d", "expires_at": "2027-01-01T00:00:00+00:00"}
    player.happen("code_sent", detail=detail)
    assert player.conversation.verification.state == "none"
    assert not player.replies


def test_mail_that_fails_while_a_code_is_awaited_lets_the_visitor_go_on() -> None:
    """The ticket will say that identity was not checked."""
    player = a_chat("I forgot my password", "yes", "windows", "alee", "call", "yes", "2125550147")
    sending = player.conversation.verification.model_copy(update={"state": "sending"})
    player.conversation = player.conversation.model_copy(update={"verification": sending})
    player.happen("code_failed")
    assert player.conversation.verification.state == "unverified"
    assert player.conversation.stage == "reviewing"
    assert player.replies[-1].options[0] == "Yes, log it"


def test_a_chat_nobody_goes_on_with_is_closed() -> None:
    """After a week of silence; before that a time-out says nothing."""
    player = a_chat("my printer is offline", "yes")
    player.happen("timeout")
    assert (player.replies, player.effects) == ((), ())
    player.now += timedelta(days=8)
    player.happen("timeout")
    assert EndChat() in player.effects
    assert player.conversation.stage == "closed"
    assert player.conversation.slots.keys() <= {"name", "email", "phone"}


def test_a_visitor_who_comes_back_after_the_end_is_welcome() -> None:
    """The chat begins anew; the ticket made before stays known."""
    player = a_chat(*MONITOR, "yes", "no thanks")
    assert player.conversation.stage == "closed"
    player.happen("opened")
    assert player.replies[-1].text.startswith("What else can I do for you?")
    player.say("my printer is offline")
    assert player.conversation.offered == ("printer_issues",)


def test_an_operators_priority_wins() -> None:
    """Over the workflow's own and over what the answers call for."""
    player = Player(ANNA, priorities={"monitor_setup": "High"})
    for text in (*MONITOR, "yes"):
        player.say(text)
    assert player.drafts[0].priority == "High"


def test_the_hand_over_reply_is_not_followed_by_a_question() -> None:
    """A colleague writes next, not the bot."""
    player = a_chat("talk to a person")
    assert [reply.text for reply in player.replies][-1].startswith("I am handing you over")


def test_a_summary_fits_the_bubbles_of_a_chat() -> None:
    """Few texts, none over the limit, every row in it."""
    rows = tuple(Row(number=at, label=f"Label {at}", value="x" * 50) for at in range(1, 12))
    lines = summary_lines(Card(kind="summary", title="Printer issues", rows=rows))
    assert max(map(len, lines)) <= 200
    assert len(lines) < len(rows)
    assert all(f"{row.number}. Label {row.number}: " in " ".join(lines) for row in rows)
