"""The plan of what goes wrong next, and for which requests."""

from __future__ import annotations

import random
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "error",  # `status` and `body` instead of an answer
    "rate_limit",  # the vendor's own 429, or its like
    "timeout",  # nothing for `delay_s`, then the connection closes
    "cut",  # the right answer, but the connection closes after `after_bytes` of its body
    "stall",  # the right answer, but its body stops for `delay_s` after `after_bytes`
    "drop",  # the connection closes before anything was done
    "done_but_lost",  # the request is carried out, its answer never arrives
    "slow",  # the right answer, `delay_s` late
    "garbage",  # the request is carried out, its answer is no valid JSON
    "expired_token",  # the vendor's own way of saying that the token is dead
    "index_lag",  # carried out, but searches find it `delay_s` later than usual
]
DEFAULT_HOLD_SECONDS = 30.0  # Longer than any client of ours waits for an answer.


class Fault(BaseModel):
    """One planned fault; without `times` and `probability` it strikes once."""

    model_config = ConfigDict(extra="forbid")

    vendor: str | None = None
    match: str = ""  # A part of, or a regular expression for, "METHOD /path?query".
    kind: Kind
    times: int | None = Field(None, ge=1)
    probability: float | None = Field(None, ge=0, le=1)
    skip: int = Field(0, ge=0)  # Let this many matching requests pass first.
    delay_s: float | None = Field(None, ge=0)
    after_bytes: int = Field(1000, ge=0)  # cut, stall: so much of the body comes through.
    status: int = Field(500, ge=100, le=599)
    body: Any = None
    processed: bool = False  # error, timeout: carry the request out all the same.
    struck: int = 0

    def concerns(self, vendor: str, line: str) -> bool:
        if self.vendor is not None and self.vendor != vendor:
            return False
        return self.match in line or _found(self.match, line)

    @property
    def spent(self) -> bool:
        limit = self.times if self.times is not None or self.probability is not None else 1
        return limit is not None and self.struck >= limit

    @property
    def hold_seconds(self) -> float:
        return DEFAULT_HOLD_SECONDS if self.delay_s is None else self.delay_s


class FaultPlan:
    """Faults in the order they were planned; the first that fits a request strikes it."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def planned(self) -> list[Fault]:
        return [fault for fault in self._faults if not fault.spent]

    def all(self) -> list[Fault]:
        return list(self._faults)

    def strike(self, vendor: str, line: str) -> Fault | None:
        """Return the fault for this request, if one is due, and count it."""
        for fault in self._faults:
            if fault.spent or not fault.concerns(vendor, line):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.probability is not None and self._rng.random() >= fault.probability:
                continue
            fault.struck += 1
            return fault
        return None


def _found(pattern: str, line: str) -> bool:
    try:
        return re.search(pattern, line) is not None
    except re.error:
        return False
