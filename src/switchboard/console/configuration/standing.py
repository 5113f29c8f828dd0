"""How things stand with what is not in the documents: the last change, keys, credentials."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.console.configuration.cards import Standing
from switchboard.console.credentials.state import Held, State, needed, refusals, states
from switchboard.store import api_keys, configuration_history


def standing(
    conn: sa.Connection, configuration: Configuration, seen: Held, now: float
) -> dict[str, Standing]:
    """Return by page what its card says."""
    believed = configuration.settings.vendors.budgets.window_seconds
    refused = refusals(conn, seen.connections, believed)
    return {
        "history": _last_change(conn),
        "keys": _keys(conn, now),
        "credentials": _credentials(states(seen, needed(configuration), refused, {})),
    }


def _last_change(conn: sa.Connection) -> Standing:
    found = configuration_history.recent(conn, limit=1)
    if not found:
        return Standing("Nothing was changed here yet")
    return Standing(f"{found[0].title}, by {found[0].actor.removeprefix('console:')}", found[0].at)


def _keys(conn: sa.Connection, now: float) -> Standing:
    active = sum(each.state(now) == "active" for each in api_keys.every(conn))
    return Standing(f"{active} key{'s' * (active != 1)} in use" if active else "No key is in use")


def _credentials(found: Sequence[State]) -> Standing:
    """Name what is wrong first; what nobody needs is not missed."""
    for kind in ("fail", "warn"):
        wrong = [f"{each.part.title}: {each.word.lower()}" for each in found if each.kind == kind]
        if wrong:
            return Standing(", ".join(wrong), kind=kind)
    return Standing("All that is needed is set")
