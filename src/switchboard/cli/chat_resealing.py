"""Move what chats left in the store to the vault's newest key, before an older key goes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from switchboard.config.load import load_settings
from switchboard.config.places import database_url
from switchboard.config.vault import Vault
from switchboard.store.database import Database
from switchboard.store.engine import normalise
from switchboard.store.resealing import reseal
from switchboard.store.sealing import Sealer


def reseal_chats(root: Path, vault: Vault) -> None:
    """Seal every row anew; others may go on chatting meanwhile. Without a store, do nothing."""
    url = database_url(root.absolute(), load_settings(root))
    parsed = normalise(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return
    sealer = Sealer(vault.cipher, vault.keys)
    store = Database.open(url)
    try:
        after: str | None = ""
        while after is not None:
            after = store.run_sync(partial(reseal, sealer=sealer, after=after))
    finally:
        store.close()
