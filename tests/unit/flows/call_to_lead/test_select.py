"""Every call has an office or none, and every no has its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from tests.unit.flows.call_to_lead.makers import START, a_call, an_extension, an_office

from switchboard.flows.call_to_lead.models import (
    RUN_REASONS,
    Attribution,
    Call,
    Skip,
    SkipReason,
    Window,
)
from switchboard.flows.call_to_lead.select import attribute, select
from switchboard.flows.call_to_lead.verdict import digest_of, weigh

PHILADELPHIA = an_office()
DENVER = an_office(
    "denver",
    extensions=(
        an_extension("500", name="Denver Sales", type="Department", number="5001"),
        an_extension("501", name="Kim Field", number="5011"),
        an_extension("502", name="Front Desk", number="(303) 555-0188"),
    ),
)
OFFICES = (PHILADELPHIA, DENVER)
OFF = an_office(
    extensions=(
        an_extension("200", name="Support Queue", process_calls=False),
        an_extension("304", name="Lee Example"),
    )
)


def attributed(call: Call, *offices: Any) -> Attribution:
    found = attribute(call, offices or OFFICES)
    assert found is not None
    return found


def test_a_call_belongs_to_the_office_of_whoever_answered() -> None:
    call = a_call(
        outcome="accepted",
        agent_extension_id="501",
        queue_extension_id="200",
        extension_ids=("200", "304", "501"),
    )
    found = attributed(call)
    assert (found.office_id, found.extension_name, found.role) == (
        "denver",
        "Kim Field",
        "answered",
    )


def test_a_call_nobody_answered_belongs_to_the_queue_s_office() -> None:
    call = a_call(queue_extension_id="500", extension_ids=("304", "500"))
    found = attributed(call)
    assert (found.office_id, found.role) == ("denver", "queue")


def test_a_call_without_queue_belongs_to_whoever_rang_first() -> None:
    found = attributed(a_call(extension_ids=("999", "501", "304")))
    assert (found.office_id, found.extension_id, found.role) == ("denver", "501", "rung")


def test_an_extension_is_recognised_by_id_before_number() -> None:
    call = a_call(
        outcome="accepted",
        agent_extension_id="501",
        agent_extension_number="204",
        extension_ids=(),
        extension_numbers=(),
    )
    assert attributed(call).extension_id == "501"
    unknown = call.model_copy(update={"agent_extension_id": "999"})
    assert attributed(unknown).extension_id == "304"


def test_the_dialled_number_decides_when_nothing_rang() -> None:
    call = a_call(extension_ids=(), extension_numbers=(), called_number="+13035550188")
    found = attributed(call)
    assert (found.office_id, found.role) == ("denver", "dialled")


def test_a_call_that_touched_nothing_we_know_belongs_to_nobody() -> None:
    call = a_call(extension_ids=("999",), extension_numbers=("999",))
    assert attribute(call, OFFICES) is None
    skip = select(call, None)
    assert skip is not None
    assert skip.reason == "unattributed"


def test_of_two_offices_with_one_extension_the_first_in_order_has_the_call() -> None:
    other = an_office("second", extensions=PHILADELPHIA.extensions)
    assert attributed(a_call(), PHILADELPHIA, other).office_id == "philadelphia"


def test_a_queue_that_is_not_processed_is_off_whoever_answers() -> None:
    call = a_call(outcome="accepted", agent_extension_id="304", queue_extension_id="200")
    found = attributed(call, OFF)
    assert (found.extension_id, found.process_calls) == ("304", False)
    skip = select(call, found)
    assert skip is not None
    assert skip.reason == "extension_off"
    assert "Support Queue" in skip.why


def test_an_agent_who_is_off_still_answers_for_a_queue_that_is_on() -> None:
    office = an_office(extensions=(an_extension("200"), an_extension("304", process_calls=False)))
    queued = a_call(outcome="accepted", agent_extension_id="304", queue_extension_id="200")
    direct = a_call(outcome="accepted", agent_extension_id="304", extension_ids=("304",))
    assert attributed(queued, office).process_calls
    assert not attributed(direct, office).process_calls


def skip_reason(call: Call, **options: Any) -> str | None:
    skip = select(call, attribute(call, OFFICES), **options)
    assert skip is None or skip.why.endswith((".", ")."))
    return skip.reason if skip else None


@pytest.mark.parametrize("outcome", ["accepted", "missed", "voicemail", "answered_elsewhere"])
def test_customers_calls_are_worked(outcome: str) -> None:
    assert skip_reason(a_call(outcome=outcome)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deleted": True}, "deleted"),
        ({"outcome": "fax"}, "fax"),
        ({"outcome": "noise"}, "noise"),
        ({"outcome": "blocked"}, "blocked_by_ringcentral"),
        ({"outcome": "failed"}, "failed"),
        ({"direction": "outbound", "outcome": "accepted"}, "outbound"),
        ({"direction": "internal", "outcome": "accepted", "caller": None}, "internal"),
        ({"caller": None, "caller_raw": None}, "no_number"),
        ({"caller": None, "caller_raw": "+1215555XXXX"}, "no_number"),
        ({"caller": None, "caller_raw": "204"}, "no_number"),
        ({"caller": None, "caller_raw": None, "outcome": "voicemail"}, "no_number"),
    ],
)
def test_what_is_no_customer_s_call_is_skipped(changes: dict[str, Any], reason: str) -> None:
    assert skip_reason(a_call(**changes)) == reason


def test_why_there_is_no_number_is_told() -> None:
    def why(raw: str | None, outcome: str = "missed") -> str:
        skip = select(a_call(caller=None, caller_raw=raw, outcome=outcome), None)
        assert skip is not None
        return skip.why

    assert "withheld" in why(None)
    assert "masks" in why("+1215555XXXX")
    assert "not one that can be called back" in why("204")
    assert "voicemail was left" in why(None, "voicemail")


@pytest.mark.parametrize(
    ("entry", "blocked"),
    [
        ("(215) 555-0142", True),
        ("215.555.0142 x7", True),
        ("+1215555*", True),
        ("+1 (215) *", True),
        ("+1412*", False),
        ("(412) 555-0142", False),
        ("*", False),
        ("nonsense", False),
    ],
)
def test_the_block_list_takes_numbers_in_any_notation(entry: str, blocked: bool) -> None:
    assert skip_reason(a_call(), block_list=[entry]) == ("block_list" if blocked else None)


def test_internal_calls_with_a_number_may_be_included() -> None:
    call = a_call(direction="internal")
    assert skip_reason(call) == "internal"
    assert skip_reason(call, include_internal=True) is None


def test_a_run_takes_the_types_it_was_asked_for() -> None:
    assert skip_reason(a_call(), types={"accepted"}) == "not_requested_type"
    assert skip_reason(a_call(outcome="voicemail"), types={"missed"}) is None
    assert skip_reason(a_call(outcome="accepted"), types={"accepted"}) is None


def test_the_window_holds_its_start_and_not_its_end() -> None:
    hour = timedelta(hours=1)
    assert skip_reason(a_call(), window=Window(start=START, end=START + hour)) is None
    late = Window(start=START + timedelta(seconds=1), end=START + hour)
    assert skip_reason(a_call(), window=late) == "outside_window"
    assert skip_reason(a_call(), window=Window(start=START - hour, end=START)) == "outside_window"


def test_reasons_of_the_call_come_before_reasons_of_the_run() -> None:
    """A run of another type must not hide for good why a call can never be worked."""
    old = Window(start=START - timedelta(days=2), end=START - timedelta(days=1))
    outbound = a_call(direction="outbound", outcome="accepted")
    assert skip_reason(outbound, window=old, types={"missed"}) == "outbound"
    assert set(get_args(SkipReason)) > RUN_REASONS


def test_a_skip_that_stands_is_not_written_again() -> None:
    """A second look at a call that is none of ours changes nothing; another reason does."""
    call = a_call()
    skip = Skip(reason="block_list", why="The number is on the block list.")
    digest = digest_of(call)
    assert weigh(call, skip, "skipped", digest, "block_list", workable=False) is None
    other = weigh(call, skip, "skipped", digest, "extension_off", workable=False)
    assert other is not None
    assert other.reason == "block_list"
    assert weigh(call, None, "skipped", digest, "block_list", workable=False) is not None
