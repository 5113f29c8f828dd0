"""What a person enters for each connection, and what is wrong with it, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from switchboard.config.credentials import Given, Zoho, joined, revealed
from switchboard.config.vault import VaultContents
from switchboard.console.service import WakeLane
from switchboard.errors import OperatorError
from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.zoho_desk.access import SCOPES as DESK_SCOPES
from switchboard.vendors.zoho_desk.access import read_key
from switchboard.vendors.zoho_salesiq.wire import SCOPES as SALESIQ_SCOPES

CLIENT = "client_id"
LONGEST = 8192  # A JWT is about a tenth of this.
SHOWN = 4  # Characters of a client id.
_LONG_ENOUGH = 12  # Of a shorter id, a few characters would tell too much.
_ANY_ORGANISATION = "1"
CRM_SCOPES = (
    "ZohoCRM.modules.leads.ALL",
    "ZohoCRM.modules.contacts.READ",
    "ZohoCRM.modules.tasks.ALL",
    "ZohoCRM.modules.notes.ALL",
    "ZohoCRM.modules.attachments.ALL",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.layouts.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing a person enters; `label` stands in sentences too."""

    name: str
    label: str
    hint: str = ""
    secret: bool = True
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One connection of the vault, as the console shows it."""

    name: str
    title: str
    asked: tuple[Asked, ...]
    whence: str
    zoho: Zoho | None = None  # A code of Zoho's API console can become its credentials.
    scopes: tuple[str, ...] = ()
    needless: bool = False
    lanes: tuple[WakeLane, ...] = ()  # What waits for it.
    vendor: str = ""  # As the store of breakers calls it.


_ID = Asked(CLIENT, "client id", secret=False)
_SECRET = Asked("client_secret", "client secret")
_TOKEN = Asked("refresh_token", "refresh token")
_CODE = Asked("code", "code", "It works once, for the minutes chosen when it was generated.")
_CALLS: tuple[WakeLane, ...] = ("calls", "recordings", "call-backs")
_SELF_CLIENT = "Zoho's API console, of the data centre your account is in, has them: Self Client."
PARTS: Mapping[str, Part] = {
    each.name: each
    for each in (
        Part(
            "ringcentral", "RingCentral", (_ID, _SECRET, Asked("jwt", "JWT credential")),
            "RingCentral's developer console shows them: the app's page, and Credentials in your"
            " own menu.",
            lanes=_CALLS, vendor="ringcentral",
        ),
        Part(
            "zoho", "Zoho CRM", (_ID, _SECRET, _TOKEN), _SELF_CLIENT,
            zoho="zoho", scopes=CRM_SCOPES, lanes=_CALLS, vendor="zoho_crm",
        ),
        Part(
            "desk", "Zoho Desk",
            (_ID, _SECRET, Asked("refresh_token", "refresh token",
             "Without one, Switchboard signs in as the self client itself.", optional=True)),
            _SELF_CLIENT, zoho="desk", scopes=DESK_SCOPES, lanes=("tickets", "follow_ups"),
            vendor="zoho_desk",
        ),
        Part(
            "salesiq", "Zoho SalesIQ", (_ID, _SECRET, _TOKEN), _SELF_CLIENT,
            zoho="salesiq", scopes=SALESIQ_SCOPES, needless=True, lanes=("replies",),
            vendor="zoho_salesiq",
        ),
    )
}  # fmt: skip
FOR_A_CODE = (_ID, _SECRET, _CODE)
_OF_A_CODE = {CLIENT, "client_secret"}


def held(contents: VaultContents, name: str) -> dict[str, str]:
    """Return what is kept of a connection, Zoho Desk's key in its parts."""
    known = revealed(contents).get(name, {})
    return split(known["key"]) if "key" in known else known


def split(key: str) -> dict[str, str]:
    """Take Zoho Desk's key apart; nothing of one that Zoho does not know the form of."""
    try:
        found = read_key(SecretStr(key), _ANY_ORGANISATION)
    except OperatorError:
        return {}
    parts = {CLIENT: found.client_id, "client_secret": found.client_secret.get_secret_value()}
    if isinstance(found, ZohoCredentials):
        parts["refresh_token"] = found.refresh_token.get_secret_value()
    return parts


def laid_over(
    asked: tuple[Asked, ...], known: Mapping[str, str], sent: Mapping[str, str]
) -> dict[str, str]:
    """Complete what was entered by what is kept; a new client id begins anew."""
    entered = {each.name: sent[each.name] for each in asked if sent.get(each.name)}
    return entered if CLIENT in entered else {**known, **entered}


def mistakes(
    part: Part, asked: tuple[Asked, ...], known: Mapping[str, str], sent: Mapping[str, str]
) -> dict[str, str]:
    """Return what is wrong, by field; no word of it repeats what was entered."""
    whole, errors = laid_over(asked, known, sent), {}
    for each in asked:
        value = sent.get(each.name, "")
        if wrong := _wrong(part, each, value):
            errors[each.name] = wrong
        elif not (whole.get(each.name) or each.optional):
            anew = CLIENT in known and sent.get(CLIENT)
            because = " that belongs to the new client id" if anew else ""
            errors[each.name] = f"Enter the {each.label}{because}."
    if not errors and not any(sent.get(each.name) for each in asked):
        errors[asked[-1].name] = "Nothing was entered, so nothing would change."
    return errors


def given(part: Part, known: Mapping[str, str], sent: Mapping[str, str]) -> Given:
    """Return what the vault is to keep, as `credentials set` hands it over."""
    whole = laid_over(part.asked, known, sent)
    return {part.name: joined(whole) if part.name == "desk" else whole}


def reusable(known: Mapping[str, str]) -> dict[str, str]:
    """Return what of a client need not be entered again beside a code."""
    return {name: value for name, value in known.items() if name in _OF_A_CODE}


def hint(client_id: str) -> str:
    """Return the last characters of what is public; blank for an id too short for that. Pure."""
    return client_id[-SHOWN:] if len(client_id) >= _LONG_ENOUGH else ""


def api_console(accounts_url: str) -> str:
    """Return the address of Zoho's API console beside an accounts server; blank elsewhere."""
    host = urlsplit(accounts_url).hostname or ""
    return (
        f"https://api-console.{host.partition('.')[2]}" if host.startswith("accounts.zoho") else ""
    )


def _wrong(part: Part, each: Asked, value: str) -> str:
    if not value:
        return ""
    if len(value) > LONGEST:
        return f"This is too long to be a {each.label}."
    if not all("!" <= letter <= "~" for letter in value):
        return (
            f"A {each.label} has no spaces, line breaks or accented letters in it: copy it again."
        )
    if part.name == "desk" and ":" in value:
        return "This has a colon in it: enter what stands between the colons of a key one by one."
    if value == "-":
        return f"Enter the {each.label}."
    return ""
