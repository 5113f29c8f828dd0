"""A real run against the simulated vendors, then everything a person does with its report."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from switchboard.bootstrap import open_session, open_store
from switchboard.cli.report_commands import report_app
from switchboard.config.load import load
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.accounts import RunReport
from switchboard.flows.call_to_lead.run import BOTH, RunOptions
from switchboard.reports.build import purge_reports
from switchboard.running import run_in
from switchboard.simulators.scenario.files import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import reports, runs

CALLS, SPEED = 30, 60.0


@dataclass(slots=True)
class Rig:
    """One company whose calls were processed once, without any mail."""

    root: Path
    server: SimulatorServer
    run: str

    def report(self, *arguments: str) -> Result:
        return CliRunner().invoke(
            report_app, [*arguments, "--config-dir", str(self.root)], catch_exceptions=False
        )

    def mailed(self, run: str) -> list[tuple[str, str]]:
        """Return recipient and subject of the mails about *run* that arrived."""
        found = []
        for each in self.server.world.mail.messages:
            message = each.message()
            body = message.get_body(("plain",))
            if body is not None and run in body.get_content():
                found.append((each.recipients[0], str(message["Subject"])))
        return sorted(found)


def process(root: Path, *, hours: float | None = None, dry_run: bool = False) -> RunReport:
    """Run all offices as `calls run --all --no-email` does."""

    async def go() -> RunReport:
        async with open_session(load(root)) as session:
            return await run_in(session, RunOptions((), BOTH, hours, dry_run, email=False))

    return asyncio.run(go())


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    kept = {k: os.environ.pop(k) for k in list(os.environ) if k.startswith("SWITCHBOARD_")}
    root = tmp_path_factory.mktemp("company")
    with SimulatorServer(seed=3, calls=CALLS, speed=SPEED) as server:
        write_config(server.world, server.base_url, root, speed=SPEED)
        done = process(root)
        assert done.stopped_by is None
        yield Rig(root, server, done.run)
    os.environ.update(kept)


def test_every_call_of_the_run_is_in_its_report(rig: Rig) -> None:
    """RingCentral's count, taken from its simulator, is the report's."""
    sessions = httpx.get(f"{rig.server.base_url}/_sim/state/ringcentral/sessions").json()
    data = json.loads(rig.report("show", rig.run, "--json").stdout)
    assert sum(part["seen"] for part in data["offices"]) == len(sessions)
    assert all(
        part["seen"] == part["done"] + part["skipped"] + part["parked"] + part["waiting"]
        for part in data["offices"]
    )
    assert data["calls_total"] == len(sessions) == len(data["calls"])
    assert {each["name"] for each in data["allowances"]} >= {"RingCentral", "Zoho CRM"}


def test_the_file_lies_where_the_manual_says_and_only_its_owner_reads_it(rig: Rig) -> None:
    shown = rig.report("open", rig.run, "--no-browser").stdout.strip()
    path = Path(shown)
    assert re.fullmatch(
        r"reports/\d{4}-\d\d-\d\d/multi_location_report_\d{8}_\d{6}\.html",
        path.relative_to(rig.root).as_posix(),
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert rig.run in path.read_text("utf-8")


def test_a_report_is_built_again_in_its_place(rig: Rig) -> None:
    """The store keeps what a report is made of: a deleted file is no loss."""
    first = Path(rig.report("build", rig.run).stdout.strip())
    first.unlink()
    assert Path(rig.report("open", rig.run[:8], "--no-browser").stdout.strip()) == first
    assert first.is_file()
    listed = json.loads(rig.report("list", "--json").stdout)
    assert [each["run_id"] for each in listed].count(rig.run) == 1


def test_two_runs_of_one_second_do_not_share_a_file(rig: Rig) -> None:
    with open_store(load(rig.root)) as db:
        first = db.run_sync(lambda conn: runs.get(conn, rig.run))
        assert first is not None
        twin = runs.Run(id="twin", kind="calls", started_at=first.started_at, finished_at=None)
        db.run_sync(lambda conn: runs.start(conn, twin))
        one, other = (rig.report("build", each).stdout.strip() for each in (rig.run, "twin"))
        assert one != other
        assert "The run has no end" in Path(other).read_text("utf-8")
        db.run_sync(lambda conn: runs.finish(conn, "twin", outcome="failed", summary="{}",
                                             finished_at=first.started_at))  # fmt: skip


def test_a_report_is_mailed_once_to_each_and_again_only_when_asked(rig: Rig) -> None:
    admin, manager = "admin@keystone.example", "manager@keystone.example"
    sent = rig.report("send", rig.run)
    assert sent.exit_code == 0, sent.output
    assert [who for who, _ in rig.mailed(rig.run)] == [admin, manager]
    assert f"{admin}: sent\n" in sent.stdout
    second = rig.report("send", rig.run)
    assert second.exit_code == 0
    assert f"{admin}: sent before; --again sends it anew" in second.stdout
    assert len(rig.mailed(rig.run)) == 2
    rig.report("send", rig.run, "--to", "owner@keystone.example")
    assert [who for who, _ in rig.mailed(rig.run)] == [admin, manager, "owner@keystone.example"]
    rig.report("send", rig.run, "--to", admin, "--again")
    assert [who for who, _ in rig.mailed(rig.run)].count(admin) == 2
    assert all(subject.startswith("Switchboard: ") for _, subject in rig.mailed(rig.run))


def test_a_mail_that_arrived_holds_pictures_and_the_page(rig: Rig) -> None:
    assert rig.report("send", rig.run, "--to", "reader@keystone.example").exit_code == 0
    delivered = next(
        each for each in rig.server.world.mail.messages if "reader@" in each.recipients[0]
    )
    message = delivered.message()
    pictures = [p for p in message.walk() if p.get_content_type() == "image/png"]
    assert len(pictures) >= 3
    assert all(p.get_content().startswith(b"\x89PNG") for p in pictures)
    (page,) = message.iter_attachments()
    assert str(page.get_filename()).startswith("multi_location_report_")
    assert len(delivered.content) < 2_000_000


def test_a_mail_server_that_refuses_is_an_exit_code_and_a_reason(rig: Rig) -> None:
    refused = rig.report("send", rig.run, "--to", "nobody@example.invalid")
    assert refused.exit_code == 3
    assert "SMTP-550" in refused.output


def test_a_run_the_vendor_stopped_has_a_report_that_says_so(rig: Rig) -> None:
    fault = {
        "vendor": "zoho_crm", "match": "POST .*/Leads", "kind": "error", "status": 401, "times": 50,
        "body": {"code": "INVALID_TOKEN", "message": "invalid oauth token", "status": "error"},
    }  # fmt: skip
    httpx.post(f"{rig.server.base_url}/_sim/calls", json={"count": 3})
    httpx.post(f"{rig.server.base_url}/_sim/faults", json=[fault])
    fault["match"] = "GET .*"
    httpx.post(f"{rig.server.base_url}/_sim/faults", json=[fault])
    try:
        with pytest.raises(OperatorError, match="ZOHO-401"):
            process(rig.root)
    finally:
        httpx.delete(f"{rig.server.base_url}/_sim/faults")
    text = rig.report("show").stdout
    assert "Stopped by an error" in text
    assert "ZOHO-401" in text
    assert "not counted to the end" in text


def test_a_run_that_finds_nothing_new_is_no_news(rig: Rig) -> None:
    """`send_empty_reports` is off: a run that changed nothing is mailed to nobody."""
    until = time.monotonic() + 60.0
    news = ("waiting", "leads_created", "notes_created", "statuses_updated", "media_attached")
    while any(map((quiet := process(rig.root)).total, news)) and time.monotonic() < until:
        time.sleep(0.2)  # Calls were still going on, or a recording came late.
    answer = rig.report("send", quiet.run, "--json")
    assert json.loads(answer.stdout)["mails"] == []
    assert rig.mailed(quiet.run) == []


@pytest.mark.parametrize("wanted", ["nope", "2"])
def test_a_run_nobody_knows_is_named(rig: Rig, wanted: str) -> None:
    process(rig.root, dry_run=True)
    with pytest.raises(OperatorError, match="CLI-002"):
        rig.report("show", wanted)


def test_without_mail_settings_sending_says_what_is_missing(rig: Rig) -> None:
    email = rig.root / "data/email_config.json"
    kept = email.read_text()
    email.unlink()
    try:
        with pytest.raises(OperatorError, match="email_config"):
            rig.report("send", rig.run)
    finally:
        email.write_text(kept)


def test_an_address_that_is_none_is_refused_before_anything_happens(rig: Rig) -> None:
    with pytest.raises(OperatorError, match="CLI-001"):
        rig.report("send", rig.run, "--to", "not an address")


def test_old_reports_go_and_newer_ones_stay(rig: Rig) -> None:
    configuration = load(rig.root)
    path = Path(rig.report("build", rig.run).stdout.strip())
    today = datetime.now(UTC).date()
    with open_store(configuration) as db:
        assert asyncio.run(purge_reports(db, configuration, today)) == 0
        later = today + timedelta(days=configuration.settings.retention.report_days + 1)
        assert asyncio.run(purge_reports(db, configuration, later)) >= 1
        assert db.run_sync(lambda conn: reports.get(conn, rig.run)) is None
    assert not path.exists()
    assert not path.parent.exists()
    assert rig.report("list").stdout.startswith("There is no report yet")
