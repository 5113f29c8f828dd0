"""The manual's log files: dated, private, one JSON object a line, nobody named."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from switchboard import logs
from switchboard.errors import OperatorError

TODAY = f"{datetime.now(UTC).astimezone():%Y%m%d}"


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    yield
    logs.configure(console=False)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (folder / f"{name}_{TODAY}.log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("call_type", "several", "names"),
    [
        ("accepted", False, ("accepted_calls",)),
        ("missed", False, ("missed_calls",)),
        ("all", True, ("accepted_calls", "missed_calls", "multi_location_report")),
    ],
)
def test_each_run_writes_the_manuals_files(
    call_type: str, several: bool, names: tuple[str, ...]
) -> None:
    assert logs.files_for(call_type, several_offices=several) == names


def test_a_call_is_logged_where_its_outcome_belongs(tmp_path: Path) -> None:
    logs.configure(tmp_path, files=logs.files_for("all", several_offices=True), console=False)
    log = structlog.get_logger()
    log.info("call_done", outcome="accepted", interaction="a")
    log.info("call_done", outcome="voicemail", interaction="b")
    log.info("run_finished", seen=2)
    assert [each.get("interaction") for each in lines(tmp_path, "accepted_calls")] == ["a", None]
    assert [each.get("interaction") for each in lines(tmp_path, "missed_calls")] == ["b", None]
    assert len(lines(tmp_path, "multi_location_report")) == 3


def test_lines_are_structured_and_mask_people(tmp_path: Path) -> None:
    logs.configure(tmp_path, files=["accepted_calls"], console=False)
    structlog.get_logger().warning("lead of +12155550100", person="+12155550100", token="t")
    (line,) = lines(tmp_path, "accepted_calls")
    assert (line["event"], line["person"], line["token"]) == ("lead of +***00", "+***00", "***")
    assert line["level"] == "warning"
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_a_traceback_is_masked_too_and_stays_off_the_console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(tmp_path, files=["accepted_calls"])
    try:
        int("no lead for +12155550100")
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = lines(tmp_path, "accepted_calls")
    assert "no lead for +***00" in line["exception"]
    printed = capsys.readouterr()
    assert "failed" in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_what_ended_a_command_is_an_error_in_the_files_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manual: check log files for ERROR level messages. The console has its own words."""
    logs.configure(tmp_path, files=["missed_calls"])
    logs.note_failure(OperatorError("RC-401", "refused", detail="OAU-213 (request r-1)"))
    logs.note_failure(ValueError("lead of +12155550100"))
    known, unknown = lines(tmp_path, "missed_calls")
    assert (known["level"], known["event"]) == ("error", "command_failed")
    assert (known["code"], known["detail"]) == ("RC-401", "OAU-213 (request r-1)")
    assert unknown["code"] == "SB-000"
    assert "lead of +***00" in unknown["exception"]
    assert "console" not in known
    assert capsys.readouterr().err == ""


def test_debug_shows_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(tmp_path, files=["missed_calls"])
    structlog.get_logger().debug("detail")
    assert lines(tmp_path, "missed_calls") == []
    logs.configure(tmp_path, files=["missed_calls"], debug=True)
    structlog.get_logger().debug("detail")
    assert len(lines(tmp_path, "missed_calls")) == 1
    assert "detail" in capsys.readouterr().err


def test_a_quiet_console_still_warns(capsys: pytest.CaptureFixture[str]) -> None:
    """While a progress bar is shown, only what matters may interrupt it."""
    logs.configure(console_level="warning")
    structlog.get_logger().info("page read")
    structlog.get_logger().warning("vendor slow")
    printed = capsys.readouterr().err
    assert "vendor slow" in printed
    assert "page read" not in printed


