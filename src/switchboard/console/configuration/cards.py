"""The parts of the configuration, each with its state in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlencode

from switchboard.config.documents import Office, ScheduledRun
from switchboard.config.editing import is_document
from switchboard.config.findings import Finding
from switchboard.config.load import Configuration
from switchboard.config.places import EMAIL, MAPPINGS, OFFICES, SCHEDULE
from switchboard.flows.chat_to_ticket.mails.catalogue import ABOUT, mails
from switchboard.store.accounts import Account

HOME = "/configuration"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things are on a page; `kind` is "warn" or "fail" where somebody has to look."""

    words: str = ""
    at: float | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One page of the configuration; `state` says how things are there."""

    title: str
    path: str
    icon: str
    below: str
    state: Standing


def cards(
    configuration: Configuration | None, account: Account, known: Mapping[str, Standing]
) -> list[Card]:
    """Return the cards *account* may open; without a sound configuration few tell a state.

    *known* is what stands in no document.
    """
    state = _states(configuration) if configuration is not None else {}
    return [
        Card(title, f"{HOME}/{name}", icon, below, known.get(name) or Standing(state.get(name, "")))
        for title, name, icon, below in _CARDS
        if name not in _FOR_ADMINISTRATORS or account.may("administrator")
    ]


_FOR_ADMINISTRATORS = frozenset({"credentials", "keys"})


_CARDS = (
    ("Offices", "offices", "office", "Order, names, time zones and hours"),
    ("Extensions", "extensions", "phone", "Whose calls become leads"),
    ("Lead owners and rules", "owners", "people", "Who gets which lead"),
    ("Field mappings", "mappings", "link", "What is written into which field of Zoho CRM"),
    ("Schedule", "schedule", "calendar", "When runs start by themselves"),
    ("E-mail", "email", "mail", "The mail server, and who gets reports"),
    ("Chat workflows", "workflows", "flow", "What the chat asks, and what it says"),
    ("Mails of chats", "mails", "note", "What customers and the team are written about tickets"),
    ("Credentials", "credentials", "shield", "What Switchboard signs in with elsewhere"),
    ("API keys", "keys", "key", "What other programs may do here"),
    ("Settings and retention", "settings", "sliders", "Everything else; how long things are kept"),
    ("History", "history", "undo", "What was changed, by whom; undo"),
)  # fmt: skip


def page_of(finding: Finding) -> str:
    """Return the page on which a finding can be put right, "" where only an editor helps."""
    file = finding.file
    if file in {"environment", ".env"}:
        return ""
    by_place = {
        OFFICES: "offices",
        MAPPINGS: "mappings",
        EMAIL: "email",
        SCHEDULE: "schedule",
        "data/settings.json": "settings",
    }
    by_name = {"extensions.json": "extensions", "lead_owners.json": "owners"}
    name = by_place.get(file) or by_name.get(PurePosixPath(file).name)
    if name is None and file.startswith("chat/mails/"):
        stem = PurePosixPath(file).stem
        name = f"mails/{stem}" if stem in ABOUT else "mails"
    if name is None and file.startswith("chat/"):
        name = "workflows"
    if finding.code == "CFG-003" or (name is None and is_document(file)):  # No page reads it.
        return f"{HOME}/documents/text?{urlencode({'place': file})}"
    return f"{HOME}/{name}" if name else ""


def _states(configuration: Configuration) -> dict[str, str]:
    offices, email = configuration.offices, configuration.email
    runs, keep = configuration.schedule.runs, configuration.settings.retention
    return {
        "offices": _offices(offices, several=configuration.several_offices),
        "extensions": _extensions(offices),
        "owners": _owners(offices),
        "mappings": _mappings(configuration),
        "schedule": _runs(runs),
        "email": _email(len(email.recipients) if email else None),
        "workflows": "Chats are answered" if configuration.chats else "Chats are not set up",
        "mails": _mails(configuration.root),
        "settings": f"Reports are kept {_days(keep.report_days)}",
    }


def _offices(offices: tuple[Office, ...], *, several: bool) -> str:
    if not several:
        return f"One office: {offices[0].name}"
    return f"{len(offices)} offices, {offices[0].name} first"


def _extensions(offices: tuple[Office, ...]) -> str:
    listed = [each for office in offices for each in office.extensions]
    if not listed:
        return "None is listed"
    processed = sum(each.process_calls for each in listed)
    return f"{processed} of {len(listed)} are processed"


def _owners(offices: tuple[Office, ...]) -> str:
    owners = {each.id: each.active for office in offices for each in office.owners.lead_owners}
    return f"{sum(owners.values())} of {len(owners)} are active" if owners else "Nobody is listed"


def _mappings(configuration: Configuration) -> str:
    mappings = configuration.mappings
    accepted, missed = len(mappings.accepted_calls), len(mappings.missed_calls)
    return f"{accepted} fields of answered calls, {missed} of missed ones"


def _runs(runs: tuple[ScheduledRun, ...]) -> str:
    on = sum(each.enabled for each in runs)
    if not runs:
        return "Nothing is scheduled"
    return f"{on} run{'s' * (on != 1)}" + (
        f", {len(runs) - on} switched off" if on < len(runs) else ""
    )


def _email(recipients: int | None) -> str:
    if recipients is None:
        return "No mail server is named"
    return (
        f"{recipients} recipient{'s' * (recipients != 1)}" if recipients else "Nobody gets reports"
    )


def _mails(root: Path) -> str:
    known = mails(root)
    broken, own = (sum(each.state == state for each in known) for state in ("broken", "own"))
    if broken:
        return f"{broken} of your own {'is' if broken == 1 else 'are'} not in force"
    return f"{own} of {len(known)} in your own words" if own else "All in the standard words"


def _days(days: int) -> str:
    return f"{days} days" if days else "for ever"
