"""Show a run while it happens, and what came of it: progress bars, a table, plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from switchboard.flows.call_to_lead.accounts import RunReport
from switchboard.flows.call_to_lead.rehearsal import would
from switchboard.flows.call_to_lead.tools import Event
from switchboard.reports import wording


def screen() -> Console:
    """Where results go: looked up anew, so that redirected output is followed."""
    return Console(highlight=False, emoji=False)


def aside() -> Console:
    """Where progress goes, so that results can be piped."""
    return Console(stderr=True, highlight=False, emoji=False)


class RunDisplay:
    """A live picture of a run on standard error; silent when *quiet*."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = aside()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._stage: TaskID | None = None
        self._bars: dict[str, TaskID] = {}
        self._last = ""

    def __enter__(self) -> Self:
        self._progress.start()
        self._stage = self._progress.add_task("Starting", total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def tell(self, event: Event) -> None:
        """Take an event of the flow."""
        if self._quiet or self._stage is None:
            return
        if event.kind == "planned" and event.office:
            self._bars[event.office] = self._progress.add_task(event.office, total=event.count)
        elif event.kind == "finished" and event.office in self._bars:
            if event.text != "waiting":
                self._progress.advance(self._bars[event.office], event.count)
        elif event.kind == "read":
            self._describe(f"Reading the call log: {event.count} calls")
        elif event.text:
            self._describe(event.text)

    def _describe(self, text: str) -> None:
        if self._stage is not None:
            self._progress.update(self._stage, description=escape(text))
        if not self._console.is_terminal and text != self._last and not text.startswith("Waiting"):
            self._last = text  # A pipe or a log file gets one plain line a stage.
            if not text.startswith("Reading the call log:"):
                self._console.print(escape(text))


def print_report(report: RunReport) -> None:
    """Print what happened per office, and what deserves a look."""
    table = Table(
        title="What became of the calls",
        title_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("Office", overflow="ellipsis", no_wrap=True, ratio=1)
    for heading in ("Seen", "Done", "Skip", "Park", "Wait"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("Leads", "Known", "Notes", "Tasks", "Audio"):
        table.add_column(heading, justify="right", style="cyan", no_wrap=True)
    for part in report.offices:
        parked = f"[red]{part.parked}[/]" if part.parked else "0"
        table.add_row(
            escape(part.name or part.office),
            *(str(n) for n in (part.seen, part.done, part.skipped)),
            parked,
            str(part.waiting),
            str(part.leads_created),
            str(part.leads_matched + part.contacts_matched),
            str(part.notes_created),
            str(part.callbacks_opened),
            str(part.media_attached),
        )
    if len(report.offices) > 1:
        names = ("seen", "done", "skipped", "parked", "waiting", "leads_created")
        totals = [str(report.total(name)) for name in names]
        known = report.total("leads_matched") + report.total("contacts_matched")
        table.add_section()
        table.add_row(
            "All",
            *totals,
            str(known),
            str(report.total("notes_created")),
            str(report.total("callbacks_opened")),
            str(report.total("media_attached")),
            style="bold",
        )
    screen().print(table)
    _print_remarks(report)


def _print_remarks(report: RunReport) -> None:
    console = screen()
    codes: dict[str, int] = {}
    for part in report.offices:
        for code, number in part.errors.items():
            codes[code] = codes.get(code, 0) + number
    for code, number in sorted(codes.items()):
        console.print(
            f"[red]{number} calls met {escape(code)}.[/] See: switchboard calls list --fate parked"
        )
    for problem in [*report.problems[:5], *report.warnings[:10]]:
        console.print(f"[yellow]{escape(problem)}[/]")
    if report.total("waiting"):
        console.print(f"{report.total('waiting')} calls wait and are completed by the next run.")
    _print_media(console, report)
    if not report.accounted_for:
        console.print("[red]RUN-001: the calls do not add up; please report this.[/]")
    if report.stopped_by:
        console.print(f"[red]Stopped early: {escape(report.stopped_by)}[/]")
    if report.report_path:
        mailed = ", ".join(f"{number} {state}" for state, number in report.mails.items())
        note = f" (mails: {mailed})" if mailed else ""
        console.print(f"Report: {escape(report.report_path)}{note}")


def _print_media(console: Console, report: RunReport) -> None:
    if report.media_owed:
        console.print(
            f"{report.media_owed} recordings and voicemails are still owed: switchboard calls media"
        )
    if report.media_alarms:
        console.print(f"[red]MEDIA-001: RingCentral deletes {report.media_alarms} of them soon.[/]")


def print_plan(report: RunReport, zones: Mapping[str, str]) -> None:
    """Print what a real run would write; *zones* gives each office's time zone."""
    console = screen()
    console.print("[bold]What a run would do[/] (nothing was written)")
    office = None
    for line in report.plan or []:
        if line["office"] != office:
            office = line["office"]
            console.print(f"\n[bold]{escape(office)}[/]")
        zone = ZoneInfo(zones.get(line["office"], "UTC"))
        when = datetime.fromisoformat(line["started_at"]).astimezone(zone)
        caller = line["caller"] or "withheld"
        outcome = wording.outcome(line["outcome"], line.get("reason") or "")
        style = {"write": "green", "park": "red"}.get(line["action"], "dim")
        console.print(
            f"  {when:%d %b %H:%M}  {caller:<14} {outcome:<18} [{style}]"
            f"{escape(' + '.join(would(line)) or line['action'])}[/]"
        )
        console.print(Padding(Text(line["why"], style="dim"), (0, 0, 0, 16)))
    console.print(
        f"\n{report.total('leads_created')} leads, {report.total('notes_created')} notes and "
        f"{report.total('statuses_updated')} status changes would be written, "
        f"{report.total('skipped')} calls skipped."
    )
    _print_remarks(report)
