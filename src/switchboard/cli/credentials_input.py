"""Take credentials in: asked at a terminal, from the environment, or as JSON on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import typer
from pydantic import BaseModel, SecretStr, ValidationError
from rich.text import Text

from switchboard.cli import output
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
NO_SIGN_IN = "smtp"  # Many a mail server knows its clients by their network.
_NEEDLESS = ("smtp", "salesiq")  # Works without; an empty first answer leaves it out.
_DESK = "desk"
_DESK_PARTS = ("client_id", "client_secret", "refresh_token")
_ANY_ORGANISATION = "1"  # Only the form of a key is looked at.


def ask(name: str, known: Mapping[str, str]) -> dict[str, str]:
    """Ask a person; what is known already stays with an empty answer."""
    kind = KINDS[name]
    output.say(output.err(), Text(kind.title, style="bold"))
    if name == _DESK:
        return _ask_key(known)
    answers: dict[str, str] = {}
    for field, info in kind.model.model_fields.items():
        if not answers and name in _NEEDLESS:
            answers[field] = _ask_whether(name, field, known)
            if answers[field] in {NONE, ""}:
                return answers
            continue
        answer = _prompt(LABELS[field], secret=info.annotation is SecretStr, keep=field in known)
        if answer:
            answers[field] = answer
    return answers


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


def from_stdin(names: Collection[str]) -> Given:
    """Read {"zoho": {"client_id": ...}}; Zoho Desk takes its key whole or in parts."""
    try:
        value: Any = json.loads(sys.stdin.read())
    except json.JSONDecodeError as error:
        # Never the text itself: it holds the secrets.
        message = f"is not valid JSON (line {error.lineno}, column {error.colno})"
        raise refuse("CFG-003", "standard input", message) from None
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        message = 'must be an object such as {"ringcentral": {...}, "zoho": {...}}'
        raise refuse("CFG-005", "standard input", message)
    unknown = sorted(set(value) - set(names))
    if unknown or not value:
        message = f"names {', '.join(unknown) or 'no vendor'}; expected {', '.join(names)}"
        raise refuse("CFG-004", "standard input", message)
    if _DESK in value and "key" not in value[_DESK]:
        value[_DESK] = _joined(value[_DESK])
    return value


def merged(known: Given, given: Given) -> VaultContents:
    """Lay what was given over what is known, and refuse what could not be used."""
    result = {**known}
    for name, fields in given.items():
        first = next(iter(KINDS[name].model.model_fields))
        if name in _NEEDLESS and fields.get(first) in {NONE, ""}:
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


def _ask_key(known: Mapping[str, str]) -> dict[str, str]:
    """Ask for the parts of Zoho Desk's key; whoever has it whole gives it at the first question."""
    keep = "key" in known
    words = "client id, or the whole key client_id:client_secret[:refresh_token]"
    first = _prompt(
        f"{words}{'' if keep else ' (Enter: none)'}", secret=True, keep=keep, optional=True
    )
    if not first or ":" in first:
        return {"key": first} if first else {}
    parts = {"client_id": first, "client_secret": _prompt(LABELS["client_secret"], secret=True)}
    token = _prompt(f"{LABELS['refresh_token']} (Enter: none)", secret=True, optional=True)
    return _joined({**parts, **({"refresh_token": token} if token else {})})


def _joined(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the one key that Zoho Desk's parts make."""
    unknown = sorted(set(fields) - set(_DESK_PARTS))
    missing = [name for name in _DESK_PARTS[:2] if not str(fields.get(name, "")).strip()]
    if unknown or missing:
        wrong = [f"desk.{name} is not a known key" for name in unknown]
        wrong += [f"desk.{name} is missing" for name in missing]
        raise refuse("CFG-025", CREDENTIALS, "; ".join(wrong))
    parts = [str(fields[name]).strip() for name in _DESK_PARTS if fields.get(name)]
    return {"key": ":".join(parts)}


def _prompt(words: str, *, secret: bool, keep: bool = False, optional: bool = False) -> str:
    hint = f" [{'Enter keeps the present one' if keep else 'hidden'}]" if secret or keep else ""
    answer: str = typer.prompt(
        f"  {words}{hint}",
        default="" if keep or optional else None,
        show_default=False,
        hide_input=secret,
        err=True,
    )
    return answer.strip()


def _ask_whether(name: str, field: str, known: Mapping[str, str]) -> str:
    """Ask for the one answer that may be none: a connection that is not needed."""
    keep = known.get(field, "")
    none = "for no sign-in" if name == NO_SIGN_IN else "to do without"
    hint = f"Enter keeps the present one, {NONE} for none" if keep else f"Enter {none}"
    answer: str = typer.prompt(
        f"  {LABELS[field]} [{hint}]", default=keep, show_default=False, err=True
    )
    return answer.strip()


def _checked(known: Given) -> VaultContents:
    try:
        return VaultContents.model_validate(known)
    except ValidationError as error:
        # The error's own words repeat the values: only its places are told.
        places = {".".join(map(str, each["loc"])): each["type"] for each in error.errors()}
        words = {"missing": "is missing", "extra_forbidden": "is not a known key"}
        message = "; ".join(f"{key} {words.get(kind, 'is empty')}" for key, kind in places.items())
        raise refuse("CFG-025", CREDENTIALS, message) from None
