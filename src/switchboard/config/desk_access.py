"""Find what opens Zoho Desk and SalesIQ: the environment before the vault and the documents.

`ZOHO_DESK_API_KEY`, `ZOHO_DESK_ORG_ID` and `ZOHO_DESK_DEPARTMENT_ID` may stand in `.env` as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from switchboard.config.chat_documents import DESK_DEPARTMENT, DESK_KEY, DESK_ORG, DeskConfig
from switchboard.config.environment import environment
from switchboard.config.findings import refuse
from switchboard.config.load import Configuration
from switchboard.config.places import DESK
from switchboard.config.vault import VaultContents
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.zoho_desk.access import checked_org_id, read_key


@dataclass(frozen=True, slots=True)
class DeskAccess:
    """All that one portal's requests need."""

    credentials: ZohoCredentials | ZohoSelfClient = field(repr=False)
    org_id: str
    department_id: str


def desk_access(
    configuration: Configuration,
    contents: VaultContents,
    environ: Mapping[str, str] | None = None,
) -> DeskAccess | None:
    """Return what opens Zoho Desk; None where nothing of it is set up.

    Raises ConfigError CFG-043 naming what is missing when it is set up halfway, and OperatorError
    DESK-401 for a key or an organisation id of a form that Zoho does not have. *environ* stands
    for the process's own variables; `.env` is read below them.
    """
    given = environment(configuration.root, environ)
    desk = configuration.desk or DeskConfig()
    key = _variable(given, DESK_KEY)
    if not key and contents.desk is not None:
        key = contents.desk.key.get_secret_value()
    org_id = _variable(given, DESK_ORG) or desk.org_id or ""
    department_id = _variable(given, DESK_DEPARTMENT) or desk.department_id or ""
    if not (key or org_id or department_id):
        return None
    missing = [
        words
        for value, words in (
            (key, f"{DESK_KEY} (or `switchboard credentials set desk`)"),
            (org_id, f"{DESK_ORG} (or org_id in {DESK})"),
            (department_id, f"{DESK_DEPARTMENT} (or department_id in {DESK})"),
        )
        if not value
    ]
    if missing:
        message = f"Zoho Desk is set up halfway; missing: {', '.join(missing)}"
        raise refuse("CFG-043", "environment", message)
    return DeskAccess(
        credentials=read_key(SecretStr(key), org_id),
        org_id=checked_org_id(org_id),
        department_id=department_id,
    )


def salesiq_credentials(contents: VaultContents) -> ZohoCredentials | None:
    """Return what answers given later need; None: the bot only answers at once."""
    return contents.salesiq


def _variable(given: Mapping[str, str], name: str) -> str:
    return given.get(name, "").strip()
