"""Read the credentials that the scripts before Switchboard kept, however they spelt them. Pure.

Their layout is nowhere written down, so names are read as people read them: whose (`rc`,
`ringcentral`, `zoho`, `smtp`), then what (`client_id`, `app_key`, `jwt_token`), flat or nested, in
any case. What cannot be placed is named by its key, never by its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

VaultDict = dict[str, dict[str, str]]

_VENDORS = {
    "ringcentral": {"rc", "ringcentral", "ring"},
    "zoho": {"zoho", "zohocrm", "zcrm"},
    "smtp": {"smtp", "email", "mail"},
}
_FIELDS: dict[str, dict[str, set[str]]] = {
    "ringcentral": {
        "client_id": {"clientid", "appkey", "appid", "appclientid"},
        "client_secret": {"clientsecret", "appsecret", "secret", "appclientsecret"},
        "jwt": {"jwt", "jwttoken", "jwtassertion", "jwtkey", "userjwt"},
    },
    "zoho": {
        "client_id": {"clientid"},
        "client_secret": {"clientsecret", "secret"},
        "refresh_token": {"refreshtoken", "refresh"},
    },
    "smtp": {
        "username": {"username", "user", "login"},
        "password": {"password", "pass", "passwd", "pwd"},
    },
}
# Words that say nothing about whose or what.
_FILLERS = {"api", "oauth", "oauth2", "auth", "credentials", "credential", "crm", "central"}
_PASSWORD_GRANT = {"username", "user", "login", "password", "pass", "pwd", "extension", "phone"}
_SHORT_LIVED = {"accesstoken", "expiresat", "expiresin", "tokenexpiry", "tokenexpires", "expires"}
_ADDRESS = re.compile(r"url|server|domain|host|port|datacenter|region", re.IGNORECASE)
_TITLES = {"ringcentral": "RingCentral", "zoho": "Zoho", "smtp": "the mail server"}


def translate(document: Any) -> tuple[VaultDict, list[str]]:
    """Return the credentials in the vault's own form, and what a person should know or do.

    A vendor whose credentials are not complete is left out, and what it lacks is said.
    """
    placed: VaultDict = {}
    notes: list[str] = []
    grant: list[str] = []
    for path, value in _texts(document, ()):
        key = ".".join(path)
        vendor, what = _read(path)
        field = _field(vendor, what)
        if vendor is None:
            notes.append(f"{key}: it is not clear whose this is; it is not used")
        elif field is not None:
            before = placed.setdefault(vendor, {}).setdefault(field, value)
            if before != value:
                notes.append(f"{key}: another key gives another {field}; the first one is used")
        elif vendor == "ringcentral" and what in _PASSWORD_GRANT:
            grant.append(key)
        elif what in _SHORT_LIVED:
            continue  # A new one is fetched anyway.
        elif _ADDRESS.search(what):
            notes.append(f"{key}: addresses stand in data/settings.json, under vendors")
        else:
            notes.append(f"{key}: not known; it is not used")
    if grant:
        notes.append(
            f"{', '.join(grant)}: signing in with a password is no longer possible at RingCentral."
            " Create a JWT credential there, then run `switchboard credentials set ringcentral`"
        )
    return _complete(placed, notes), notes


def _complete(placed: VaultDict, notes: list[str]) -> VaultDict:
    whole = {}
    for vendor, fields in placed.items():
        lacking = [name for name in _FIELDS[vendor] if name not in fields]
        if not lacking:
            whole[vendor] = fields
        else:
            notes.append(f"{_TITLES[vendor]}: no {' and no '.join(lacking)} was found")
    return whole


def _read(path: tuple[str, ...]) -> tuple[str | None, str]:
    """Split a key's words into whose it is and what it is."""
    words = [word.casefold() for part in path for word in _words(part)]
    for vendor, names in _VENDORS.items():
        if names & set(words):
            rest = [word for word in words if word not in names | _FILLERS]
            return vendor, "".join(rest)
    what = "".join(word for word in words if word not in _FILLERS)
    # Some things only one vendor has.
    if what in _FIELDS["ringcentral"]["jwt"]:
        return "ringcentral", what
    return ("zoho", what) if what in _FIELDS["zoho"]["refresh_token"] else (None, what)


def _field(vendor: str | None, what: str) -> str | None:
    for field, names in _FIELDS.get(vendor or "", {}).items():
        if what in names:
            return field
    return None


def _words(part: str) -> list[str]:
    """Split `rcClientId`, `RC_CLIENT_ID`, `rc-client-id` and `RingCentral` alike."""
    part = re.sub(r"ring[_\s-]?central", "ringcentral ", part, flags=re.IGNORECASE)
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", part)


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, (*path, str(key)))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*path, str(index)))
    elif (
        isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip()
    ):
        yield path, str(value).strip()
