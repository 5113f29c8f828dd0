"""Every check says what is wrong and what to do, once for each thing that can be wrong."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from switchboard.cli.doctor_command import show
from switchboard.config.documents import (
    ExtensionConfig,
    Office,
    OwnersConfig,
)
from switchboard.config.findings import finding, refuse
from switchboard.config.vault import VaultContents
from switchboard.doctor import clocks, crm, documents, machine, storage, telephony
from switchboard.doctor.learned import Learned
from switchboard.doctor.machine import Place, Private
from switchboard.doctor.results import (
    Check,
    Examination,
    condensed,
    error,
    failed,
    ok,
    some,
    warning,
)
from switchboard.doctor.storage import StoreFacts, WorkFacts
from switchboard.error_reference import about
from switchboard.errors import RejectedError
from switchboard.flows.call_to_lead.models import FieldProblem
from switchboard.jobs.timetable import Entry
from switchboard.vendors.credentials import RingCentralCredentials, ZohoCredentials
from switchboard.vendors.ringcentral.models import Extension

SECRET = SecretStr("s")
BOTH = VaultContents(
    ringcentral=RingCentralCredentials(client_id="c", client_secret=SECRET, jwt=SECRET),
    zoho=ZohoCredentials(client_id="c", client_secret=SECRET, refresh_token=SECRET),
)
MEGABYTE = 1024 * 1024
SOUND_STORE = StoreFacts("SQLite", "0002", "0002")


def an_office(*extensions: ExtensionConfig) -> Office:
    return Office(
        id="north",
        name="North",
        processing_order=1,
        timezone="America/New_York",
        region="US",
        extensions=extensions,
        owners=OwnersConfig(),
    )


def states(checks: object) -> list[tuple[str, str]]:
    assert hasattr(checks, "__iter__")
    return [(each.state, each.code) for each in checks]


def test_an_old_python_is_named() -> None:
    assert machine.judge_python((3, 10, 14)).code == "DOC-001"
    assert machine.judge_python((3, 11, 0)).state == "ok"


def test_less_than_the_manuals_500_megabytes_is_a_warning() -> None:
    """System requirements: minimum 500 MB of free space."""
    path = Path("logs")
    full = Place("logs", path, 499 * MEGABYTE, device=1)
    roomy = Place("data", path, 900 * MEGABYTE, device=2)
    found = list(machine.judge_disk([full, roomy]))
    assert states(found) == [("warning", "DOC-002"), ("ok", "")]
    assert "499 MB free for logs" in found[0].message


def test_a_place_that_cannot_be_written_is_an_error() -> None:
    place = Place("logs", Path("logs"), 900 * MEGABYTE, 1, "Read-only file system")
    found = list(machine.judge_disk([place]))
    assert ("error", "IO-001") in states(found)
    assert "Read-only file system" in found[0].message


@pytest.mark.parametrize(
    "thing",
    [
        Private("data/encryption.key", 0o600, own=False),
        Private("logs", 0o755, own=True, directory=True),
        Private("data/switchboard.db", 0o600, own=False),
    ],
)
def test_what_others_can_read_or_own_is_a_warning(thing: Private) -> None:
    found = machine.judge_permissions([Private("reports", 0o700, own=True), thing])
    assert (found.state, found.code) == ("warning", "DOC-003")
    assert thing.path in found.message


def test_the_mode_of_a_key_is_a_finding_of_the_configuration_already() -> None:
    assert (
        machine.judge_permissions([Private("data/encryption.key", 0o644, own=True)]).state == "ok"
    )


def test_private_things_are_fine() -> None:
    assert machine.judge_permissions([Private("logs", 0o700, own=True)]).state == "ok"


def test_missing_time_zones_and_leftovers_are_named() -> None:
    assert machine.judge_zones(["America/New_York"]).state == "ok"
    assert machine.judge_zones(["Mars/Base"]).code == "DOC-010"
    assert machine.judge_leftovers(0).state == "ok"
    assert machine.judge_leftovers(2).code == "DOC-007"


def test_findings_of_the_configuration_are_repeated_with_place_and_cure() -> None:
    found = list(
        documents.judge_findings(
            [
                finding("CFG-010", "data/lead_owners.json", "must be above 0", line=4),
                finding("CFG-025", "x", "y"),
            ]
        )
    )
    assert states(found) == [("error", "CFG-010")]
    assert "data/lead_owners.json:4" in found[0].message
    assert "weight above 0" in found[0].advice
    assert states(documents.judge_findings([])) == [("ok", "")]


def test_missing_credentials_are_named_by_vendor() -> None:
    half = BOTH.model_copy(update={"zoho": None})
    assert documents.judge_credentials(BOTH).state == "ok"
    found = documents.judge_credentials(half)
    assert (found.state, found.code) == ("error", "CFG-025")
    assert "zoho" in found.message


def test_the_next_scheduled_run_is_told() -> None:
    night = Entry("nightly", "0 2 * * *", "America/New_York", frozenset({"north"}))
    morning = Entry("morning", "0 7 * * *", "America/New_York", frozenset({"north"}))
    found = documents.judge_schedule({morning: 1_800_018_000.0, night: 1_800_000_000.0})
    assert found.state == "ok"
    assert "2 scheduled; next is nightly, Fri 15 Jan 03:00 America/New_York" in found.message
    assert documents.judge_schedule({}).state == "info"
    assert documents.judge_schedule({night: None}).code == "DOC-012"


@pytest.mark.parametrize(
    ("facts", "state", "code"),
    [
        (SOUND_STORE, "ok", ""),
        (StoreFacts("SQLite", None, "0002"), "info", ""),
        (StoreFacts("SQLite", "0001", "0002"), "info", ""),
        (StoreFacts("SQLite", "0002", "0002", journal="delete"), "warning", "DB-002"),
        (StoreFacts("SQLite", "0002", "0002", quick_check="row 3 missing"), "error", "DB-007"),
    ],
)
def test_a_store_is_judged(facts: StoreFacts, state: str, code: str) -> None:
    found = storage.judge_store(facts, "switchboard.db")
    assert (found.state, found.code) == (state, code)


def test_work_that_is_left_lying_is_named() -> None:
    assert {each.state for each in storage.judge_work(WorkFacts(waiting=3))} == {"ok"}
    parked = WorkFacts(parked=2, parked_callbacks=1, parked_media=3, parked_tickets=4)
    first = next(iter(storage.judge_work(parked)))
    assert "2 calls, 1 call-backs, 3 recordings or voicemails, 4 tickets wait" in first.message
    stuck = WorkFacts(
        parked_media=1,
        unsent_mails=2,
        waiting=4,
        oldest_wait_hours=30,
        media_expiring=1,
        alarm_days=7,
    )
    assert states(storage.judge_work(stuck)) == [
        ("warning", "DOC-008"),
        ("warning", "DOC-006"),
        ("warning", "DOC-013"),
        ("warning", "DOC-011"),
    ]


def test_missing_permissions_of_the_application_are_named() -> None:
    assert telephony.judge_scopes([]).state == "ok"
    found = telephony.judge_scopes(["ReadCallRecording", "ReadCallRecording"])
    assert (found.state, found.code) == ("error", "RC-403")
    assert "ReadCallRecording." in found.message


@pytest.mark.parametrize(
    ("found", "process", "state", "words"),
    [
        (None, True, "error", "does not exist"),
        (None, False, "warning", "does not exist"),
        (Extension(id="7", extension_number="101", name="Desk", status="Disabled"), True,
         "warning", "disabled"),
        (Extension(id="7", extension_number="102", name="Desk"), True, "warning", "not 101"),
        (Extension(id="7", extension_number="101", name="Door"), True, "warning", "called Door"),
    ],
)  # fmt: skip
def test_an_extension_that_is_not_as_written_is_named(
    found: Extension | None, process: bool, state: str, words: str
) -> None:
    """The manual: confirm that extensions.json has correct extension IDs."""
    listed = ExtensionConfig(id="7", name="Desk", number="101", process_calls=process)
    there = {"7": found} if found else {}
    (check,) = telephony.judge_extensions([an_office(listed)], there, several=True)
    assert (check.state, check.code) == (state, "DOC-005")
    assert words in check.message
    assert check.message.startswith("sorted/north/extensions.json")


def test_extensions_nobody_listed_are_told_but_harmless() -> None:
    listed = ExtensionConfig(id="7", name="Desk")
    there = {
        "7": Extension(id="7", name="desk"),
        "8": Extension(id="8", extension_number="108", name="Porch"),
        "9": Extension(id="9", extension_number="109", name="Gone", status="Disabled"),
        "10": Extension(id="10", extension_number="110", name="Menu", type="IvrMenu"),
    }
    fine, unlisted = telephony.judge_extensions([an_office(listed)], there, several=True)
    assert (fine.state, unlisted.state) == ("ok", "info")
    assert "108 Porch;" in unlisted.message


def test_what_fits_zoho_is_told_only_where_zoho_was_asked() -> None:
    """The manual: valid Zoho CRM user IDs, and field mappings that match your Zoho CRM setup."""
    asked = Learned(users={}, fields={})
    names = [each.name for each in documents.judge_fit([], asked)]
    assert names == ["Owners", "Field mappings"]
    assert list(documents.judge_fit([], Learned())) == []
    left = finding("CFG-039", "data/lead_owners.json", "has left")
    misfit = finding("CFG-035", "data/zoho_field_mappings.json", "no such field")
    assert list(documents.judge_fit([left, misfit], asked)) == []


def test_fields_of_call_back_tasks_are_judged_by_how_bad_they_are() -> None:
    fatal = FieldProblem(field="status_open", message="Zoho CRM has no such status.")
    mild = FieldProblem(field="priority", message="It is cut.", fatal=False)
    assert states(crm.judge_tasks([])) == [("ok", "")]
    assert states(crm.judge_tasks([fatal, mild])) == [
        ("error", "CFG-035"),
        ("warning", "CFG-035"),
    ]


def test_data_centres_are_known_by_their_sign_in() -> None:
    assert crm.data_centre("https://accounts.zoho.eu") == "data centre EU"
    assert crm.data_centre("https://accounts.example.com") == "sign-in at accounts.example.com"


def test_a_clock_that_is_a_minute_off_is_named_with_its_direction() -> None:
    assert states(clocks.judge_clock({"RingCentral": 59.0, "Zoho": -1.0})) == [("ok", "")]
    (ahead,) = clocks.judge_clock({"RingCentral": 1.0, "Zoho": 75.0})
    (behind,) = clocks.judge_clock({"RingCentral": -7200.0, "Zoho": None})
    assert (ahead.code, behind.code) == ("DOC-004", "DOC-004")
    assert "75 seconds ahead of that of Zoho" in ahead.message
    assert "7200 seconds behind that of RingCentral" in behind.message
    assert states(clocks.judge_clock({"Zoho": None})) == [("info", "")]
    assert list(clocks.judge_clock({})) == []


def test_the_time_of_a_header_is_read() -> None:
    assert clocks.skew_of("Fri, 15 Jan 2027 08:00:00 GMT", 1_800_000_060.5) == 60.0
    assert clocks.skew_of("yesterday", 0.0) is None


def test_exit_codes_tell_whose_fault_it_is() -> None:
    fine, mild = ok("g", "n", "m"), warning("g", "n", "DOC-008", "m")
    ours, theirs = error("g", "n", "CFG-003", "m"), error("g", "n", "RC-401", "m")
    assert Examination((fine, mild)).exit_code == 0
    late = error("RingCentral", "n", "DOC-009", "m")
    assert Examination((mild, theirs, late)).exit_code == 3
    assert Examination((theirs, ours)).exit_code == 2


def test_a_check_that_fails_is_a_line() -> None:
    refused = failed("g", "n", RejectedError("RC-400", "no"), 5)
    late = failed("g", "n", TimeoutError(), 5)
    crashed = failed("g", "n", KeyError("+12155550100"), 5)
    assert [each.code for each in (refused, late, crashed)] == ["RC-400", "DOC-009", "SB-000"]
    assert "5 seconds" in late.message
    assert "2155550100" not in crashed.message
    assert failed("g", "n", refuse("CFG-025", "f", "m", hint="Do it."), 5).advice == "Do it."
    assert all(each.advice for each in (refused, late, crashed))


def test_a_refused_sign_in_is_told_once() -> None:
    """What fails for the same reason would only hide what fails for another."""
    refused = error("RingCentral", "Sign-in", "RC-401", "m")
    same = error("RingCentral", "Call log", "RC-401", "m")
    late = error("RingCentral", "Extensions", "DOC-009", "m")
    other = error("RingCentral", "Extensions", "DOC-005", "m")
    elsewhere = error("Zoho CRM", "Owners", "DOC-009", "m")
    assert condensed([refused, same, late, other, elsewhere]) == [refused, other, elsewhere]
    assert condensed([same, late]) == [same, late]


def test_every_advice_of_a_code_is_the_references() -> None:
    known = about("DOC-002")
    assert known is not None
    assert warning("g", "n", "DOC-002", "m").advice == f"{known.you}."


def test_long_lists_are_cut() -> None:
    assert some("abcdefg") == "a, b, c, d, e and 2 more"
    assert Check("g", "n", "ok", some("ab")).message == "a, b"


def test_a_terminal_of_80_columns_shows_everything_aligned() -> None:
    """Words, codes and advice begin at one column, and nothing is cut."""
    words = "sorted/philadelphia/extensions.json: the extension 700100201 does not exist. " * 2
    found = Examination((ok("Machine", "Python", words), error("RC", "X", "DOC-005", words)))
    shown = StringIO()
    show(Console(file=shown, force_terminal=True, width=80, color_system=None), found)
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    starts = {
        len(each) - len(each.lstrip()) for each in lines if each[:3] == "   " and each.strip()
    }
    assert starts == {11}
    assert sum("700100201" in each for each in lines) == 4
    assert "2 checks: 1 ok, 0 notes, 0 warnings, 1 error." in lines[-2]
