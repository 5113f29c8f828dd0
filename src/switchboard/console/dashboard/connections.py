"""Judge each connection by what is known of it: its state, since when, and what helps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from switchboard.console.dashboard.observed import Observed
from switchboard.error_reference import about
from switchboard.jobs.chores import Entry

Kind = Literal["ok", "warn", "fail", "run", ""]
ENTER = (
    "An administrator enters them under Configuration, Credentials; on the server, "
    "`switchboard credentials set` asks for them."
)
CREDENTIALS = ("/configuration/credentials", "Open credentials")
MAIL = ("/configuration/email", "Open e-mail settings")
CONFIGURATION = ("/configuration", "Open the configuration")
PREFIXES: Mapping[str, str] = {
    "RC": "ringcentral",
    "ZOHO": "zoho_crm",
    "DESK": "zoho_desk",
    "SIQ": "zoho_salesiq",
    "SMTP": "mail",
}
TITLES: Mapping[str, str] = {
    "ringcentral": "RingCentral",
    "zoho_crm": "Zoho CRM",
    "zoho_desk": "Zoho Desk",
    "zoho_salesiq": "Zoho SalesIQ",
    "mail": "Mail server",
    "store": "Database",
    "vault": "Credentials",
}
DAY_SECONDS = 86_400.0
_PAUSE = 1.0  # A shorter one is over before anybody has read of it.
_SIGN_IN, _PERMISSION, _TOO_OFTEN, _SILENT = "401", "403", "429", {"000", "500", "503"}
_NOT_SET_UP, _STARTING = "API-003", "API-004"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One line: `said` goes with `since`, such as `Last asked` 3 minutes ago."""

    id: str
    kind: Kind
    word: str
    said: str = ""
    since: float | None = None
    until: float | None = None
    trouble: str = ""
    advice: str = ""
    code: str = ""
    fix: tuple[str, str] | None = None

    @property
    def title(self) -> str:
        return TITLES[self.id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """What the vault holds, or why it stays shut."""

    held: frozenset[str] = frozenset()
    changed_at: float | None = None
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of the connections without asking anybody."""

    observed: Observed
    vault: Vault
    used: frozenset[str]  # Which of them the configuration asks for.
    lanes: Mapping[str, Entry] = field(default_factory=dict)
    chats_code: str = ""
    chats_message: str = ""
    store_milliseconds: float = 0.0


# Whose credentials open which vendor: Desk signs in as the CRM does, unless it has its own.
_OPENED_BY: Mapping[str, frozenset[str]] = {
    "ringcentral": frozenset({"ringcentral"}),
    "zoho_crm": frozenset({"zoho"}),
    "zoho_desk": frozenset({"zoho", "desk"}),
}


def connections(known: Known) -> list[Connection]:
    """Return the connections in the order in which they are shown."""
    vendors = ("ringcentral", "zoho_crm", "zoho_desk", "zoho_salesiq")
    return [*(_vendor(known, each) for each in vendors), _mail(known), _store(known), _vault(known)]


def _vendor(known: Known, name: str) -> Connection:
    if name not in known.used:
        return _unused(name)
    missing = _OPENED_BY.get(name)
    if missing is not None and not known.vault.code and not missing & known.vault.held:
        return Connection(
            id=name, kind="fail", word="No credentials", code="CFG-025", advice=ENTER,
            trouble="The vault holds none for it.", fix=CREDENTIALS,
        )  # fmt: skip
    return next(_troubles(known, name), None) or _well(known, name)


def _troubles(known: Known, name: str) -> Iterator[Connection]:
    """Yield what is wrong, worst first."""
    seen = known.observed
    refusal, rest = seen.refusals.get(name), seen.breakers.get(name)
    if refusal is not None:
        yield _failing(name, refusal.code, refusal.message, refusal.at)
    if rest is not None and rest.open:
        said = "It failed several times in a row and is left alone for a while."
        yield _failing(name, f"{_prefix(name)}-000", said, rest.since)
    if name == "zoho_salesiq" and known.chats_code not in {"", _NOT_SET_UP, _STARTING}:
        yield _failing(name, known.chats_code, known.chats_message, None)
    pauses = [b.blocked_until for key, b in seen.buckets.items() if key.partition(":")[0] == name]
    until = max(pauses, default=0.0)
    if until > seen.at + _PAUSE:
        yield Connection(
            id=name, kind="warn", word="Paused", until=until, code=f"{_prefix(name)}-429",
            trouble="It asked for a pause: too many requests in a short time.",
            advice="Nothing: work goes on by itself.",
        )  # fmt: skip
    asked_at = _asked_at(seen, name) or 0.0
    if seen.stopped is not None:
        code, message, at = seen.stopped
        if PREFIXES.get(code.partition("-")[0]) == name and asked_at <= at:
            yield _failing(name, code, message, at)
    yield from _of_lanes(name, known.lanes)
    beside = seen.breakers.get(f"{name}:media")
    if beside is not None and beside.open:
        yield Connection(
            id=name, kind="warn", word="Files fail", said="Since", since=beside.since,
            trouble="Recordings and voicemails cannot be transferred at the moment.",
            advice="Nothing at first: they are tried again by themselves.",
        )  # fmt: skip


def _well(known: Known, name: str) -> Connection:
    at = _asked_at(known.observed, name)
    heard = known.observed.heard_at if name == "zoho_salesiq" else None
    if heard is not None and (at is None or heard > at):
        return Connection(id=name, kind="ok", word="Connected", said="Last chat", since=heard)
    if at is None:
        return Connection(id=name, kind="", word="Not asked yet", said="A run or a check will tell")
    if at < known.observed.at - DAY_SECONDS:
        return Connection(id=name, kind="", word="Idle", said="Last asked", since=at)
    return Connection(id=name, kind="ok", word="Connected", said="Last asked", since=at)


def _mail(known: Known) -> Connection:
    name, mails = "mail", known.observed.mails
    if name not in known.used:
        return _unused(name, MAIL)
    trouble = next(_of_lanes(name, known.lanes), None)
    if mails.failing and mails.code:
        waiting = f"{mails.failing} mail{'' if mails.failing == 1 else 's'} could not be sent."
        return _failing(name, mails.code, waiting, None)
    if trouble is not None:
        return trouble
    if mails.sent_at is None:
        return Connection(id=name, kind="", word="Not used yet", said="No mail was sent so far")
    return Connection(id=name, kind="ok", word="Connected", said="Last mail", since=mails.sent_at)


def _store(known: Known) -> Connection:
    kind = "PostgreSQL" if known.observed.dialect == "postgresql" else "SQLite"
    took = known.store_milliseconds
    said = f"{kind}, answered in {took:.0f} ms" if took >= 1 else f"{kind}, answered in under 1 ms"
    return Connection(id="store", kind="ok", word="Connected", said=said)


def _vault(known: Known) -> Connection:
    vault = known.vault
    if vault.code:
        return _failing("vault", vault.code, vault.message, None, word="Locked")
    if not vault.held:
        return Connection(
            id="vault", kind="fail", word="Empty", code="CFG-025",
            trouble="No credentials are kept yet.", advice=ENTER, fix=CREDENTIALS,
        )  # fmt: skip
    return Connection(id="vault", kind="ok", word="Sealed", said="Changed", since=vault.changed_at)


def _unused(name: str, fix: tuple[str, str] = CONFIGURATION) -> Connection:
    return Connection(id=name, kind="", word="Not set up", said="Not needed so far", fix=fix)


def _of_lanes(name: str, lanes: Mapping[str, Entry]) -> Iterator[Connection]:
    """Yield what keeps a job beside the runs from being done."""
    for entry in lanes.values():
        if entry.code and entry.failures and PREFIXES.get(entry.code.partition("-")[0]) == name:
            yield _failing(name, entry.code, "", entry.succeeded_at)


def _failing(
    name: str, code: str, message: str, since: float | None, *, word: str = ""
) -> Connection:
    known, number = about(code), code.rpartition("-")[2]
    kind: Kind = "fail"
    if not word:
        word = "In trouble"
        if number == _SIGN_IN:
            word = "Sign in again"
        elif number == _PERMISSION:
            word = "Permission missing"
        elif number == _TOO_OFTEN:
            word, kind = "Paused", "warn"
        elif number in _SILENT:
            word = "Not answering"
    return Connection(
        id=name,
        kind=kind,
        word=word,
        said="Since" if since is not None else "",
        since=since,
        trouble=message or (f"{known.meaning}." if known else ""),
        advice=f"{known.you}." if known else "",
        code=code,
        fix=_fix(name, number),
    )


def _fix(name: str, number: str) -> tuple[str, str] | None:
    if name == "mail":
        return MAIL
    return CREDENTIALS if name == "vault" or number == _SIGN_IN else None


def _asked_at(seen: Observed, name: str) -> float | None:
    """Return when it was last sent something."""
    found: Iterable[float] = (
        bucket.asked_at for key, bucket in seen.buckets.items() if key.partition(":")[0] == name
    )
    return max((at for at in found if at), default=None)


def _prefix(name: str) -> str:
    return next(prefix for prefix, vendor in PREFIXES.items() if vendor == name)
