"""The reference model itself keeps the manual's rules."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tests.model import ModelCall, Person, new_lead_id, run_model
from tests.notations import notations

NUMBER, OTHER = "+12155550100", "+12155550101"
NEW = new_lead_id(NUMBER)


def a_call(session: str, at: float = 0.0, **changes: object) -> ModelCall:
    values: dict[str, object] = {"number": NUMBER, "kind": "missed"}
    return ModelCall(session=session, started_at=at, **(values | changes))  # type: ignore[arg-type]


def test_the_first_call_of_a_stranger_makes_a_lead_and_the_second_sets_its_status() -> None:
    one = run_model([a_call("a", kind="accepted")])
    assert one.statuses == {NEW: "New"}
    both = run_model([a_call("b", 2, kind="voicemail"), a_call("a", 1)])
    assert both.statuses == {NEW: "Missed Call with Voicemail"}
    assert both.notes == {"a": ("Leads", NEW), "b": ("Leads", NEW)}


def test_one_person_is_found_in_every_notation() -> None:
    for written in notations(NUMBER)[:16]:
        crm = run_model([a_call("a")], [Person("Leads", "7", (written,), "Contacted")])
        assert crm.statuses == {"7": "Missed Call"}


def test_contacts_get_the_note_and_nothing_else() -> None:
    people = [
        Person("Contacts", "9", (NUMBER,)),
        Person("Leads", "3", (OTHER,), converted=True, contact_id="9"),
    ]
    crm = run_model([a_call("a"), a_call("b", number=OTHER)], people)
    assert (crm.leads, crm.notes) == ({}, {"a": ("Contacts", "9"), "b": ("Contacts", "9")})


def test_a_converted_lead_without_contact_makes_the_call_impossible() -> None:
    crm = run_model([a_call("a")], [Person("Leads", "3", (NUMBER,), converted=True)])
    assert (crm.leads, crm.notes, crm.impossible) == ({}, {}, {"a"})


def test_protected_statuses_and_later_calls_are_respected() -> None:
    people = [Person("Leads", "7", (NUMBER,), "Qualified")]
    protected = frozenset({"Qualified"})
    assert run_model([a_call("a")], people, protected=protected).statuses == {"7": "Qualified"}
    calls = [
        a_call("late", 9, office="one", kind="accepted"),
        a_call("early", 1, office="two", kind="voicemail"),
    ]
    crm = run_model(calls, people, office_order=["one", "two"])
    assert crm.statuses == {"7": "Accepted Call"}
    assert set(crm.notes) == {"late", "early"}


def test_the_office_first_in_order_creates_the_lead() -> None:
    calls = [a_call("a", 5, office="one"), a_call("b", 1, office="two", kind="accepted")]
    crm = run_model(calls, office_order=["one", "two"])
    assert (crm.created[NUMBER].office, crm.created[NUMBER].status) == ("one", "New")


def test_calls_without_a_number_or_not_to_be_worked_leave_nothing() -> None:
    calls = [
        a_call("a", number=None),
        a_call("b", number="+1215555XXXX"),
        a_call("c", number="204"),
        a_call("d", worked=False),
    ]
    crm = run_model(calls)
    assert (crm.leads, crm.notes) == ({}, {})


@given(
    st.lists(
        st.tuples(
            st.sampled_from([NUMBER, OTHER, None]),
            st.sampled_from(["accepted", "missed", "voicemail"]),
            st.integers(0, 5),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_and_number_of_readings_changes_nothing(
    history: list[tuple[str | None, str, int]], random: Random
) -> None:
    calls = [
        a_call(f"s-{n}", at, number=number, kind=kind)
        for n, (number, kind, at) in enumerate(history)
    ]
    again = calls * 2
    random.shuffle(again)
    assert run_model(again) == run_model(calls)
