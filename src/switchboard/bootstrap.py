"""Join the parts: the one place that knows how store, vault, transport and clients fit together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from switchboard.config.load import Configuration
from switchboard.config.places import database_url
from switchboard.config.vault import Vault
from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead.tools import LeaseWatch, Listener, Tools, nobody
from switchboard.reports.sending import mail_client
from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.exchange import build_http
from switchboard.vendors.keeper import Cipher
from switchboard.vendors.mail.client import MailClient
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_accounts.client import redeem_code
from switchboard.vendors.zoho_crm.client import ZohoCrmClient


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """Whether a vendor accepts us: `message` says who answered, or what to do."""

    name: str
    ok: bool
    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One process's open store and vendors."""

    tools: Tools
    transport: Transport
    mail: MailClient | None = None  # None: no mail server is configured.

    def requests(self) -> dict[str, dict[str, Any]]:
        """Return how many requests this process sent, by vendor and group or operation."""
        return self.transport.counters.snapshot()


@contextmanager
def open_store(configuration: Configuration) -> Iterator[Database]:
    """Open the store for a command that talks to no vendor."""
    database = Database.open(database_url(configuration.root, configuration.settings))
    try:
        yield database
    finally:
        database.close()


@asynccontextmanager
async def open_session(
    configuration: Configuration, *, tell: Listener = nobody
) -> AsyncIterator[Session]:
    """Open store, vault and vendors; everything is closed again whatever happens."""
    vault = Vault.open(configuration.root)
    ringcentral_credentials, zoho_credentials = vault.require()
    settings = configuration.settings.vendors
    database = Database.open(database_url(configuration.root, configuration.settings))
    try:
        async with build_http(settings) as http:
            transport = Transport(http, database, settings, cipher=vault.cipher)
            tools = Tools(
                configuration=configuration,
                db=database,
                ringcentral=RingCentralClient(transport, ringcentral_credentials),
                crm=ZohoCrmClient(transport, zoho_credentials),
                worker=leases.worker_identity().id,
                lease=LeaseWatch(configuration.settings.journal.lease_seconds),
                tell=tell,
            )
            yield Session(tools, transport, mail_client(configuration, vault.load()))
    finally:
        await database.aclose()


async def redeem_zoho_code(
    configuration: Configuration, cipher: Cipher, *, client_id: str, client_secret: str, code: str
) -> ZohoCredentials:
    """Turn the code of a Zoho self client into credentials."""
    database = Database.open(database_url(configuration.root, configuration.settings))
    try:
        async with build_http(configuration.settings.vendors) as http:
            transport = Transport(http, database, configuration.settings.vendors, cipher=cipher)
            return await redeem_code(
                transport, client_id=client_id, client_secret=client_secret, code=code
            )
    finally:
        await database.aclose()


async def check_connections(configuration: Configuration) -> list[ConnectionCheck]:
    """Call both vendors for real and say who answered."""
    async with open_session(configuration) as session:
        return [await _check_ringcentral(session), await _check_zoho(session)]


async def _check_ringcentral(session: Session) -> ConnectionCheck:
    check = ConnectionCheck("RingCentral", ok=False, message="")
    try:
        account = await session.tools.ringcentral.read_account()
        missing = await session.tools.ringcentral.check()
    except SwitchboardError as error:
        return replace(check, message=error.message, code=error.code)
    if missing:
        scopes = ", ".join(missing)
        message = f"The application lacks permissions: {scopes}. Add them in its settings."
        return replace(check, message=message, code="RC-403")
    name = account.get("name") or account["id"]
    return replace(check, ok=True, message=f"Connected to the account {name}.")


async def _check_zoho(session: Session) -> ConnectionCheck:
    check = ConnectionCheck("Zoho CRM", ok=False, message="")
    try:
        org = await session.tools.crm.read_org()
    except SwitchboardError as error:
        return replace(check, message=error.message, code=error.code)
    name = org.get("company_name") or org.get("id") or "unnamed"
    return replace(check, ok=True, message=f"Connected to the organisation {name}.")
