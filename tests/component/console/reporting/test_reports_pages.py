"""Reports are found, opened where they can do nothing, sent once for each press, written anew."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.console.reporting.written_reports import (
    GONE,
    HOSTILE,
    OTHER,
    RUN,
    STARTED,
    configuration,
    fill,
)
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.config.load import Configuration
from switchboard.store import audit, reports
from switchboard.store.database import Database
from switchboard.store.tables import mail, report, run

ORDER = re.compile(r'name="order" value="([0-9a-f]+)"')


@dataclass
class Rig:
    stage: ConsoleStage
    company: Configuration
    woken: list[str] = field(default_factory=list)
    begun: int = 0  # The last entry of the trail before the test.

    async def trail(self) -> list[tuple[str, str, str]]:
        rows = [r for r in await self.stage.db.run(audit.entries) if r.seq > self.begun]
        return [(r.actor, r.action, r.subject) for r in rows if r.action.startswith("report.")]

    async def sent(self) -> list[str]:
        query = sa.select(mail.c.key).where(mail.c.run_id == RUN)
        keys = await self.stage.db.run(lambda conn: list(conn.scalars(query)))
        return sorted(key.partition(":report:")[2] for key in keys if "@" in key.partition(":")[0])

    async def lead_to(self, path: str) -> None:
        change = sa.update(report).where(report.c.run_id == RUN).values(path=path)
        await self.stage.db.run(lambda conn: conn.execute(change) and None)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One console for all tests of this file: building it takes longer than asking it."""
    folder, woken = tmp_path_factory.mktemp("reports"), list[str]()
    company = configuration(folder / "company")
    db = Database.open(f"sqlite:///{folder / 'console.db'}")
    stage = ConsoleStage(db, configuration=lambda: company, wake=woken.append)
    stage.account("ben", "operator")
    stage.account("vera", "viewer")
    yield Rig(stage, company, woken)
    db.close()


@pytest.fixture
async def rig(served: Rig) -> Rig:
    """The same runs, reports and mails for each test."""

    def anew(conn: sa.Connection) -> int:
        for table in (report, run, mail):
            conn.execute(sa.delete(table))
        fill(conn, served.company)
        return audit.head(conn).seq

    shutil.rmtree(served.company.reports_dir, ignore_errors=True)
    served.woken.clear()
    return replace(served, begun=await served.stage.db.run(anew))


async def orders(browser: Browser, run_id: str = RUN) -> str:
    page = (await browser.get(f"/console/reports/{run_id}")).text
    found = ORDER.search(page)
    assert found, page
    return found[1]


async def test_reports_are_listed_newest_first_with_what_became_of_their_mails(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    page = (await vera.get("/console/reports")).text
    assert [page.index(each) for each in (RUN, GONE, OTHER)] == sorted(
        page.index(each) for each in (RUN, GONE, OTHER)
    )
    assert "3 reports" in page
    assert "Not delivered" in page
    assert "1 of 2" in page
    assert "File gone" in page
    assert "All 2 offices" in page
    assert HOSTILE not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("office=pittsburgh", {RUN, OTHER}),
        ("office=missed", {RUN, GONE, OTHER}),  # A type of call, and no office.
        ("since=2026-11-18", {RUN}),
        ("until=2026-11-17", {GONE, OTHER}),
        ("office=philadelphia&until=2026-11-17", {GONE}),
        ("since=2026-11-17&until=2026-11-16", {RUN, GONE, OTHER}),  # Told, and not filtered.
        ("since=2027-01-01", set()),
    ],
)
async def test_reports_are_found_by_office_and_by_when_their_run_began(
    rig: Rig, query: str, shown: set[str]
) -> None:
    vera = await rig.stage.signed_in("vera")
    page = (await vera.get(f"/console/reports?{query}")).text
    assert {each for each in (RUN, GONE, OTHER) if f"/reports/{each}" in page} == shown


