"""Rules for what counting words gets wrong."""

from __future__ import annotations

import pytest

from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.detector.guards import foreign_language, resolved
from switchboard.flows.chat_to_ticket.detector.normalise import normalise
from switchboard.flows.chat_to_ticket.detector.person import wants_a_person


@pytest.mark.parametrize(
    "text",
    [
        "no puedo entrar en mi cuenta",
        "mon imprimante ne marche plus",
        "mein drucker geht nicht mehr",
        "minha impressora não funciona",
        "la stampante non funziona più, aiuto",
        "mijn wachtwoord werkt niet meer",
        "nie mogę się zalogować na konto",
        "mera password kaam nahi kar raha hai",
        "принтер не работает",
        "打印机坏了",
        "プリンターが動きません",
    ],
)
def test_another_language_is_seen(text: str) -> None:
    assert foreign_language(text)


@pytest.mark.parametrize(
    "text",
    [
        "my printer is offline",
        "la laser printer is out of toner",
        "de-activate the user",
        "can you add José Müller to the folder",
        "reboot",
        "die printer die",
        "is my server up",
    ],
)
def test_english_is_english(text: str) -> None:
    assert not foreign_language(text)


@pytest.mark.parametrize(
    "text",
    ["it works again", "it's working now, thanks", "never mind", "problem solved", "works now",
     "the printer is back", "i figured it out", "all good now"],
)  # fmt: skip
def test_a_settled_matter_is_seen(text: str) -> None:
    """Whoever says that it works again does not get a ticket."""
    assert resolved(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "it worked yesterday but not now",
        "it's working now but very slow",
        "when will it be fixed?",
        "the printer is offline",
        "it works again and again only after a reboot, please fix",
        "how can this be solved",
        "roll that back to yesterday",
        "get this sorted",
    ],
)
def test_an_open_matter_is_not_settled(text: str) -> None:
    assert not resolved(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human",
        "can i speak to someone",
        "agent please",
        "get me a real person",
        "human agent for my printer",
        "transfer me to your helpdesk",
        "no more bots please",
        "please call me back",
        "operator",
        "customer service please",
        "connect me to the service desk",
    ],
)
def test_a_wish_for_a_person_is_seen(text: str) -> None:
    """A person is fetched at any point, whatever the matter."""
    assert wants_a_person(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "our manager can't print",
        "the person who left had my printer",
        "please add a person to the folder",
        "my agent license program doesn't start",
        "the call center screen is black",
        "quickbooks is locked, could someone please look",
    ],
)
def test_people_in_a_matter_are_not_a_wish_for_one(text: str) -> None:
    assert not wants_a_person(normalise(text))


@pytest.mark.parametrize(
    ("text", "outcome", "guard"),
    [
        ("", "none", "empty"),
        ("   \n\t ", "none", "empty"),
        ("?!...", "none", "empty"),
        ("mi impresora no funciona", "none", "foreign_language"),
        ("qwxzk vbnmq zxcvq", "none", "gibberish"),
        ("it works again", "none", "resolved"),
        ("outlook", "ask", "one_word"),
        ("password", "ask", "one_word"),
        ("reboot", "start", None),
        ("hi", "smalltalk", None),
        ("thanks!", "smalltalk", None),
        ("I need to speak with a technician about my printer", "human", "wants_a_person"),
    ],
)
def test_a_guard_decides_alone(
    detector: Detector, text: str, outcome: str, guard: str | None
) -> None:
    verdict = detector(text)
    assert (verdict.outcome, verdict.guard) == (outcome, guard)


@pytest.mark.parametrize("text", ["Only me", "me", "Several people", "human resources"])
def test_a_few_words_are_no_wish_for_a_person_without_a_word_of_one(
    text: str, detector: Detector
) -> None:
    """An answer typed at the wrong question must not send the visitor away."""
    assert detector(text).outcome != "human"
