"""New leads go round the active owners by their weights, whatever restarts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import an_owner

from switchboard.config.documents import AssignmentRules, LeadOwner, OwnersConfig
from switchboard.flows.call_to_lead.assign import assign


def the_owners(*owners: LeadOwner, **rules: Any) -> OwnersConfig:
    return OwnersConfig(lead_owners=owners, assignment_rules=AssignmentRules(**rules))


def turns(owners: OwnersConfig, count: int) -> list[str | None]:
    rotation: dict[str, float] = {}
    chosen = []
    for _ in range(count):
        choice = assign(owners, rotation)
        rotation = choice.rotation_after
        chosen.append(choice.owner_id)
    return chosen


def test_owners_of_equal_weight_take_turns_in_the_document_s_order() -> None:
    owners = the_owners(an_owner("b"), an_owner("a"), an_owner("c"))
    assert turns(owners, 6) == ["b", "a", "c", "b", "a", "c"]


def test_the_manual_s_weights_are_kept_smoothly() -> None:
    """Weights 2.0 and 1.5: four and three of every seven, never long runs of one owner."""
    owners = the_owners(an_owner("sarah", 2.0), an_owner("david", 1.5))
    chosen = turns(owners, 70)
    assert Counter(chosen) == {"sarah": 40, "david": 30}
    assert "sarah sarah sarah" not in " ".join(map(str, chosen))


def test_weights_count_only_when_they_are_respected() -> None:
    owners = the_owners(an_owner("a", 9.0), an_owner("b"), respect_weights=False)
    assert Counter(turns(owners, 10)) == {"a": 5, "b": 5}


def test_inactive_owners_are_passed_over() -> None:
    owners = the_owners(an_owner("a", active=False), an_owner("b"))
    assert set(turns(owners, 4)) == {"b"}


def test_owners_zoho_does_not_know_as_active_are_passed_over() -> None:
    owners = the_owners(an_owner("a"), an_owner("b"), fallback_owner_id="a")
    assert assign(owners, {}, usable_ids={"b"}).owner_id == "b"
    assert assign(owners, {}, usable_ids={"c"}).owner_id is None


def test_the_fallback_owner_takes_what_the_rotation_cannot() -> None:
    owners = the_owners(an_owner("a", active=False), fallback_owner_id="z")
    choice = assign(owners, {"a": 0.5})
    assert (choice.owner_id, choice.rotation_after) == ("z", {"a": 0.5})
    assert "fallback" in choice.why


def test_an_inactive_fallback_leaves_the_choice_to_zoho() -> None:
    owners = the_owners(an_owner("a", active=False), fallback_owner_id="a")
    assert assign(owners, {}).owner_id is None
    assert assign(the_owners(), {}).owner_id is None


def test_without_round_robin_the_fallback_owner_takes_everything() -> None:
    owners = the_owners(an_owner("a"), an_owner("b"), round_robin=False, fallback_owner_id="b")
    assert turns(owners, 3) == ["b", "b", "b"]


def test_an_owner_listed_twice_has_one_turn() -> None:
    owners = the_owners(an_owner("a"), an_owner("b"), an_owner("a"))
    assert Counter(turns(owners, 4)) == {"a": 2, "b": 2}


def test_every_choice_says_why() -> None:
    choice = assign(the_owners(an_owner("a", 2.0), an_owner("b")), {})
    assert choice.why == "Owner a is next in the rotation (weight 2 of 3)."


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(1, 4))
def test_after_each_full_round_every_owner_has_exactly_his_share(
    weights: list[int], rounds: int
) -> None:
    owners = the_owners(*(an_owner(str(n), w / 2) for n, w in enumerate(weights)))
    chosen = Counter(turns(owners, sum(weights) * rounds))
    assert chosen == {str(n): w * rounds for n, w in enumerate(weights)}


@given(
    st.lists(st.floats(0.1, 10), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from("012345"), st.floats(-20, 20)),
)
def test_any_stored_rotation_gives_an_owner(
    weights: list[float], rotation: dict[str, float]
) -> None:
    owners = the_owners(*(an_owner(str(n), w) for n, w in enumerate(weights)))
    choice = assign(owners, rotation)
    assert choice.owner_id in {owner.id for owner in owners.lead_owners}
    assert choice == assign(owners, rotation)
