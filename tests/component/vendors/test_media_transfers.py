"""Recordings and voicemails on the wire: our client, the stand-ins, and everything that breaks."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from tests.simulated_vendors import RC, ZOHO, clients, collection, plan

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.simulators.ringcentral import audio
from switchboard.simulators.server import SimulatorServer
from switchboard.simulators.zoho_crm.state import Attachment
from switchboard.spool import Spool
from switchboard.store.database import Database
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.ringcentral.content import recording_uri
from switchboard.vendors.ringcentral.models import Message
from switchboard.vendors.zoho_crm.client import ZohoCrmClient

MEGABYTE = 1024 * 1024
CONTENT = "/content"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=5, scenario="empty", speed=60.0) as server:
        yield server


@pytest.fixture
def simulator(running: SimulatorServer) -> SimulatorServer:
    httpx.post(f"{running.base_url}/_sim/reset", json={"seed": 5}, timeout=60).raise_for_status()
    return running


def a_call(simulator: SimulatorServer, kind: str = "accepted", **order: Any) -> dict[str, Any]:
    """Let somebody call and return what is true about it."""
    wanted = {"kind": kind, "recorded": True, "talk_seconds": 90, **order}
    reply = httpx.post(f"{simulator.base_url}/_sim/calls", json=wanted, timeout=60)
    call: dict[str, Any] = reply.raise_for_status().json()[0]
    return call


def a_lead(simulator: SimulatorServer) -> str:
    lead: str = simulator.world.crm.add_record("Leads", {"Last_Name": "Example", "Company": "x"})
    return lead


def sound_of(call: dict[str, Any]) -> bytes:
    media_id = str(call["recording"] or call["message"])
    return b"".join(audio.audio(media_id, call["talk_seconds"]))


async def download(
    rc: RingCentralClient, call: dict[str, Any], sink: Any, **changes: Any
) -> tuple[str, int]:
    values: dict[str, Any] = {"kind": "recording", "most_bytes": 20 * MEGABYTE, "timeout": 20.0}
    uri = recording_uri(rc.media_url, call["recording"])
    info = await rc.download(uri, sink, **(values | changes))
    return info.content_type, info.size


async def upload(crm: ZohoCrmClient, lead: str, content: bytes, **changes: Any) -> str | None:
    values: dict[str, Any] = {
        "name": "Call 2026-11-03 990000000014.mp3",
        "content_type": "audio/mpeg",
        "size": len(content),
        "timeout": 10.0,
    }
    result = await crm.upload_attachment("Leads", lead, io.BytesIO(content), **(values | changes))
    assert result.ok
    return result.id


def content_requests(simulator: SimulatorServer) -> list[dict[str, Any]]:
    rows = httpx.get(f"{simulator.base_url}/_sim/requests", timeout=60).json()
    return [row for row in rows if CONTENT in row["path"]]


# --- downloads ---


async def test_a_recording_arrives_whole_and_with_its_type(
    simulator: SimulatorServer, database: Database
) -> None:
    """Its type is what the answer says, whatever the address ends in."""
    call = a_call(simulator)
    found = bytearray()
    async with clients(simulator, database) as (rc, _, transport):
        kind, size = await download(rc, call, found.extend)
        assert transport.counters.bytes["ringcentral", "download_recording"] == size
    assert bytes(found) == sound_of(call)
    assert (kind, size) == (audio.content_type(call["recording"]), len(found))


async def test_a_recording_that_is_not_ready_is_a_refusal_with_its_own_code(
    simulator: SimulatorServer, database: Database
) -> None:
    """When to look again is the caller's business; a while later it is there."""
    call = a_call(simulator, audio_in_s=120)
    found = bytearray()
    async with clients(simulator, database) as (rc, _, _):
        with pytest.raises(RejectedError, match=r"yet, or no more") as refused:
            await download(rc, call, found.extend)
        assert refused.value.code == "RC-404"
        simulator.world.clock.advance(130)
        await download(rc, call, found.extend)
    assert bytes(found) == sound_of(call)


