"""A new lead goes to who takes calls after hours, to the department's owners, or round the team."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import a_call, an_office, an_owner

from switchboard.config.documents import AssignmentRules, LeadOwner, Office, OwnersConfig
from switchboard.flows.call_to_lead.assign import assign
from switchboard.flows.call_to_lead.models import Attribution, Call
from switchboard.flows.call_to_lead.owners import owner_warnings
from switchboard.vendors.zoho_crm.models import CrmUser

MONDAY_10 = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)  # 10:00 in Philadelphia.
MONDAY_20 = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
CALL = a_call(started_at=MONDAY_10)
LATE = a_call(started_at=MONDAY_20)
HOURS = {"start": "09:00", "end": "17:00"}
CLOSED_AT_NIGHT = {
    "office_hours_only": True,
    "office_hours": HOURS,
    "after_hours_owner_id": "night",
}


def the_office(*owners: LeadOwner, **rules: Any) -> Office:
    return an_office(
        owners=OwnersConfig(
            lead_owners=owners, assignment_rules=AssignmentRules.model_validate(rules)
        )
    )


def users(*active: str, **others: str) -> dict[str, CrmUser]:
    states = {**dict.fromkeys(active, "active"), **others}
    return {
        ident: CrmUser(id=ident, full_name=f"Zoho {ident}", status=status)
        for ident, status in states.items()
    }


def turns(office: Office, count: int, call: Call = CALL) -> list[str | None]:
    rotations: dict[str, dict[str, float]] = {}
    chosen = []
    for _ in range(count):
        choice = assign(office, rotations, call=call)
        if choice.pool is not None:
            rotations[choice.pool] = choice.rotation_after
        chosen.append(choice.owner_id)
    return chosen


def test_owners_of_equal_weight_take_turns_in_the_document_s_order() -> None:
    office = the_office(an_owner("b"), an_owner("a"), an_owner("c"))
    assert turns(office, 6) == ["b", "a", "c", "b", "a", "c"]


def test_the_manual_s_weights_are_kept() -> None:
    office = the_office(an_owner("sarah", 2.0), an_owner("david", 1.5))
    assert Counter(turns(office, 70)) == {"sarah": 40, "david": 30}


def test_weights_count_only_when_they_are_respected() -> None:
    office = the_office(an_owner("a", 9.0), an_owner("b"), respect_weights=False)
    assert Counter(turns(office, 10)) == {"a": 5, "b": 5}


def test_an_owner_listed_twice_has_one_turn() -> None:
    office = the_office(an_owner("a"), an_owner("b"), an_owner("a"))
    assert Counter(turns(office, 4)) == {"a": 2, "b": 2}


def test_every_choice_says_why() -> None:
    choice = assign(the_office(an_owner("a", 2.0), an_owner("b")), {}, call=CALL)
    assert choice.why == "Owner a is next in the rotation (weight 2 of 3)."
    assert (choice.rule, choice.pool) == ("rotation", "philadelphia")


# --- who cannot take a lead ----------------------------------------------------------------------


def test_owners_who_cannot_take_a_lead_are_passed_over_and_named() -> None:
    office = the_office(an_owner("a", active=False), an_owner("b"), an_owner("c"), an_owner("d"))
    choice = assign(office, {}, call=CALL, users=users("a", "d", c="inactive"))
    assert choice.owner_id == "d"
    assert choice.why == (
        "Owner d is next in the rotation (weight 1 of 1). Skipped: Owner b is not a user of "
        "Zoho CRM, Owner c is not active in Zoho CRM."
    )


def test_without_zoho_s_users_the_configuration_alone_decides() -> None:
    office = the_office(an_owner("a", active=False), an_owner("b"))
    assert set(turns(office, 4)) == {"b"}


def test_an_owner_without_a_name_is_called_as_zoho_knows_him() -> None:
    office = the_office(LeadOwner(id="a"))
    assert "Zoho a is next" in assign(office, {}, call=CALL, users=users("a")).why
    assert "a is next" in assign(office, {}, call=CALL).why


def test_the_fallback_owner_takes_what_the_rotation_cannot() -> None:
    office = the_office(an_owner("a", active=False), fallback_owner_id="z")
    choice = assign(office, {"philadelphia": {"a": 0.5}}, call=CALL)
    assert (choice.owner_id, choice.rule, choice.pool) == ("z", "fallback", None)
    assert choice.why == "z takes it as the fallback owner. No owner can take it in turn."


def test_an_unusable_fallback_leaves_the_choice_to_zoho() -> None:
    office = the_office(an_owner("a", active=False), fallback_owner_id="a")
    choice = assign(office, {}, call=CALL)
    assert (choice.owner_id, choice.rule) == (None, "nobody")
    assert "the fallback owner Owner a is set inactive" in choice.why
    nobody = assign(the_office(), {}, call=CALL)
    assert nobody.owner_id is None
    assert "no fallback owner is named" in nobody.why
    strange = the_office(an_owner("a"), fallback_owner_id="b")
    assert assign(strange, {}, call=CALL, users=users("c")).owner_id is None


def test_without_round_robin_the_fallback_owner_takes_everything() -> None:
    office = the_office(an_owner("a"), an_owner("b"), round_robin=False, fallback_owner_id="b")
    assert turns(office, 3) == ["b", "b", "b"]


def test_a_run_warns_once_of_every_owner_who_is_passed_over() -> None:
    """Whoever was switched off on purpose is no surprise, unless a rule still counts on him."""
    office = the_office(
        an_owner("a", active=False),
        an_owner("b"),
        an_owner("d", active=False),
        fallback_owner_id="b",
        department_specific={"mappings": {"Sales": ["x", "c", "a"]}},
    )
    known = users("a", "c", "d", x="inactive")
    off, unknown, gone = owner_warnings([office], known)
    assert off == (
        "Philadelphia: Owner a (a) is set inactive in lead_owners.json and gets no new leads."
    )
    assert unknown == ("Philadelphia: Owner b (b) is not a user of Zoho CRM and gets no new leads.")
    assert gone == "Philadelphia: Zoho x (x) is not active in Zoho CRM and gets no new leads."
    assert len(owner_warnings([office], None)) == 1


# --- after hours ---------------------------------------------------------------------------------


def test_a_call_after_hours_goes_to_its_owner() -> None:
    """At the time of the call, not of the run."""
    office = the_office(an_owner("a"), **CLOSED_AT_NIGHT)
    assert assign(office, {}, call=CALL).owner_id == "a"
    choice = assign(office, {}, call=LATE, users=users("a", "night"))
    assert (choice.owner_id, choice.rule, choice.pool) == ("night", "after_hours", None)
    assert choice.why == "Zoho night takes it: the office is closed since Mon 02 Nov 17:00."


def test_a_holiday_is_named() -> None:
    hours = {**HOURS, "holidays": [{"date": "11-02", "name": "Founders' Day"}]}
    office = the_office(an_owner("a"), **{**CLOSED_AT_NIGHT, "office_hours": hours})
    why = assign(office, {}, call=CALL).why
    assert why == "night takes it: the office is closed for Founders' Day (02 Nov)."


def test_office_hours_alone_change_no_owner() -> None:
    office = the_office(an_owner("a"), **{**CLOSED_AT_NIGHT, "office_hours_only": False})
    assert assign(office, {}, call=LATE).owner_id == "a"


def test_an_after_hours_owner_who_cannot_take_it_leaves_it_to_the_rotation() -> None:
    office = the_office(an_owner("a"), **CLOSED_AT_NIGHT)
    choice = assign(office, {}, call=LATE, users=users("a", night="inactive"))
    assert choice.owner_id == "a"
    assert choice.why == (
        "Owner a is next in the rotation (weight 1 of 1). The office is closed since Mon 02 Nov "
        "17:00, but the after-hours owner Zoho night is not active in Zoho CRM."
    )
    nobody = the_office(an_owner("a"), office_hours_only=True, office_hours=HOURS)
    assert "no after-hours owner is named" in assign(nobody, {}, call=LATE).why


# --- departments ---------------------------------------------------------------------------------

SALES = {"department_specific": {"mappings": {"support queue": ["x", "y"]}}}
QUEUE_CALL = a_call(
    started_at=MONDAY_10,
    queue_name="Support Queue",
    queue_extension_id="200",
    agent_extension_id="304",
    extension_ids=("200", "304"),
)
LEE = Attribution(
    office_id="philadelphia",
    extension_id="304",
    extension_name="Lee Example",
    role="answered",
    process_calls=True,
    decided_by="Lee Example",
)


def test_a_department_s_owners_take_turns_by_their_weights() -> None:
    """Those who are not in lead_owners count as one."""
    office = the_office(an_owner("a"), an_owner("x", 3.0), **SALES)
    assert Counter(turns(office, 8, QUEUE_CALL)) == {"x": 6, "y": 2}
    choice = assign(office, {}, call=QUEUE_CALL)
    assert choice.why == "Owner x is next for the department support queue (weight 3 of 4)."
    assert choice.pool == "philadelphia/department:support queue"


def test_a_department_s_turns_do_not_touch_the_team_s() -> None:
    office = the_office(an_owner("a"), an_owner("x"), **SALES)
    rotations = {"philadelphia": {"a": 0.5, "x": -0.5}}
    choice = assign(office, rotations, call=QUEUE_CALL)
    assert set(choice.rotation_after) == {"x", "y"}


@pytest.mark.parametrize("name", ["SUPPORT  queue", "200", "1001"])
def test_a_queue_is_known_by_name_number_or_id(name: str) -> None:
    office = the_office(an_owner("a"), department_specific={"mappings": {name: ["x"]}})
    for call in (
        QUEUE_CALL,
        a_call(queue_extension_id="200"),
        a_call(queue_extension_number="1001", queue_name="Queue of another name"),
    ):
        assert assign(office, {}, call=call).owner_id == "x"


@pytest.mark.parametrize("name", ["lee example", "304", "204"])
def test_a_direct_call_is_its_extension_s(name: str) -> None:
    office = the_office(an_owner("a"), department_specific={"mappings": {name: ["x"]}})
    assert assign(office, {}, call=CALL).owner_id == "x"
    bare = a_call(extension_ids=(), extension_numbers=())
    assert assign(office, {}, call=bare, attribution=LEE).owner_id == "x"
    assert assign(office, {}, call=bare).owner_id == "a"


def test_a_call_through_a_queue_is_the_queue_s_whoever_answered() -> None:
    office = the_office(an_owner("a"), department_specific={"mappings": {"Lee Example": ["x"]}})
    assert assign(office, {}, call=QUEUE_CALL, attribution=LEE).owner_id == "a"


def test_a_department_nobody_of_which_can_take_it_leaves_it_to_the_team() -> None:
    office = the_office(an_owner("a"), **SALES)
    choice = assign(office, {}, call=QUEUE_CALL, users=users("a", "x2", y="inactive"))
    assert (choice.owner_id, choice.rule) == ("a", "rotation")
    assert choice.department == "support queue"
    assert choice.why == (
        "Owner a is next in the rotation (weight 1 of 1). Skipped: x is not a user of Zoho CRM, "
        "Zoho y is not active in Zoho CRM. No owner of the department support queue can take it."
    )


def test_departments_that_are_off_change_nothing() -> None:
    off = {"department_specific": {"enabled": False, "mappings": {"Support Queue": ["x"]}}}
    assert assign(the_office(an_owner("a"), **off), {}, call=QUEUE_CALL).owner_id == "a"


def test_after_hours_comes_before_the_department() -> None:
    office = the_office(an_owner("a"), **SALES, **CLOSED_AT_NIGHT)
    late = QUEUE_CALL.model_copy(update={"started_at": MONDAY_20})
    assert assign(office, {}, call=late).owner_id == "night"


def test_without_round_robin_the_first_of_a_department_takes_everything() -> None:
    office = the_office(an_owner("a"), round_robin=False, **SALES)
    assert turns(office, 3, QUEUE_CALL) == ["x", "x", "x"]


@given(
    st.lists(st.floats(0.1, 10), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from("012345"), st.floats(-20, 20)),
)
def test_any_stored_rotation_gives_an_owner(weights: list[float], credit: dict[str, float]) -> None:
    office = the_office(*(an_owner(str(n), w) for n, w in enumerate(weights)))
    choice = assign(office, {"philadelphia": credit}, call=CALL)
    assert choice.owner_id in {str(n) for n in range(len(weights))}
    assert choice == assign(office, {"philadelphia": credit}, call=CALL)
