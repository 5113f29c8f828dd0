"""All stand-ins on two ports: `with SimulatorServer(seed=7, calls=300) as sim: sim.base_url`."""

from __future__ import annotations

from switchboard.simulators.assembly import simulators
from switchboard.simulators.core.server import AppServer
from switchboard.simulators.core.world import WorldSpec
from switchboard.simulators.mail.listener import MailListener


class SimulatorServer(AppServer):
    """A company's RingCentral, Zoho and mail server, in a thread (`with`) or until Ctrl-C (`run`).

    `base_url` is where the vendors and the control door are; mail goes to `host`, `smtp_port`.
    """

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
        smtp_port: int = 0,
    ) -> None:
        self.spec = WorldSpec(seed, scenario, calls, days, speed)
        super().__init__(
            lambda: simulators(self.spec, mail_door=self._mail.door), host=host, port=port
        )
        try:
            self._mail = MailListener(lambda: self.world, host=host, port=smtp_port)
        except OSError:
            self.stop()
            raise

    @property
    def smtp_port(self) -> int:
        """Where the simulated mail server listens."""
        return int(self._mail.port)

    async def open_beside(self) -> None:
        await self._mail.open()

    async def close_beside(self) -> None:
        await self._mail.close()

    def stop(self) -> None:
        super().stop()
        if hasattr(self, "_mail"):
            self._mail.release()
