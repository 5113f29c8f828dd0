"""A console over a vault: what the tests of credentials share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.component.console.configuration.configuration_rig import Rig, configured
from tests.console_stage import PASSWORD, Browser

from switchboard.config.credentials import revealed
from switchboard.config.vault import Vault, VaultContents

HOME = "/configuration/credentials"
RINGCENTRAL = {
    "client_id": "public-ringcentral-a1b2", "client_secret": "hunter2-rs", "jwt": "hunter2-jwt",
}  # fmt: skip
ZOHO = {
    "client_id": "1000.PUBLICZOHOC3D4", "client_secret": "hunter2-zs",
    "refresh_token": "hunter2-zr",
}  # fmt: skip


class VaultRig:
    """The console, its vault, and which lanes were woken."""

    def __init__(self, rig: Rig, woken: list[str]) -> None:
        self.rig, self.woken, self.stage = rig, woken, rig.stage
        self.root = rig.root

    @property
    def file(self) -> Path:
        return self.root / "data/credentials.enc"

    def kept(self) -> dict[str, dict[str, str]]:
        return revealed(Vault.open(self.root).load())

    def keep(self, **parts: dict[str, str]) -> None:
        Vault.open(self.root, create=True).save(VaultContents.model_validate(parts))

    async def ana(self, **options: Any) -> Browser:
        return await self.stage.signed_in(**options)

    async def send(
        self, name: str, what: str = "", /, password: str = PASSWORD, **fields: str
    ) -> httpx.Response:
        """Fill in a form of one connection's page, the own password among the rest."""
        ana = await self.ana()
        prefix = {"code": "code-", "remove": "remove-"}.get(what, "")
        sent = {f"{prefix}{key}": value for key, value in fields.items()}
        sent[f"{prefix}current"] = password
        path = f"{HOME}/{name}"
        return await ana.submit(path, f"{path}/{what}" if what else path, **sent)


@asynccontextmanager
async def vault_console(folder: Path, root: Path | None = None) -> AsyncIterator[VaultRig]:
    woken: list[str] = []
    async with configured(folder, root, wake=woken.append) as rig:
        yield VaultRig(rig, woken)
