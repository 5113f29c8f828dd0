"""The timetable in the words of cron, systemd and the Windows Task Scheduler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from switchboard.errors import OperatorError
from switchboard.jobs.installed import crontab, systemd, windows
from switchboard.jobs.installed.times import Job

PLACE = "/srv/switch board/100%"
ZONE = "America/New_York"


def a_job(cron: str = "0 8,14 * * 1-5", name: str = "weekdays") -> Job:
    program = "/opt/switch board/run_all.sh"
    return Job(name, cron, ZONE, (program, "--hours-back", "4", "--config-dir", PLACE))


def test_the_lines_of_others_in_a_crontab_stay_as_they_are() -> None:
    others = "MAILTO=me@example.com\n# my backup\n30 2 * * * /usr/bin/backup\n"
    once = crontab.replaced(others, crontab.block([a_job()], PLACE), PLACE)
    assert once.startswith(others)
    twice = crontab.replaced(once, crontab.block([a_job()], PLACE), PLACE)
    assert twice == once
    assert crontab.replaced(once, [], PLACE) == others


def test_two_configurations_have_a_block_each() -> None:
    both = crontab.replaced("", crontab.block([a_job()], PLACE), PLACE)
    both = crontab.replaced(both, crontab.block([a_job(name="dev")], "/dev"), "/dev")
    assert crontab.replaced(both, [], "/dev") == crontab.replaced(
        "", crontab.block([a_job()], PLACE), PLACE
    )
    assert "# dev" in crontab.found(both, "/dev")


def test_a_block_somebody_cut_in_two_is_not_touched() -> None:
    begun = "\n".join(crontab.block([a_job()], PLACE)[:-1])
    with pytest.raises(OperatorError, match="without its"):
        crontab.replaced(begun, [], PLACE)


def test_blanks_and_percent_signs_survive_cron() -> None:
    """Cron reads a bare % as the end of the command."""
    (line,) = [each for each in crontab.block([a_job()], PLACE) if each[0] != "#"]
    when, _, command = line.partition(" '")
    assert when == "0 8,14 * * 1-5"
    assert command == (
        "/opt/switch board/run_all.sh' --hours-back 4"
        " --config-dir '/srv/switch board/100\\%' >/dev/null"
    )


@pytest.mark.parametrize(
    ("cron", "written"),
    [
        ("0 8 * jan,JUN MON-FRI", "0 8 * 1,6 1-5"),
        ("*/15 7-19 * * SUN", "*/15 7-19 * * 0"),
        ("0 6 */2 * 1", "0 6 */2 * 1"),
    ],
)
def test_cron_is_told_numbers_in_place_of_names(cron: str, written: str) -> None:
    lines = crontab.block([a_job(cron)], PLACE)
    assert any(line.startswith(f"{written} '/opt") for line in lines)


@pytest.mark.parametrize("cron", ["0 8 L * *", "0 8 * * 5L", "0 8 * * MON#1", "0 8 LW * *"])
def test_signs_only_serve_knows_are_refused_by_their_field(cron: str) -> None:
    for write in (
        lambda job: crontab.block([job], PLACE),
        lambda job: systemd.units([job], PLACE),
        lambda job: windows.script([job], PLACE),
    ):
        with pytest.raises(OperatorError, match=r"its field day of (week|month) is") as refused:
            write(a_job(cron))
        assert refused.value.code == "SCH-002"


@pytest.mark.parametrize(
    ("cron", "calendar"),
    [
        ("0 8 * * *", ["*-*-* 08:00:00 America/New_York"]),
        ("0 8,14 * * 1-5", ["Mon,Tue,Wed,Thu,Fri *-*-* 08,14:00:00 America/New_York"]),
        ("0 */8 * * *", ["*-*-* 00,08,16:00:00 America/New_York"]),
        ("*/30 * * * 0,7", ["Sun *-*-* *:00,30:00 America/New_York"]),
        ("* * * * *", ["*-*-* *:*:00 America/New_York"]),
        ("5 6 1 1,7 *", ["*-01,07-01 06:05:00 America/New_York"]),
        # Of two kinds of day one is enough for cron: the timer has a line for each.
        (
            "0 6 1 * MON",
            ["*-*-01 06:00:00 America/New_York", "Mon *-*-* 06:00:00 America/New_York"],
        ),
        ("0 6 */15 * MON", ["Mon *-*-01,16,31 06:00:00 America/New_York"]),
    ],
)
def test_systemd_s_calendar_means_the_same_as_cron(cron: str, calendar: list[str]) -> None:
    assert systemd.on_calendar(a_job(cron)) == calendar


def test_units_have_names_of_their_own_and_know_their_configuration() -> None:
    files = systemd.units([a_job(name="All / day"), a_job(name="all-day")], PLACE)
    assert len(files) == 4
    for name, text in files.items():
        assert name.startswith("switchboard-all-day-")
        assert systemd.is_ours(name, text, PLACE)
        assert not systemd.is_ours(name, text, f"{PLACE}/other")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = tmp_path / "a $program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    job = Job("weekdays 100%", "0 8,14 1 * 1-5", ZONE, (str(program), "--config-dir", PLACE))
    paths = []
    for name, text in systemd.units([job], PLACE, user="root").items():
        paths.append(tmp_path / name)
        paths[-1].write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [
        line for line in done.stderr.splitlines() if "switchboard-" in line
    ]  # Not the machine's own units.
    assert (done.returncode, complaints) == (0, [])
    for line in systemd.on_calendar(job):
        subprocess.run(["systemd-analyze", "calendar", line], capture_output=True, check=True)


def test_windows_gets_a_trigger_for_each_time_of_day() -> None:
    assert windows.triggers(a_job()) == [
        "New-ScheduledTaskTrigger -Weekly -DaysOfWeek"
        f" Monday,Tuesday,Wednesday,Thursday,Friday -At '{hour}:00'"
        for hour in ("08", "14")
    ]
    assert len(windows.triggers(a_job("0 */4 * * *"))) == 6


def test_windows_repeats_what_comes_too_often_for_triggers() -> None:
    assert windows.triggers(a_job("5-59/10 * * * *")) == [
        "New-ScheduledTaskTrigger -Once -At '00:05' -RepetitionInterval (New-TimeSpan -Minutes 10)"
    ]


@pytest.mark.parametrize(
    ("cron", "field"),
    [
        ("0 8 1 * *", 'day of month is "1"'),
        ("0 8 * 6 *", 'month is "6"'),
        ("*/10 7-19 * * *", 'minute is "\\*/10"'),
        ("*/10 * * * 1-5", 'day of week is "1-5"'),
    ],
)
def test_what_windows_cannot_say_is_refused_by_its_field(cron: str, field: str) -> None:
    with pytest.raises(OperatorError, match=field):
        windows.triggers(a_job(cron))


def test_windows_paths_and_quotes_survive_powershell() -> None:
    job = Job(
        "o'clock", "0 8 * * *", ZONE, ("C:\\Program Files\\run.bat", "--config-dir", "D:\\x y")
    )
    script = windows.script([job], "D:\\x y")
    assert "-Execute 'C:\\Program Files\\run.bat'" in script
    assert "-Argument '--config-dir \"D:\\x y\"'" in script
    assert "-TaskName 'o''clock " in script
