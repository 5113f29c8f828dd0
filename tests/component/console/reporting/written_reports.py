"""Runs with reports on the disk, and a console that shows them."""

from __future__ import annotations

import json
import smtplib
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.config_files import two_offices

from switchboard.config.load import Configuration, load
from switchboard.store import outbox, reports, runs
from switchboard.store.outbox import NewMail
from switchboard.store.reports import Report

RUN, GONE, OTHER = "20261120-060000-aaaaaa", "20261119-060000-bbbbbb", "20261118-060000-cccccc"
STARTED = 1_795_000_000.0
HOSTILE = "<img src=x onerror=alert(1)>"
EMAIL: dict[str, Any] = {
    "smtp_server": "127.0.0.1",
    "smtp_port": smtplib.SMTP_PORT,
    "use_tls": False,
    "sender_email": "reports@ace.example",
    "recipients": [
        {"name": HOSTILE, "email": "boss@ace.example"},
        {"name": "Ops", "email": "ops@ace.example"},
    ],
}


def configuration(root: Path, *, mail: bool = True) -> Configuration:
    documents = {"data/email_config.json": EMAIL} if mail else {}
    return load(two_offices(root, documents))


def fill(conn: sa.Connection, company: Configuration, document: str = "<p>The report</p>") -> None:
    """Three runs: one with its file and mails, one whose file is gone, one of one office."""
    for number, (run_id, offices) in enumerate(
        ((RUN, ["philadelphia", "pittsburgh"]), (GONE, ["philadelphia"]), (OTHER, ["pittsburgh"]))
    ):
        at = STARTED - number * 86_400
        summary = {"offices": [{"office": each, "name": f"{each} {HOSTILE}", "seen": 3, "done": 2,
                    "skipped": 1, "leads_created": 2} for each in offices]}  # fmt: skip
        options = {"offices": offices, "types": ["missed"], "hours_back": 24.0, "dry_run": False}
        runs.start(
            conn,
            runs.Run(id=run_id, kind="calls", started_at=at, options=json.dumps(options)),
        )
        runs.finish(conn, run_id, outcome="done", summary=json.dumps(summary), finished_at=at + 60)
        path = f"reports/2026-11-{20 - number}/report_{run_id}.html"
        title = f"3 calls, 2 new leads {HOSTILE} - Fri 20 Nov 2026"
        reports.put(
            conn, Report(run_id=run_id, path=path, title=title, created_at=at, size=len(document))
        )
        if run_id != GONE:
            (company.root / path).parent.mkdir(parents=True, exist_ok=True)
            (company.root / path).write_text(document)
    mails = [
        NewMail(key=f"{RUN}:report:{to}", run_id=RUN, kind="report", recipient=to, subject="S",
                message="From: a") for to in ("boss@ace.example", "ops@ace.example")
    ]  # fmt: skip
    outbox.queue(conn, mails, STARTED)
    claimed = outbox.claim(conn, "worker", STARTED + 1)
    assert claimed is not None
    outbox.refuse(conn, claimed, "SMTP-550", f"550 No such user {HOSTILE}", STARTED + 2)
