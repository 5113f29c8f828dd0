"""What becomes of single pieces: late, gone, too large, forbidden, moved, and what people said."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.calls.company import CALLERS, a_record
from tests.component.media.media_fakes import MediaCompany, sound_of

from switchboard.flows.call_to_lead import media_effects
from switchboard.flows.call_to_lead.media_work import reopen
from switchboard.store import media, tables
from switchboard.store.media import MediaRow


def a_company(folder: Path, url: str = "") -> MediaCompany:
    """Return one with an accepted call of an hour ago and a voicemail of two hours ago."""
    return MediaCompany(
        folder,
        [
            a_record(1, caller=CALLERS[0], minutes_ago=60, outcome="accepted"),
            a_record(2, caller=CALLERS[1], minutes_ago=120, outcome="voicemail"),
        ],
        url=url,
        lease_seconds=30.0,  # Nobody dies here.
    )


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[MediaCompany]:
    """Two calls that are done."""
    company = a_company(tmp_path)
    await company.prepare()
    yield company
    company.close()


async def only(company: MediaCompany) -> MediaRow:
    rows = await company.rows()
    assert len(rows) == 1
    return rows[0]


def digest(media_id: str) -> str:
    return hashlib.sha256(sound_of(media_id)).hexdigest()


async def test_recordings_of_a_call_are_attached_in_the_order_of_its_legs(
    it: MediaCompany,
) -> None:
    await it.owe(("s-0001", "recording", "91"), ("s-0001", "recording", "90"))
    await it.work()
    assert [each[3] for each in it.media_world.attachments] == [digest("91"), digest("90")]
    assert [each[2].rpartition("recording_")[2] for each in it.media_world.attachments] == [
        "91.mp3",
        "90_part2.mp3",
    ]


async def test_a_recording_that_is_not_ready_is_looked_for_again(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    it.media_world.missing = {"90"}
    await it.work()
    row = await only(it)
    assert (row.state, row.error_code) == ("owed", "RC-404")
    it.media_world.missing = set()
    assert [row.state for row in await it.finish()] == ["done"]


async def test_a_recording_that_never_comes_is_gone_with_a_reason(it: MediaCompany) -> None:
    it.media_settings = {"give_up_hours": 0.5}
    await it.owe(("s-0001", "recording", "90"))
    it.media_world.missing = {"90"}
    await it.work()
    row = await only(it)
    assert (row.state, row.due_at) == ("gone", None)
    assert "30 seconds" in row.why


async def test_what_is_past_its_retention_is_said_to_be_deleted(it: MediaCompany) -> None:
    it.media_settings = {"recording_retention_days": 0.01}
    await it.owe(("s-0001", "recording", "90"))
    it.media_world.missing = {"90"}
    await it.work()
    row = await only(it)
    assert row.state == "gone"
    assert "RingCentral deleted it on" in row.why


async def test_the_accounts_settings_date_the_deletion(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    it.media_world.missing = {"90"}
    await it.work()
    row = await only(it)
    assert row.expires_at == pytest.approx(row.call_started_at + 90 * media.DAY)
    soon = await it.database.run(lambda conn: media.expiring(conn, 91))
    assert [each.key for each in soon] == [row.key]
    assert "RingCentral deletes 1 recording that" in (media.alarm(soon) or "")
    assert not await it.database.run(lambda conn: media.expiring(conn, 7))


async def test_a_file_that_is_too_large_is_parked_and_can_be_retried(it: MediaCompany) -> None:
    it.media_settings = {"max_megabytes": 0.0001}
    await it.owe(("s-0001", "recording", "90"))
    await it.work()
    row = await only(it)
    assert (row.state, row.error_code) == ("parked", "MEDIA-413")
    it.media_settings = {}
    await it.database.run(lambda conn: reopen(conn, [row]))
    assert [each.state for each in await it.finish()] == ["done"]


async def test_a_file_zoho_finds_too_large_is_parked_and_can_be_retried(it: MediaCompany) -> None:
    it.media_world.largest = 10
    await it.owe(("s-0001", "recording", "90"))
    await it.work()
    row = await only(it)
    assert (row.state, row.error_code) == ("parked", "MEDIA-413")
    it.media_world.largest = 10**9
    await it.database.run(lambda conn: reopen(conn, [row]))
    assert [each.state for each in await it.finish()] == ["done"]
    assert len(it.media_world.attachments) == 1


async def test_a_missing_permission_stops_one_kind_and_never_the_run(it: MediaCompany) -> None:
    """Without ReadMessages recordings are attached all the same."""
    await it.owe(("s-0002", "voicemail", "77"))
    await it.owe(("s-0001", "recording", "90"))
    it.media_world.forbidden = {"voicemail"}
    reason = await it.work()
    assert reason is not None
    assert "ReadMessages" in reason
    states = {row.kind: (row.state, row.error_code) for row in await it.rows()}
    assert states == {"recording": ("done", None), "voicemail": ("owed", "RC-403")}
    it.media_world.forbidden = set()
    assert {row.state for row in await it.finish()} == {"done"}


async def test_a_deleted_record_parks_the_piece_with_advice(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    people = it.world.people
    lead = next(ident for ident, row in people.items() if row["Phone"] == CALLERS[0])
    kept = people.pop(lead)
    await it.work()
    row = await only(it)
    assert (row.state, row.error_code) == ("parked", "ZOHO-404")
    assert "--retry" in row.why
    people[lead] = kept
    await it.database.run(lambda conn: reopen(conn, [row]))
    assert [each.state for each in await it.finish()] == ["done"]


async def test_a_merged_record_is_followed_by_the_callers_number(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    people = it.world.people
    lead = next(ident for ident, row in people.items() if row["Phone"] == CALLERS[0])
    del people[lead]
    survivor = it.world.add("Contacts", Last_Name="Merged", Phone=CALLERS[0])
    it.media_settings = {"enabled": False}
    await it.run()  # Reads what changed in the CRM.
    it.media_settings = {}
    await it.finish()
    places = [each[:2] for each in it.media_world.attachments if "recording_90" in each[2]]
    assert places == [("Contacts", survivor)]


async def test_a_converted_leads_recording_goes_to_its_contact(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    people = it.world.people
    lead = next(row for row in people.values() if row["Phone"] == CALLERS[0])
    contact = it.world.add("Contacts", Last_Name="Once a lead")
    lead.update(converted=True, contact_id=contact, modified=datetime.now(UTC))
    it.media_settings = {"enabled": False}
    await it.run()  # Reads what changed in the CRM.
    it.media_settings = {}
    await it.finish()
    places = [each[:2] for each in it.media_world.attachments if "recording_90" in each[2]]
    assert places == [("Contacts", contact)]


async def test_uploads_without_an_answer_stop_the_rest_and_are_looked_up(
    it: MediaCompany,
) -> None:
    """Each may take ten minutes: after three in a row the vendor is left alone."""
    await it.owe(*(("s-0001", "recording", f"9{number}") for number in range(5)))
    it.media_world.silent = True
    reason = await it.work()
    assert reason is not None
    assert reason.startswith("ZOHO-000")
    assert it.media_world.downloads == 3
    assert {row.state for row in await it.rows()} == {"owed"}
    await it.work()  # The other two; the doubts have to ripen first.
    assert it.media_world.downloads == 5
    it.media_world.silent = False
    assert {row.state for row in await it.finish()} == {"done"}
    assert len(it.media_world.attachments) == 5


async def test_two_processes_at_once_attach_everything_once(
    database_url: str, tmp_path: Path
) -> None:
    it = a_company(tmp_path, database_url)
    try:
        await it.prepare()
        await it.owe(("s-0001", "recording", "90"), ("s-0001", "recording", "91"))
        await it.owe(("s-0002", "recording", "92"), ("s-0002", "voicemail", "77"))
        it.media_world.transcripts = {"77": "Please call me back."}
        await asyncio.gather(it.work(), it.work())
        assert {row.state for row in await it.finish()} == {"done"}
    finally:
        it.close()
    assert len(it.media_world.attachments) == 4
    assert it.media_world.downloads == 4


async def test_the_journal_counts_where_the_list_disagrees(it: MediaCompany) -> None:
    """Such as after the list was restored from a backup: nothing is attached a second time."""
    await it.owe(("s-0001", "recording", "90"))
    await it.finish()
    await it.database.run(
        lambda conn: conn.execute(sa.update(tables.media).values(state="owed", due_at=1.0)).close()
    )
    (row,) = await it.finish()
    assert (row.state, row.attachment_id) == ("done", "a1")
    assert len(it.media_world.attachments) == 1


async def test_a_worker_that_lost_the_call_changes_nothing_of_it(it: MediaCompany) -> None:
    """It was asleep; meanwhile another process has attached the recording."""
    await it.owe(("s-0001", "recording", "90"))
    (row,) = await it.finish()

    def write(conn: sa.Connection) -> None:
        media_effects.put(conn, replace(row, state="owed"), "a worker that slept")

    await it.database.run(write)
    assert await it.rows() == [row]


async def test_what_must_be_deleted_already_is_no_alarm(it: MediaCompany) -> None:
    it.media_settings = {"recording_retention_days": 1.0, "max_megabytes": 0.0001}
    await it.owe(("s-0001", "recording", "90"))
    await it.work()
    assert len(await it.database.run(lambda conn: media.expiring(conn, 7))) == 1
    await it.database.run(
        lambda conn: conn.execute(sa.update(tables.media).values(expires_at=1.0)).close()
    )
    assert await it.database.run(lambda conn: media.expiring(conn, 7)) == []


async def test_a_call_that_is_not_done_keeps_its_pieces_waiting(it: MediaCompany) -> None:
    """Nothing is attached before the lead and its note are there."""
    await it.owe(("s-0001", "recording", "90"))
    await it.database.run(lambda conn: _set_fate(conn, "parked"))
    await it.work()
    assert (await only(it)).attempts == 0
    await it.database.run(lambda conn: _set_fate(conn, "skipped"))
    await it.work()
    assert (await only(it)).state == "needless"
    await it.database.run(lambda conn: _set_fate(conn, "done"))
    await it.owe(("s-0001", "recording", "90"))
    assert [row.state for row in await it.finish()] == ["done"]


def _set_fate(conn: sa.Connection, fate: str) -> None:
    conn.execute(sa.update(tables.interaction).values(fate=fate))


async def test_without_time_everything_stays_owed(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    assert await it.work(minutes=0) is None
    assert (await only(it)).state == "owed"
    assert it.media_world.downloads == 0


async def test_only_the_offices_asked_for_are_worked(it: MediaCompany) -> None:
    await it.owe(("s-0001", "recording", "90"))
    await it.work(offices=["south"])
    assert it.media_world.downloads == 0
    await it.work(offices=["north"])
    assert it.media_world.downloads == 1


async def test_a_transcript_completes_our_note(it: MediaCompany) -> None:
    it.media_world.transcripts = {"77": "Hello,\r\nplease call me back."}
    await it.owe(("s-0002", "voicemail", "77"))
    rows = await it.finish()
    assert [(row.state, row.transcript) for row in rows] == [("done", "written")]
    number = next(n for n, note in enumerate(it.world.notes, 1) if "s-0002" in note[2])
    content = it.media_world.contents[number]
    assert content.endswith(
        "\n\nVoicemail transcript (by RingCentral):\nHello,\nplease call me back."
    )
    assert content.startswith("Nobody answered; the caller left a voicemail.")


async def test_a_note_that_a_person_changed_is_left_alone(it: MediaCompany) -> None:
    """The transcript then gets a note of its own."""
    it.media_world.transcripts = {"77": "Please call me back."}
    number = next(n for n, note in enumerate(it.world.notes, 1) if "s-0002" in note[2])
    it.media_world.contents[number] = "I called her back. Ann"
    await it.owe(("s-0002", "voicemail", "77"))
    await it.finish()
    assert it.media_world.contents[number] == "I called her back. Ann"
    module, parent, title = it.world.notes[-1]
    assert (module, parent) == it.world.notes[number - 1][:2]
    assert title.startswith("Voicemail transcript from ")
    assert title.endswith("[rc:s-0002/transcript]")


async def test_a_note_that_is_gone_is_not_missed(it: MediaCompany) -> None:
    it.media_world.transcripts = {"77": "Please call me back."}
    it.media_world.contents.clear()
    await it.owe(("s-0002", "voicemail", "77"))
    assert [row.transcript for row in await it.finish()] == ["written"]
    assert it.world.notes[-1][2].endswith("[rc:s-0002/transcript]")


async def test_a_transcript_in_progress_is_waited_for_and_the_audio_is_not(
    it: MediaCompany,
) -> None:
    it.media_world.transcription = {"77": "InProgress"}
    await it.owe(("s-0002", "voicemail", "77"))
    await it.work()
    row = await only(it)
    assert (row.state, row.transcript) == ("done", "waiting")
    it.media_world.transcription = {}
    it.media_world.transcripts = {"77": "Please call me back."}
    await asyncio.sleep(0.02)
    assert [row.transcript for row in await it.finish()] == ["written"]
    assert len(it.media_world.attachments) == 1


async def test_a_transcript_that_never_comes_is_given_up(it: MediaCompany) -> None:
    it.media_settings = {"give_up_hours": 0.5}
    it.media_world.transcription = {"77": "InProgress"}
    await it.owe(("s-0002", "voicemail", "77"))
    assert [row.transcript for row in await it.finish()] == ["none"]
