"""Callers: an unlimited supply, each with a number of their own, and what the log shows of it."""

from __future__ import annotations

from random import Random

from switchboard.simulators.ringcentral.company import Caller
from switchboard.simulators.scenario.names import ABROAD, AREAS, FIRST_NAMES, LAST_NAMES

_LINES = 9800  # Per area code: 555-0200 to 555-9999; the company has those below.
_STRIDE = 7919  # Coprime with _LINES, so that neighbours do not get neighbouring numbers.


class People:
    """Hands out callers in an order that depends on the seed only."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}:people")
        self._shift = seed * 31
        self._next = 0

    def fresh(self) -> Caller:
        """Somebody nobody has heard of."""
        turn, area = divmod(self._next, len(AREAS))
        code, city, state = AREAS[area]
        line = 200 + (turn * _STRIDE + area * 2713 + self._shift) % _LINES
        self._next += 1
        e164 = f"+1{code}555{line:04d}"
        name = self._name()
        return Caller(
            self._as_sent(e164), e164, self._caller_id(name, city, state),
            self._location(city, state), name,
        )  # fmt: skip

    def abroad(self) -> Caller:
        prefix, digits, city = self._rng.choice(ABROAD)
        e164 = f"{prefix}{self._rng.randrange(10**digits):0{digits}d}"
        return Caller(e164, e164, None, city, self._name())

    def anonymous(self) -> Caller:
        """Withheld: no number at all, sometimes a word in the name's place."""
        return Caller(None, None, self._rng.choice(("Anonymous", None)), None, self._name())

    def masked(self) -> Caller:
        code, city, state = self._rng.choice(AREAS)
        exchange = self._rng.randrange(200, 999)
        return Caller(f"+1{code}{exchange}XXXX", None, None, f"{city}, {state}", self._name())

    def _name(self) -> str:
        return f"{self._rng.choice(FIRST_NAMES)} {self._rng.choice(LAST_NAMES)}"

    def _as_sent(self, e164: str) -> str:
        """Nearly always E.164; the vendor reserves the right to write it otherwise."""
        draw = self._rng.random()
        if draw < 0.03:
            return e164[1:]
        if draw < 0.05:
            return f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}"
        return e164

    def _caller_id(self, name: str, city: str, state: str) -> str | None:
        """Fifteen characters from the carrier: a name, a city, a shrug or nothing."""
        draw = self._rng.random()
        if draw < 0.2:
            return name.upper()[:15]
        if draw < 0.45:
            return name[:15]
        if draw < 0.65:
            return f"{city} {state}".upper()[:15]
        return "WIRELESS CALLER" if draw < 0.8 else None

    def _location(self, city: str, state: str) -> str | None:
        draw = self._rng.random()
        if draw < 0.06:
            return None
        return f", {state}" if draw < 0.09 else f"{city}, {state}"