async def test_a_broken_connection_in_the_middle_is_resumed_where_it_broke(
    simulator: SimulatorServer, database: Database
) -> None:
    """Twice, at odd places; nothing comes twice and nothing is missing."""
    call = a_call(simulator)
    plan(simulator, match=CONTENT, kind="cut", after_bytes=100_001)
    plan(simulator, match=CONTENT, kind="cut", after_bytes=55)
    found = bytearray()
    async with clients(simulator, database) as (rc, _, transport):
        await download(rc, call, found.extend)
        assert transport.counters.retries["ringcentral"] == 2
    assert bytes(found) == sound_of(call)
    assert [row["status"] for row in content_requests(simulator)] == [200, 206, 206]


async def test_a_bad_line_is_borne_as_long_as_something_comes(
    simulator: SimulatorServer, database: Database
) -> None:
    """More breaks than attempts; a line that brings nothing is given up like any other."""
    call = a_call(simulator)
    plan(simulator, match=CONTENT, kind="cut", after_bytes=40_000, times=6)
    found = bytearray()
    async with clients(simulator, database, breaker_threshold=50) as (rc, _, _):
        await download(rc, call, found.extend)
        assert bytes(found) == sound_of(call)
        plan(simulator, match=CONTENT, kind="drop", times=9)
        with pytest.raises(TransientError):
            await download(rc, call, bytearray().extend)
    assert len(content_requests(simulator)) == 7 + 4


async def test_a_body_that_stalls_is_given_up_and_resumed(
    simulator: SimulatorServer, database: Database
) -> None:
    """Silence is judged by the reply's own patience, not by how long a whole file may take."""
    call = a_call(simulator)
    plan(simulator, match=CONTENT, kind="stall", after_bytes=70_000, delay_s=20)
    found = bytearray()
    started = time.monotonic()
    async with clients(simulator, database, read_timeout_seconds=0.4) as (rc, _, _):
        await download(rc, call, found.extend)
    assert bytes(found) == sound_of(call)
    assert time.monotonic() - started < 15


async def test_all_exchanges_of_a_download_share_its_time(
    simulator: SimulatorServer, database: Database
) -> None:
    """Otherwise a dripping vendor could hold a run for hours."""
    call = a_call(simulator)
    plan(simulator, match=CONTENT, kind="stall", after_bytes=10_000, delay_s=20, times=9)
    async with clients(simulator, database, read_timeout_seconds=0.3) as (rc, _, _):
        started = time.monotonic()
        with pytest.raises(TransientError) as failed:
            await download(rc, call, bytearray().extend, timeout=0.5)
    assert failed.value.code == "RC-000"
    assert time.monotonic() - started < 15


async def test_a_token_that_expires_between_two_pieces_is_renewed(
    simulator: SimulatorServer, database: Database
) -> None:
    """The download goes on where it was."""
    call = a_call(simulator)
    plan(simulator, match=CONTENT, kind="cut", after_bytes=150_000)
    plan(simulator, match=CONTENT, kind="expired_token")
    found = bytearray()
    async with clients(simulator, database) as (rc, _, _):
        await download(rc, call, found.extend)
    assert bytes(found) == sound_of(call)
    assert [row["status"] for row in content_requests(simulator)] == [200, 401, 206]


@pytest.mark.parametrize("fault", [{"kind": "rate_limit"}, {"kind": "error", "status": 503}])
async def test_refusals_before_and_between_pieces_are_waited_out(
    fault: dict[str, Any], simulator: SimulatorServer, database: Database
) -> None:
    """As for every other read."""
    call = a_call(simulator)
    plan(simulator, match=CONTENT, **fault)
    plan(simulator, match=CONTENT, kind="cut", after_bytes=9_000)
    plan(simulator, match=CONTENT, **fault)
    found = bytearray()
    async with clients(simulator, database) as (rc, _, _):
        await download(rc, call, found.extend)
    assert bytes(found) == sound_of(call)


