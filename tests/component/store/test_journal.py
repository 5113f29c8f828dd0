"""The journal lets each write at a vendor happen once, whoever dies or comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.store.makers import NOW, an_effect

from switchboard.store import journal, leases
from switchboard.store.database import Database
from switchboard.store.journal import IllegalTransitionError
from switchboard.store.leases import LeaseLostError

KEY = an_effect(1).key
PERSON = an_effect(1).person


async def hold(db: Database, worker: str, *, at: float = NOW, persons: tuple[str, ...] = ()) -> int:
    who = persons or (PERSON,)
    return (await db.run(lambda c: leases.acquire(c, who, worker, at + 30, at)))[who[0]]


async def sending(db: Database, worker: str = "w1") -> None:
    await db.run(lambda c: journal.intend(c, [an_effect(1)]))
    await hold(db, worker)
    assert await db.run(lambda c: journal.mark_sending(c, [KEY], worker, NOW)) == [KEY]


async def state(db: Database, key: str = KEY) -> str:
    return (await db.run(lambda c: journal.by_keys(c, [key])))[key].state


async def test_intending_twice_keeps_the_first_decision(db: Database) -> None:
    first = an_effect(1, request='{"a": 1}', sequence=2)
    again = an_effect(1, request='{"a": 2}', intended_at=NOW + 60)
    one = await db.run(lambda c: journal.intend(c, [first]))
    two = await db.run(lambda c: journal.intend(c, [again, an_effect(2)]))
    assert one[KEY] == replace(first, request_hash=journal.request_hash(first.request))
    assert two[KEY] == one[KEY]
    assert two[an_effect(2).key].state == "intended"
    assert await db.run(lambda c: journal.intend(c, [])) == {}


async def test_intending_again_does_not_reopen_what_is_settled(db: Database) -> None:
    await sending(db)
    await db.run(lambda c: journal.settle(c, KEY, "z1"))
    row = (await db.run(lambda c: journal.intend(c, [an_effect(1)])))[KEY]
    assert (row.state, row.vendor_id, row.attempts) == ("settled", "z1", 1)


async def test_only_what_is_intended_and_leased_may_be_sent(db: Database) -> None:
    effects = [an_effect(n) for n in (1, 2, 3, 4)]
    await db.run(lambda c: journal.intend(c, effects))
    await db.run(lambda c: leases.acquire(c, [effects[0].person], "me", NOW + 30, NOW))
    await db.run(lambda c: leases.acquire(c, [effects[1].person], "other", NOW + 30, NOW))
    await db.run(lambda c: leases.acquire(c, [effects[2].person], "me", NOW - 5, NOW - 30))
    keys = [one.key for one in reversed(effects)]
    assert await db.run(lambda c: journal.mark_sending(c, keys, "me", NOW)) == [KEY]
    assert await db.run(lambda c: journal.mark_sending(c, keys, "me", NOW)) == []
    row = (await db.run(lambda c: journal.by_keys(c, [KEY])))[KEY]
    assert (row.state, row.attempts, row.worker, row.fence) == ("sending", 1, "me", 1)


async def test_a_batch_is_marked_in_its_own_order(db: Database) -> None:
    effects = [an_effect(n, person="+1") for n in range(1200)]
    await db.run(lambda c: journal.intend(c, effects))
    await db.run(lambda c: leases.acquire(c, ["+1"], "me", NOW + 30, NOW))
    keys = [one.key for one in reversed(effects)]
    assert await db.run(lambda c: journal.mark_sending(c, keys, "me", NOW)) == keys


async def test_an_old_fence_marks_nothing(db: Database) -> None:
    """The worker has the person again, but the work at hand was planned under its older lease."""
    await db.run(lambda c: journal.intend(c, [an_effect(1)]))
    old = await hold(db, "me")
    await db.run(lambda c: leases.release(c, [PERSON], "me"))
    new = await hold(db, "me")
    assert new == old + 1

    def mark(fence: int) -> Callable[[sa.Connection], list[str]]:
        return lambda c: journal.mark_sending(c, [KEY], "me", NOW, fences={PERSON: fence})

    assert await db.run(mark(old)) == []
    assert await db.run(mark(new)) == [KEY]


async def test_a_zombie_can_neither_send_nor_tell_what_happened(db: Database) -> None:
    """Its lease ran out while it was frozen; its successor released and sent the effect again."""
    await sending(db, "zombie")
    await hold(db, "heir", at=NOW + 31)
    assert [one.key for one in await db.run(lambda c: journal.in_doubt(c, [PERSON]))] == [KEY]
    await db.run(lambda c: journal.release(c, [KEY], worker="heir"))
    assert await db.run(lambda c: journal.mark_sending(c, [KEY], "zombie", NOW + 32)) == []
    assert await db.run(lambda c: journal.mark_sending(c, [KEY], "heir", NOW + 32)) == [KEY]
    for late in (
        lambda c: journal.settle(c, KEY, "zombie-id", worker="zombie"),
        lambda c: journal.refuse(c, KEY, "ZOHO-422", "no", worker="zombie"),
        lambda c: journal.park(c, KEY, "ZOHO-422", "no", worker="zombie"),
        lambda c: journal.release(c, [KEY], worker="zombie"),
    ):
        with pytest.raises(LeaseLostError):
            await db.run(late)
    assert await state(db) == "sending"
    await db.run(lambda c: journal.settle(c, KEY, "heir-id", worker="heir"))
    row = (await db.run(lambda c: journal.by_keys(c, [KEY])))[KEY]
    assert (row.vendor_id, row.attempts, row.worker, row.fence) == ("heir-id", 2, "heir", 2)


async def test_what_is_in_doubt_comes_in_the_order_it_was_intended(db: Database) -> None:
    effects = [
        an_effect(1, key="b", sequence=1),
        an_effect(1, key="a", sequence=2),
        an_effect(1, key="c", sequence=0, intended_at=NOW + 1),
        an_effect(1, key="d"),
        an_effect(2, key="e"),
    ]
    await db.run(lambda c: journal.intend(c, effects))
    await hold(db, "w", persons=(PERSON, an_effect(2).person))
    await db.run(lambda c: journal.mark_sending(c, ["a", "b", "c", "e"], "w", NOW))
    assert [one.key for one in await db.run(lambda c: journal.in_doubt(c, [PERSON]))] == [
        "b",
        "a",
        "c",
    ]
    owners = await db.run(lambda c: journal.of_interactions(c, ["call:700:1", "call:700:9"]))
    assert {owner: [one.key for one in rows] for owner, rows in owners.items()} == {
        "call:700:1": ["c", "d", "b", "a"]
    }


async def test_settling_twice_under_the_same_id_is_no_error(db: Database) -> None:
    await sending(db)
    await db.run(lambda c: journal.settle(c, KEY, "z1"))
    await db.run(lambda c: journal.settle(c, KEY, "z1"))
    with pytest.raises(IllegalTransitionError):
        await db.run(lambda c: journal.settle(c, KEY, "z2"))


async def test_what_was_parked_in_doubt_is_in_doubt_again_when_retried(db: Database) -> None:
    await sending(db)
    await db.run(lambda c: journal.park(c, KEY, "ZOHO-000", "no answer"))
    with pytest.raises(IllegalTransitionError):
        await db.run(lambda c: journal.supersede(c, [KEY]))
    await db.run(lambda c: journal.retry(c, [KEY]))
    assert await state(db) == "sending"


async def test_what_was_parked_before_it_was_sent_is_simply_sent_when_retried(db: Database) -> None:
    await sending(db)
    await db.run(lambda c: journal.release(c, [KEY]))
    await db.run(lambda c: journal.park(c, KEY, "ZOHO-422", "field too long"))
    row = (await db.run(lambda c: journal.by_keys(c, [KEY])))[KEY]
    assert (row.error_code, row.error) == ("ZOHO-422", "field too long")
    await db.run(lambda c: journal.retry(c, [KEY]))
    assert await state(db) == "intended"


async def test_a_refused_effect_can_be_retried_or_superseded(db: Database) -> None:
    await sending(db)
    await db.run(lambda c: journal.refuse(c, KEY, "ZOHO-422", "bad picklist value"))
    await db.run(lambda c: journal.retry(c, [KEY]))
    assert await state(db) == "intended"
    await db.run(lambda c: journal.supersede(c, [KEY], "a later call decides"))
    assert await state(db) == "superseded"
    with pytest.raises(IllegalTransitionError):
        await db.run(lambda c: journal.retry(c, [KEY]))


async def test_an_effect_nobody_intended_cannot_be_settled(db: Database) -> None:
    with pytest.raises(IllegalTransitionError):
        await db.run(lambda c: journal.settle(c, "nobody", "1"))


OPERATIONS: dict[str, Callable[[sa.Connection], object]] = {
    "send": lambda c: journal.mark_sending(c, [KEY], "w", NOW),
    "settle": lambda c: journal.settle(c, KEY, "id"),
    "refuse": lambda c: journal.refuse(c, KEY, "X-1", "no"),
    "park": lambda c: journal.park(c, KEY, "X-2", "help"),
    "release": lambda c: journal.release(c, [KEY]),
    "retry": lambda c: journal.retry(c, [KEY]),
    "supersede": lambda c: journal.supersede(c, [KEY]),
    "intend": lambda c: journal.intend(c, [an_effect(1)]),
}


def after(current: str, doubtful: bool, operation: str) -> str | None:
    """The state machine as a person would draw it; None stands for an illegal step."""
    table: dict[tuple[str, str], str] = {
        ("intended", "send"): "sending",
        ("intended", "park"): "parked",
        ("intended", "supersede"): "superseded",
        ("sending", "settle"): "settled",
        ("sending", "refuse"): "refused",
        ("sending", "park"): "parked",
        ("sending", "release"): "intended",
        ("settled", "settle"): "settled",
        ("refused", "retry"): "intended",
        ("refused", "release"): "intended",
        ("refused", "supersede"): "superseded",
        ("parked", "retry"): "sending" if doubtful else "intended",
        ("parked", "release"): "intended",
    }
    if not doubtful:
        table["parked", "supersede"] = "superseded"
    if operation in {"send", "intend"}:  # These leave alone what they do not apply to.
        return table.get((current, operation), current)
    return table.get((current, operation))


@given(steps=st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=12))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_history_of_an_effect_keeps_to_the_state_machine(
    machine: Database, steps: list[str]
) -> None:
    """Whatever is asked in whatever order: a legal step is taken, an illegal one raises."""
    machine.run_sync(lambda c: c.execute(sa.text("DELETE FROM effect")))
    machine.run_sync(lambda c: leases.acquire(c, [PERSON], "w", NOW + 30, NOW))
    machine.run_sync(OPERATIONS["intend"])
    current, doubtful = "intended", False
    for step in steps:
        expected = after(current, doubtful, step)
        if expected is None:
            with pytest.raises(IllegalTransitionError):
                machine.run_sync(OPERATIONS[step])
            expected = current
        else:
            machine.run_sync(OPERATIONS[step])
        stored = machine.run_sync(lambda c: journal.by_keys(c, [KEY]))[KEY]
        assert stored.state == expected
        current, doubtful = expected, stored.sending_at is not None


@pytest.fixture
def machine(database_url: str) -> object:
    database = Database.open(database_url)
    yield database
    database.close()
