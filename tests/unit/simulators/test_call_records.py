from typing import Any

import pytest
from tests.unit.simulators.makers import a_world

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.records import RecordWriter
from switchboard.simulators.scenario import add_calls


def record(world: World, *, detailed: bool = True, extension: str | None = None) -> dict[str, Any]:
    """The newest call as the log shows it now."""
    writer = RecordWriter(
        world.ringcentral.company,
        uri="https://rc/account/1",
        media_uri="https://media/account/1",
        now=world.clock.now(),
        elapsed=world.clock.elapsed(),
    )
    return writer.record(world.ringcentral.calls()[-1], detailed=detailed, extension=extension)


def a_call(**order: Any) -> World:
    world = a_world(calls=0)
    add_calls(world, order)
    return world


def test_a_call_in_progress_shows_the_wrong_direction_and_the_agent_as_caller() -> None:
    """ringcentral.md §2.6: the same id is rewritten once the call is over."""
    world = a_call(kind="queue_accepted", settles_in_s=120, caller="+12155550200")
    before = record(world)
    assert (before["direction"], before["result"]) == ("Outbound", "In Progress")
    assert before["from"]["extensionNumber"].startswith("20")
    assert before["finished"] is False
    world.clock.advance(120)
    after = record(world)
    assert after["id"] == before["id"]
    assert (after["direction"], after["result"]) == ("Inbound", "Accepted")
    assert after["from"]["phoneNumber"] == "+12155550200"
    assert after["lastModifiedTime"] > before["lastModifiedTime"]


def test_an_answered_queue_call_shows_every_phone_that_rang() -> None:
    world = a_call(kind="queue_elsewhere", talk_seconds=100)
    legs = record(world)["legs"]
    assert legs[0]["master"] is True
    assert legs[0]["extension"]["id"] == 700100201
    assert [leg["result"] for leg in legs[1:]][-1] == "Accepted"
    assert {leg["legType"] for leg in legs[1:]} == {"PstnToSip"}


def test_the_simple_view_has_neither_legs_nor_modification_time() -> None:
    simple = record(a_call(kind="accepted"), detailed=False)
    assert not {"legs", "lastModifiedTime", "billing"} & set(simple)


def test_a_voicemail_names_the_mailbox_that_holds_it() -> None:
    world = a_call(kind="queue_voicemail", extension="1001")
    message = record(world)["message"]
    assert message["uri"].endswith(f"/extension/700100201/message-store/{message['id']}")


@pytest.mark.parametrize(("talk", "kept"), [(29, False), (30, True)])
def test_short_recordings_are_not_kept(talk: int, kept: bool) -> None:
    world = a_call(kind="accepted", talk_seconds=talk)
    world.ringcentral.calls()[-1].recorded = True
    found = record(world)
    assert ("recording" in found) is kept
    assert found.get("shortRecording", False) is not kept


def test_recordings_vanish_after_ninety_days() -> None:
    world = a_call(kind="accepted", talk_seconds=60)
    world.ringcentral.calls()[-1].recorded = True
    world.clock.advance(91 * 86400)
    assert "recording" not in record(world)


def test_a_queue_member_who_was_not_fast_enough_sees_answered_elsewhere() -> None:
    world = a_call(kind="queue_elsewhere")
    call = world.ringcentral.calls()[-1]
    slow = next(e for e, _ in call.rung if e != call.agent)
    assert record(world, extension=slow)["result"] == "Answered Elsewhere"
    assert record(world, extension=slow)["id"] != record(world)["id"]


def test_an_anonymous_caller_has_no_number_at_all() -> None:
    found = record(a_call(kind="missed", anonymous=True))
    assert found["from"] == {"name": "Anonymous"}
