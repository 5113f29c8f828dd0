"""Make a report's figures from what the store knows of a run. Pure."""

from __future__ import annotations

from switchboard import __version__
from switchboard.config.load import Configuration
from switchboard.reports.allowances import allowances
from switchboard.reports.facts import Facts
from switchboard.reports.figures import hour_counts, office_figures, owner_shares
from switchboard.reports.listing import Listing
from switchboard.reports.models import FATES, ReportData
from switchboard.reports.problems import find_problems
from switchboard.reports.zones import Zones

OPEN_CALLBACKS = frozenset({"owed", "open", "closing"})


def report_data(facts: Facts, configuration: Configuration) -> ReportData:
    """Return everything the report of this run shows."""
    zones = Zones(configuration)
    run, options, summary = facts.run, facts.options, facts.summary
    figures = office_figures(facts, configuration)
    listing = Listing(facts, configuration, zones)
    calls, media = listing.calls(), listing.media()
    fresh = [each for each in facts.tallies if each.fresh]
    settings = configuration.email.report_settings if configuration.email else None
    return ReportData(
        run=run.id,
        version=__version__,
        outcome=run.outcome or ("unfinished" if run.finished_at is None else "done"),
        started_at=zones.local(run.started_at),
        finished_at=None if run.finished_at is None else zones.local(run.finished_at),
        made_at=zones.local(facts.at),
        hours_back=float(options.get("hours_back") or summary.get("hours_back") or 0),
        types=tuple(options.get("types") or ()),
        dry_run=bool(options.get("dry_run")),
        several=configuration.several_offices,
        stopped_by=summary.get("stopped_by"),
        offices=figures,
        problems=find_problems(facts, figures, calls, media),
        warnings=tuple(str(each) for each in summary.get("warnings") or ()),
        calls=calls,
        calls_total=sum(each.number for each in facts.tallies),
        listed=settings.include_call_list if settings else True,
        media=media,
        media_owed=int(facts.media_counts.get("owed", 0)),
        media_done=int(facts.media_counts.get("done", 0)),
        callbacks_open=sum(n for state, _, _, n in facts.callbacks if state in OPEN_CALLBACKS),
        hours=hour_counts(facts.begun, zones),
        owners=owner_shares(figures, configuration),
        allowances=allowances(facts, configuration.settings.vendors.budgets),
        fresh_calls=sum(each.number for each in fresh),
        decided_calls=sum(each.number for each in fresh if each.fate in FATES[:3]),
        changed_media=int(facts.media_counts.get("done", 0))
        + sum(line.state != "owed" and line.fresh for line in media),
        changed_callbacks=sum(n for _, _, is_fresh, n in facts.callbacks if is_fresh),
    )
