"""What the store knows of the vendors: who was asked when, refused, rests, or failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from switchboard.store import set_aside, stops
from switchboard.store.budgets import credits_in_24_hours, usage_of_day
from switchboard.store.tables import breaker, budget, delivery, mail, run, token

MAIL_TROUBLE_STATES = ("queued", "parked")
# Which vendor a scope of Zoho's belongs to, by how it begins.
_SCOPES = {"ZohoCRM.": "zoho_crm", "Desk.": "zoho_desk", "SalesIQ.": "zoho_salesiq"}
_CREDITS = ("zoho_crm", "zoho_desk")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Credentials that a vendor did not accept."""

    code: str
    message: str
    at: float


@dataclass(frozen=True, slots=True)
class Resting:
    """A vendor that failed so often that it is left alone."""

    since: float
    open: bool
    failures: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One allowance: when it was last used, until when its vendor wants a pause, and all uses."""

    asked_at: float
    blocked_until: float
    used: float


@dataclass(frozen=True, slots=True)
class Mails:
    """How sending goes."""

    sent_at: float | None = None
    waiting: int = 0
    failing: int = 0
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One look at the store."""

    at: float
    dialect: str = "sqlite"
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    breakers: Mapping[str, Resting] = field(default_factory=dict)
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)  # Of the day, UTC, by vendor.
    credits: Mapping[str, float] = field(default_factory=dict)  # Of 24 hours.
    stopped: tuple[str, str, float] | None = None  # Code, message, end of the last run.
    mails: Mails = field(default_factory=Mails)
    heard_at: float | None = None  # When a chat's message came last.


def observe(conn: sa.Connection, now: float, refused_for: float) -> Observed:
    """Look; *refused_for*: how long the store believes in a refusal, which tells when it was."""
    used = usage_of_day(conn, now)
    return Observed(
        at=now,
        dialect=conn.dialect.name,
        buckets={
            row.bucket: Bucket(float(row.updated_at), float(row.blocked_until), float(row.used))
            for row in conn.execute(sa.select(budget).where(~budget.c.bucket.contains(":seat:")))
        },
        breakers={
            row.vendor: Resting(float(row.opened_at or 0), row.state == "opened", row.failures)
            for row in conn.execute(sa.select(breaker))
        },
        refusals=_refusals(conn, refused_for),
        requests={v: sum(each.requests for each in parts.values()) for v, parts in used.items()},
        credits={vendor: credits_in_24_hours(conn, vendor, now) for vendor in _CREDITS},
        stopped=_stopped(conn),
        mails=_mails(conn),
        heard_at=conn.scalar(sa.select(sa.func.max(delivery.c.received_at))),
    )


def _refusals(conn: sa.Connection, refused_for: float) -> dict[str, Refusal]:
    """Return the refusal of each vendor that no newer token of it makes void."""
    columns = token.c.connection, token.c.expires_at, token.c.document
    accepted: dict[str, float] = {}
    refused: list[tuple[str, Refusal]] = []
    for connection, expires_at, document in conn.execute(sa.select(*columns)):
        family, said = str(connection).partition(":")[0], json.loads(document)
        word = said.get("refused")
        if isinstance(word, dict):
            at = float(word.get("until", 0.0)) - refused_for
            refused.append((family, Refusal(str(word["code"]), str(word["message"]), at)))
            continue
        for vendor in _served(family, said.get("scopes", ())):
            accepted[vendor] = max(accepted.get(vendor, 0.0), float(expires_at))
    found: dict[str, Refusal] = {}
    for family, refusal in refused:
        for vendor in ("ringcentral",) if family == "ringcentral" else _SCOPES.values():
            newer = vendor in found and found[vendor].at >= refusal.at
            if not newer and accepted.get(vendor, 0.0) <= refusal.at:
                found[vendor] = refusal
    return found


def _served(family: str, scopes: object) -> Iterator[str]:
    if family == "ringcentral":
        yield family
    elif isinstance(scopes, list):
        for begin, vendor in _SCOPES.items():
            if any(str(scope).startswith(begin) for scope in scopes):
                yield vendor


def _stopped(conn: sa.Connection) -> tuple[str, str, float] | None:
    """Return what stopped the last run that ended, if anything did."""
    query = (
        sa.select(run.c.summary, run.c.finished_at)
        .where(run.c.finished_at.is_not(None))
        .order_by(run.c.started_at.desc(), run.c.id)
        .limit(1)
    )
    row = conn.execute(query).first()
    said = json.loads(row.summary).get("stopped_by") if row is not None else None
    if row is None or not said:
        return None
    code, _, message = str(said).partition(": ")
    return code, message, float(row.finished_at)


def _mails(conn: sa.Connection) -> Mails:
    c = mail.c
    open_ = sa.select(c.error_code, sa.func.count()).where(
        c.state.in_(MAIL_TROUBLE_STATES), set_aside.counts(stops.MAIL)
    )
    found = {code: int(count) for code, count in conn.execute(open_.group_by(c.error_code))}
    failing = {code: count for code, count in found.items() if code}
    return Mails(
        sent_at=conn.scalar(sa.select(sa.func.max(c.finished_at)).where(c.state == "sent")),
        waiting=sum(found.values()),
        failing=sum(failing.values()),
        code=max(failing, key=lambda code: failing[code], default=None),
    )
