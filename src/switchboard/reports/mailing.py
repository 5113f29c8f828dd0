"""Decide who is told of a run, and compose their mails: one each, whatever they asked for. Pure.

`receive_daily` gets the report of every run that changed something or met a problem, and of all
runs with `send_empty_reports`. `receive_errors` hears of *fresh* problems: see `problems`. Who asks
for both gets the report, which names the problems first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from switchboard.config.documents import EmailConfig
from switchboard.reports import wording
from switchboard.reports.charts import Chart
from switchboard.reports.html import mail_page
from switchboard.reports.models import ReportData
from switchboard.reports.outgoing import Enclosure, OutgoingMail, compose, mail_key
from switchboard.reports.text import report_text

# Larger than this, the page stays where it is: mail servers commonly take 10 MB, base64 adds a
# third, and nobody reads thousands of calls in a mail.
MOST_ATTACHED_BYTES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who gets a mail, and whether it is the whole report or its problems alone."""

    email: str
    name: str = ""
    full: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The report as a file; `place` is where it lies, as a person would say it."""

    name: str
    content: bytes
    place: str


def audience(data: ReportData, email: EmailConfig) -> tuple[Addressee, ...]:
    """Return whom the configuration wants to be told of this run; a rehearsal tells nobody."""
    if data.dry_run:
        return ()
    report = not data.empty or email.report_settings.send_empty_reports
    errors = bool(data.fresh_problems)
    found: dict[str, Addressee] = {}
    for each in email.recipients:
        full = each.receive_daily and report
        if not full and not (each.receive_errors and errors):
            continue
        key = each.email.casefold()
        if key in found:  # Listed twice: still one person, with the sum of the wishes.
            full = full or found[key].full
        found[key] = Addressee(email=each.email, name=each.name, full=full)
    return tuple(found.values())


def named(addresses: Sequence[str], email: EmailConfig) -> tuple[Addressee, ...]:
    """Return the addressees a person named, by the names the configuration has for them."""
    names = {each.email.casefold(): each.name for each in email.recipients}
    unique = {address.casefold(): address for address in addresses}
    return tuple(Addressee(email=a, name=names.get(key, "")) for key, a in unique.items())


def mails_for(
    data: ReportData,
    email: EmailConfig,
    addressees: Sequence[Addressee],
    *,
    charts: Sequence[Chart] = (),
    pictures: Mapping[str, bytes] | None = None,
    page: Page | None = None,
    again: str = "",
) -> list[OutgoingMail]:
    """Return the mails. *again* makes them others than those sent before for this run."""
    return [_mail(data, email, each, charts, pictures or {}, page, again) for each in addressees]


def _mail(  # noqa: PLR0917 - what a mail is made of, handed through.
    data: ReportData,
    email: EmailConfig,
    to: Addressee,
    charts: Sequence[Chart],
    pictures: Mapping[str, bytes],
    page: Page | None,
    again: str,
) -> OutgoingMail:
    shown = [chart for chart in charts if chart.id in pictures] if to.full else []
    enclosures = [
        Enclosure(
            name=f"{chart.id}.png",
            content=pictures[chart.id],
            content_type="image/png",
            cid=chart.id,
        )
        for chart in shown
    ]
    note = ""
    if page is not None:
        note = f"The whole report: {page.place}"
        if to.full and len(page.content) <= MOST_ATTACHED_BYTES:
            note = f"The whole report is attached ({page.name})."
            enclosures.append(
                Enclosure(name=page.name, content=page.content, content_type="text/html")
            )
    occasion = f"{data.run}@{again}" if again else data.run
    mail = compose(
        email,
        occasion=occasion,
        kind="report" if to.full else "errors",
        recipient=to.email,
        recipient_name=to.name,
        subject=wording.subject(data) if to.full else wording.error_subject(data),
        text=report_text(data, full=to.full, note=note),
        html=mail_page(data, shown, note=note, full=to.full),
        at=data.made_at,
        run_id=data.run,
        enclosures=enclosures,
    )
    # One key for both kinds: whose wishes change between two tries is still told once.
    return replace(mail, key=mail_key(occasion, "report", to.email))
