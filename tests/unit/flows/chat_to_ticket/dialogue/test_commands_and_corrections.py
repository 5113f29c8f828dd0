"""The words that always work, and corrections: told from answers that only resemble them."""

from __future__ import annotations

import pytest

from switchboard.flows.chat_to_ticket.dialogue.code import digest_code, matches, typed_code
from switchboard.flows.chat_to_ticket.dialogue.commands import find_command, yes_or_no
from switchboard.flows.chat_to_ticket.dialogue.corrections import find_correction
from switchboard.flows.chat_to_ticket.dialogue.smalltalk import is_farewell
from switchboard.flows.chat_to_ticket.dialogue.text import clean, fill, hide_passwords, shorten
from switchboard.flows.chat_to_ticket.workflow import Question


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("back", "back"),
        ("Please go back!", "back"),
        ("CANCEL", "cancel"),
        ("never mind, thanks", "cancel"),
        ("start over please", "start_over"),
        ("help", "help"),
        ("?", "help"),
        ("skip it", "skip"),
        ("I don\u2019t know", "skip"),
        ("I want to talk to a human", "person"),
        ("can you connect me to a real person please", "person"),
        ("give me an agent", "person"),
        ("I am back in the office", None),
        ("cancel my subscription to the newsletter", None),
        ("the operator of the machine is Bob", None),
        ("help desk", None),
    ],
)
def test_a_command_is_the_whole_message(text: str, command: str | None) -> None:
    """A word within a story is no command."""
    assert find_command(text) == command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", True),
        ("Yes, please!", True),
        ("yep", True),
        ("👍", True),
        ("no", False),
        ("No thanks.", False),
        ("yes but only on Mondays", None),
        ("know", None),
    ],
)
def test_yes_and_no_are_plain(text: str, said: bool | None) -> None:
    """Anything longer is read for what it says."""
    assert yes_or_no(text) is said


def questions() -> list[Question]:
    rows = [
        ("name", "Name", "person", ["full name"]),
        ("email", "E-mail", "email", ["email", "email address"]),
        ("phone", "Phone", "phone", ["phone number"]),
        ("server", "Server", "server", ["server name"]),
    ]
    return [
        Question.model_validate(
            {"ask": id_, "label": label, "question": "?", "kind": kind, "words": words}
        )
        for id_, label, kind, words in rows
    ]


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("no, my email is bob@example.org", "email", "bob@example.org"),
        ("sorry, the email should be bob@example.org", "email", "bob@example.org"),
        ("Actually my name is Bob Stone", "name", "Bob Stone"),
        ("change my phone number to 212 555 0147", "phone", "212 555 0147"),
        ("wait, server is ACME-2", "server", "ACME-2"),
        ("email: bob@example.org", "email", "bob@example.org"),
        ("change my email", "email", None),
        ("my full name is wrong", "name", "wrong"),
        ("the phone number was not right", "phone", "not right"),
    ],
)
def test_a_correction_names_the_answer(text: str, slot: str, value: str | None) -> None:
    """With the new value, or to be asked again; nonsense is refused when it is read."""
    found = find_correction(text, questions())
    assert found is not None
    assert (found.question.id, found.value) == (slot, value)


@pytest.mark.parametrize(
    "text",
    ["bob@example.org", "the server is slow and phone calls drop", "name", "my printer is offline"],
)
def test_other_talk_is_no_correction(text: str) -> None:
    """Only what begins with the name of an answer corrects it."""
    found = find_correction(text, questions())
    assert found is None or found.question.id == "server"


def test_a_code_is_read_with_blanks_and_never_kept() -> None:
    """Six digits, grouped or not; the state holds a salted, slow digest."""
    assert typed_code("it is 427 193") == "427193"
    assert typed_code("427-193.") == "427193"
    assert typed_code("4271935") is None
    assert typed_code("42719") is None
    digest = digest_code("427193", "salt")
    assert "427193" not in digest
    assert digest != digest_code("427193", "other salt")
    assert matches("427193", salt="salt", digest=digest)
    assert not matches("427194", salt="salt", digest=digest)
    assert not matches("427193", salt="salt", digest="")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my password is Hunter22!", "my password is [removed]"),
        ("password: abc123", "password: [removed]"),
        ("pw=geheim99", "pw=[removed]"),
        ("I forgot my password", "I forgot my password"),
        ("my password is wrong", "my password is wrong"),
        ("the password expired in 2025", "the password expired in 2025"),
    ],
)
def test_a_password_given_away_is_not_kept(text: str, kept: str) -> None:
    """A ticket is read by many people."""
    assert hide_passwords(text) == kept


def test_text_is_cleaned_shortened_and_filled() -> None:
    """Control characters go, braces of a visitor stay what they are."""
    assert clean(" a\x00b\ud800 ") == "a b"
    assert shorten("one two three four", 10) == "one two…"
    assert fill("{a} {b.__class__} {c}", a="{c}", c="x") == "{c} {b.__class__} x"


def test_thanks_alone_ends_a_chat_and_a_new_matter_does_not() -> None:
    """ "Thanks, bye" is a farewell; "thanks, but now my printer..." is not."""
    assert is_farewell("thanks, that's all")
    assert is_farewell("Bye!")
    assert not is_farewell("thanks but my printer does not work either")
