"""Past calls are replayed under today's rules as a run would assign them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.unit.flows.call_to_lead.makers import START, a_call, an_extension, an_office, an_owner

from switchboard.config.documents import AssignmentRules, Office, OwnersConfig
from switchboard.flows.call_to_lead.simulate import PastCall, Replay, replay

NORTH = an_office(
    "north",
    owners=OwnersConfig(
        lead_owners=(an_owner("a", 2.0), an_owner("b")),
        assignment_rules=AssignmentRules.model_validate(
            {"department_specific": {"mappings": {"Support Queue": ["c"]}}}
        ),
    ),
)
SOUTH = an_office("south", extensions=(an_extension("900"), an_extension("901")))


def past(number: int, *, new: bool = True, caller: str | None = None, **changes: Any) -> PastCall:
    values = {"session": f"s-{number}", "caller": caller or f"+1215555{number:04}"}
    start = {"started_at": START + timedelta(minutes=number)}
    return PastCall(a_call(**(values | start | changes)), new)


def the_replay(
    *calls: PastCall, offices: tuple[Office, ...] = (NORTH, SOUTH), **how: Any
) -> Replay:
    settings = {"wanted": [each.id for each in offices], "rotations": {}}
    return replay(offices, calls, **(settings | how))


def owners(result: Replay) -> list[str | None]:
    return [each.assignment.owner_id for each in result.given]


def test_calls_are_taken_oldest_first_whatever_order_they_come_in() -> None:
    calls = [past(number) for number in range(6)]
    assert owners(the_replay(*reversed(calls))) == owners(the_replay(*calls))
    assert owners(the_replay(*calls)) == ["a", "b", "a", "a", "b", "a"]


def test_the_replay_goes_on_where_the_rotation_stands() -> None:
    going_on = {"north": {"a": -0.5, "b": 0.5}}
    assert owners(the_replay(past(1), rotations=going_on)) == ["b"]
    assert going_on == {"north": {"a": -0.5, "b": 0.5}}


def test_a_caller_makes_one_lead_and_a_known_one_none() -> None:
    twice = [past(1, caller="+12155550001"), past(2, caller="+12155550001")]
    result = the_replay(*twice, past(3, new=False))
    assert len(result.given) == 1
    assert result.known_callers == 2
    assert len(the_replay(*twice, past(3, new=False), every_call=True).given) == 3


def test_a_call_belongs_to_the_office_today_s_extensions_give_it() -> None:
    result = the_replay(
        past(1),
        past(2, extension_ids=("901",), extension_numbers=()),
        past(3, extension_ids=("777",), extension_numbers=()),
    )
    assert [each.office.id for each in result.given] == ["north", "south"]
    assert result.not_processed == 1
    assert len(the_replay(past(1), wanted=["south"]).given) == 0


def test_calls_that_are_none_and_callers_without_number_are_left_out() -> None:
    odd = [past(1, outcome="fax"), past(2, outcome="blocked")]
    withheld = PastCall(a_call(caller=None), new=True)
    assert the_replay(*odd, withheld).given == []


def test_the_wanted_share_is_that_of_the_calls_an_owner_could_get() -> None:
    """Six calls for the whole team, two for the department with an owner of its own."""
    queue: dict[str, Any] = {"queue_extension_id": "200", "queue_name": "Support Queue"}
    result = the_replay(*(past(n) for n in range(6)), past(7, **queue), past(8, **queue))
    shares = {
        each.owner_id: (each.leads, round(each.wanted, 9)) for each in result.of_office(NORTH)
    }
    assert shares == {"a": (4, 4.0), "b": (2, 2.0), "c": (2, 2.0)}


def test_leads_zoho_gives_away_are_counted_too() -> None:
    nobody = an_office("north", owners=OwnersConfig())
    (share,) = the_replay(past(1), offices=(nobody,)).shares
    assert (share.owner_id, share.leads, share.wanted) == (None, 1, 1.0)
