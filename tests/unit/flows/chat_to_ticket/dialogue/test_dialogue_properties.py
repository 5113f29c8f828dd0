"""Whatever is said or happens, in any order: no error, no dead end, no second ticket, no leak."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import CODE, KEYWORDS, Player

from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.models import LABELS, Attachment, RaiseTicket, Visitor

W = Wording()
LONGEST_BUBBLE = 200
HOSTILE = (
    "",
    "   ",
    "\x00\x07",
    "\ud800",
    "'; DROP TABLE tickets; --",
    "<script>alert(1)</script>",
    "{email} {0} {title.__class__} %s %(x)s",
    "a" * 9000,
    "no " * 3000,
    "١٢٣٤٥٦",
    "²³¹",
    "Ⅻ",
    "00000000000000000000000",
    "🙃" * 50,
    "((((((((((((((((((((",
    "my email is " * 400,
    "change change change my my my",
    "yes no yes no",
    "-1",
    "999999999999",
    "31/31/9999",
    "0000-00-00",
    "\u202eevil\u202c",
)
ORDINARY = (
    *(words.split("|")[0] for words in KEYWORDS.values()),
    "my printer is jammed and also I forgot my password",
    "quickbooks is slow",
    "something odd happened",
    "hello",
    "thanks",
    "why do you need that?",
    "anna@example.com",
    "no, my email is bob@example.org",
    "change my name",
    "my name is Bob Stone",
    "Anna Lee",
    "+1 212 555 0147",
    "ACME-RDS01",
    "95 %",
    "1",
    "2",
    "3",
    "9",
    "tomorrow",
    "yes",
    "no",
    "both",
    CODE,
    "000000",
    "resend",
    "change address",
    "skip",
    "back",
    "help",
    "cancel",
    "start over",
    "talk to a person",
    "actually my outlook does not work",
)
BUTTONS = tuple(
    text
    for text in (
        W.yes, W.no_other, W.other, W.person, W.right, W.solved_yes, W.solved_no, W.log_yes,
        W.change_some, W.drop, W.done, W.more, W.yes_drop, W.no_keep, W.yes_over, W.yes_switch,
        W.no_finish, W.try_again, W.without, W.log_for_me, W.carry_on, W.over, W.say_again,
        W.show_topics, W.log_general, W.back_to_summary, "1. Name", "Change E-mail",
    )
)  # fmt: skip
GOOD = {
    "text": "It blinks in a strange way",
    "email": "anna@example.com",
    "phone": "+1 212 555 0147",
    "person": "Anna Lee",
    "server": "ACME-RDS01",
    "username": "alee",
    "percent": "42 %",
    "number": "2",
    "date": "tomorrow",
}
ASIDES = {
    "cancel": W.no_keep,
    "start_over": W.no_keep,
    "switch": W.no_finish,
    "stuck": W.without,
    "person": W.log_for_me,
    "resume": W.carry_on,
    "own_words": "It blinks in a strange way",
}
STAGES = {
    "choosing": "1",
    "confirming": W.yes,
    "checking": W.right,
    "guiding": W.solved_no,
    "verifying": "skip",
    "reviewing": W.log_yes,
    "amending": W.back_to_summary,
    "handed_over": W.log_for_me,
}
HAPPENINGS = ("opened", "handover_failed", "ticket_created", "timeout", "code_failed")

said = st.one_of(
    st.sampled_from(ORDINARY), st.sampled_from(BUTTONS), st.sampled_from(HOSTILE), st.text()
)
details = st.fixed_dictionaries(
    {},
    optional={
        "reference": st.sampled_from(["c1-1", "c1-2", "zzz", ""]),
        "id": st.text(max_size=300),
        "number": st.text(max_size=300),
        "decision": st.sampled_from(["approved", "declined", "perhaps"]),
        "email": st.sampled_from(["anna@example.com", "", "x"]),
        "salt": st.just("s"),
        "digest": st.text(max_size=10),
        "expires_at": st.sampled_from(["", "soon", "2026-03-02T09:00:00", "2027-01-01T00:00:00Z"]),
    },
)
events = st.one_of(
    # Most moves are a visitor's; some go on as asked, so that late stages are reached too.
    st.tuples(st.just("said"), st.sampled_from(ORDINARY)),
    st.tuples(st.just("said"), st.sampled_from(BUTTONS)),
    st.tuples(st.just("said"), said),
    st.tuples(st.just("go"), st.integers(1, 12)),
    st.tuples(st.just("button"), st.integers(0, 9)),
    st.tuples(
        st.sampled_from(
            [
                "opened", "answers", "handover_failed", "ticket_created", "code_sent",
                "code_failed", "approval", "timeout", "file",
            ]
        ),
        details,
    ),
    st.tuples(st.just("wait"), st.sampled_from([0, 2, 30, 200])),
    st.tuples(st.just("world"), st.sampled_from(["office", "mail", "tickets"])),
)  # fmt: skip
visitors = st.sampled_from(
    [
        Visitor(id="v1"),
        Visitor(id="v1", name="Anna Lee", email="anna@example.com", phone="+12125550147"),
        Visitor(id="v1", name="x" * 500, email="no address", phone="?"),
        Visitor(id="v1", name=" ", email="a" * 60 + "@" + "b" * 60 + ".example"),
    ]
)
openings = st.sampled_from([None, *LABELS])


def play(player: Player, moves: list[tuple[str, object]]) -> None:
    for kind, what in moves:
        before = player.conversation
        if kind == "said":
            player.say(str(what))
            assert player.replies, f"{before.stage}: nothing was said to {str(what)[:80]!r}"
        elif kind == "go":
            for _ in range(int(str(what))):
                cooperate(player)
                _check(player)
        elif kind == "button":
            options = player.replies[-1].options if player.replies else ()
            player.say(options[int(str(what)) % len(options)] if options else "1")
        elif kind == "wait":
            player.now += timedelta(hours=int(str(what)))
        elif kind == "world":
            _turn(player, str(what))
        elif kind == "file":
            player.happen("said", attachments=(Attachment(url="https://f.example/1"),))
        elif kind == "answers":
            texts = {"email": "anna@example.com", "name": "Bob", "nonsense": "1"}
            player.happen("answers", answers=texts)
        else:
            assert isinstance(what, dict)
            player.happen(kind, detail=what)  # type: ignore[arg-type]  # Event checks the kind.
        _check(player)


def _turn(player: Player, what: str) -> None:
    if what == "tickets":
        player.ticket_follows = not player.ticket_follows
    else:
        key = {"office": "office_open", "mail": "can_send_codes"}[what]
        player.settings[key] = not player.settings.get(key, True)


def _check(player: Player) -> None:
    state = player.conversation
    assert CODE not in state.verification.model_dump_json()
    assert all(len(reply.text) <= LONGEST_BUBBLE for reply in player.replies), player.replies
    assert all(reply.text.strip() for reply in player.replies)
    references = [draft.reference for draft in player.drafts]
    assert len(references) == len(set(references)), "a request became two tickets"
    for step in player.history[-1:]:
        if any(isinstance(effect, RaiseTicket) for effect in step.effects):
            assert state.stage in {"raised", "after", "confirming"}
    asks = state.stage not in {"closed", "raised", "handed_over"} or state.aside
    if player.replies and asks:
        last = player.replies[-1]
        typed = {"new", "open", "asking", "verifying"}
        free = state.stage in typed or (state.aside and state.aside.kind == "own_words")
        assert last.options or free, f"{state.stage}: no way on from {last.text!r}"


def cooperate(player: Player) -> None:
    """Say what a willing visitor would."""
    state = player.conversation
    if state.aside:
        player.say(ASIDES[state.aside.kind])
    elif state.stage == "asking":
        workflow = player.world.workflows[state.workflow]
        question = workflow.questions[state.current[0]]
        player.say(question.options[0].label if question.options else GOOD[question.kind])
    else:
        player.say(STAGES.get(state.stage, "I forgot my password"))


def finish(player: Player) -> int:
    """Go on as a willing visitor would; return how many messages it takes to a new ticket."""
    before = len(player.drafts)
    for turns in range(45):
        if len(player.drafts) > before:
            return turns
        cooperate(player)
    raise AssertionError(f"caught in {player.conversation.stage}: {player.replies}")


def conversation(visitor: Visitor, opening: str | None, moves: list[tuple[str, object]]) -> None:
    player = Player(visitor)
    if opening:
        player.say(KEYWORDS[opening].split("|")[0])
        player.say("yes")
    play(player, moves)
    finish(player)
    _check(player)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(visitors, openings, st.lists(events, min_size=3, max_size=15))
def test_no_order_of_events_raises_dead_ends_or_doubles(
    visitor: Visitor, opening: str | None, moves: list[tuple[str, object]]
) -> None:
    """A visitor who wants help gets it, whatever was said and happened before."""
    conversation(visitor, opening, moves)


@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("SOAK", "180")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(visitors, openings, st.lists(events, min_size=10, max_size=40))
def test_no_long_order_of_events_raises_dead_ends_or_doubles(
    visitor: Visitor, opening: str | None, moves: list[tuple[str, object]]
) -> None:
    """The same, longer and more often."""
    conversation(visitor, opening, moves)


def wander(seed: int, steps: int) -> None:
    """Walk a long way in one chat: many requests, many detours."""
    chance = random.Random(seed)
    player = Player(Visitor(id="v1", name="Anna Lee", email="anna@example.com"))
    detours: tuple[Callable[[], tuple[str, object]], ...] = (
        lambda: ("said", chance.choice(ORDINARY)),
        lambda: ("said", chance.choice(BUTTONS)),
        lambda: ("said", chance.choice(HOSTILE)),
        lambda: ("button", chance.randrange(10)),
        lambda: ("go", chance.randrange(1, 14)),
        lambda: ("wait", chance.choice([1, 3, 30, 200])),
        lambda: ("world", chance.choice(["office", "mail", "tickets"])),
        lambda: ("file", None),
        lambda: ("answers", None),
        lambda: (
            chance.choice(
                ["opened", "handover_failed", "ticket_created", "timeout", "code_failed"]
            ),
            {},
        ),
        lambda: ("closed_by_operator", {}),
    )
    weights = (30, 15, 6, 20, 12, 2, 3, 1, 1, 4, 0.3)
    for move in chance.choices(detours, weights, k=steps):
        play(player, [move()])
    finish(player)
    _check(player)


@pytest.mark.parametrize("seed", range(12))
def test_a_long_walk_through_one_chat_never_ends_dead(seed: int) -> None:
    """Two hundred messages and events, some sensible, some not; then a ticket all the same."""
    wander(seed, 200)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_longer_walks_through_one_chat_never_end_dead(seed: int) -> None:
    """The same with other chances."""
    wander(seed, 300)


@settings(max_examples=60, deadline=None)
@given(st.lists(said, max_size=6), st.booleans())
def test_an_address_is_never_told_to_be_known_or_not(texts: list[str], right: bool) -> None:
    """Replies are the same whether or not we know the address: the code alone tells."""
    del right
    known, unknown = Player(), Player()
    for player, digest in ((known, "of a real code"), (unknown, "of a code nobody was sent")):
        for text in ("I forgot my password", "yes", "windows", "alee", "1", "Anna Lee"):
            player.say(text)
        player.say("anna@example.com")
        player.say("+1 212 555 0147")
        have = player.conversation.verification.model_copy(update={"digest": digest})
        player.conversation = player.conversation.model_copy(update={"verification": have})
    for text in texts:
        if text == CODE:
            continue
        known.say(text)
        unknown.say(text)
        assert known.replies == unknown.replies


@pytest.mark.parametrize("label", LABELS)
def test_every_workflow_comes_to_an_end(label: str) -> None:
    """Each of the thirteen conversations ends in a ticket, in no more than 25 messages."""
    player = Player()
    player.say(KEYWORDS[label].split("|")[0])
    player.say("yes")
    assert player.conversation.workflow == label
    assert finish(player) <= 25
    assert player.drafts[0].workflow == label
    assert player.drafts[0].custom_fields == {
        "workflow_type": label,
        "automation_source": "AceBuddy",
        "salesiq_chat_id": "c1",
        "salesiq_visitor_id": "v1",
    }
