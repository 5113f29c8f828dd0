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


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What stands in environment, vault and document, complete or not."""

    key: str = field(repr=False)
    org_id: str
    department_id: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Name what is missing, and where it belongs."""
        wanted = (
            (self.key, f"{DESK_KEY} (or `switchboard credentials set desk`)"),
            (self.org_id, f"{DESK_ORG} (or org_id in {DESK})"),
            (self.department_id, f"{DESK_DEPARTMENT} (or department_id in {DESK})"),
        )
        return tuple(words for value, words in wanted if not value)


def desk_parts(
    configuration: Configuration,
    contents: VaultContents,
    environ: Mapping[str, str] | None = None,
) -> DeskParts | None:
    """Return what there is; None where nothing of Zoho Desk is set up."""
    given = environment(configuration.root, environ)
    desk = configuration.desk or DeskConfig()
    key = _variable(given, DESK_KEY)
    if not key and contents.desk is not None:
        key = contents.desk.key.get_secret_value()
    parts = DeskParts(
        key=key,
        org_id=_variable(given, DESK_ORG) or desk.org_id or "",
        department_id=_variable(given, DESK_DEPARTMENT) or desk.department_id or "",
    )
    return parts if parts.key or parts.org_id or parts.department_id else None


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
    parts = desk_parts(configuration, contents, environ)
    if parts is None:
        return None
    if parts.missing:
        message = f"Zoho Desk is set up halfway; missing: {', '.join(parts.missing)}"
        raise refuse("CFG-043", "environment", message)
    return DeskAccess(
        credentials=read_key(SecretStr(parts.key), parts.org_id),
        org_id=checked_org_id(parts.org_id),
        department_id=parts.department_id,
    )


def salesiq_credentials(contents: VaultContents) -> ZohoCredentials | None:
    """Return what answers given later need; None: the bot only answers at once."""
    return contents.salesiq


def _variable(given: Mapping[str, str], name: str) -> str:
    return given.get(name, "").strip()
