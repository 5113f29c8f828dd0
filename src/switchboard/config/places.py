"""Where the documents are, as the manual says, relative to the configuration directory."""

from __future__ import annotations

import re
from pathlib import Path

from switchboard.config.settings import Settings

OFFICES = "sorted/data/offices.json"
MAPPINGS = "data/zoho_field_mappings.json"
EMAIL = "data/email_config.json"
SETTINGS = "data/settings.json"
DESK = "data/zoho_desk_config.json"
SALESIQ = "data/salesiq_config.json"
SCHEDULE = "data/schedule.json"
CREDENTIALS = "data/credentials.enc"
KEY_FILE = "data/encryption.key"
EMBEDDED_STORE = "data/switchboard.db"
REPORTS = "reports"

_SQLITE = "sqlite:///"


def office_file(office_id: str, name: str, *, several: bool) -> str:
    """Where an office's document is: `sorted/<office>/`, or `data/` for a single company."""
    return f"sorted/{office_id}/{name}" if several else f"data/{name}"


def database_url(root: Path, settings: Settings) -> str:
    """The store's address; an embedded store's relative path begins at the configuration."""
    url = settings.database_url
    if not url:
        return f"{_SQLITE}{root / EMBEDDED_STORE}"
    if url.startswith(_SQLITE) and not url.startswith(f"{_SQLITE}:"):
        return f"{_SQLITE}{root / url.removeprefix(_SQLITE)}"
    return url


def redacted_database_url(url: str) -> str:
    """The same address without its password, for people."""
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", url)
