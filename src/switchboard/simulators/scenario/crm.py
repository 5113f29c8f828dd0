"""Who the CRM knows already: leads and contacts, their numbers typed in as people type them."""

from __future__ import annotations

from random import Random

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.company import Caller
from switchboard.simulators.scenario.company import OWNERS
from switchboard.simulators.scenario.names import COMPANIES
from switchboard.simulators.scenario.people import People

DAY = 86400.0
STATUSES = ("New", "Contacted", "Attempted to Contact", "Qualified", "Not Contacted")


class Clerk:
    """Enters people into the CRM, some time in the last two years."""

    def __init__(self, world: World, seed: int) -> None:
        self._crm, self._now = world.crm, world.clock.now()
        self._rng = Random(f"{seed}:crm")

    def enter(self, caller: Caller) -> None:
        """Make *caller* known: mostly as a lead, sometimes as a contact, rarely as both."""
        draw = self._rng.random()
        if draw < 0.62:
            self._lead(caller)
        elif draw < 0.85:
            self._contact(caller)
        elif draw < 0.94:
            self._crm.convert_lead(self._lead(caller))
        else:
            self._contact(caller)
            self._lead(caller)

    def strangers(self, people: People, count: int) -> None:
        """People who did not call these days."""
        for _ in range(count):
            self.enter(people.fresh())

    def _lead(self, caller: Caller) -> str:
        fields = self._person(caller) | {
            "Company": self._rng.choice(COMPANIES),
            "Lead_Status": self._rng.choice(STATUSES),
            "Lead_Source": self._rng.choice(("Web Download", "Cold Call", "Trade Show")),
            self._rng.choice(("Phone", "Phone", "Mobile")): self._typed(caller.e164 or ""),
        }
        return self._enter("Leads", fields)

    def _contact(self, caller: Caller) -> str:
        place = self._rng.choice(("Phone", "Mobile", "Home_Phone", "Other_Phone"))
        fields = self._person(caller) | {place: self._typed(caller.e164 or "")}
        return self._enter("Contacts", fields)

    def _person(self, caller: Caller) -> dict[str, object]:
        first, _, last = caller.name.partition(" ")
        plain = "".join(char for char in last.lower() if char.isalpha())
        return {
            "First_Name": first,
            "Last_Name": last,
            "Email": f"{first.lower()}.{plain}{self._rng.randrange(100)}@mail.example",
            "Owner": {"id": self._rng.choice(OWNERS).id},
        }

    def _enter(self, module: str, fields: dict[str, object]) -> str:
        created = self._now - self._rng.uniform(5 * DAY, 700 * DAY)
        return self._crm.add_record(module, fields, created=created, modified=created + DAY)

    def _typed(self, e164: str) -> str:
        if not e164.startswith("+1"):
            return e164
        area, exchange, line = e164[2:5], e164[5:8], e164[8:]
        return self._rng.choice(
            (
                f"({area}) {exchange}-{line}",
                f"{area}-{exchange}-{line}",
                f"{area}.{exchange}.{line}",
                f"+1 {area} {exchange} {line}",
                f"1-{area}-{exchange}-{line}",
                f"{area}{exchange}{line}",
                e164,
            )
        )
