"""Check the documents a person edits, the credentials, and what is scheduled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from switchboard.config.findings import Finding
from switchboard.config.load import Configuration
from switchboard.config.reading import reader
from switchboard.config.vault import Vault, VaultContents
from switchboard.doctor.learned import Learned
from switchboard.doctor.results import Check, error, failed, info, ok, some, warning
from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead.vendor_check import check_with_vendors
from switchboard.flows.chat_to_ticket.documents_check import check_chats
from switchboard.jobs.timetable import Entry, entries_of, next_slot

GROUP = "Configuration"


def examine(
    configuration: Configuration | None,
    findings: Sequence[Finding],
    root: Path,
    learned: Learned,
) -> Iterator[Check]:
    """Judge every finding, with what the vendors told of it, then the vault and the schedule."""
    if configuration is not None:
        read = reader(root)
        findings = [*findings, *check_chats(configuration, read)]
        findings = check_with_vendors(configuration, learned.facts(), findings, read)
    yield from judge_findings(findings)
    yield from judge_fit(findings, learned)
    try:
        contents = Vault.open(root).load()
    except SwitchboardError as problem:
        yield failed(GROUP, "Credentials", problem, 0)
    else:
        needed = configuration is None or configuration.calls
        yield judge_credentials(contents, calls=needed)
    if configuration is not None and configuration.calls:
        entries = entries_of(configuration.schedule, configuration.offices)
        now = time.time()
        yield judge_schedule({each: next_slot(each, now) for each in entries})


def judge_findings(findings: Iterable[Finding]) -> Iterator[Check]:
    """Repeat `switchboard config check`; the missing vault has a line of its own."""
    clean = True
    for each in findings:
        if each.code == "CFG-025":
            continue
        clean = False
        make = error if each.severity == "error" else warning
        key = f" {each.key}:" if each.key else ""
        message = f"{each.place}{key} {each.message}."
        yield make(GROUP, "Documents", each.code, message, each.hint)
    if clean:
        yield ok(GROUP, "Documents", "Nothing is wrong in the documents.")


def judge_fit(findings: Iterable[Finding], learned: Learned) -> Iterator[Check]:
    """Say that owners and fields were compared with Zoho CRM and are right."""
    codes = {each.code for each in findings}
    if learned.users is not None and "CFG-039" not in codes:
        yield ok(GROUP, "Owners", "They are active users of Zoho CRM.")
    if learned.fields is not None and "CFG-035" not in codes:
        yield ok(GROUP, "Field mappings", "They fit the fields of Zoho CRM.")


def judge_credentials(contents: VaultContents, *, calls: bool = True) -> Check:
    """Chats alone need none of these: what theirs lack is told where they are asked."""
    missing = contents.missing() if calls else ()
    if missing:
        message = f"There are no credentials for {' and '.join(missing)}."
        return error(GROUP, "Credentials", "CFG-025", message)
    return ok(GROUP, "Credentials", "Complete, and the key opens them.")


def judge_schedule(entries: Mapping[Entry, float | None]) -> Check:
    """Say when the next scheduled run starts; a line that never comes due is a mistake."""
    never = [each.name for each, slot in entries.items() if slot is None]
    if never:
        message = f"{some(never)} will never start: its times do not exist in any year."
        return warning(GROUP, "Schedule", "DOC-012", message)
    slots = [(slot, each) for each, slot in entries.items() if slot is not None]
    if not slots:
        return info(
            GROUP,
            "Schedule",
            "Nothing is scheduled in data/schedule.json.",
            "Add runs there, or start `switchboard calls run` from cron or the Task Scheduler.",
        )
    slot, first = min(slots, key=lambda pair: pair[0])
    when = datetime.fromtimestamp(slot, ZoneInfo(first.zone))
    message = f"{len(slots)} scheduled; next is {first.name}, {when:%a %d %b %H:%M} {first.zone}."
    return ok(GROUP, "Schedule", message)
