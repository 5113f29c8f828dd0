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
    """Return RingCentral as a whole and by group, then Zoho CRM and Desk in credits, then sign-ins.

    Zoho Desk and sign-ins are left out where nothing was asked of them: not everybody leads chats.
    """
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
    crm = _vendor("Zoho CRM", "zoho_crm", facts, minutes, budgets.zoho_crm_credits_per_minute)
    crm = _in_credits(crm, "zoho_crm", facts, budgets.zoho_credits_per_day)
    # The manual counts Zoho CRM's minutes in credits too; Zoho Desk counts the day's alone.
    rows.append(replace(crm, per_minute=None if crm.credits is None else crm.credits / minutes))
    if _used("zoho_desk", facts):
        desk = _vendor("Zoho Desk", "zoho_desk", facts, minutes, budgets.zoho_desk_per_minute)
        rows.append(_in_credits(desk, "zoho_desk", facts, budgets.zoho_desk_credits_per_day))
    if _used("zoho_accounts", facts):
        rows.append(_vendor("Zoho sign-in", "zoho_accounts", facts, minutes, None))
    return tuple(rows)


def _used(vendor: str, facts: Facts) -> bool:
    requests: Mapping[str, Any] = facts.summary.get("requests") or {}
    return bool(requests.get(vendor)) or _today(facts, vendor).requests > 0


def _in_credits(row: Allowance, vendor: str, facts: Facts, limit: float | None) -> Allowance:
    """Return the row with what a Zoho product's day is limited by."""
    asked: Mapping[str, Any] | None = (facts.summary.get("requests") or {}).get(vendor)
    return replace(
        row,
        credits=float(asked.get("credits", 0.0)) if asked else None,
        today=_today(facts, vendor).credits,
        limit_per_day=None if limit is None else float(limit),
        unit="credit",
    )


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
