"""Call whoever is set up for real, and say who answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr

from switchboard.bootstrap import CallVendors, ChatVendors, open_call_vendors, open_chat_vendors
from switchboard.config.desk_access import DeskParts, desk_parts, salesiq_credentials
from switchboard.config.load import Configuration
from switchboard.config.places import SALESIQ
from switchboard.config.vault import Vault
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_desk.access import read_key
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import DeskAgent, DeskDepartment, DeskOrganization

RINGCENTRAL, CRM, DESK, SALESIQ_REST = "RingCentral", "Zoho CRM", "Zoho Desk", "SalesIQ"
INCOMPLETE = "CFG-025"
_OF_CALLS = {"ringcentral": RINGCENTRAL, "zoho": CRM}
_NO_ORGANISATION = "0"  # The list of organisations is asked for without one.
_ACTIVE = "ACTIVE"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """Whether a vendor accepts us: `message` says who answered, or what to do."""

    name: str
    ok: bool
    message: str
    code: str | None = None
    set_up: bool = True
    lists: dict[str, list[Row]] = field(default_factory=dict)  # With ids, to be copied.

    def document(self) -> dict[str, Any]:
        """The check for programs."""
        known = {"name": self.name, "ok": self.ok, "set_up": self.set_up, "code": self.code}
        return {**known, "message": self.message, **self.lists}


async def check_connections(configuration: Configuration) -> list[ConnectionCheck]:
    """Ask each vendor; one that is not set up is a failure only where it is needed."""
    contents = Vault.open(configuration.root).load()
    checks = [await check_connection(configuration, name) for name in ("ringcentral", "zoho")]
    chats = configuration.desk is not None or configuration.salesiq is not None
    parts = desk_parts(configuration, contents)
    if chats or parts is not None or salesiq_credentials(contents) is not None:
        checks += [await check_connection(configuration, name) for name in ("desk", "salesiq")]
    return checks


async def check_connection(configuration: Configuration, name: str) -> ConnectionCheck:
    """Ask one of them: ringcentral, zoho, desk or salesiq."""
    if name in _OF_CALLS:
        async with open_call_vendors(configuration) as vendors:
            return await _check_calls(configuration, vendors, name)
    async with open_chat_vendors(configuration) as chat_vendors:
        if name == "salesiq":
            return await _check_salesiq(configuration, chat_vendors)
        return await _check_desk(desk_parts(configuration, chat_vendors.contents), chat_vendors)


async def _check_calls(
    configuration: Configuration, vendors: CallVendors, name: str
) -> ConnectionCheck:
    ringcentral, crm = vendors.ringcentral, vendors.crm
    if name == "ringcentral" and ringcentral is not None:
        return await _asked(RINGCENTRAL, lambda: _ringcentral(ringcentral))
    if name == "zoho" and crm is not None:
        return await _asked(CRM, lambda: _crm(crm))
    title = _OF_CALLS[name]
    if not configuration.calls:
        return ConnectionCheck(
            title, ok=True, message="Not set up; chats do without.", set_up=False
        )
    words = f"There are no credentials: `switchboard credentials set {name}`."
    return ConnectionCheck(title, ok=False, message=words, code=INCOMPLETE, set_up=False)


async def _ringcentral(client: RingCentralClient) -> ConnectionCheck:
    account = await client.read_account()
    missing = await client.check()
    if missing:
        scopes = ", ".join(missing)
        message = f"The application lacks permissions: {scopes}. Add them in its settings."
        return ConnectionCheck(RINGCENTRAL, ok=False, message=message, code="RC-403")
    name = account.get("name") or account["id"]
    return ConnectionCheck(RINGCENTRAL, ok=True, message=f"Connected to the account {name}.")


async def _crm(client: ZohoCrmClient) -> ConnectionCheck:
    org = await client.read_org()
    name = org.get("company_name") or org.get("id") or "unnamed"
    return ConnectionCheck(CRM, ok=True, message=f"Connected to the organisation {name}.")


async def _check_desk(parts: DeskParts | None, vendors: ChatVendors) -> ConnectionCheck:
    if parts is None:
        words = "Not set up: tickets wait until it is. `switchboard credentials set desk`"
        return ConnectionCheck(DESK, ok=True, message=words, set_up=False)
    return await _asked(DESK, lambda: _desk(parts, vendors))


async def _desk(parts: DeskParts, vendors: ChatVendors) -> ConnectionCheck:
    """List what there is to choose from, also where ids are still missing."""
    lacking = f"Missing: {', '.join(parts.missing)}."
    if not parts.key:
        return ConnectionCheck(DESK, ok=False, message=lacking, code="CFG-043")
    if not parts.org_id:
        return await _organisations(parts, vendors, lacking)
    client = vendors.desk
    if client is None:
        credentials = read_key(SecretStr(parts.key), parts.org_id)
        client = ZohoDeskClient(vendors.transport, credentials, parts.org_id)
    organisations = await client.read_organizations()
    departments, agents = await client.read_departments(), await client.read_agents()
    lists = {"departments": _departments(departments), "agents": _agents(agents)}
    check = ConnectionCheck(DESK, ok=False, message="", lists=lists)
    here = next((each for each in organisations if each.id == parts.org_id), None)
    if here is None:
        words = f"The key does not lead to the organisation {parts.org_id}."
        lists = {"organisations": _organisations_listed(organisations), **lists}
        return replace(check, message=words, code="DESK-401", lists=lists)
    if not parts.department_id:
        return replace(check, message=f"{lacking} The departments are below.", code="CFG-043")
    chosen = next((each for each in departments if each.id == parts.department_id), None)
    if chosen is None or not chosen.is_enabled:
        words = "is disabled" if chosen else "does not exist, or is hidden from the key's agent"
        words = f"The department {parts.department_id} {words}. Those there are are below."
        return replace(check, message=words, code="DESK-404")
    active = sum(each.status == _ACTIVE for each in agents)
    message = (
        f"Connected to the organisation {here.name or here.id}"
        f"{f' ({here.edition})' if here.edition else ''}; tickets go to the department"
        f" {chosen.name or chosen.id}; {active} active agents."
    )
    return replace(check, ok=True, message=message)


async def _organisations(parts: DeskParts, vendors: ChatVendors, lacking: str) -> ConnectionCheck:
    """Say which organisations there are; only a refresh token leads to one without its id."""
    check = ConnectionCheck(DESK, ok=False, message=lacking, code="CFG-043")
    credentials = read_key(SecretStr(parts.key), _NO_ORGANISATION)
    if not isinstance(credentials, ZohoCredentials):
        words = "Zoho Desk shows it at Setup > Developer Space > API."
        return replace(check, message=f"{lacking} {words}")
    client = ZohoDeskClient(vendors.transport, credentials, _NO_ORGANISATION)
    found = _organisations_listed(await client.read_organizations())
    return replace(check, lists={"organisations": found})


async def _check_salesiq(configuration: Configuration, vendors: ChatVendors) -> ConnectionCheck:
    check = ConnectionCheck(SALESIQ_REST, ok=True, message="", set_up=False)
    if salesiq_credentials(vendors.contents) is None:
        words = "Not set up: the bot answers at once or not at all, and leaves no notes."
        return replace(check, message=words)
    if vendors.salesiq_problem is not None:
        return _failed(SALESIQ_REST, vendors.salesiq_problem)
    if vendors.salesiq is None:
        words = f"There are credentials, but no screen_name in {SALESIQ}."
        return replace(check, ok=False, message=words, code="CFG-043")
    client = vendors.salesiq
    assert configuration.salesiq is not None  # noqa: S101 - there is a client.
    portal = configuration.salesiq.screen_name

    async def ask() -> ConnectionCheck:
        await client.check()
        return ConnectionCheck(SALESIQ_REST, ok=True, message=f"Connected to the portal {portal}.")

    return await _asked(SALESIQ_REST, ask)


async def _asked(name: str, ask: Callable[[], Awaitable[ConnectionCheck]]) -> ConnectionCheck:
    try:
        return await ask()
    except SwitchboardError as error:
        return _failed(name, error)


def _failed(name: str, error: SwitchboardError | OperatorError) -> ConnectionCheck:
    return ConnectionCheck(name, ok=False, message=error.message, code=error.code)


def _organisations_listed(found: Iterable[DeskOrganization]) -> list[Row]:
    return [{"id": each.id, "name": each.name, "edition": each.edition} for each in found]


def _departments(found: Iterable[DeskDepartment]) -> list[Row]:
    return [{"id": each.id, "name": each.name, "enabled": each.is_enabled} for each in found]


def _agents(found: Iterable[DeskAgent]) -> list[Row]:
    return [
        {
            "id": each.id,
            "name": each.name,
            "status": each.status,
            "departments": list(each.department_ids),
        }
        for each in found
    ]
