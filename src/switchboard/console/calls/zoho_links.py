"""Where a record of Zoho CRM is seen by people. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

_ACCOUNTS = "accounts."
_MODULES = frozenset({"Leads", "Contacts", "Tasks"})


def record_link(accounts_url: str, module: str | None, record_id: str | None) -> str:
    """Return a record's address in Zoho CRM's own pages; "" where none can be derived.

    CRM lies beside accounts in every region: accounts.zoho.eu and crm.zoho.eu. Test vendors have
    no pages.
    """
    host = (urlsplit(accounts_url).hostname or "").lower()
    if not host.startswith(f"{_ACCOUNTS}zoho") or module not in _MODULES:
        return ""
    if not record_id or not (record_id.isascii() and record_id.isdigit()):
        return ""
    return f"https://crm.{host.removeprefix(_ACCOUNTS)}/crm/tab/{module}/{record_id}"
