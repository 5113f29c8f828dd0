"""Everything a simulated day consists of; one World is replaced by the next on reset."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.faults import FaultPlan
from switchboard.simulators.core.requests import RequestLog

if TYPE_CHECKING:  # The stand-ins know the world; the world only names them.
    from switchboard.simulators.mail.state import MailState
    from switchboard.simulators.ringcentral.state import RingCentralState
    from switchboard.simulators.salesiq.portal import Portal
    from switchboard.simulators.zoho_accounts.state import AccountsState
    from switchboard.simulators.zoho_crm.state import CrmState
    from switchboard.simulators.zoho_desk.state import DeskState


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """What a world is made from; the same spec at the same moment gives the same world."""

    seed: int = 1
    scenario: str = "default"
    calls: int = 300
    days: float = 3.0
    speed: float = 1.0


class World:
    """Clock, chance, faults and the request log, and the vendors' states built upon them."""

    ringcentral: RingCentralState
    accounts: AccountsState
    crm: CrmState
    desk: DeskState
    mail: MailState
    salesiq: Portal

    def __init__(self, spec: WorldSpec | None = None, *, clock: SimClock | None = None) -> None:
        self.spec = spec or WorldSpec()
        self.seed = self.spec.seed
        self.clock = clock or SimClock(self.spec.speed)
        self.rng = random.Random(self.seed)
        self.faults = FaultPlan(random.Random(f"{self.seed}:faults"))
        self.requests = RequestLog()
