import time
from collections import Counter

import pytest
from tests.unit.simulators.makers import NOON, a_world, nobody

from switchboard.simulators.assembly import new_world
from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.world import WorldSpec
from switchboard.simulators.ringcentral.calls import KINDS
from switchboard.simulators.scenario import add_calls, config_documents, populate


@pytest.mark.parametrize("calls", [0, 1, 7, 60, 300])
def test_a_history_has_exactly_the_calls_asked_for(calls: int) -> None:
    world = a_world(calls=calls)
    assert len(world.ringcentral) == calls
    assert len({call.session for call in world.ringcentral.calls()}) == calls


def test_the_same_seed_makes_the_same_history() -> None:
    def history(seed: int) -> tuple[object, object]:
        world = a_world(seed=seed, calls=120)
        calls = [(c.session, c.kind, c.start, c.caller, c.rung) for c in world.ringcentral.calls()]
        return calls, world.crm.collections()["leads"]()

    assert history(3) == history(3)
    assert history(3) != history(4)


def test_the_ages_of_calls_depend_on_the_seed_alone() -> None:
    """A failing run replays at any hour of the day."""

    def ages(now: float) -> list[float]:
        clock = SimClock(wall=lambda: now, stopwatch=lambda: 0.0)
        world = new_world(WorldSpec(seed=2, calls=80), clock=clock)
        return [round(now - call.start, 2) for call in world.ringcentral.calls()]

    assert ages(NOON) == ages(NOON + 7 * 3600)


def test_every_kind_of_call_comes_up() -> None:
    world = a_world(calls=100)
    assert {call.kind for call in world.ringcentral.calls()} == set(KINDS)


def test_calls_lie_within_the_days_asked_for_and_most_are_over() -> None:
    world = a_world(calls=200, days=1.0)
    calls = world.ringcentral.calls()
    assert all(NOON - 86400 <= call.start <= NOON for call in calls)
    ended = [call for call in calls if call.living is None]
    assert len(calls) - len(ended) == 2
    assert all(call.start + call.duration < NOON for call in ended)


def test_settled_scenarios_hold_no_call_in_progress() -> None:
    world = a_world(calls=200, scenario="settled")
    assert all(call.living is None for call in world.ringcentral.calls())


def test_of_a_thousand_benchmark_calls_six_hundred_come_from_new_people() -> None:
    world = a_world(calls=1000, scenario="benchmark")
    known = {
        "".join(char for char in str(row.get(name) or "") if char.isdigit())[-10:]
        for module in ("leads", "contacts")
        for row in world.crm.collections()[module]()
        for name in ("Phone", "Mobile", "Home_Phone", "Other_Phone")
    }
    callers = {call.caller.e164 for call in world.ringcentral.calls()}
    assert sum(e164 is not None and e164[-10:] not in known for e164 in callers) == 600


def test_no_caller_has_a_number_of_the_company() -> None:
    world = a_world(calls=500)
    own = {e.phone for e in world.ringcentral.company.extensions.values()}
    assert not own & {call.caller.e164 for call in world.ringcentral.calls()} - {None}


def test_callers_are_written_in_several_ways_and_some_not_at_all() -> None:
    sent = [call.caller.sent for call in a_world(calls=600).ringcentral.calls()]
    shapes = Counter("none" if s is None else "masked" if "X" in s else s[0] for s in sent)
    assert {"none", "masked", "+", "1", "("} <= set(shapes)


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="default, settled, benchmark, empty"):
        populate(nobody(), "defalt", 1)


def test_a_call_can_be_added_that_settles_later() -> None:
    world = a_world(calls=5)
    (added,) = add_calls(
        world, {"kind": "queue_missed", "office": "denver", "settles_in_s": 90, "caller": "+1"}
    )
    assert (added["office"], added["settled"]) == ("denver", False)
    world.clock.advance(90)
    call = world.ringcentral.calls()[-1]
    assert world.ringcentral.describe(call)["settled"] is True


def test_a_call_to_somebody_who_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="No extension '9999'"):
        add_calls(a_world(calls=1), {"kind": "accepted", "extension": "9999"})


def test_a_hundred_thousand_calls_are_made_in_seconds() -> None:
    before = time.perf_counter()
    assert len(a_world(calls=100_000).ringcentral) == 100_000
    assert time.perf_counter() - before < 60


def test_budgets_follow_the_speed() -> None:
    """`--speed` is written into the configuration; the product has no test switch."""
    settings = config_documents(nobody(), "http://127.0.0.1:1", 60)["data/settings.json"]
    assert settings["vendors"]["budgets"]["window_seconds"] == 1
    assert settings["calls"]["settle_minutes"] == 0.05


def test_a_run_without_options_looks_at_the_whole_history() -> None:
    offices = config_documents(nobody(), "http://127.0.0.1:1")["sorted/data/offices.json"]
    assert offices["global_config"]["processing"]["default_hours_back"] == 72
