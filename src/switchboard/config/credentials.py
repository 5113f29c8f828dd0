"""What each connection is opened with, and how new secrets are laid over those already kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, SecretStr, ValidationError

from switchboard.config.findings import refuse
from switchboard.config.places import CREDENTIALS, DESK, EMAIL, SALESIQ
from switchboard.config.settings import ENV_PREFIX
from switchboard.config.vault import VaultContents
from switchboard.errors import OperatorError
from switchboard.vendors.credentials import (
    RingCentralCredentials,
    SmtpCredentials,
    ZohoCredentials,
    ZohoDeskKey,
)
from switchboard.vendors.zoho_desk.access import read_key

Given = dict[str, dict[str, str]]
Zoho = Literal["zoho", "desk", "salesiq"]  # Whose credentials a self client's code may become.


@dataclass(frozen=True, slots=True)
class Kind:
    """One connection whose secrets are kept; *document* is what needs them."""

    title: str
    model: type[BaseModel]
    document: str | None = None  # None: calls need it.


KINDS: dict[str, Kind] = {
    "ringcentral": Kind("RingCentral", RingCentralCredentials),
    "zoho": Kind("Zoho CRM", ZohoCredentials),
    "smtp": Kind("Mail server", SmtpCredentials, EMAIL),
    "desk": Kind("Zoho Desk", ZohoDeskKey, DESK),
    "salesiq": Kind("SalesIQ", ZohoCredentials, SALESIQ),
}
LABELS = {
    "client_id": "client id",
    "client_secret": "client secret",
    "jwt": "JWT credential",
    "refresh_token": "refresh token",
    "username": "user name",
    "password": "password",
    "key": "key",
}
NONE = "-"
NEEDLESS = ("smtp", "salesiq")  # Works without; an empty first answer leaves it out.
_DESK = "desk"
_DESK_PARTS = ("client_id", "client_secret", "refresh_token")
_ANY_ORGANISATION = "1"  # Only the form of a key is looked at.


def from_variables(names: Collection[str], variables: Mapping[str, str]) -> Given:
    """Read SWITCHBOARD_RINGCENTRAL_CLIENT_ID and its like."""
    given: Given = {}
    missing = []
    for name in names:
        for field in KINDS[name].model.model_fields:
            variable = f"{ENV_PREFIX}{name}_{field}".upper()
            value = variables.get(variable, "").strip()
            if value:
                given.setdefault(name, {})[field] = value
            else:
                missing.append((name, variable))
    # A vendor nobody mentions is left alone; a half of one is a mistake.
    lacking = [variable for name, variable in missing if name in given or len(names) == 1]
    if lacking or not given:
        wanted = ", ".join(lacking or (variable for _, variable in missing))
        raise refuse("CFG-025", "environment", f"lacks {wanted}", hint="Set them and try again.")
    return given


def from_document(value: Any, names: Collection[str], source: str) -> Given:
    """Read {"zoho": {"client_id": ...}}; Zoho Desk takes its key whole or in parts."""
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        message = 'must be an object such as {"ringcentral": {...}, "zoho": {...}}'
        raise refuse("CFG-005", source, message)
    unknown = sorted(set(value) - set(names))
    if unknown or not value:
        message = f"names {', '.join(unknown) or 'no vendor'}; expected {', '.join(names)}"
        raise refuse("CFG-004", source, message)
    if _DESK in value and "key" not in value[_DESK]:
        return {**value, _DESK: joined(value[_DESK])}
    return value


def merged(known: Given, given: Given) -> VaultContents:
    """Lay what was given over what is known, and refuse what could not be used."""
    result = {**known}
    for name, fields in given.items():
        first = next(iter(KINDS[name].model.model_fields))
        if name in NEEDLESS and fields.get(first) in {NONE, ""}:
            result.pop(name, None)
        elif fields:
            result[name] = {**known.get(name, {}), **fields}
    contents = _checked(result)
    if _DESK in given and contents.desk is not None:
        try:
            read_key(contents.desk.key, _ANY_ORGANISATION)
        except OperatorError as error:
            raise refuse("CFG-025", CREDENTIALS, f"desk.key: {error.message}") from None
    return contents


def revealed(contents: VaultContents) -> Given:
    """Return the secrets themselves, to be completed and stored again."""
    return {
        name: {
            field: value.get_secret_value() if isinstance(value, SecretStr) else value
            for field, value in part
        }
        for name, part in contents
        if part is not None
    }


def redeemed(contents: VaultContents, product: Zoho, credentials: ZohoCredentials) -> VaultContents:
    """Lay what a self client's code was worth over what is known."""
    part: BaseModel = credentials
    if product == _DESK:
        secrets = (credentials.client_secret, credentials.refresh_token)
        parts = [credentials.client_id, *(each.get_secret_value() for each in secrets)]
        part = ZohoDeskKey(key=SecretStr(":".join(parts)))
    return contents.model_copy(update={product: part})


def joined(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the one key that Zoho Desk's parts make."""
    unknown = sorted(set(fields) - set(_DESK_PARTS))
    missing = [name for name in _DESK_PARTS[:2] if not str(fields.get(name, "")).strip()]
    if unknown or missing:
        wrong = [f"desk.{name} is not a known key" for name in unknown]
        wrong += [f"desk.{name} is missing" for name in missing]
        raise refuse("CFG-025", CREDENTIALS, "; ".join(wrong))
    parts = [str(fields[name]).strip() for name in _DESK_PARTS if fields.get(name)]
    return {"key": ":".join(parts)}


def _checked(known: Given) -> VaultContents:
    try:
        return VaultContents.model_validate(known)
    except ValidationError as error:
        # The error's own words repeat the values: only its places are told.
        places = {".".join(map(str, each["loc"])): each["type"] for each in error.errors()}
        words = {"missing": "is missing", "extra_forbidden": "is not a known key"}
        message = "; ".join(f"{key} {words.get(kind, 'is empty')}" for key, kind in places.items())
        raise refuse("CFG-025", CREDENTIALS, message) from None
