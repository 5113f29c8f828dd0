"""Say how much of the vendors' allowances a run and its day used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from switchboard.reports.facts import Facts
from switchboard.reports.models import Allowance
from switchboard.store.budgets import Use
from switchboard.vendors.settings import BudgetSettings

_GROUPS = ("heavy", "medium", "light", "auth")


def allowances(facts: Facts, budgets: BudgetSettings) -> tuple[Allowance, ...]:
    """Return RingCentral as a whole and by group, then Zoho CRM in credits, then its sign-ins."""
    requests: Mapping[str, Any] = facts.summary.get("requests") or {}
    if not requests and not facts.usage:
        return ()
    seconds = max(facts.end - facts.run.started_at, budgets.window_seconds)
    minutes = seconds / budgets.window_seconds  # The vendors' minutes: shorter in a simulation.
    rows = [_vendor("RingCentral", "ringcentral", facts, minutes, budgets.ringcentral_per_minute)]
    groups: Mapping[str, int] = (requests.get("ringcentral") or {}).get("groups") or {}
    rows += [
        Allowance(
            name=f"RingCentral, group {group.capitalize()}",
            requests=int(groups[group]),
            per_minute=groups[group] / minutes,
            limit_per_minute=getattr(budgets, group),
        )
        for group in _GROUPS
        if groups.get(group)
    ]
    zoho: Mapping[str, Any] | None = requests.get("zoho_crm")
    spent = float(zoho.get("credits", 0.0)) if zoho else None
    limit = budgets.zoho_credits_per_day
    rows.append(
        replace(
            _vendor("Zoho CRM", "zoho_crm", facts, minutes, budgets.zoho_crm_credits_per_minute),
            credits=spent,
            per_minute=None if spent is None else spent / minutes,
            today=_today(facts, "zoho_crm").credits,
            limit_per_day=None if limit is None else float(limit),
            unit="credit",
        )
    )
    if requests.get("zoho_accounts") or _today(facts, "zoho_accounts").requests:
        rows.append(_vendor("Zoho sign-in", "zoho_accounts", facts, minutes, None))
    return tuple(rows)


def _vendor(name: str, vendor: str, facts: Facts, minutes: float, limit: float | None) -> Allowance:
    asked: Mapping[str, Any] | None = (facts.summary.get("requests") or {}).get(vendor)
    sent = int(asked.get("requests", 0)) if asked else None
    return Allowance(
        name=name,
        requests=sent,
        per_minute=None if sent is None or limit is None else sent / minutes,
        limit_per_minute=limit,
        today=float(_today(facts, vendor).requests),
    )


def _today(facts: Facts, vendor: str) -> Use:
    uses = facts.usage.get(vendor, {}).values()
    return Use(sum(each.requests for each in uses), sum(each.credits for each in uses))
