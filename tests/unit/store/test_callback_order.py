"""Which of a person's missed calls carries the call-back, in whatever order we hear of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.store.callback_order import Callback, Reach, State, arrange

NOW = 1_900_000_000.0


def a_row(name: str, at: float, state: State = "owed", **changes: object) -> Callback:
    values: dict[str, object] = {
        "interaction_id": name,
        "person": "+12155550100",
        "opened_at": at,
        "first_seen": NOW,
        "updated_at": NOW,
        "state": state,
        "due_at": NOW,
    }
    return Callback(**(values | changes))  # type: ignore[arg-type]


@dataclass
class Person:
    """One person's call-backs as the store would keep them."""

    rows: dict[str, Callback] = field(default_factory=dict)
    reach: Reach = field(default_factory=lambda: Reach(0.0, ""))

    def hear(self, *events: tuple[str, str, float]) -> Person:
        for kind, name, at in events:
            told = [self.reach]
            if kind == "missed":
                self.rows.setdefault(name, a_row(name, at))
            else:
                told.append(Reach(at, name))
                self.reach = max(told, key=lambda each: each.at)
            for row in arrange(self.rows.values(), told, NOW):
                self.rows[row.interaction_id] = row
        return self

    @property
    def states(self) -> dict[str, tuple[str, str | None]]:
        return {name: (row.state, row.joins) for name, row in sorted(self.rows.items())}


def changed(
    rows: Sequence[Callback], *reaches: Reach, **about: Sequence[str]
) -> dict[str, Callback]:
    return {row.interaction_id: row for row in arrange(rows, reaches, NOW + 1, **about)}


def an_event(at: int, kind: str) -> tuple[str, str, float]:
    return kind, f"call-{at:02}", float(at)


moments = st.lists(st.integers(1, 60), min_size=1, max_size=9, unique=True)
events = moments.flatmap(
    lambda times: st.tuples(
        *(st.sampled_from(["missed", "reached"]).map(partial(an_event, at)) for at in times)
    )
)


@given(events, st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_in_which_calls_are_heard_of(
    told: tuple[tuple[str, str, float], ...], chance: object
) -> None:
    """Repeats included: one call-back for whoever was not reached since, none for the others."""
    shuffled = list(told) * 2
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order, mixed = Person().hear(*told), Person().hear(*shuffled)
    assert mixed.states == in_order.states
    last_reach = max((at for kind, _, at in told if kind == "reached"), default=0.0)
    waiting = sorted(at for kind, _, at in told if kind == "missed" and at > last_reach)
    owed = [row.opened_at for row in mixed.rows.values() if row.state == "owed"]
    assert owed == waiting[:1]


def test_a_call_that_reached_the_person_settles_the_missed_calls_before_it() -> None:
    person = Person().hear(("missed", "a", 1), ("reached", "b", 2), ("missed", "c", 3))
    assert person.states == {"a": ("needless", None), "c": ("owed", None)}
    assert person.rows["a"].closed_by == "b"


def test_a_joined_call_waits_on_when_the_person_was_reached_between_the_two() -> None:
    """Heard of late: the later missed call must not be lost with the earlier one."""
    person = Person().hear(("missed", "a", 1), ("missed", "c", 3), ("reached", "b", 2))
    assert person.states == {"a": ("needless", None), "c": ("owed", None)}


def test_a_correction_says_that_the_missed_call_was_answered_after_all() -> None:
    assert Person().hear(("missed", "a", 1), ("reached", "a", 1)).states == {
        "a": ("needless", None)
    }


def test_an_open_task_is_closed_and_the_call_after_it_gets_its_own() -> None:
    rows = [
        a_row("a", 1, "open", task_id="5", due_at=NOW + 99),
        a_row("c", 3, "needless", joins="a"),
    ]
    found = changed(rows, Reach(2, "b"))
    assert (found["a"].state, found["a"].closed_by, found["a"].due_at) == (
        "closing",
        "b",
        NOW + 1,
    )
    assert (found["c"].state, found["c"].joins) == ("owed", None)


def test_a_call_that_joins_an_open_task_has_it_looked_at() -> None:
    """Somebody may have completed it by hand; then the new call needs a task of its own."""
    rows = [a_row("a", 1, "open", task_id="5", due_at=NOW + 99), a_row("b", 2)]
    found = changed(rows)
    assert (found["b"].state, found["b"].joins) == ("needless", "a")
    assert found["a"].due_at == NOW + 1


def test_an_earlier_call_heard_of_late_joins_the_task_that_exists() -> None:
    rows = [a_row("b", 2, "open", task_id="5"), a_row("a", 1)]
    assert changed(rows)["a"].joins == "b"


def test_what_may_exist_at_the_crm_is_never_called_off() -> None:
    """It keeps its state until somebody has looked, and then it is closed."""
    found = changed([a_row("a", 1)], Reach(2, "b"), sent=["a"], doubtful=["a"])
    assert (found["a"].state, found["a"].closed_by) == ("owed", "b")


def test_a_task_that_was_begun_keeps_the_call_back_from_an_earlier_call() -> None:
    rows = [a_row("b", 2), a_row("a", 1)]
    assert changed(rows, sent=["b"])["a"].joins == "b"


@pytest.mark.parametrize(("task_id", "expected"), [(None, "needless"), ("5", "parked")])
def test_a_parked_call_back_is_needless_only_without_a_task(
    task_id: str | None, expected: str
) -> None:
    rows = [a_row("a", 1, "parked", task_id=task_id, due_at=None)]
    found = changed(rows, Reach(2, "b"))
    assert found["a"].state == expected


def test_a_call_joins_the_task_that_could_not_be_completed() -> None:
    """The person has an open task of ours already; it stays the only one."""
    stuck = a_row("a", 1, "parked", task_id="5", closed_by="b", due_at=None)
    found = changed([stuck, a_row("c", 3)], Reach(2, "b"))
    assert found["c"].joins == "a"
    settled = replace(stuck, state="closed")
    again = changed([settled, found["c"]], Reach(2, "b"))
    assert again["c"].state == "owed"
