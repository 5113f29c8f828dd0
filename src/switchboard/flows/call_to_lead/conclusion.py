"""After a run: write its report and mail it, once, to those who should have it."""

from __future__ import annotations

import structlog

from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.call_to_lead.accounts import RunReport
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.reports.build import build_report, queue_report
from switchboard.reports.sending import SendResult, send_due
from switchboard.vendors.mail.client import MailClient

log = structlog.get_logger(__name__)


async def conclude(
    tools: Tools, report: RunReport, mail: MailClient | None, *, email: bool = True
) -> None:
    """Build the report of a run that ended, however it ended, and send its mails.

    What fails here is told in the report's warnings: the calls are done, and the outbox keeps
    what could not be sent. A rehearsal leaves no report.
    """
    if report.dry_run:
        return
    tools.tell(Event("stage", text="Writing the report"))
    try:
        built = await build_report(tools.db, tools.configuration, report.run)
        report.report_path = built.place
        if not email or mail is None:
            return
        await queue_report(tools.db, tools.configuration, built)
        tools.tell(Event("stage", text="Sending the report"))
        posted = await send_due(tools.db, mail, tools.worker)
    except SwitchboardError as error:
        # Our own errors say what there is to say; a traceback would only repeat it.
        log.error("report_failed", run=report.run, code=error.code, error=error.message)  # noqa: TRY400
        report.warnings.append(str(error))
        return
    _take_over(report, posted)


def _take_over(report: RunReport, posted: SendResult) -> None:
    lost = posted.parked + posted.refused
    figures = {"sent": posted.sent, "queued": posted.queued, "parked": lost}
    report.mails = {name: number for name, number in figures.items() if number}
    if isinstance(posted.stopped_by, OperatorError):
        report.mail_error = str(posted.stopped_by)
    report.warnings += [
        f"{each.code}: the mail to {each.recipient} is {each.state}. {each.message}"
        for each in posted.unsent
    ]