async def test_days_that_cannot_be_meant_are_told(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    page = (await vera.get("/console/reports?since=2026-02-30")).text
    assert "Enter dates such as 2026-11-21" in page


async def test_lists_have_pages(rig: Rig) -> None:
    def more(conn: sa.Connection) -> None:
        known = reports.get(conn, OTHER)
        assert known is not None
        for number in range(24):
            at = STARTED - 10 * 86_400 - number
            reports.put(conn, replace(known, run_id=f"old-{number:02}", created_at=at))

    await rig.stage.db.run(more)
    vera = await rig.stage.signed_in("vera")
    first = (await vera.get("/console/reports?office=")).text
    assert "27 reports · page 1 of 2" in first
    assert 'href="/console/reports?page=2"' in first
    second = (await vera.get("/console/reports?page=2")).text
    assert "old-23" in second
    assert "old-01" not in second


async def test_a_report_is_served_where_nothing_in_it_can_run(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    answer = await vera.get(f"/console/reports/{RUN}/document")
    assert answer.text == "<p>The report</p>"
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "sandbox"
    assert "default-src 'none'" in policy
    assert not any("script" in each for each in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    page = (await vera.get(f"/console/reports/{RUN}")).text
    assert re.search(r'<a[^>]*/document"[^>]*target="_blank" rel="noopener"', page)


async def test_a_downloaded_report_is_a_file_of_a_plain_name(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    answer = await vera.get(f"/console/reports/{RUN}/download")
    name = f'attachment; filename="switchboard_report_{RUN}.html"'
    assert answer.headers["content-disposition"] == name


@pytest.mark.parametrize(
    "path",
    ["../secret.html", "/etc/hostname", "reports/../data/secret.html", "data/settings.json",
     "reports/2026-11-20", "reports/x\0.html", "reports/link.html"],
)  # fmt: skip
async def test_no_row_leads_out_of_the_directory_of_reports(rig: Rig, path: str) -> None:
    """Whatever stands in the store: only reports below reports/ are served."""
    for outside in (rig.company.root.parent / "secret.html", rig.company.data_dir / "secret.html"):
        outside.write_text("secret")
    (rig.company.reports_dir / "link.html").symlink_to(rig.company.data_dir / "secret.html")
    await rig.lead_to(path)
    vera = await rig.stage.signed_in("vera")
    answer = await vera.get(f"/console/reports/{RUN}/document", follow_redirects=True)
    assert "secret" not in answer.text
    assert "The file of this report is gone" in answer.text


async def test_an_address_never_names_a_file(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    for run_id in ("..%2F..%2Fdata", "reports%2Freport.html", "nothing", "%00", "<b>"):
        for end in ("", "/document", "/download"):
            answer = await vera.get(f"/console/reports/{run_id}{end}")
            assert answer.status_code == 404, run_id


async def test_a_report_whose_file_is_gone_can_be_written_anew(rig: Rig) -> None:
    ben = await rig.stage.signed_in("ben")
    page = (await ben.get(f"/console/reports/{GONE}")).text
    assert "The file of this report is gone" in page
    assert "/document" not in page
    answer = await ben.submit(f"/reports/{GONE}", f"/reports/{GONE}/refresh")
    assert answer.status_code == 303
    page = (await ben.get(answer.headers["location"])).text
    assert "Written anew from what is known now." in page
    assert "is gone" not in page
    written = await ben.get(f"/console/reports/{GONE}/document")
    assert "philadelphia" in written.text
    assert HOSTILE not in written.text
    assert await rig.trail() == [("console:ben", "report.refresh", f"run:{GONE}")]


async def test_a_report_is_queued_once_for_each_press_however_often_it_is_sent(rig: Rig) -> None:
    ben = await rig.stage.signed_in("ben")
    page, send = f"/reports/{RUN}", f"/reports/{RUN}/send"
    order = await orders(ben)
    for _ in range(2):  # As two quick clicks send it.
        answer = await ben.submit(page, send, order=order, to="boss@ace.example")
        assert answer.status_code == 303
    assert "nothing is sent twice" in (await ben.get(f"/console{page}")).text
    assert await rig.sent() == ["boss@ace.example"]
    assert await rig.trail() == [("console:ben", "report.send", f"run:{RUN}")]
    assert rig.woken == ["mails", "mails"]
    answer = await ben.submit(page, send, order=await orders(ben), to="ops@ace.example")
    assert await rig.sent() == ["boss@ace.example", "ops@ace.example"]
    assert "Queued for 1 person" in (await ben.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    "fields",
    [{}, {"to": "stranger@evil.example"}, {"to": "boss@ace.example", "order": "x:y"}],
)
async def test_a_report_goes_only_to_people_of_the_configuration(
    rig: Rig, fields: dict[str, str]
) -> None:
    ben = await rig.stage.signed_in("ben")
    order = await orders(ben)
    answer = await ben.submit(
        f"/reports/{RUN}", f"/reports/{RUN}/send", **{"order": order, **fields}
    )
    assert answer.status_code == 422
    assert "Choose who is to get the report" in answer.text
    assert await rig.sent() == []


async def test_who_only_looks_can_neither_send_nor_write(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    page = (await vera.get(f"/console/reports/{RUN}")).text
    assert "Send again" not in page
    for action in ("send", "refresh"):
        form = {"order": "0" * 16, "to": "boss@ace.example"}
        answer = await vera.submit("/account", f"/reports/{RUN}/{action}", **form)
        assert answer.status_code == 403
    assert await rig.sent() == []
    assert await rig.trail() == []


async def test_a_mail_that_was_refused_says_the_servers_words(rig: Rig) -> None:
    vera = await rig.stage.signed_in("vera")
    page = (await vera.get(f"/console/reports/{RUN}")).text
    assert "SMTP-550" in page
    assert "550 No such user &lt;img" in page
    assert HOSTILE not in page
    assert page.index("Refused") < page.index("Waiting</span>")


async def test_without_a_report_the_page_says_when_there_will_be_one(tmp_path: Path) -> None:
    company = configuration(tmp_path / "company", mail=False)
    async with console_stage(tmp_path, configuration=lambda: company) as stage:
        stage.account("ben", "operator")
        ben = await stage.signed_in("ben")
        assert "No report yet" in (await ben.get("/console/reports")).text
        await stage.db.run(lambda conn: reports.put(
            conn, reports.Report(run_id=RUN, path="x", title="T", created_at=STARTED)
        ))  # fmt: skip
        page = (await ben.get(f"/console/reports/{RUN}")).text
        assert "No mail server is set up" in page
