"""Join the parts: the one place that knows how store, vault, transport and clients fit together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from switchboard.config.desk_access import desk_access, salesiq_credentials
from switchboard.config.environment import environment
from switchboard.config.load import Configuration
from switchboard.config.places import database_url
from switchboard.config.settings import ENV_PREFIX, ServerSettings
from switchboard.config.vault import Vault, VaultContents
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.tools import LeaseWatch, Listener, Tools, nobody
from switchboard.flows.chat_to_ticket.detector.second_opinion import Adviser
from switchboard.flows.chat_to_ticket.models import Classify
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.flows.chat_to_ticket.tools import nobody as wake_nobody
from switchboard.reports.sending import mail_client
from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer
from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.exchange import build_http
from switchboard.vendors.keeper import Cipher
from switchboard.vendors.language_model.client import LanguageModel
from switchboard.vendors.mail.client import MailClient
from switchboard.vendors.ringcentral.client import RingCentralClient, ringcentral_connection
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_accounts.client import redeem_code, zoho_connection
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient
from switchboard.vendors.zoho_salesiq.fetching import VisitorFiles
from switchboard.vendors.zoho_salesiq.wire import SALESIQ_HOSTS

SECOND_OPINION_KEY = f"{ENV_PREFIX}SECOND_OPINION_KEY"


@dataclass(frozen=True, slots=True)
class Session:
    """One process's open store and vendors."""

    tools: Tools
    transport: Transport
    mail: MailClient | None = None  # None: no mail server is configured.

    def requests(self) -> dict[str, dict[str, Any]]:
        """Return how many requests this process sent, by vendor and group or operation."""
        return self.transport.counters.snapshot()


@dataclass(frozen=True, slots=True)
class ChatSession:
    """What chats are led with; `desk_problem` says why Zoho Desk is left out though somebody set
    it up: chats go on, and their tickets wait."""

    tools: ChatTools
    transport: Transport
    mail: MailClient | None = None
    desk_problem: OperatorError | None = None
    salesiq_problem: OperatorError | None = None  # The same of answers given later.


@dataclass(frozen=True, slots=True)
class ChatVendors:
    """The two vendors of chats by themselves, for whoever asks whether they work."""

    contents: VaultContents
    transport: Transport
    desk: ZohoDeskClient | None
    department_id: str
    salesiq: ZohoSalesiqClient | None
    desk_problem: OperatorError | None = None
    salesiq_problem: OperatorError | None = None


@dataclass(frozen=True, slots=True)
class CallVendors:
    """The two vendors of calls by themselves; None: there are no credentials for it."""

    ringcentral: RingCentralClient | None
    crm: ZohoCrmClient | None


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
    configuration: Configuration, *, tell: Listener = nobody, beside: ChatSession | None = None
) -> AsyncIterator[Session]:
    """Open store, vault and vendors; everything is closed again whatever happens.

    *beside* lends the store and transport of the same process, and keeps them open.
    """
    vault = Vault.open(configuration.root)
    ringcentral_credentials, zoho_credentials = vault.require()
    async with AsyncExitStack() as stack:
        if beside is None:
            database = Database.open(database_url(configuration.root, configuration.settings))
            stack.push_async_callback(database.aclose)
            transport = await _transport(stack, configuration, database, vault.cipher)
        else:
            database, transport = beside.tools.db, beside.transport
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


@asynccontextmanager
async def open_chats(
    configuration: Configuration,
    db: Database,
    *,
    transport: Transport | None = None,
    wake: Callable[[Lane], None] = wake_nobody,
    detector: Classify | None = None,
) -> AsyncIterator[ChatSession]:
    """Open what chats need; RingCentral and Zoho CRM need not be set up, the vault must exist.

    A *transport* or *detector* that is handed in is the caller's, for the next configuration too.
    """
    # The detector's arithmetic takes a while to load, and most commands never chat.
    from switchboard.flows.chat_to_ticket.detector.detector import Detector  # noqa: PLC0415
    from switchboard.flows.chat_to_ticket.library import load_library  # noqa: PLC0415

    vault = Vault.open(configuration.root)
    contents = vault.load()
    if detector is None:  # Seconds of pure computing at the first start: off the event loop.
        detector = await asyncio.to_thread(Detector, configuration.root)
    library = await asyncio.to_thread(load_library, configuration.root)
    async with AsyncExitStack() as stack:
        if transport is None:
            transport = await _transport(stack, configuration, db, vault.cipher)
        desk, department_id, desk_problem = _desk(configuration, contents, transport)
        salesiq, salesiq_problem = _salesiq(configuration, contents, transport)
        mail = mail_client(configuration, contents)
        adviser = await stack.enter_async_context(open_adviser(configuration))
        tools = ChatTools(
            configuration=configuration,
            db=db,
            sealer=Sealer(vault.cipher, vault.keys),
            worker=leases.worker_identity().id,
            library=library,
            classify=detector,
            desk=desk,
            department_id=department_id,
            files=VisitorFiles(transport),
            salesiq=salesiq,
            adviser=adviser,
            can_mail=mail is not None,
            public_url=public_url(configuration.settings.server),
            wake=wake,
        )
        yield ChatSession(tools, transport, mail, desk_problem, salesiq_problem)


