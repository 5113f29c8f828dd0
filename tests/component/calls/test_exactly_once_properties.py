"""Random histories, faults, kills and repeats against the plain model of the manual's rules."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.calls.company import CALLERS, Company, a_record
from tests.component.calls.fakes import CrmWorld, Hazard
from tests.model import ModelCall, Person, new_lead_id, run_model

EXAMPLES = int(os.environ.get("EXAMPLES", "35"))
KINDS = ("accepted", "missed", "voicemail")
OFFICES = ("north", "south")
PROTECTED = frozenset({"Qualified"})

calls = st.lists(
    st.tuples(
        st.integers(0, len(CALLERS) - 1),
        st.sampled_from(KINDS),
        st.sampled_from(OFFICES),
        st.integers(10, 2000),
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda call: call[3],  # Minutes ago: two calls never start together.
)
known = st.fixed_dictionaries(
    {},
    optional={
        0: st.sampled_from(["New", "Qualified", None]),
        1: st.just("contact"),
        2: st.sampled_from(["converted", "converted without contact"]),
    },
)
faults = st.lists(
    st.dictionaries(
        st.integers(1, 40),
        st.sampled_from(["kill_before", "kill_after", "lost", "drop", "refused"]),
        min_size=1,
        max_size=4,
    ),
    max_size=4,
)


def people_of(world: CrmWorld, wanted: dict[int, str | None]) -> list[Person]:
    """Put people into the CRM, their numbers as people type them, and tell the model."""
    found: list[Person] = []
    if 0 in wanted:
        phone = "(215) 555-0100"
        ident = world.add("Leads", Last_Name="Lead", Phone=phone, Lead_Status=wanted[0])
        found.append(Person("Leads", ident, (phone,), wanted[0]))
    if 1 in wanted:
        ident = world.add("Contacts", Last_Name="Contact", Mobile="215.555.0101")
        found.append(Person("Contacts", ident, ("215.555.0101",)))
    if 2 in wanted:
        contact = None
        if wanted[2] == "converted":
            contact = world.add("Contacts", Last_Name="Once a lead")
            found.append(Person("Contacts", contact))
        ident = world.add(
            "Leads", Last_Name="Gone", Phone="1 215 555 0102", converted=True, contact_id=contact
        )
        found.append(
            Person("Leads", ident, ("1 215 555 0102",), converted=True, contact_id=contact)
        )
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=calls, wanted=known, disturbances=faults)
def test_any_history_with_any_disturbances_ends_as_the_manual_says(
    history: list[tuple[int, str, str, int]],
    wanted: dict[int, str | None],
    disturbances: list[dict[int, str]],
) -> None:
    asyncio.run(_compare(history, wanted, disturbances))


async def _compare(
    history: list[tuple[int, str, str, int]],
    wanted: dict[int, str | None],
    disturbances: list[dict[int, str]],
) -> None:
    world = CrmWorld()
    people = people_of(world, wanted)
    records = [
        a_record(n, caller=CALLERS[who], minutes_ago=ago, outcome=kind, office=office)
        for n, (who, kind, office, ago) in enumerate(history)
    ]
    model = run_model(
        [
            ModelCall(f"s-{n:04}", CALLERS[who], kind, -60.0 * ago, office)  # type: ignore[arg-type]
            for n, (who, kind, office, ago) in enumerate(history)
        ],
        people,
        office_order=OFFICES,
        protected=PROTECTED,
    )
    with tempfile.TemporaryDirectory() as folder:
        it = Company(Path(folder), records, world, {"protected_statuses": tuple(PROTECTED)})
        try:
            for plan in disturbances:
                await it.run(Hazard(dict(plan)))
            await asyncio.sleep(0.32 if disturbances else 0)  # The leases of the dead run out.
            report = await it.run()
            again = await it.run()
        finally:
            it.close()
    assert report is not None
    assert again is not None
    assert again.accounted_for
    assert again.total("waiting") == 0
    assert again.total("parked") == len(model.impossible)

    ours = {
        ident: row
        for ident, row in world.people.items()
        if row["module"] == "Leads" and "Lead_Source" in row
    }
    assert Counter(row["Phone"] for row in ours.values()) == Counter(model.created.keys())
    name = {ident: new_lead_id(row["Phone"]) for ident, row in ours.items()}
    statuses = {
        name.get(ident, ident): row.get("Lead_Status")
        for ident, row in world.people.items()
        if row["module"] == "Leads" and not row["converted"]
    }
    assert statuses == model.statuses
    notes = [
        (title.partition("[rc:")[2].rstrip("]"), (module, name.get(parent, parent)))
        for module, parent, title in world.notes
    ]
    assert len(notes) == len(dict(notes))
    assert dict(notes) == model.notes
