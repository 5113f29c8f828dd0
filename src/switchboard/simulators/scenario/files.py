"""Write the configuration directory of the simulated company, its vault included."""

from __future__ import annotations

import json
from pathlib import Path

from switchboard.config.vault import Vault, VaultContents
from switchboard.simulators.core.world import World
from switchboard.simulators.scenario.configuration import MAIL_CA, config_documents, credentials


def write_config(
    world: World,
    base_url: str,
    root: Path,
    *,
    speed: float | None = None,
    server_port: int = 0,
) -> list[Path]:
    """Put every document and the encrypted credentials under *root*; return what was written."""
    written = []
    for place, document in config_documents(
        world, base_url, speed, server_port=server_port
    ).items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    if world.mail.door is not None:
        authority = root / MAIL_CA
        authority.write_text(world.mail.door.ca_pem, encoding="ascii")
        written.append(authority)
    vault = Vault.open(root, create=True)
    vault.save(VaultContents.model_validate(credentials()))
    return [*written, vault.path]