@asynccontextmanager
async def open_adviser(configuration: Configuration) -> AsyncIterator[Adviser | None]:
    """Open whoever gives second opinions on what visitors mean; None where nobody is asked."""
    wanted = configuration.settings.chat.second_opinion
    if not wanted.url:
        yield None
        return
    key = environment(configuration.root).get(SECOND_OPINION_KEY, "").strip()
    async with build_http(configuration.settings.vendors) as http:
        model = LanguageModel(http, wanted.url, SecretStr(key) if key else None)
        yield Adviser(model.ask, wanted.model, wanted.timeout_seconds)


@asynccontextmanager
async def open_chat_vendors(configuration: Configuration) -> AsyncIterator[ChatVendors]:
    """Open Zoho Desk and SalesIQ alone: nothing is learned, and no chat is led."""
    vault = Vault.open(configuration.root)
    contents = vault.load()
    async with AsyncExitStack() as stack:
        database = Database.open(database_url(configuration.root, configuration.settings))
        stack.push_async_callback(database.aclose)
        transport = await _transport(stack, configuration, database, vault.cipher)
        desk, department_id, desk_problem = _desk(configuration, contents, transport)
        salesiq, salesiq_problem = _salesiq(configuration, contents, transport)
        yield ChatVendors(
            contents, transport, desk, department_id, salesiq, desk_problem, salesiq_problem
        )


@asynccontextmanager
async def open_call_vendors(configuration: Configuration) -> AsyncIterator[CallVendors]:
    """Open RingCentral and Zoho CRM, each as far as there are credentials for it."""
    vault = Vault.open(configuration.root)
    contents = vault.load()
    async with AsyncExitStack() as stack:
        database = Database.open(database_url(configuration.root, configuration.settings))
        stack.push_async_callback(database.aclose)
        transport = await _transport(stack, configuration, database, vault.cipher)
        ringcentral, zoho = contents.ringcentral, contents.zoho
        yield CallVendors(
            RingCentralClient(transport, ringcentral) if ringcentral is not None else None,
            ZohoCrmClient(transport, zoho) if zoho is not None else None,
        )


def stored_connections(configuration: Configuration, contents: VaultContents) -> dict[str, str]:
    """Name, for each of the vault's parts in use, the connection whose token the store keeps."""
    settings = configuration.settings.vendors
    accounts, found = settings.zoho_accounts_url, {}
    if contents.ringcentral is not None:
        base_url = settings.ringcentral_base_url
        found["ringcentral"] = ringcentral_connection(base_url, contents.ringcentral)
    if contents.zoho is not None:
        found["zoho"] = zoho_connection(accounts, contents.zoho)
    if contents.salesiq is not None:
        found["salesiq"] = zoho_connection(accounts, contents.salesiq)
    with suppress(OperatorError):  # Set up halfway, or not of Zoho's form: nobody used it so far.
        access = desk_access(configuration, contents)
        if access is not None:
            found["desk"] = zoho_connection(accounts, access.credentials, settings.desk_url)
    return found


def public_url(server: ServerSettings) -> str:
    """Return how the world reaches the service, without a slash at its end."""
    if server.public_url:
        return server.public_url.rstrip("/")
    scheme = "https" if server.tls_certificate else "http"
    host = "127.0.0.1" if server.host in {"0.0.0.0", "::"} else server.host  # noqa: S104
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{server.port}"


def _desk(
    configuration: Configuration, contents: VaultContents, transport: Transport
) -> tuple[ZohoDeskClient | None, str, OperatorError | None]:
    try:
        access = desk_access(configuration, contents)
        if access is None:
            return None, "", None
        client = ZohoDeskClient(transport, access.credentials, access.org_id)
    except OperatorError as error:
        return None, "", error
    return client, access.department_id, None


def _salesiq(
    configuration: Configuration, contents: VaultContents, transport: Transport
) -> tuple[ZohoSalesiqClient | None, OperatorError | None]:
    credentials = salesiq_credentials(contents)
    config = configuration.salesiq
    if credentials is None or config is None or not config.screen_name:
        return None, None
    accounts = urlsplit(configuration.settings.vendors.zoho_accounts_url).hostname or ""
    address = config.address or f"https://{SALESIQ_HOSTS.get(accounts, '')}"
    try:
        client = ZohoSalesiqClient(
            transport, credentials, address=address, screen_name=config.screen_name
        )
    except OperatorError as error:
        return None, error
    return client, None


async def _transport(
    stack: AsyncExitStack, configuration: Configuration, database: Database, cipher: Cipher
) -> Transport:
    settings = configuration.settings.vendors
    http = await stack.enter_async_context(build_http(settings))
    return Transport(http, database, settings, cipher=cipher)


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
