"""Turn the key of the configuration into credentials Zoho has: it knows no API keys. Pure.

Why one variable holds two or three parts: docs/adr/0032-zoho-desk-access.md.
"""

from __future__ import annotations

from pydantic import SecretStr

from switchboard.errors import OperatorError
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient

SCOPES = (
    "Desk.tickets.READ",
    "Desk.tickets.CREATE",
    "Desk.tickets.UPDATE",
    "Desk.contacts.READ",
    "Desk.contacts.CREATE",
    "Desk.search.READ",
    "Desk.basic.READ",
    "Desk.settings.READ",
)
_SELF_CLIENT_PARTS, _REFRESH_PARTS = 2, 3


def read_key(key: SecretStr, org_id: str) -> ZohoCredentials | ZohoSelfClient:
    """Read `client_id:client_secret`, or the same with `:refresh_token`; raises DESK-401."""
    parts = [part.strip() for part in key.get_secret_value().strip().split(":")]
    if all(parts) and len(parts) == _REFRESH_PARTS:
        client_id, secret, token = parts
        return ZohoCredentials(
            client_id=client_id,
            client_secret=SecretStr(secret),
            refresh_token=SecretStr(token),
        )
    if all(parts) and len(parts) == _SELF_CLIENT_PARTS:
        client_id, secret = parts
        return ZohoSelfClient(
            client_id=client_id,
            client_secret=SecretStr(secret),
            soid=f"ZohoDesk.{checked_org_id(org_id)}",
            scopes=SCOPES,
        )
    raise OperatorError(
        "DESK-401",
        "ZOHO_DESK_API_KEY has to be client_id:client_secret of a Zoho self client, or "
        "client_id:client_secret:refresh_token. Zoho Desk has no API keys of another kind.",
    )


def checked_org_id(org_id: str) -> str:
    """Return the organisation's id, fit for a header."""
    if not (org_id.isascii() and org_id.isdigit()):
        raise OperatorError(
            "DESK-401",
            "The organisation id of Zoho Desk is a number; Setup > Developer Space > API shows it.",
        )
    return org_id
