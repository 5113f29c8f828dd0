"""What the stand-in knows to have happened is what we read out of its records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from switchboard.flows.call_to_lead.collapse import collapse
from switchboard.flows.call_to_lead.models import Call
from switchboard.flows.call_to_lead.sessions import by_session, ringout_sessions
from switchboard.simulators.assembly import new_world
from switchboard.simulators.core.world import World, WorldSpec
from switchboard.simulators.ringcentral.calls import SimCall
from switchboard.simulators.ringcentral.records import RecordWriter
from switchboard.vendors.ringcentral.models import CallRecord, Extension
from switchboard.vendors.ringcentral.records import read_record

SETTLE, TRAILING = 180.0, 240 * 60.0

OUTCOMES = {
    "accepted": "accepted",
    "forwarded": "accepted",
    "queue_accepted": "accepted",
    "queue_elsewhere": "accepted",
    "missed": "missed",
    "hang_up": "missed",
    "busy": "missed",
    "rejected": "missed",
    "queue_missed": "missed",
    "queue_abandoned": "missed",
    "queue_callback": "missed",
    "menu_abandoned": "missed",
    "voicemail": "voicemail",
    "queue_voicemail": "voicemail",
    "blocked": "blocked",
    "failed": "failed",
    "fax_in": "fax",
    "fax_out": "fax",
    "monitoring": "noise",
}


@pytest.fixture(scope="module", params=[3, 11])
def world(request: pytest.FixtureRequest) -> World:
    return new_world(WorldSpec(seed=request.param, scenario="settled", calls=700))


@pytest.fixture(scope="module")
def collapsed(world: World) -> list[tuple[SimCall, Call]]:
    return list(_collapsed(world))


def _collapsed(world: World) -> Iterator[tuple[SimCall, Call]]:
    now = world.clock.now()
    company = world.ringcentral.company
    writer = RecordWriter(
        company, uri="http://rc", media_uri="http://media", now=now, elapsed=world.clock.elapsed()
    )
    extensions = {
        each.id: Extension(id=each.id, extension_number=each.number, name=each.name, type=each.type)
        for each in company.extensions.values()
    }
    simulated = {call.session: call for call in world.ringcentral.calls()}
    records = [
        _read(writer.record(call, part, detailed=True))
        for call in simulated.values()
        for part in range(call.facts.parts)
    ]
    ringouts = ringout_sessions(records)
    moment = datetime.fromtimestamp(now, UTC)
    for session, members in by_session(records).items():
        call = collapse(
            company.id,
            members,
            moment,
            SETTLE,
            TRAILING,
            extensions=extensions,
            ringout=session in ringouts,
        )
        yield simulated[session], call


def _read(document: object) -> CallRecord:
    record = read_record(document)
    assert isinstance(record, CallRecord)
    return record


def test_every_call_of_the_history_has_the_outcome_it_really_had(
    world: World, collapsed: list[tuple[SimCall, Call]]
) -> None:
    assert len(collapsed) == len(world.ringcentral)
    inbound = [(truth, call) for truth, call in collapsed if truth.kind in OUTCOMES]
    wrong = [
        (truth.kind, truth.wording, call.outcome, call.unsettled_reason)
        for truth, call in inbound
        if call.outcome != OUTCOMES[truth.kind]
    ]
    assert wrong == []
    assert len({truth.kind for truth, _ in inbound}) > 12


def test_directions_are_told_apart(collapsed: list[tuple[SimCall, Call]]) -> None:
    for truth, call in collapsed:
        if truth.kind.startswith("internal"):
            assert call.direction == "internal"
        elif truth.kind.startswith(("outbound", "ringout")):
            assert call.direction == "outbound"
        elif truth.facts.direction == "Inbound":
            assert call.direction == "inbound"


def test_callers_agents_queues_and_talk_are_read_from_the_legs(
    collapsed: list[tuple[SimCall, Call]],
) -> None:
    for truth, call in collapsed:
        if call.direction != "inbound" or OUTCOMES[truth.kind] in {"fax", "noise"}:
            continue
        assert call.caller == truth.caller.e164
        assert call.queue_extension_id == truth.queue
        assert set(truth.involved) <= set(call.extension_ids)
        if truth.facts.answered:
            ring = dict(truth.rung).get(truth.agent or "", 0)
            assert call.agent_extension_id == truth.agent
            assert call.talk_seconds == truth.talk_seconds + ring
        if truth.recording_id is not None:
            assert call.recording_ids == (truth.recording_id,)
        if truth.facts.message == "VoiceMail":
            assert call.voicemail_message_id == str(truth.message_id)


def test_no_lead_is_called_after_a_city_a_line_or_a_queue(
    world: World, collapsed: list[tuple[SimCall, Call]]
) -> None:
    queues = {e.name for e in world.ringcentral.company.extensions.values()}
    for truth, call in collapsed:
        if call.direction == "inbound" and call.caller_name is not None:
            assert call.caller_name == truth.caller.caller_id
            assert not any(queue in call.caller_name for queue in queues)
            assert "CALLER" not in call.caller_name.upper()
