"""Put new credentials into the vault, tell the trail, and let everybody begin anew with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from switchboard.bootstrap import stored_connections
from switchboard.config.credentials import merged, redeemed, revealed
from switchboard.config.places import CREDENTIALS
from switchboard.config.vault import Vault, VaultContents
from switchboard.console.credentials.parts import Part, given, held
from switchboard.console.credentials.state import ACTION
from switchboard.console.visit import Visit
from switchboard.store import audit, breakers, tokens
from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.zoho_accounts.wire import ZOHO_ACCOUNTS_VENDOR

Change = Callable[[VaultContents], VaultContents]


def entered(part: Part, sent: dict[str, str]) -> Change:
    """Return the change that lays what was entered over what is kept by then."""

    def change(known: VaultContents) -> VaultContents:
        return merged(revealed(known), given(part, held(known, part.name), sent))

    return change


def exchanged(part: Part, credentials: ZohoCredentials) -> Change:
    """Return the change that keeps what Zoho gave for a code."""
    if part.zoho is None:
        raise ValueError(part.name)
    product = part.zoho
    return lambda known: redeemed(known, product, credentials)


def removed(part: Part) -> Change:
    return lambda known: known.model_copy(update={part.name: None})


async def keep(visit: Visit, part: Part, what: str, change: Change) -> None:
    """Change the vault; what was refused of old or new credentials is forgotten with it."""
    configuration, actor = visit.service.configuration(), visit.actor

    def work(conn: sa.Connection) -> None:
        detail = {"connection": part.title, "what": what}
        audit.append(conn, actor=actor, action=ACTION, subject=CREDENTIALS, detail=detail)
        before, after = _changed(configuration.root, change)
        for contents in (before, after):
            known = stored_connections(configuration, contents)
            if part.name in known:
                tokens.discard(conn, known[part.name])
        for vendor in (part.vendor, f"{part.vendor}:media"):
            breakers.close(conn, vendor)
        if part.zoho:
            breakers.close(conn, ZOHO_ACCOUNTS_VENDOR.name)

    await visit.run(work)  # The file comes after the trail's row: no change is left untold.
    await asyncio.to_thread(visit.service.reload)
    look_anew(visit)
    visit.request.app.state.vendor_facts.forget()
    for lane in part.lanes:
        visit.service.wake(lane)


def look_anew(visit: Visit) -> None:
    """Have the other pages say how the connections are from now on."""
    visit.badge.forget()
    visit.request.app.state.dashboard.forget()


def _changed(root: Path, change: Change) -> tuple[VaultContents, VaultContents]:
    seen: list[VaultContents] = []

    def noted(known: VaultContents) -> VaultContents:
        seen.append(known)
        return change(known)

    after = Vault.open(root, create=True).update(noted)
    return seen[0], after
