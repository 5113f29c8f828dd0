"""Whatever RingCentral sends, in whatever order, a session is one call."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import EXTENSIONS, START, at, voicemail

from switchboard.flows.call_to_lead.collapse import collapse
from switchboard.flows.call_to_lead.models import Call
from switchboard.flows.call_to_lead.sessions import by_session
from switchboard.vendors.ringcentral.models import CallRecord, Leg, Party

results = st.one_of(
    st.none(),
    st.sampled_from(
        ["Accepted", "Missed", "Voicemail", "Stopped", "In Progress", "Busy", "Blocked", "New!"]
    ),
)
numbers = st.sampled_from([None, "+12155550142", "anonymous", "+1215555XXXX", "204"])
parties = st.builds(
    Party,
    phone_number=numbers,
    extension_id=st.sampled_from([None, None, "301"]),
    name=st.sampled_from([None, "Support Queue - PAT", "WIRELESS CALLER"]),
)
legs = st.builds(
    Leg,
    leg_type=st.sampled_from(["Accept", "PstnToSip", "FindMe", "Monitoring", "Novel", None]),
    start_time=st.one_of(st.none(), st.integers(0, 500).map(at)),
    duration_seconds=st.integers(0, 900),
    result=results,
    reason=st.sampled_from([None, "Accepted", "Connected", "Stopped"]),
    extension_id=st.sampled_from([None, "200", "301", "304", "400", "777"]),
    to=parties,
    direction=st.sampled_from([None, "Inbound", "Outbound"]),
)
records = st.builds(
    CallRecord,
    id=st.sampled_from(["a", "b", "c", "d"]),
    session_id=st.just("880012345004"),
    telephony_session_id=st.just("s-1"),
    start_time=st.integers(0, 500).map(at),
    duration_seconds=st.integers(0, 900),
    direction=st.sampled_from(["Inbound", "Outbound"]),
    action=st.sampled_from(["Phone Call", "VoIP Call", "Monitoring", "RingOut Web", "Novel"]),
    result=results,
    from_=parties,
    to=parties,
    message=st.sampled_from([None, None, voicemail()]),
    last_modified=st.one_of(st.none(), st.integers(0, 900).map(at)),
    finished=st.sampled_from([None, True, False]),
    deleted=st.sampled_from([False, False, True]),
    legs=st.lists(legs, max_size=4).map(tuple),
)
sessions = st.lists(records, min_size=1, max_size=4, unique_by=lambda record: record.id)


def collapsed(given_records: list[CallRecord], minutes: int, *, known: bool = True) -> Call:
    now = START + timedelta(minutes=minutes)
    extensions = EXTENSIONS if known else None
    return collapse("1", given_records, now, 180, 240 * 60, "US", extensions=extensions)


@settings(max_examples=200)
@given(sessions, st.integers(0, 600), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_nothing(
    session: list[CallRecord], minutes: int, known: bool, random: Random
) -> None:
    shuffled = session.copy()
    random.shuffle(shuffled)
    assert collapsed(session, minutes, known=known) == collapsed(shuffled, minutes, known=known)


@given(sessions, st.integers(0, 600))
def test_reading_a_session_twice_changes_nothing(session: list[CallRecord], minutes: int) -> None:
    assert collapsed(session * 2, minutes) == collapsed(session, minutes)


@settings(max_examples=200)
@given(sessions, st.booleans())
def test_every_call_settles_and_stays_settled(session: list[CallRecord], known: bool) -> None:
    outcomes = [collapsed(session, minutes, known=known).outcome for minutes in range(0, 600, 20)]
    assert outcomes[-1] != "unsettled"
    settled = outcomes.index(next(each for each in outcomes if each != "unsettled"))
    assert len(set(outcomes[settled:])) == 1


@given(sessions, st.integers(0, 600))
def test_an_unsettled_call_says_until_when(session: list[CallRecord], minutes: int) -> None:
    call = collapsed(session, minutes)
    if call.outcome == "unsettled":
        assert call.settles_at is not None
        assert call.settles_at > START + timedelta(minutes=minutes)
    else:
        assert (call.settles_at, call.unsettled_reason) == (None, None)


@given(sessions)
def test_what_a_call_says_of_itself_hangs_together(session: list[CallRecord]) -> None:
    call = collapsed(session, 600)
    assert call.ended_at >= call.started_at
    assert min(call.ring_seconds, call.talk_seconds, call.duration_seconds) >= 0
    assert set(call.record_ids) <= {record.id for record in session}
    assert (call.call_type is None) == (call.status_key is None)
    if call.outcome == "accepted":
        assert call.agent_extension_id not in {"200", "400"} or call.agent_name


@given(sessions)
def test_records_are_grouped_without_losing_or_doubling_any(session: list[CallRecord]) -> None:
    grouped = by_session([*session, *session])
    assert {key: len(members) for key, members in grouped.items()} == {"s-1": len(session)}