def test_libraries_speak_through_the_same_masks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(tmp_path, files=["accepted_calls"])
    logging.getLogger("some.library").warning("GET /x?phone=%s", "+12155550100")
    (line,) = lines(tmp_path, "accepted_calls")
    assert (line["library"], line["event"]) == ("some.library", "GET /x?phone=+***00")
    assert "2155550100" not in capsys.readouterr().err


def test_lines_of_two_processes_never_mix(tmp_path: Path) -> None:
    """An admin who starts a run while the scheduler's is going reads whole lines of both."""
    code = (
        "import sys, structlog\n"
        "from pathlib import Path\n"
        "from switchboard import logs\n"
        "logs.configure(Path(sys.argv[1]), files=['missed_calls'], console=False)\n"
        "for number in range(200): structlog.get_logger().info('x' * 6000, by=sys.argv[2])\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    writers = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    assert [each.wait(30) for each in writers] == [0, 0]
    found = lines(tmp_path, "missed_calls")
    assert sorted(each["by"] for each in found) == ["one"] * 200 + ["two"] * 200


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_log_files_are_their_owners_alone(tmp_path: Path) -> None:
    logs.configure(tmp_path / "logs", files=["accepted_calls"], console=False)
    mode = (tmp_path / f"logs/accepted_calls_{TODAY}.log").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_a_new_day_is_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure(tmp_path, files=["accepted_calls"], console=False)
    structlog.get_logger().info("today")
    monkeypatch.setattr(logs, "_today", lambda: "20990101")
    structlog.get_logger().info("tomorrow")
    assert "tomorrow" in (tmp_path / "accepted_calls_20990101.log").read_text("utf-8")
    assert len(lines(tmp_path, "accepted_calls")) == 1


def test_logs_that_cannot_be_written_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("", "utf-8")
    with pytest.raises(OperatorError, match="IO-001"):
        logs.configure(tmp_path / "logs", files=["accepted_calls"])


def test_raw_call_logs_are_kept_as_they_came(tmp_path: Path) -> None:
    """Where the manual says, readable by their owner alone, never overwriting each other."""
    at = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)
    records: list[dict[str, Any]] = [
        {"id": "1", "from": {"phoneNumber": "+12155550100"}},
        {"id": "2"},
    ]
    local = at.astimezone()
    first = logs.write_raw_call_log(tmp_path, "philadelphia", records, at)
    second = logs.write_raw_call_log(tmp_path, "philadelphia", ['{"id": "3"}'], at)
    folder = tmp_path / f"{local:%Y-%m-%d}/philadelphia/raw_logs"
    assert first == folder / f"raw_call_logs_{local:%Y%m%d_%H%M%S}.json"
    assert second != first
    assert json.loads(first.read_text("utf-8")) == records
    assert json.loads(second.read_text("utf-8")) == [{"id": "3"}]
    if os.name == "posix":
        assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_an_empty_call_log_is_an_empty_list(tmp_path: Path) -> None:
    path = logs.write_raw_call_log(tmp_path, "main", [], datetime.now(UTC))
    assert json.loads(path.read_text("utf-8")) == []


def test_old_logs_are_told_from_newer_ones_and_foreign_files(tmp_path: Path) -> None:
    """By the date in their names, as the manual rotates them; 0 days keep all for ever."""
    for name in ("accepted_calls_20260101.log", "accepted_calls_20261119.log", "notes.log"):
        (tmp_path / name).write_text("", "utf-8")
    raw = logs.write_raw_call_log(tmp_path, "main", [], datetime(2026, 1, 1, 12, tzinfo=UTC))
    logs.write_raw_call_log(tmp_path, "main", [], datetime(2026, 11, 19, 12, tzinfo=UTC))
    today = date(2026, 11, 20)
    found = logs.expired(tmp_path, log_days=90, raw_call_log_days=30, today=today)
    assert found == ([tmp_path / "accepted_calls_20260101.log"], [raw])
    kept = logs.expired(tmp_path, log_days=0, raw_call_log_days=0, today=date(2030, 1, 1))
    assert kept == ([], [])