async def test_a_recording_that_is_too_large_is_not_read(
    simulator: SimulatorServer, database: Database
) -> None:
    """Its announced length decides; the sink gets nothing, and the breaker does not mind."""
    call = a_call(simulator, talk_seconds=5_400)
    found = bytearray()
    async with clients(simulator, database, breaker_threshold=2) as (rc, _, _):
        for _ in range(3):
            with pytest.raises(RejectedError, match="larger") as refused:
                await download(rc, call, found.extend, most_bytes=MEGABYTE)
            assert refused.value.code == "RC-413"
    assert found == b""


async def test_a_missing_permission_is_named(
    simulator: SimulatorServer, database: Database
) -> None:
    """Of the user as well as of the app; calls and leads go on without it."""
    call = a_call(simulator)
    simulator.world.ringcentral.user_permissions.discard("ReadMessages")
    simulator.world.ringcentral.app_permissions.discard("ReadCallRecording")
    async with clients(simulator, database) as (rc, _, _):
        with pytest.raises(OperatorError, match=r"app lacks .* ReadCallRecording") as refused:
            await download(rc, call, bytearray().extend)
        assert refused.value.code == "RC-403"
        with pytest.raises(OperatorError, match=r"user .* ReadMessages"):
            await rc.read_messages("~", ["1"])
        assert await rc.missing_media_scopes() == ["ReadCallRecording"]
        assert await rc.check() == []


async def test_a_failing_media_host_holds_nothing_else_up(
    simulator: SimulatorServer, database: Database
) -> None:
    """It is left alone for a while; calls are read and leads are written meanwhile."""
    call, lead = a_call(simulator), a_lead(simulator)
    plan(simulator, match=CONTENT, kind="error", status=503, times=20)
    plan(simulator, match="POST .*Attachments", kind="done_but_lost", times=3)
    impatient: dict[str, Any] = {
        "breaker_threshold": 3,
        "breaker_seconds": 60,
        "patience_seconds": 3,
    }
    async with clients(simulator, database, **impatient) as (rc, crm, _):
        for _ in range(2):
            with pytest.raises(TransientError):
                await download(rc, call, bytearray().extend)
        for _ in range(3):
            with pytest.raises(InDoubtError):
                await upload(crm, lead, b"sound")
        with pytest.raises(TransientError, match="left alone") as resting:
            await upload(crm, lead, b"sound")
        assert not isinstance(resting.value, InDoubtError)
        assert (await rc.read_account())["id"]
        assert await crm.read_attachments("Leads", lead)
    assert len(content_requests(simulator)) == 3


async def test_a_full_disk_stops_a_download_at_once(
    simulator: SimulatorServer, database: Database
) -> None:
    """What the sink raises reaches the caller; the vendor is not asked again."""

    def full(_piece: bytes) -> None:
        raise OperatorError("IO-001", "No space left.")

    async with clients(simulator, database) as (rc, _, _):
        with pytest.raises(OperatorError) as failed:
            await download(rc, a_call(simulator), full)
    assert failed.value.code == "IO-001"
    assert len(content_requests(simulator)) == 1


async def test_voicemails_and_transcripts_are_found_by_their_messages(
    simulator: SimulatorServer, database: Database
) -> None:
    """The sound lags the message, the text lags the sound; an unknown id is said to be one."""
    late = {"talk_seconds": 9, "audio_in_s": 60, "transcript_in_s": 600}
    first = a_call(simulator, "voicemail", **late)
    second = a_call(simulator, "voicemail", extension=first["rung"][0], **late)
    mailbox, ids = first["mailbox"], [str(first["message"]), str(second["message"])]
    async with clients(simulator, database) as (rc, _, _):
        found = await rc.read_messages(mailbox, [*ids, "77"])
        unknown = found.pop("77")
        assert isinstance(unknown, RejectedError)
        assert unknown.code == "RC-404"
        early = messages(found)
        assert {one.transcription for one in early} == {"InProgress", "NotAvailable"}
        assert [one.audio_uri for one in early] == [None, None]
        simulator.world.clock.advance(700)
        (message,) = [
            one
            for one in messages(await rc.read_messages(mailbox, ids))
            if one.transcription == "Completed"
        ]
        sound = bytearray()
        info = await rc.download(
            message.audio_uri or "", sound.extend, kind="voicemail", most_bytes=MEGABYTE, timeout=60
        )
        assert (info.size, info.content_type) == (message.audio_size, message.audio_type)
        assert (len(sound), message.audio_seconds) == (info.size, 9)
        assert "please call me back" in await rc.read_text(message.transcript_uri or "")


