"""The pages of the side bar, in order; the first one somebody may see is where they begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from switchboard.store.accounts import Account, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One page; `icon` is a name of templates/icons.html."""

    title: str
    path: str
    icon: str
    role: Role = "viewer"
    group: str = ""  # A heading above it, where the group begins.
    short: str = ""  # Its name in the bottom bar of a phone.


ENTRIES: tuple[Entry, ...] = (
    Entry("Dashboard", "/dashboard", "dashboard", short="Home"),
    Entry("Processing", "/processing", "play", short="Runs"),
    Entry("Calls", "/calls", "phone"),
    Entry("Needs attention", "/attention", "alert", short="Attention"),
    Entry("Conversations", "/conversations", "chat"),
    Entry("Tickets", "/tickets", "ticket"),
    Entry("Reports", "/reports", "report"),
    Entry("Insights", "/insights", "chart"),
    Entry("People", "/people", "people"),
    Entry("Configuration", "/configuration", "sliders", group="Settings"),
    Entry("Your account", "/account", "person", group="Settings", short="Account"),
    Entry("Team", "/team", "team", "administrator", group="Settings"),
    Entry("Audit trail", "/audit", "shield", "administrator", group="Settings"),
)


def entries_for(account: Account, entries: Iterable[Entry] = ENTRIES) -> list[Entry]:
    return [each for each in entries if account.may(each.role)]


def current(path: str, entries: Iterable[Entry]) -> Entry | None:
    """Return the entry a page belongs to: that of the longest path it begins with."""
    fitting = [e for e in entries if path == e.path or path.startswith(f"{e.path}/")]
    return max(fitting, key=lambda each: len(each.path), default=None)
