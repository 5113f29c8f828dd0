"""All stand-ins behind one port: `with SimulatorServer(seed=7, calls=300) as sim: sim.base_url`."""

from __future__ import annotations

from switchboard.simulators.assembly import simulators
from switchboard.simulators.core.server import AppServer
from switchboard.simulators.core.world import WorldSpec


class SimulatorServer(AppServer):
    """A company's RingCentral and Zoho, in a thread (`with`) or in the foreground (`run`)."""

    def __init__(
        self,
        *,
        seed: int = 1,
        scenario: str = "default",
        calls: int = 300,
        days: float = 3.0,
        speed: float = 1.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.spec = WorldSpec(seed, scenario, calls, days, speed)
        super().__init__(lambda: simulators(self.spec), host=host, port=port)