def messages(found: dict[str, Message | SwitchboardError]) -> list[Message]:
    return [one for one in found.values() if isinstance(one, Message)]


async def test_one_unknown_message_alone_is_no_failure_of_the_request(
    simulator: SimulatorServer, database: Database
) -> None:
    """The vendor answers 404 for the whole then."""
    call = a_call(simulator, "voicemail")
    async with clients(simulator, database) as (rc, _, _):
        found = await rc.read_messages(call["mailbox"], ["77"])
    assert isinstance(found["77"], RejectedError)


async def test_the_account_says_how_long_it_keeps_recordings(
    simulator: SimulatorServer, database: Database
) -> None:
    """Automatic ones and those started by hand."""
    async with clients(simulator, database) as (rc, _, _):
        retention = await rc.read_recording_retention()
    assert (retention.automatic_days, retention.on_demand_days) == (90, 90)


# --- uploads ---


async def test_a_recording_goes_through_an_encrypted_file_into_the_crm(
    simulator: SimulatorServer, database: Database, tmp_path: Path
) -> None:
    """The same bytes at the other end, under the right lead, and nothing left on the way."""
    call, lead = a_call(simulator), a_lead(simulator)
    spool = Spool(tmp_path / "tmp")
    async with clients(simulator, database) as (rc, crm, transport), spool.file("test") as item:
        kind, size = await download(rc, call, item.write)
        item.finish()
        assert sound_of(call)[:64] not in item.path.read_bytes()
        with item.reader() as reader:
            result = await crm.upload_attachment(
                "Leads",
                lead,
                reader,
                name="Grüße/call.mp3",
                content_type=kind,
                size=size,
                timeout=10,
            )
        listed = await crm.read_attachments("Leads", lead)
        assert transport.counters.bytes["zoho_crm", "upload_attachment"] == size
    (kept,) = collection(simulator, "zoho_crm/attachments")
    assert kept["sha256"] == hashlib.sha256(sound_of(call)).hexdigest()
    assert (kept["parent_module"], kept["parent_id"], kept["size"]) == ("Leads", lead, size)
    assert kept["file_name"] == "Gr__e_call.mp3"
    assert [(one.id, one.name, one.size) for one in listed] == [(result.id, "Gr__e_call.mp3", size)]
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    "fault", [{"kind": "done_but_lost"}, {"kind": "error", "status": 500, "processed": True}]
)
async def test_an_upload_whose_answer_is_lost_is_in_doubt_and_not_repeated(
    fault: dict[str, Any], simulator: SimulatorServer, database: Database
) -> None:
    """It is there, once; only a look can tell."""
    lead = a_lead(simulator)
    plan(simulator, match="POST .*Attachments", **fault)
    async with clients(simulator, database) as (_, crm, _):
        with pytest.raises(InDoubtError):
            await upload(crm, lead, b"sound" * 50_000)
        assert len(await crm.read_attachments("Leads", lead)) == 1
    assert len(collection(simulator, "zoho_crm/attachments")) == 1


async def test_an_upload_begins_again_after_a_refusal_that_did_nothing(
    simulator: SimulatorServer, database: Database
) -> None:
    """With a new token, from the first byte."""
    lead, content = a_lead(simulator), bytes(range(256)) * 2_000
    plan(simulator, match="POST .*Attachments", kind="expired_token")
    plan(simulator, match="POST .*Attachments", kind="rate_limit")
    async with clients(simulator, database) as (_, crm, _):
        await upload(crm, lead, content)
    (kept,) = collection(simulator, "zoho_crm/attachments")
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()


async def test_all_pages_of_attachments_are_read(
    simulator: SimulatorServer, database: Database
) -> None:
    """Ours may be the oldest of many."""
    crm_state, lead = simulator.world.crm, a_lead(simulator)
    for number in range(205):
        at = crm_state.now()
        made = Attachment(
            crm_state.next_id(),
            "Leads",
            lead,
            f"{number}.txt",
            b"",
            None,
            at,
            crm_state.current_user,
        )
        crm_state.attachments.put(made)
    async with clients(simulator, database) as (_, crm, _):
        found = await crm.read_attachments("Leads", lead)
    assert {one.name for one in found} == {f"{number}.txt" for number in range(205)}


async def test_a_file_that_zoho_finds_too_large_is_a_refusal_of_its_own(
    simulator: SimulatorServer, database: Database
) -> None:
    """Whether it says so before it has read the file or after."""
    simulator.world.crm.rules.attachment_bytes = 100_000
    lead = a_lead(simulator)
    async with clients(simulator, database) as (_, crm, _):
        for size in (100_001, 3_000_000):
            with pytest.raises(RejectedError) as refused:
                await upload(crm, lead, b"x" * size)
            assert refused.value.code == "ZOHO-413"
        assert await upload(crm, lead, b"x" * 100_000)


async def test_a_lead_that_is_gone_is_told_from_a_file_that_is_wrong(
    simulator: SimulatorServer, database: Database
) -> None:
    """Somebody may have deleted or merged it since the call."""
    async with clients(simulator, database) as (_, crm, _):
        with pytest.raises(RejectedError) as refused:
            await upload(crm, "5843104000000999999", b"sound")
    assert refused.value.code == "ZOHO-404"


async def test_an_upload_is_not_sent_when_the_guard_says_no(
    simulator: SimulatorServer, database: Database
) -> None:
    """The lease may have run out while the upload waited for its slot."""

    def lost() -> None:
        raise TransientError("DB-005", "Another worker took over.")

    lead = a_lead(simulator)
    async with clients(simulator, database) as (_, crm, _):
        with pytest.raises(TransientError, match="took over"):
            await upload(crm, lead, b"sound", guard=lost)
    assert collection(simulator, "zoho_crm/attachments") == []


async def test_a_note_is_completed_unless_it_is_somebody_elses(
    simulator: SimulatorServer, database: Database
) -> None:
    """Its title stays: it is what the note is found by."""
    crm_state, lead = simulator.world.crm, a_lead(simulator)
    note = crm_state.add_note("Leads", lead, "Call s-1", "missed")
    async with clients(simulator, database) as (_, crm, _):
        assert (await crm.update_note(note, content="missed\nTranscript: hello")).id == note
        found = await crm.read_note(note)
        assert found is not None
        assert (found.title, found.content) == ("Call s-1", "missed\nTranscript: hello")
        crm_state.notes.by_id[note].owner = crm_state.next_id()
        with pytest.raises(RejectedError, match="another user") as refused:
            await crm.update_note(note, content="again")
        assert refused.value.code == "ZOHO-403"
        assert await crm.read_note("5843104000000999999") is None
        with pytest.raises(RejectedError) as gone:
            await crm.update_note("5843104000000999999", content="again")
        assert gone.value.code == "ZOHO-404"


async def test_nothing_secret_or_personal_reaches_the_log(
    simulator: SimulatorServer, database: Database
) -> None:
    """Addresses, names of files and tokens stay out; sizes stay in."""
    call, lead = a_call(simulator), a_lead(simulator)
    with structlog.testing.capture_logs() as log:
        async with clients(simulator, database, RC, ZOHO) as (rc, crm, _):
            await download(rc, call, bytearray().extend)
            await upload(crm, lead, b"sound", name="Jane Doe +12155550100.mp3")
    text = str(log)
    assert "'bytes': 5" in text
    for secret in ("Bearer", "Zoho-oauthtoken", "http://", "Jane", "2155550100", "access_token"):
        assert secret not in text
